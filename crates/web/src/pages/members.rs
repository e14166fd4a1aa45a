//! The member sites of a territory: a numbered list, and the same as a plan.

use bulletin::{Bulletin, Language, Programme, Site, State};

use super::map::Map;
use super::reading::Reading;
use crate::snapshot::Snapshot;
use crate::words::plural;

/// A site that takes part, and how much goes on there.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) commune: String,
    pub(crate) address: String,
    pub(crate) standing: String,
}

/// The members by name, and the plan of those whose place is known.
pub(super) fn members(
    reading: &Reading<'_>,
    snapshot: &Snapshot,
    sites: &[Site],
    programme: &Programme,
) -> (Vec<Member>, Option<Map>) {
    let mut sites: Vec<_> = sites.iter().collect();
    sites.sort_by(|one, other| one.name.cmp(&other.name));
    let its_own = |site: &Site| {
        let slug = site.slug.clone();
        let bulletins = programme.ongoing.iter();
        bulletins.filter(move |it: &&Bulletin| it.site == slug)
    };
    let member = |site: &&Site| Member {
        name: site.name.clone(),
        commune: site.commune.clone(),
        address: reading.address(&format!("/sites/{}", site.slug)),
        standing: standing(reading.language, its_own(site).count()),
    };
    let places: Vec<_> = (1..)
        .zip(&sites)
        .filter_map(|(number, site)| {
            let place = snapshot.places.get(&site.slug)?;
            let is_busy = its_own(site).any(|it| it.state(reading.now) != State::Scheduled);
            Some((number, *place, is_busy))
        })
        .collect();
    (sites.iter().map(member).collect(), Map::draw(&places))
}

/// How much goes on, at one site or in a territory, in words.
pub(crate) fn standing(language: Language, count: usize) -> String {
    let s = plural(count);
    match (language, count) {
        (Language::French, 0) => "aucun événement déclaré".to_owned(),
        (Language::French, _) => format!("{count}\u{a0}événement{s} en cours ou prévu{s}"),
        (Language::English, 0) => "no event declared".to_owned(),
        (Language::English, _) => format!("{count}\u{a0}event{s} going on or planned"),
    }
}
