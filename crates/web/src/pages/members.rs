//! The member sites of a territory: a numbered list, and the same as a plan.

use bulletin::{Bulletin, Language, Programme, Site};

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
    let busy = |site: &Site| {
        let its_own = |it: &&Bulletin| it.site == site.slug;
        programme.ongoing.iter().filter(its_own).count()
    };
    let member = |site: &&Site| Member {
        name: site.name.clone(),
        commune: site.commune.clone(),
        address: reading.address(&format!("/sites/{}", site.slug)),
        standing: standing(reading.language, busy(site)),
    };
    let places: Vec<_> = (1..)
        .zip(&sites)
        .filter_map(|(number, site)| {
            let place = snapshot.places.get(&site.slug)?;
            Some((number, *place, busy(site) > 0))
        })
        .collect();
    (sites.iter().map(member).collect(), Map::draw(&places))
}

/// How much goes on at one site, in words.
pub(super) fn standing(language: Language, count: usize) -> String {
    let s = plural(count);
    match (language, count) {
        (Language::French, 0) => "aucun événement déclaré".to_owned(),
        (Language::French, _) => format!("{count}\u{a0}événement{s} en cours ou prévu{s}"),
        (Language::English, 0) => "no event declared".to_owned(),
        (Language::English, _) => format!("{count}\u{a0}event{s} going on or planned"),
    }
}
