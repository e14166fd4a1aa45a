//! `allo post`: posts a bulletin from a terminal or a script, through the HTTP API.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Outcome, block_on};
use crate::arguments::Post;
use crate::demo::Credentials;
use crate::secrets;

/// Posts and prints the answer; a refusal is printed in words and exits with 1.
///
/// # Errors
/// A token that is missing, a service that cannot be reached.
pub fn post(arguments: &Post) -> Outcome {
    let token = token(arguments)?;
    block_on(async move {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let api = format!("{}/api/v1", arguments.url.trim_end_matches('/'));
        let mut body = body(arguments);
        if let Some(file) = &arguments.recording {
            let sound = std::fs::read(file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let request = client
                .post(format!("{api}/recordings"))
                .bearer_auth(&token)
                .timeout(PATIENCE_WITH_SOUND)
                .header("Content-Type", "application/octet-stream")
                .body(sound);
            body["recording"] = accepted(&api, request).await?["id"].take();
        }
        let request = client
            .post(format!("{api}/bulletins"))
            .bearer_auth(&token)
            // A repeat after a lost answer must not publish twice.
            .header("Idempotency-Key", secrets::request_key()?)
            .json(&body);
        let answer = accepted(&api, request).await?;
        println!("{}", serde_json::to_string_pretty(&answer)?);
        Ok(ExitCode::SUCCESS)
    })
}

/// Sends a request and gives its answer, unless that is a refusal.
async fn accepted(
    api: &str,
    request: reqwest::RequestBuilder,
) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let answer = request
        .send()
        .await
        .map_err(|error| format!("cannot reach {api}: {error}; is the service running?"))?;
    let status = answer.status();
    let answer: Value = answer.json().await?;
    if status.is_success() {
        return Ok(answer);
    }
    let detail = answer["detail"].as_str().unwrap_or_default();
    Err(format!("refused with {status}: {detail}").into())
}

fn body(arguments: &Post) -> Value {
    let mut body = json!({
        "site": arguments.site,
        "kind": arguments.kind,
        "events": arguments.events,
        "nuisances": arguments.nuisances,
        "text": arguments.text,
        "language": arguments.language,
    });
    if let Some(days) = arguments.lifetime_days {
        body["lifetime_days"] = days.into();
    }
    body
}

fn token(arguments: &Post) -> Result<String, String> {
    if let Some(token) = &arguments.token {
        return Ok(token.clone());
    }
    let credentials = Credentials::read(&arguments.data).map_err(|error| {
        format!("no token: give --token or ALLO_TOKEN, or --data of a demonstration ({error})")
    })?;
    credentials
        .tokens
        .into_iter()
        .find(|one| one.site == arguments.site)
        .map(|one| one.token)
        .ok_or_else(|| format!("the demonstration has no site {:?}", arguments.site))
}

/// A post is answered within two seconds even when the programme is slow to refresh.
const PATIENCE: Duration = Duration::from_secs(10);
/// A file of twenty megabytes is sent and decoded.
const PATIENCE_WITH_SOUND: Duration = Duration::from_secs(180);
