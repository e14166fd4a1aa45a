//! An alert of the desk, for those who do not look at it.

use bulletin::{Language, Site, Territory};
use store::{Alert, AlertKind};

use super::Letter;
use crate::admin::alert_in_words;

/// Writes to somebody of the desk what they should look at there.
///
/// - `public_url`: what comes before the path of every address.
#[must_use]
pub fn alert_letter(
    alert: &Alert,
    territories: &[Territory],
    sites: &[Site],
    language: Language,
    public_url: &str,
) -> Letter {
    let say = |french: &'static str, english: &'static str| match language {
        Language::French => french,
        Language::English => english,
    };
    let words = alert_in_words(alert, territories, sites, language);
    let mut lines = vec![words.clone(), String::new()];
    if let Some(bulletin) = &alert.what.bulletin {
        let what = match alert.what.kind {
            AlertKind::Reminder => say("Le terminer ou le mettre à jour :", "End it or add to it:"),
            _ => say("Voir le bulletin :", "See the bulletin:"),
        };
        lines.push(what.to_owned());
        lines.push(format!("{public_url}/admin/bulletins/{bulletin}"));
        lines.push(String::new());
    }
    lines.push(say("Dire que vous l’avez vue :", "Say that you have seen it:").to_owned());
    lines.push(format!("{public_url}/admin/alerts"));
    lines.push(String::new());
    lines.push(
        say(
            "Ce message vient du bureau d’Allo. Il est envoyé une fois pour chaque alerte, à ceux qu’elle concerne.",
            "This message comes from the desk of Allo. It is sent once for each alert, to those whom it concerns.",
        )
        .to_owned(),
    );
    lines.push(String::new());
    Letter {
        subject: format!("{} {words}", say("Alerte :", "Alert:")),
        text: lines.join("\n"),
    }
}
