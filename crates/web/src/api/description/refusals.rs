//! What may go wrong, as responses: one for each status, with an example of each problem.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::error::Error;
use crate::problem::{self, title};

/// Adds to `good` responses those of problems.
///
/// - `good`: responses by status.
/// - `errors`: every kind that this operation can give, besides those of all operations.
pub(super) fn with(good: Value, errors: Vec<Error>) -> Value {
    let mut responses = good;
    let mut by_status: BTreeMap<u16, BTreeMap<&str, Error>> = BTreeMap::new();
    for error in errors {
        let kinds = by_status.entry(error.status().as_u16()).or_default();
        kinds.insert(error.code(), error);
    }
    for (status, kinds) in by_status {
        responses[status.to_string()] = response(status, &kinds);
    }
    responses
}

fn response(status: u16, kinds: &BTreeMap<&str, Error>) -> Value {
    let examples: serde_json::Map<String, Value> = kinds
        .iter()
        .map(|(code, error)| {
            let example = json!({ "summary": error.english(), "value": problem::document(error) });
            ((*code).to_owned(), example)
        })
        .collect();
    let codes: Vec<&str> = kinds.keys().copied().collect();
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let mut response = json!({
        "description": format!("{} ({}): {}.", reason(status), title(status), codes.join(", ")),
        "content": {
            "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "examples": examples,
            },
        },
    });
    for (name, of) in HEADERS {
        if of == status {
            response["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
    }
    response
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Refused")
}

const HEADERS: [(&str, StatusCode); 3] = [
    ("WWW-Authenticate", StatusCode::UNAUTHORIZED),
    ("WWW-Authenticate", StatusCode::FORBIDDEN),
    ("Retry-After", StatusCode::SERVICE_UNAVAILABLE),
];
