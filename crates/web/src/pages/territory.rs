//! The page of a territory, and the home page that lists them.

use askama::Template;
use bulletin::{Bulletin, DialledNumber, Programme, Site, Territory};

use super::card::Sound;
use super::{Card, html, site_of};
use crate::rendered::Rendered;
use crate::snapshot::Snapshot;
use crate::style;
use crate::words::{Moment, plural, zone_in_words};

/// What happens now in one territory.
pub(super) fn page(snapshot: &Snapshot, place: &(Territory, Vec<Site>, Programme)) -> Rendered {
    let (territory, sites, programme) = place;
    let names = snapshot.names(sites);
    let card = |bulletin: &Bulletin| {
        let site = site_of(&names, &bulletin.site, &territory.slug);
        let speech = snapshot
            .speech
            .get(&bulletin.id)
            .cloned()
            .unwrap_or_default();
        Card::new(bulletin, &site, territory, &speech, snapshot.now)
    };
    html(&TerritoryPage {
        style: style::address(),
        slug: territory.slug.as_str(),
        name: &territory.name,
        number: territory.numbers.first().map(Number::new),
        summary: summary(programme),
        checked: Moment::new(snapshot.checked_at, &territory.zone, snapshot.now),
        zone: zone_in_words(&territory.zone),
        members: members(sites.len()),
        sites,
        ongoing: programme.ongoing.iter().map(card).collect(),
        ended: programme.ended.iter().map(card).collect(),
    })
}

/// The territories, each with its number and how much goes on there.
pub(super) fn home(snapshot: &Snapshot) -> Rendered {
    let line = |place: &(Territory, Vec<Site>, Programme)| {
        let (territory, sites, programme) = place;
        HomeLine {
            address: format!("/{}", territory.slug),
            name: territory.name.clone(),
            number: territory.numbers.first().map(Number::new),
            summary: summary(programme),
            members: members(sites.len()),
            checked: Moment::new(snapshot.checked_at, &territory.zone, snapshot.now),
            zone: zone_in_words(&territory.zone),
        }
    };
    html(&HomePage {
        style: style::address(),
        lines: snapshot.territories.iter().map(line).collect(),
    })
}

#[derive(Template)]
#[template(path = "territory.html")]
struct TerritoryPage<'a> {
    style: &'static str,
    slug: &'a str,
    name: &'a str,
    number: Option<Number>,
    summary: String,
    checked: Moment,
    zone: String,
    members: String,
    sites: &'a [Site],
    ongoing: Vec<Card>,
    ended: Vec<Card>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    style: &'static str,
    lines: Vec<HomeLine>,
}

struct HomeLine {
    address: String,
    name: String,
    number: Option<Number>,
    summary: String,
    members: String,
    checked: Moment,
    zone: String,
}

/// A telephone number to tap and to read.
struct Number {
    tel: String,
    printed: String,
    is_free: bool,
}

impl Number {
    fn new(number: &DialledNumber) -> Self {
        // Free from everywhere in France: 0800 to 0805 (decision of the regulator, October 2015).
        let free = ["+33800", "+33801", "+33802", "+33803", "+33804", "+33805"];
        Self {
            tel: number.as_tel_uri(),
            printed: number.as_printed().replace(' ', "\u{a0}"),
            is_free: free
                .iter()
                .any(|prefix| number.as_str().starts_with(prefix)),
        }
    }
}

/// What goes on, in one sentence without its full stop.
fn summary(programme: &Programme) -> String {
    match programme.ongoing.len() {
        0 => "Aucun événement déclaré".to_owned(),
        count => format!(
            "{count}\u{a0}événement{} en cours ou prévu{}",
            plural(count),
            plural(count)
        ),
    }
}

fn members(count: usize) -> String {
    match count {
        0 => "Aucun site adhérent".to_owned(),
        _ => format!(
            "{count}\u{a0}site{} adhérent{}",
            plural(count),
            plural(count)
        ),
    }
}
