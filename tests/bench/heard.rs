//! From the post to the ear, with nobody and with many on the line.

use std::time::{Duration, Instant};

use caller::{CallPlan, StormPlan, place_call, storm};
use serde_json::{Value, json};

use crate::process::{Program, heard_site};

/// Posts a text of 300 characters while so many listen, and prints when it could be heard.
pub(crate) fn run(program: &Program, listeners: usize) {
    let crowd = (listeners > 0).then(|| {
        let count = f64::from(u32::try_from(listeners).expect("a small number"));
        let plan = StormPlan::new(&program.target(), listeners, (count / 5.0).max(20.0), CROWD);
        let crowd = std::thread::spawn(move || storm(&plan).expect("the storm begins"));
        std::thread::sleep(Duration::from_secs(6));
        crowd
    });
    let (acknowledged, on_the_air) = post_and_hear(program);
    println!(
        "post of 300 characters, {listeners:>4} listening: 201 after {} ms, heard by calls placed after {} ms",
        acknowledged.as_millis(),
        on_the_air.as_millis()
    );
    if let Some(crowd) = crowd {
        let report = crowd.join().expect("the storm ends");
        assert_eq!(report.bad_calls, 0, "the post disturbed nobody");
    }
}

/// Posts a text and finds it in a call placed as soon as it is spoken; how long the 201 took, and the voice.
pub(crate) fn post_and_hear(program: &Program) -> (Duration, Duration) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let start = Instant::now();
    let id = runtime.block_on(post(program));
    let acknowledged = start.elapsed();
    let octets = runtime.block_on(recording(program, &id));
    let on_the_air = start.elapsed();

    let heard = place_call(&CallPlan {
        keys: "@0.2:#".into(),
        limit: Duration::from_secs(35),
        ..CallPlan::new(&program.target())
    })
    .expect("the call is placed");

    let found = heard
        .octets
        .windows(octets.len())
        .any(|window| window == octets);
    assert!(
        found,
        "a call placed {} ms after the post hears it",
        on_the_air.as_millis()
    );
    (acknowledged, on_the_air)
}

/// Posts a text, replaces it and ends it; an error of the desk is a panic.
pub(crate) fn post_update_and_end(program: &Program) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let id = post(program).await;
        for (action, body) in [
            ("updates", json!({"text": "La torche brûle moins fort."})),
            ("end", json!({"text": "La torche est éteinte."})),
        ] {
            let url = format!("http://{}/api/v1/bulletins/{id}/{action}", program.http);
            let asked = reqwest::Client::new()
                .post(url)
                .bearer_auth(program.token());
            let answer = asked.json(&body).send().await.expect("an answer");
            assert!(
                answer.status().is_success(),
                "{action}: {}",
                answer.status()
            );
        }
    });
}

/// Posts a text of 300 characters; its id.
pub(crate) async fn post(program: &Program) -> String {
    let body = json!({
        "site": heard_site(), "kind": "unplanned", "events": ["flaring"], "nuisances": ["visual"],
        "text": TEXT, "language": "fr",
    });
    let answer = reqwest::Client::new()
        .post(format!("http://{}/api/v1/bulletins", program.http))
        .bearer_auth(program.token())
        .json(&body)
        .send()
        .await
        .expect("an answer");
    assert!(answer.status().is_success(), "post: {}", answer.status());
    let answer: Value = answer.json().await.expect("JSON");
    answer["id"].as_str().expect("an id").to_owned()
}

async fn recording(program: &Program, id: &str) -> Vec<u8> {
    let url = format!(
        "http://{}/api/v1/bulletins/{id}/recording?codec=pcma",
        program.http
    );
    let client = reqwest::Client::new();
    let start = Instant::now();
    loop {
        let asked = client.get(&url).bearer_auth(program.token());
        let answer = asked.send().await.expect("an answer");
        if answer.status().is_success() {
            return answer.bytes().await.expect("octets").to_vec();
        }
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "the bulletin is never spoken"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The crowd listens this long.
const CROWD: Duration = Duration::from_secs(50);

const TEXT: &str = "L'arrivée principale de gaz naturel du site est interrompue. Les chaudières puis une unité se sont arrêtées. Pour évacuer les produits en toute sécurité, la torche est en service ; par manque de vapeur, elle dégage une fumée noire visible de loin. Nos équipes travaillent au rétablissement du gaz.";
