//! Every address, on one page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};

use crate::app::{App, Desk};
use crate::error::Error;
use crate::pages::Notice;
use crate::{acknowledge, admin, api, audio, exchange, health, pages, spans, style, subscriptions};

/// The routes of the public page and of the API, with their limits and headers.
pub fn router(app: App) -> Router {
    let pages = app.pages.clone();
    let desk = Desk::new(app);
    let routes = Router::new()
        .route("/", get(pages::home))
        .route("/en", get(pages::home))
        .route("/{page}", get(pages::territory))
        .route("/{territory}/archives", get(pages::archives))
        .route("/{territory}/archives.en", get(pages::archives))
        .route("/{territory}/{page}", get(pages::within))
        .route("/{territory}/sites/{page}", get(pages::deeper))
        .route("/{territory}/pages/{page}", get(pages::deeper))
        .route(
            "/acknowledge/{secret}",
            get(acknowledge::show)
                .post(acknowledge::acknowledge)
                .layer(DefaultBodyLimit::max(acknowledge::LIMIT)),
        )
        .route("/assets/{file}", get(style::send))
        .route("/audio/{file}", get(audio::send))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .merge(subscriptions::routes())
        .nest("/admin", admin::routes(&desk))
        .route("/admin/", any(admin::nothing_here))
        .nest("/api", api::routes())
        .route("/api/", any(api::nothing_here))
        .route_layer(middleware::from_fn(spans::note_route))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .with_state(desk);
    // Around the whole router and not each route, so that it sees the Allow header of a refused method.
    Router::new()
        .fallback_service(routes)
        .layer(middleware::from_fn_with_state(pages, exchange::carry))
}

async fn nothing_here() -> Response {
    Notice(Error::NotFound).into_response()
}

async fn wrong_method(method: Method) -> Response {
    Notice(Error::Method(method)).into_response()
}
