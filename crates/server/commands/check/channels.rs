//! `allo check --channels`: whether each channel could tell people something. Nobody is told anything.

use std::process::ExitCode;
use std::time::Duration;

use bulletin::{Territory, TerritorySlug};

use super::super::Outcome;
use super::finding::Finding;
use crate::Config;
use crate::announce::{Registered, registered};

/// Prints one line for each channel; one that fails makes the exit status 1.
///
/// # Errors
/// A database that does not open.
pub(super) async fn check(config: &Config) -> Outcome {
    let channels = registered(config)?;
    if channels.is_empty() && config.mail.is_none() {
        println!("no channel is named: bulletins are told on the line and on the page only");
        return Ok(ExitCode::SUCCESS);
    }
    let known = Known::read(config).await?;
    // All at once: one that hangs does not keep the others waiting.
    let asked: Vec<_> = channels
        .iter()
        .map(|one| tokio::spawn(ask(one.clone())))
        .collect();
    let mut all_well = true;
    for (one, asked) in channels.iter().zip(asked) {
        let finding = match known.place_of(one) {
            Err(fault) => Finding::Bad(fault),
            Ok(place) => match asked.await? {
                Ok(()) => Finding::Well(format!("{} for {place}", one.kind)),
                Err(fault) => Finding::Bad(fault),
            },
        };
        finding.print(&one.name);
        all_well &= finding.passes();
    }
    if let Some(mailer) = &config.mail {
        let finding = match mailer.check().await {
            Ok(()) => Finding::Well(format!(
                "e-mail from {}, for every territory",
                mailer.sender()
            )),
            Err(fault) => Finding::Bad(fault),
        };
        finding.print("mail");
        all_well &= finding.passes();
    }
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn ask(one: Registered) -> Result<(), String> {
    let checked = tokio::time::timeout(LONGEST, one.channel.check()).await;
    checked.unwrap_or_else(|_| {
        Err("the other side did not come to an end within 30 seconds; is its address right?".into())
    })
}

/// What the database says of territories; nothing before its first start.
struct Known(Option<(Vec<Territory>, Vec<TerritorySlug>)>);

impl Known {
    async fn read(config: &Config) -> Result<Self, store::Error> {
        if !config.database.is_there() {
            return Ok(Self(None));
        }
        let store = config.database.open().await?;
        let training = store.training_territories().await?.into_iter().collect();
        Ok(Self(Some((store.territories().await?, training))))
    }

    /// Whose bulletins a channel is told, in words.
    fn place_of(&self, channel: &Registered) -> Result<String, String> {
        let Some(slug) = &channel.territory else {
            return Ok("every territory".to_owned());
        };
        let Some((territories, training)) = &self.0 else {
            return Ok(slug.to_string());
        };
        if training.contains(slug) {
            return Err(format!(
                "{slug} is a territory to learn in, which tells nobody anything; name another one in territory"
            ));
        }
        let found = territories.iter().find(|one| one.slug == *slug);
        let found = found.map(|one| one.name.clone());
        found.ok_or_else(|| {
            format!("there is no territory {slug}; write one that `allo territory list` shows")
        })
    }
}

const LONGEST: Duration = Duration::from_secs(30);
