//! An invented territory, an invented site, and short ways to bulletins.

use bulletin::{
    Bulletin, BulletinId, DialledNumber, Draft, Kind, Language, Lifetime, Refusal, Site, SiteSlug,
    Territory, TerritorySlug,
};
use jiff::{Timestamp, tz::TimeZone};

/// A territory on the wall clock of Paris.
pub(crate) fn territory() -> Territory {
    Territory {
        slug: TerritorySlug::parse("boucles_de_seine").unwrap(),
        name: "Boucles de Seine".into(),
        spoken_name: "les Boucles de Seine".into(),
        zone: TimeZone::get("Europe/Paris").unwrap(),
        numbers: vec![DialledNumber::parse("0805 691 282", "33").unwrap()],
    }
}

/// A refinery of that territory.
pub(crate) fn site() -> Site {
    Site {
        slug: SiteSlug::parse("raffinerie-du-meandre").unwrap(),
        territory: territory().slug,
        name: "Raffinerie du Méandre".into(),
        spoken_name: "la raffinerie du Méandre".into(),
        commune: "Port-Mérieux".into(),
    }
}

/// A draft without events, nuisances or hours, for nine days.
pub(crate) fn draft(kind: Kind, text: &str) -> Draft {
    Draft {
        kind,
        events: vec![],
        nuisances: vec![],
        text: text.into(),
        language: Language::French,
        starts_at: None,
        ends_at: None,
        lifetime: Lifetime::default(),
    }
}

/// The draft posted at `now` by `anne`.
pub(crate) fn compose(draft: Draft, now: Timestamp) -> Result<Bulletin, Refusal> {
    compose_as(0, draft, now)
}

/// The draft posted at `now` under an id of its own.
pub(crate) fn compose_as(number: u64, draft: Draft, now: Timestamp) -> Result<Bulletin, Refusal> {
    let id = BulletinId::from_random(number.to_be_bytes());
    Bulletin::compose(id, &site(), &territory(), draft, "anne", now)
}

/// An instant from RFC 3339 text.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
