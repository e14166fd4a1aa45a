//! The Common Alerting Protocol 1.2 (OASIS standard of 1 July 2010; ITU-T X.1303 bis): one message for each entry.
//!
//! A bulletin informs and never alerts. The mapping says so: no message asks anybody to act, and what a site has not
//! said (urgency, severity) is `Unknown` and not guessed. The table stands in `docs/feeds.md`.

mod mapping;

use bulletin::{Bulletin, Entry, Kind, Language, Severity, Site, Territory};
use jiff::Timestamp;

use super::xml::Xml;
use crate::words::{self, Moment};

/// Writes the CAP 1.2 message of one entry, as `/{territory}/{bulletin}-{number}.cap.xml` holds it.
///
/// - `bulletin`: with its thread up to this entry at least; later entries change nothing in the message but `expires`,
///   when one of them gave the bulletin another lifetime.
/// - `public_url`: the address of the public page, without a `/` at its end; its host is the `sender`.
///
/// A first entry, and a withdrawn one that is said again, is an `Alert`; an update, a correction and an end are an
/// `Update`, a withdrawal is a `Cancel`, each with references to all messages before it.
pub fn cap(
    bulletin: &Bulletin,
    entry: &Entry,
    site: &Site,
    territory: &Territory,
    public_url: &str,
) -> String {
    let sender = sender(public_url);
    let sent = time(entry.at, territory);
    Xml::document(None, "alert", &[("xmlns", NAMESPACE)], |xml| {
        xml.text("identifier", &identifier(bulletin, entry.number));
        xml.text("sender", &sender);
        xml.text("sent", &sent);
        xml.text("status", mapping::status(bulletin.kind));
        xml.text("msgType", mapping::message_type(entry.kind));
        xml.text("source", &format!("{}, {}", site.name, territory.name));
        xml.text("scope", "Public");
        // § 3.2.1: an exercise names itself in the note.
        if let Some(mark) = mark(bulletin) {
            xml.text("note", &format!("{mark} {}", bulletin.id));
        }
        let earlier = references(bulletin, entry, territory, &sender);
        if !earlier.is_empty() {
            xml.text("references", &earlier);
        }
        xml.text("incidents", bulletin.id.as_str());
        xml.element("info", &[], |xml| {
            info(xml, bulletin, entry, site, territory, public_url);
        });
    })
}

fn info(
    xml: &mut Xml,
    bulletin: &Bulletin,
    entry: &Entry,
    site: &Site,
    territory: &Territory,
    public_url: &str,
) {
    let sent = time(entry.at, territory);
    xml.text("language", bulletin.language.as_str());
    for category in mapping::categories(&bulletin.events) {
        xml.text("category", category);
    }
    xml.text("event", &event(bulletin));
    xml.text(
        "responseType",
        mapping::response_type(bulletin.kind, entry.kind),
    );
    let stage = mapping::Stage::of(bulletin, entry);
    xml.text("urgency", stage.urgency());
    let severity = Severity::of(bulletin.kind, entry);
    xml.text("severity", mapping::severity(severity));
    xml.text("certainty", stage.certainty());
    xml.text("effective", &sent);
    if let Some(onset) = bulletin.starts_at {
        xml.text("onset", &time(onset, territory));
    }
    xml.text("expires", &time(bulletin.expires_at, territory));
    xml.text("senderName", &site.name);
    xml.text("headline", &headline(bulletin, entry, site));
    xml.text("description", &entry.text);
    xml.text("instruction", &instruction(bulletin, territory));
    let page = format!("{public_url}/{}/{}", territory.slug, bulletin.id);
    xml.text("web", &page);
    if let Some(number) = territory.numbers.first() {
        xml.text("contact", &number.as_printed());
    }
    xml.element("parameter", &[], |xml| {
        xml.text("valueName", "kind");
        xml.text("value", bulletin.kind.as_str());
    });
    if let Some(end) = bulletin.ends_at {
        xml.element("parameter", &[], |xml| {
            xml.text("valueName", "ends");
            xml.text("value", &time(end, territory));
        });
    }
    xml.element("area", &[], |xml| {
        xml.text("areaDesc", &area(site, territory));
    });
}

/// The name of a message, unique for its sender: `BULLETIN-NUMBER`.
pub(super) fn identifier(bulletin: &Bulletin, number: u32) -> String {
    format!("{}-{number}", bulletin.id)
}

