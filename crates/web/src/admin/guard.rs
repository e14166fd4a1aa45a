//! What holds for every address under `/admin`: no request from elsewhere changes anything, nothing is kept.
//!
//! The cookie's `SameSite` would do in most browsers; this does not rest on it (ASVS 5.0 § 3.5.1, 3.5.3).

use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next as Inner;
use axum::response::{IntoResponse, Response};

use super::{Trouble, kept};
use crate::app::Desk;
use crate::error::Error;

/// Refuses what another site's page asks for, and gives every answer the headers of the desk.
pub(super) async fn watch(State(desk): State<Desk>, request: Request, inner: Inner) -> Response {
    let changes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let mut response = if !changes {
        inner.run(request).await
    } else if is_from_here(request.headers(), &desk.app.publisher.public_url) {
        let asked = request.extensions().get::<OriginalUri>();
        let asked = asked.and_then(|uri| uri.path_and_query());
        let address = asked.map(|path| path.as_str().to_owned());
        match kept::keep(&desk, &address.unwrap_or_default(), request).await {
            Ok(Ok(request)) => inner.run(request).await,
            Ok(Err(to_the_door)) => to_the_door,
            Err(error) => Trouble(error).into_response(),
        }
    } else {
        Trouble(Error::ForeignOrigin).into_response()
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// Whether a request comes from a page of ours, or from a program that is no browser.
///
/// Browsers say where a form stands: in `Sec-Fetch-Site` over HTTPS and on loopback, in `Origin` with every POST.
fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text(&HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return false;
    }
    let Some(origin) = text(&header::ORIGIN) else {
        return true;
    };
    let host = text(&header::HOST);
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    origin == public_url || (authority.is_some() && authority == host)
}

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    // With `no-referrer` browsers would hide the origin of our own forms.
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
             connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_foreign_and_one_of_ours_is_not() {
        let ours = [
            &[][..],
            &[("host", "allo.example"), ("origin", "https://allo.example")],
            &[
                ("host", "127.0.0.1:8080"),
                ("origin", "https://allo.example"),
            ],
            &[
                ("host", "10.0.0.7:8080"),
                ("origin", "http://10.0.0.7:8080"),
            ],
            &[("sec-fetch-site", "same-origin")],
        ];
        let foreign = [
            &[("host", "allo.example"), ("origin", "https://evil.example")][..],
            &[("host", "allo.example"), ("origin", "null")],
            &[
                ("host", "allo.example"),
                ("origin", "https://allo.example.evil.example"),
            ],
            &[("host", "allo.example"), ("origin", "allo.example")],
            &[("sec-fetch-site", "cross-site")],
            &[
                ("sec-fetch-site", "same-site"),
                ("host", "a"),
                ("origin", "https://a"),
            ],
            &[
                ("sec-fetch-site", "same-origin"),
                ("host", "a"),
                ("origin", "https://b"),
            ],
        ];
        let is_ours = |headers: &[(&str, &str)]| {
            let pairs = headers.iter().map(|(name, value)| {
                let name: HeaderName = name.parse().expect("a name");
                (name, HeaderValue::from_str(value).expect("a value"))
            });
            is_from_here(&pairs.collect(), "https://allo.example")
        };
        for headers in ours {
            assert!(is_ours(headers), "{headers:?}");
        }
        for headers in foreign {
            assert!(!is_ours(headers), "{headers:?}");
        }
    }
}
