//! The page of one site: what goes on there, and the way to all that it has told.

use askama::Template;
use bulletin::{Bulletin, Coordinates, Programme, Site};

use super::card::Sound;
use super::members::standing;
use super::reading::Reading;
use super::{BeforeAll, Card, Shell, html};
use crate::rendered::Rendered;
use crate::snapshot::Snapshot;
use crate::words::{Moment, zone_in_words};

/// What one site tells now; one that takes part no more keeps its page.
pub(super) fn page(
    reading: Reading<'_>,
    snapshot: &Snapshot,
    site: &Site,
    programme: &Programme,
    is_member: bool,
) -> Rendered {
    let card = |bulletin: &Bulletin| reading.card(bulletin, &snapshot.speech_of(&bulletin.id));
    let its_own = |it: &&Bulletin| it.site == site.slug;
    let ongoing: Vec<_> = programme.ongoing.iter().filter(its_own).map(card).collect();
    let standing = super::card::capitalised(&standing(reading.language, ongoing.len()));
    let zone = &reading.territory.zone;
    let before_all = BeforeAll::of(snapshot, &reading.territory.slug, reading.language);
    let shell = reading
        .shell(&format!("/sites/{}", site.slug))
        .called(&site.name)
        .about(&before_all.before(&format!("{}, {}. {standing}.", site.name, site.commune)));
    let archive = format!("/archives?site={}", site.slug);
    html(&SitePage {
        shell,
        name: &reading.territory.name,
        archive: reading.address(&archive),
        place: snapshot.places.get(&site.slug).map(ToString::to_string),
        degrees: snapshot.places.get(&site.slug).map(degrees),
        checked: Moment::told(reading.language, snapshot.checked_at, zone, snapshot.now),
        zone: zone_in_words(reading.language, zone),
        ended: programme.ended.iter().filter(its_own).map(card).collect(),
        before_all,
        site,
        is_member,
        standing,
        ongoing,
    })
}

fn degrees(place: &Coordinates) -> (String, String) {
    let (latitude, longitude) = place.degrees();
    (format!("{latitude:.5}"), format!("{longitude:.5}"))
}

#[derive(Template)]
#[template(path = "site.html")]
struct SitePage<'a> {
    shell: Shell,
    /// Of the territory.
    name: &'a str,
    site: &'a Site,
    before_all: BeforeAll,
    is_member: bool,
    standing: String,
    checked: Moment,
    zone: String,
    /// As a map on the web takes it.
    place: Option<String>,
    degrees: Option<(String, String)>,
    archive: String,
    ongoing: Vec<Card>,
    ended: Vec<Card>,
}
