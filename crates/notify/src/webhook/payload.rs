//! What a program is told of an entry, as JSON.

use bulletin::{EntryKind, Kind};
use serde_json::{Value, json};

use crate::Announcement;

/// An entry with its facts. Instants are RFC 3339 in UTC; words are those of the API.
#[must_use]
pub fn payload(announcement: &Announcement) -> Value {
    let Announcement {
        bulletin,
        entry,
        site,
        territory,
        sender,
        ..
    } = announcement;
    let instant = |at: &jiff::Timestamp| at.to_string();
    json!({
        "type": word(entry.kind),
        "timestamp": instant(&entry.at),
        "data": {
            "id": bulletin.id.as_str(),
            "entry": entry.number,
            "territory": { "slug": territory.slug.as_str(), "name": territory.name },
            "site": { "slug": site.slug.as_str(), "name": site.name, "commune": site.commune },
            "kind": bulletin.kind.as_str(),
            "exercise": matches!(bulletin.kind, Kind::Drill | Kind::Test),
            "events": bulletin.events.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
            "nuisances": bulletin.nuisances.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
            "language": bulletin.language.as_str(),
            "text": entry.text,
            "under_control": entry.under_control,
            "starts_at": bulletin.starts_at.as_ref().map(instant),
            "ends_at": bulletin.ends_at.as_ref().map(instant),
            "posted_at": instant(&bulletin.posted_at),
            "expires_at": instant(&bulletin.expires_at),
            "url": announcement.link(),
            "telephone": sender.number,
        },
    })
}

fn word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::First => "bulletin.posted",
        EntryKind::Update => "bulletin.updated",
        EntryKind::Correction => "bulletin.corrected",
        EntryKind::End => "bulletin.ended",
        EntryKind::Withdrawal => "bulletin.withdrawn",
        EntryKind::Restoration => "bulletin.restored",
    }
}
