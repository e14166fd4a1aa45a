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
        let url = format!("{}/api/v1/bulletins", arguments.url.trim_end_matches('/'));
        let answer = client
            .post(&url)
            .bearer_auth(token)
            // A repeat after a lost answer must not publish twice.
            .header("Idempotency-Key", secrets::request_key()?)
            .json(&body(arguments))
            .send()
            .await
            .map_err(|error| format!("cannot reach {url}: {error}; is the service running?"))?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        if status.is_success() {
            println!("{}", serde_json::to_string_pretty(&answer)?);
            return Ok(ExitCode::SUCCESS);
        }
        let detail = answer["detail"].as_str().unwrap_or_default();
        Err(format!("refused with {status}: {detail}").into())
    })
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
