//! `/api/openapi.json`: complete, with examples, and true to what really comes.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use bulletin::{Event, Kind, SiteSlug};
use serde_json::{Value, json};
use store::KeptDraft;

use crate::house::{House, REFINERY};

#[tokio::test]
async fn it_lists_the_methods_that_each_address_takes_and_no_others() {
    let house = House::new().await;
    for (path, methods) in paths(&description(&house).await) {
        let address = path
            .replace("{id}", "aaaaaaaaaaaa")
            .replace("{slug}", "rouen_metropole")
            .replace("{territory}", "rouen_metropole");
        let request = Request::builder().method(Method::OPTIONS).uri(address);
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        let allowed: BTreeSet<String> = answer
            .header("allow")
            .split(',')
            .filter(|method| !["HEAD", "OPTIONS"].contains(method))
            .map(str::to_lowercase)
            .collect();
        let described: BTreeSet<String> = methods.into_iter().map(|(method, _)| method).collect();
        assert_eq!(described, allowed, "{path}");
    }
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_a_sentence_and_examples() {
    let house = House::new().await;
    let mut names = BTreeSet::new();
    for (path, methods) in paths(&description(&house).await) {
        for (method, operation) in methods {
            let place = format!("{method} {path}");
            assert!(names.insert(text(&operation["operationId"])), "{place}");
            assert!(text(&operation["summary"]).ends_with('.'), "{place}");
            if let Some(body) = operation.get("requestBody") {
                assert_examples(&place, body);
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                let place = format!("{place} {status}");
                assert!(text(&response["description"]).len() > 5, "{place}");
                assert_examples(&place, response);
            }
        }
    }
    assert!(names.len() >= 18, "{names:?}");
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let house = House::new().await;
    let description = description(&house).await;
    let mut found = 0;
    walk(&description, &mut |value| {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return;
        };
        let path = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(path).is_some(), "{reference}");
        found += 1;
    });
    assert!(found > 20, "{found} references");
}

#[tokio::test]
async fn every_example_has_the_fields_of_its_schema() {
    let house = House::new().await;
    let description = description(&house).await;
    let mut compared = 0;
    walk(&description, &mut |media| {
        let (Some(schema), Some(examples)) = (media.get("schema"), media.get("examples")) else {
            return;
        };
        for (name, example) in examples.as_object().unwrap() {
            assert_fits(&description, name, schema, &example["value"]);
            compared += 1;
        }
    });
    assert!(compared > 40, "{compared} examples");
}

#[tokio::test]
async fn every_answer_has_the_fields_of_its_schema() {
    let house = House::new().await;
    let description = description(&house).await;
    let id = house.post_flare().await;
    house.speak(&id, 1).await;
    keep_draft(&house).await;
    let sound = Request::post("/api/v1/recordings")
        .header(header::AUTHORIZATION, format!("Bearer {REFINERY}"))
        .header(header::CONTENT_TYPE, "audio/wav")
        .body(Body::from("a file"));
    let posted = house
        .post(
            REFINERY,
            &format!("/api/v1/bulletins/{id}/updates"),
            json!({ "text": "Odeur, sans gravité." }).to_string(),
        )
        .await;
    let refused = house.post(REFINERY, "/api/v1/bulletins", "{").await;
    let answers = [
        ("/api/v1/bulletins/{id}/updates", "post", posted),
        ("/api/v1/bulletins", "post", refused),
        (
            "/api/v1/recordings",
            "post",
            house.send(sound.unwrap()).await,
        ),
        (
            "/api/v1/bulletins/{id}",
            "get",
            house
                .get_as(REFINERY, &format!("/api/v1/bulletins/{id}"))
                .await,
        ),
        (
            "/api/v1/drafts",
            "get",
            house.get_as(REFINERY, "/api/v1/drafts").await,
        ),
        (
            "/api/v1/territories",
            "get",
            house.get("/api/v1/territories").await,
        ),
        (
            "/{territory}.json",
            "get",
            house.get("/rouen_metropole.json").await,
        ),
        ("/readyz", "get", house.get("/readyz").await),
    ];
    for (path, method, answer) in answers {
        let responses = &description["paths"][path][method]["responses"];
        let response = &responses[answer.status.as_str()];
        let kind = answer.header("content-type");
        let schema = &response["content"][kind]["schema"];
        assert!(schema.is_object(), "{path}: {} {kind}", answer.status);
        assert_fits(&description, path, schema, &answer.json());
    }
}

#[tokio::test]
async fn a_reader_who_has_it_already_gets_304() {
    let house = House::new().await;
    let first = house.get("/api/openapi.json").await;
    assert_eq!(first.header("content-type"), "application/json");
    let again =
        Request::get("/api/openapi.json").header(header::IF_NONE_MATCH, first.header("etag"));
    let again = house.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

async fn description(house: &House) -> Value {
    house.get("/api/openapi.json").await.json()
}

/// Each address with its methods.
fn paths(description: &Value) -> Vec<(String, Vec<(String, Value)>)> {
    let of = |methods: &Value| {
        let methods = methods.as_object().unwrap().clone();
        methods.into_iter().collect()
    };
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .map(|(path, methods)| (path.clone(), of(methods)))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Sound and empty answers have none.
fn assert_examples(place: &str, holder: &Value) {
    for (kind, media) in holder["content"].as_object().into_iter().flatten() {
        let is_text = kind.ends_with("json") || kind.starts_with("text/");
        let examples = media["examples"].as_object();
        let count = examples.map_or(0, serde_json::Map::len);
        assert!(!is_text || count > 0, "{place}: no example of {kind}");
    }
}

fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(fields) => fields.values().for_each(|it| walk(it, visit)),
        Value::Array(items) => items.iter().for_each(|it| walk(it, visit)),
        _ => {}
    }
}

/// Whether a document has every field that the schema requires, and none that it lacks; Schemathesis looks at values.
fn assert_fits(description: &Value, place: &str, schema: &Value, document: &Value) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let schema = description.pointer(reference.strip_prefix('#').unwrap());
        return assert_fits(description, place, schema.unwrap(), document);
    }
    if let (Some(schema), Some(items)) = (schema.get("items"), document.as_array()) {
        for item in items {
            assert_fits(description, place, schema, item);
        }
    }
    let (Some(schemas), Some(fields)) = (schema.get("properties"), document.as_object()) else {
        return;
    };
    for required in schema["required"].as_array().unwrap() {
        let required = required.as_str().unwrap();
        assert!(fields.contains_key(required), "{place}: no {required:?}");
    }
    for (name, value) in fields {
        let schema = schemas.get(name);
        let schema = schema.unwrap_or_else(|| panic!("{place}: {name:?} is not described"));
        assert_fits(description, &format!("{place}.{name}"), schema, value);
    }
}

async fn keep_draft(house: &House) {
    let site = SiteSlug::parse("raffinerie").unwrap();
    let draft = KeptDraft {
        id: "aaaaaaaaaaaa".into(),
        kind: Kind::Unplanned,
        event: Event::Flaring,
        at: "2026-11-23T13:30:00Z".parse().unwrap(),
        duration_ms: 4_200,
    };
    let kept = house.store.save_draft(&site, &draft, Some(b"RIFF")).await;
    kept.unwrap();
}
