//! `allo call --probe`: rings a line and says in one line whether it says what its page shows; for cron.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use bulletin::DialledNumber;
use caller::CallPlan;
use media::Codec;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::Outcome;
use crate::probe::{Fault, Shown, judge, programme_of};

/// Calls, compares, prints, and exits with 1 when line and page do not fit.
///
/// - `plan`: whom to call, and how; what is offered and how long it lasts is decided here: until everything of the page has been heard once.
///
/// # Errors
/// A page that cannot be read, a target that cannot be called.
pub(super) fn probe(plan: &CallPlan, url: &str) -> Outcome {
    let number = DialledNumber::parse(&plan.target, COUNTRY)
        .ok_or_else(|| format!("{} holds no telephone number", plan.target))?;
    let page = Page {
        url: url.trim_end_matches('/').to_owned(),
        number,
        client: reqwest::Client::builder().timeout(PATIENCE).build()?,
        runtime: Runtime::new()?,
    };
    let mut verdict = Err(Fault::NoAnswer(String::new()));
    for _ in 0..TRIES {
        let shown = page.read()?;
        verdict = listen(plan, &shown)?;
        // What was posted while somebody listened makes page and line differ.
        if verdict.is_ok() || page.read()? == shown {
            break;
        }
    }
    let target = &plan.target;
    Ok(match verdict {
        Ok(well) => {
            println!("{target}: {well}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("{target}: {fault}");
            ExitCode::FAILURE
        }
    })
}

fn listen(
    plan: &CallPlan,
    shown: &Shown,
) -> Result<Result<String, Fault>, Box<dyn Error + Send + Sync>> {
    let plan = CallPlan {
        codecs: vec![Codec::Pcma],
        limit: plan.limit.min(Duration::from_millis(shown.longest_ms())),
        until_heard: shown.sounds(),
        sound_within: Some(SOUND_WITHIN),
        answer_within: ANSWER_WITHIN,
        ..plan.clone()
    };
    Ok(judge(&caller::place_call(&plan)?, shown))
}

/// Where the page is.
struct Page {
    url: String,
    number: DialledNumber,
    client: reqwest::Client,
    runtime: Runtime,
}

impl Page {
    /// What it shows of the number's line, with the sounds.
    fn read(&self) -> Result<Shown, Box<dyn Error + Send + Sync>> {
        self.runtime.block_on(async {
            let territories: Value = serde_json::from_slice(&self.get(TERRITORIES).await?)?;
            let programme = programme_of(&territories, &self.number).ok_or_else(|| {
                let number = self.number.as_str();
                format!("no territory of {} has the number {number}", self.url)
            })?;
            let programme: Value = serde_json::from_slice(&self.get(&programme).await?)?;
            let mut shown = Shown::read(&programme)?;
            for bulletin in &mut shown.bulletins {
                if let Some(path) = &bulletin.telephone {
                    bulletin.sound = self.get(path).await?;
                }
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(shown)
        })
    }

    async fn get(&self, path: &str) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let url = format!("{}{path}", self.url);
        let unread = |error: reqwest::Error| format!("the page cannot be read: {error}");
        let answer = self.client.get(&url).send().await.map_err(unread)?;
        let answer = answer.error_for_status().map_err(unread)?;
        Ok(answer.bytes().await.map_err(unread)?.to_vec())
    }
}

const TERRITORIES: &str = "/api/v1/territories";
/// Of numbers that are dialled without one, as the line takes them unless it is told otherwise.
const COUNTRY: &str = "33";
/// Calls, while the page changes in each of them.
const TRIES: usize = 3;
const PATIENCE: Duration = Duration::from_secs(10);
/// A line answers within a second.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A line speaks with its answer; who pays for the call has no use for a minute of nothing.
const SOUND_WITHIN: Duration = Duration::from_secs(10);
