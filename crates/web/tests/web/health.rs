//! For machines that watch.

use axum::http::StatusCode;
use web::Concern;

use crate::house::House;

#[tokio::test]
async fn a_process_that_answers_is_alive() {
    let answer = House::new().await.get("/healthz").await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (StatusCode::OK, "ok\n")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn only_what_callers_need_makes_the_service_unready() {
    let house = House::new().await;
    for (line, database, status) in [
        (true, true, StatusCode::OK),
        (true, false, StatusCode::OK),
        (false, true, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        *house.concerns.lock().unwrap() = vec![
            concern("line", line, true),
            concern("database", database, false),
        ];
        let answer = house.get("/readyz").await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["ready"], status == StatusCode::OK);
        assert_eq!(answer.json()["concerns"][1]["ok"], database);
    }
}

fn concern(name: &str, ok: bool, vital: bool) -> Concern {
    Concern {
        name: name.to_owned(),
        ok,
        vital,
        detail: "as seen a second ago".to_owned(),
    }
}