/// What a reader sees first, at most 160 characters (§ 3.2.2): exercise or test, site, event, what this entry does.
fn headline(bulletin: &Bulletin, entry: &Entry, site: &Site) -> String {
    let title = super::title(bulletin.language, bulletin, entry, site);
    if title.chars().count() <= HEADLINE {
        return title;
    }
    title.chars().take(HEADLINE - 1).chain(['…']).collect()
}

/// Every message of the thread before this one: `sender,identifier,sent`, with blanks between (§ 3.2.1).
fn references(bulletin: &Bulletin, entry: &Entry, territory: &Territory, sender: &str) -> String {
    if mapping::message_type(entry.kind) == "Alert" {
        return String::new();
    }
    let earlier = bulletin.entries.iter();
    let earlier = earlier.filter(|one| one.number < entry.number);
    let triples: Vec<_> = earlier
        .map(|one| {
            let identifier = identifier(bulletin, one.number);
            format!("{sender},{identifier},{}", time(one.at, territory))
        })
        .collect();
    triples.join(" ")
}

/// The host of the public page: § 3.2.1 wants a name that somebody vouches for, without blanks, commas, `<` and `&`.
fn sender(public_url: &str) -> String {
    let host = public_url.split_once("://").map_or(public_url, |it| it.1);
    host.split('/')
        .next()
        .unwrap_or_default()
        .replace([' ', ',', '<', '&'], "")
}

/// § 3.3.2: local time with its offset; `Z` is not allowed, and universal time is written `-00:00`.
pub(super) fn time(at: Timestamp, territory: &Territory) -> String {
    let at = words::rfc3339(at, &territory.zone);
    match at.strip_suffix("+00:00") {
        Some(universal) => format!("{universal}-00:00"),
        None => at,
    }
}

/// What happens, in the words of the bulletin's language.
fn event(bulletin: &Bulletin) -> String {
    let words: Vec<_> = match bulletin.language {
        Language::French => bulletin.events.iter().map(|it| it.as_french()).collect(),
        Language::English => bulletin.events.iter().map(|it| it.as_english()).collect(),
    };
    match (words.is_empty(), bulletin.language) {
        (true, Language::French) => bulletin.kind.as_french().to_owned(),
        (true, Language::English) => bulletin.kind.as_english().to_owned(),
        (false, _) => words.join(", "),
    }
}

/// How an exercise or a test names itself.
fn mark(bulletin: &Bulletin) -> Option<&'static str> {
    match (bulletin.kind, bulletin.language) {
        (Kind::Drill, Language::French) => Some("Exercice"),
        (Kind::Drill, Language::English) => Some("Exercise"),
        (Kind::Test, Language::French) => Some("Essai"),
        (Kind::Test, Language::English) => Some("Test"),
        (Kind::Planned | Kind::Unplanned, _) => None,
    }
}

/// Where the site stands; no shape is drawn, for nobody has said how far an event is perceived.
fn area(site: &Site, territory: &Territory) -> String {
    if site.commune.is_empty() {
        territory.name.clone()
    } else {
        format!("{} ({})", site.commune, territory.name)
    }
}

/// What this message is and is not, how to follow the event, and its hours in words.
fn instruction(bulletin: &Bulletin, territory: &Territory) -> String {
    let number = territory.numbers.first().map(|it| it.as_printed());
    let hours = hours(bulletin, territory);
    match bulletin.language {
        Language::French => {
            let line = number.map_or_else(String::new, |it| format!(" Au téléphone\u{a0}: {it}."));
            format!(
                "Information du site, et non une alerte des autorités. En cas d’urgence, appelez le 18 ou le 112.{line}{hours}"
            )
        }
        Language::English => {
            let line = number.map_or_else(String::new, |it| format!(" By telephone: {it}."));
            format!(
                "Information of the site, not an alert of the authorities. In an emergency call 18 or 112.{line}{hours}"
            )
        }
    }
}

fn hours(bulletin: &Bulletin, territory: &Territory) -> String {
    // With its year: a message is read long after it was sent, too.
    let moment = |at| Moment::told(bulletin.language, at, &territory.zone, Timestamp::MIN).words;
    let french = bulletin.language == Language::French;
    let start = bulletin.starts_at.map(|at| {
        let label = if french { "Début" } else { "Begins" };
        format!(" {label}\u{a0}: {}.", moment(at))
    });
    let end = bulletin.ends_at.map(|at| {
        let label = if french {
            "Fin prévue"
        } else {
            "Expected end"
        };
        format!(" {label}\u{a0}: {}.", moment(at))
    });
    start.into_iter().chain(end).collect()
}

const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
/// The recommended most characters of a headline (§ 3.2.2).
const HEADLINE: usize = 160;
