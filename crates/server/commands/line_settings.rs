//! `allo territory set`: what a manager decides about the line of a territory.

use std::error::Error;

use bulletin::{CrisisSentence, Language, LineSettings, Territory, TerritorySlug};
use jiff::Timestamp;
use speech::script;
use store::Store;

use super::by_command;
use crate::arguments::LineChanges;
use crate::voices;

/// Applies the changes, has new sentences spoken, and prints how everything is set.
///
/// # Errors
/// A territory that does not exist, a sentence that cannot be spoken, or the store.
pub(super) async fn set(
    store: &Store,
    changes: &LineChanges,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let slug = TerritorySlug::parse(&changes.slug)?;
    let territories = store.territories().await?;
    let territory = territories.iter().find(|one| one.slug == slug);
    let territory = territory.ok_or_else(|| {
        let slug = &changes.slug;
        format!("there is no territory {slug:?}; `allo territory list` shows those there are")
    })?;
    let mut settings = store.line_settings().await?;
    let before = settings.remove(&slug).unwrap_or_default();
    let after = changed(&before, changes, Timestamp::now())?;
    if after != before {
        check(store, &after, territory, changes).await?;
        let by = by_command();
        let jobs = web::say_again(&slug, by.at);
        match store
            .set_line_settings(&slug, &before, &after, &jobs, by)
            .await
        {
            Err(store::Error::Conflict) => {
                return Err("somebody else has just changed this; look and try again".into());
            }
            outcome => outcome?,
        }
    }
    print!("{}", told(&after));
    Ok(())
}

fn changed(
    before: &LineSettings,
    changes: &LineChanges,
    now: Timestamp,
) -> Result<LineSettings, bulletin::Refusal> {
    let new_crisis = changes.crisis.as_deref();
    let new_crisis = new_crisis.map(|text| CrisisSentence::compose(text, now));
    let kept = |removed: bool| !removed;
    Ok(LineSettings {
        crisis: new_crisis
            .transpose()?
            .or_else(|| before.crisis.clone())
            .filter(|_| kept(changes.no_crisis)),
        authorities: changes.authorities.unwrap_or(before.authorities),
        asks_noticed: changes.ask_noticed.unwrap_or(before.asks_noticed),
        english_greeting: changes
            .english_greeting
            .clone()
            .or_else(|| before.english_greeting.clone())
            .filter(|_| kept(changes.no_english_greeting)),
        residents: changes.residents.unwrap_or(before.residents),
    })
}

/// What nobody could say is refused here, and not found out by a job.
async fn check(
    store: &Store,
    settings: &LineSettings,
    territory: &Territory,
    changes: &LineChanges,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let lexicon = voices::lexicon_of(store, &changes.folder.data, &territory.slug).await?;
    let crisis = settings.crisis.as_ref().map(|crisis| crisis.text.as_str());
    let english = settings.english_greeting.as_deref();
    for (text, language) in [(crisis, Language::French), (english, Language::English)] {
        if let Some(text) = text {
            script::sentence(text, language, territory, &lexicon)?;
        }
    }
    Ok(())
}

fn told(settings: &LineSettings) -> String {
    let on = |on: bool| if on { "on" } else { "off" };
    let text = |text: Option<&str>| text.unwrap_or("none").replace('\n', " ");
    let crisis = settings.crisis.as_ref().map(|crisis| crisis.text.as_str());
    format!(
        "crisis\t{}\nauthorities\t{}\nask-noticed\t{}\nenglish-greeting\t{}\nresidents\t{}\n",
        text(crisis),
        on(settings.authorities),
        on(settings.asks_noticed),
        text(settings.english_greeting.as_deref()),
        settings.residents,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::DataFolder;

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let full = LineSettings {
            crisis: Some(CrisisSentence::compose("Fermez vos fenêtres.", at(1)).unwrap()),
            authorities: true,
            asks_noticed: true,
            english_greeting: Some("Welcome.".into()),
            residents: 500_000,
        };

        assert_eq!(changed(&full, &nothing(), at(2)).unwrap(), full);
        let lifted = LineChanges {
            no_crisis: true,
            no_english_greeting: true,
            authorities: Some(false),
            ..nothing()
        };
        let after = changed(&full, &lifted, at(2)).unwrap();
        assert_eq!(
            after,
            LineSettings {
                crisis: None,
                english_greeting: None,
                authorities: false,
                ..full
            }
        );
    }

    #[test]
    fn the_same_sentence_set_again_is_a_new_one_for_everybody() {
        let changes = LineChanges {
            crisis: Some("Fermez vos fenêtres.".into()),
            ..nothing()
        };
        let first = changed(&LineSettings::default(), &changes, at(1)).unwrap();
        let second = changed(&first, &changes, at(2)).unwrap();

        assert_eq!(second.crisis.unwrap().set_at, at(2));
        let long = LineChanges {
            crisis: Some("a".repeat(301)),
            ..nothing()
        };
        assert!(changed(&first, &long, at(3)).is_err());
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn nothing() -> LineChanges {
        LineChanges {
            slug: "rouen_metropole".into(),
            crisis: None,
            no_crisis: false,
            authorities: None,
            ask_noticed: None,
            english_greeting: None,
            no_english_greeting: false,
            residents: None,
            folder: DataFolder {
                data: "data".into(),
                rows: Default::default(),
            },
        }
    }
}
