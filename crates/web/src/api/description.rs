//! The API described for programs (OpenAPI 3.1.1), at `/api/openapi.json`.
//!
//! It is put together from the same lists, limits and sentences that answer requests: the words of closed lists come
//! from `bulletin`, the problems and their statuses from [`Error`](crate::error::Error). The addresses are compared
//! with those of the router by a test below, the answers with what really comes by `tests/scenarios/contract`.

mod examples;
mod operations;
mod refusals;
mod schemas;

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use crate::rendered::Rendered;

/// GET `/api/openapi.json`.
pub(crate) async fn send(request: HeaderMap) -> Response {
    DOCUMENT.answer(&request)
}

static DOCUMENT: LazyLock<Rendered> = LazyLock::new(|| {
    let document = serde_json::to_vec(&describe());
    Rendered::json(document.expect("values with string keys are always JSON"))
});

fn describe() -> Value {
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Allo",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Industrial sites tell residents what can be perceived from outside, by telephone and on a page.",
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this description was read." }],
        "tags": [
            { "name": "bulletins", "description": "A site posts and follows its bulletins." },
            { "name": "recordings", "description": "A site is heard in a person's voice." },
            { "name": "drafts", "description": "What a site's operators dictated by telephone and did not publish." },
            { "name": "public", "description": "What everybody may read, without a token." },
            { "name": "watching", "description": "For machines that watch the service." },
        ],
        "paths": operations::paths(),
        "components": {
            "schemas": schemas::schemas(),
            "parameters": operations::parameters(),
            "headers": operations::headers(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the site (`allo token add`, or the page of tokens). One of scope `read` \
                                    reads; one of scope `post` posts as well. It acts for its own site only: what belongs \
                                    to another site is answered like what does not exist.",
                },
            },
        },
    })
}

const ABOUT: &str = "A site posts a bulletin; its text is on the territory's page when the 201 arrives, and callers \
hear it some seconds later. Nothing is overwritten: updates, corrections, the end and the withdrawal are entries of one thread.\n\n\
**Sent twice, done once.** A request with an `Idempotency-Key` may be repeated for 48 hours: it gets the first answer again.\n\n\
**Refusals** are problem documents (RFC 9457): `type` names the reason for programs, `detail` says in French what to do, \
`detail_en` in English.\n\n\
**One's own.** A token acts for its own site. Whatever belongs to another site is answered like what does not exist, with 404; \
the one place where a request names a site itself, `site` of a new bulletin, is answered with 403 for every other name, \
whether such a site exists or not.\n\n\
**Growing.** Fields may be added to answers: ignore those you do not know. Requests are read strictly: an unknown field is refused by its name.";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::api::addresses;

    #[test]
    fn it_describes_the_addresses_of_the_router_and_no_others() {
        let ours = addresses();
        let of_the_api: BTreeSet<String> =
            ours.iter().map(|(path, _)| format!("/api{path}")).collect();
        let beside = ["/healthz", "/readyz", "/{territory}.json"].map(str::to_owned);

        let known: BTreeSet<String> = of_the_api.into_iter().chain(beside).collect();

        let described = describe()["paths"].as_object().unwrap().clone();
        let described: BTreeSet<String> = described.into_iter().map(|(path, _)| path).collect();
        assert_eq!(described, known);
    }
}
