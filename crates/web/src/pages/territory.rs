//! The page of a territory, and the home page that lists them.

use askama::Template;
use bulletin::{Bulletin, Conformance, DialledNumber, Kind, Language, Programme, Site, Territory};

use super::background::{self, Link};
use super::card::{Sound, capitalised};
use super::live::{self, Live};
use super::map::Map;
use super::members::{self, Member, standing};
use super::reading::Reading;
use super::{BeforeAll, Card, Shell, both, html};
use crate::feeds::suffix;
use crate::rendered::Rendered;
use crate::snapshot::Snapshot;
use crate::words::{Moment, pick, plural, zone_in_words};

/// What happens now in one territory.
///
/// - `live`: for the page that looks for news by itself.
pub(super) fn page(
    reading: Reading<'_>,
    snapshot: &Snapshot,
    (territory, sites, programme): &(Territory, Vec<Site>, Programme),
    live: Option<Live>,
) -> Rendered {
    let address = live
        .as_ref()
        .map_or(String::new(), |_| format!("/{}", live::NAME));
    let card = |bulletin: &Bulletin| reading.card(bulletin, &snapshot.speech_of(&bulletin.id));
    let (unplanned, planned): (Vec<&Bulletin>, Vec<&Bulletin>) = programme
        .ongoing
        .iter()
        .partition(|bulletin| bulletin.kind == Kind::Unplanned);
    let language = reading.language;
    let (listed, map) = members::members(&reading, snapshot, sites, programme);
    let before_all = BeforeAll::of(snapshot, &territory.slug, language);
    let background = snapshot.background.get(&territory.slug);
    let (summary, members) = (summary(language, programme), members(language, sites.len()));
    html(&TerritoryPage {
        shell: reading
            .shell(&address)
            .called(
                &before_all
                    .in_short
                    .map_or_else(|| summary.clone(), capitalised),
            )
            .about(&before_all.before(&format!("{summary}. {members}."))),
        live,
        slug: territory.slug.as_str(),
        feed: format!("/{}{}", territory.slug, suffix(language)),
        name: &territory.name,
        number: territory.numbers.first().map(Number::new),
        summary,
        checked: Moment::told(language, snapshot.checked_at, &territory.zone, snapshot.now),
        zone: zone_in_words(language, &territory.zone),
        members,
        listed,
        map,
        before_all,
        sends_mail: snapshot.sends_mail,
        background: background.map_or(vec![], |pages| background::links(&reading, pages)),
        unplanned: unplanned.into_iter().map(card).collect(),
        planned: planned.into_iter().map(card).collect(),
        ended: programme.ended.iter().map(card).collect(),
    })
}

/// The territories, each with its number and how much goes on there.
pub(super) fn home(snapshot: &Snapshot, language: Language) -> Rendered {
    let line = |place: &(Territory, Vec<Site>, Programme)| {
        let (territory, sites, programme) = place;
        let within = |rest| both::address(language, &format!("/{}{rest}", territory.slug));
        let imprint = snapshot.imprints.get(&territory.slug);
        let conformance = imprint.map_or(Conformance::Unaudited, |it| it.conformance);
        HomeLine {
            address: within(""),
            accessibility: Shell::new(language, "", "")
                .of(territory, conformance)
                .accessibility(),
            statement: within("/accessibilite"),
            contact: within("/contact"),
            name: territory.name.clone(),
            number: territory.numbers.first().map(Number::new),
            before_all: BeforeAll::of(snapshot, &territory.slug, language),
            summary: summary(language, programme),
            members: members(language, sites.len()),
            checked: Moment::told(language, snapshot.checked_at, &territory.zone, snapshot.now),
            zone: zone_in_words(language, &territory.zone),
        }
    };
    let first = snapshot.territories.first();
    let as_of = first.and_then(|(one, ..)| snapshot.as_of(language, &one.zone));
    let subject = pick(
        language,
        "Ce qui se passe dans les usines voisines",
        "What happens at the factories nearby",
    );
    html(&HomePage {
        shell: Shell::new(language, "/", &snapshot.publisher.public_url)
            .aged(as_of.as_deref())
            .called(subject)
            .about(pick(
                language,
                "Ce que les sites industriels disent eux-mêmes à leurs voisins\u{a0}: par téléphone, et sur cette page.",
                "What industrial sites themselves tell their neighbours: by telephone, and on this page.",
            )),
        lines: snapshot.territories.iter().map(line).collect(),
    })
}

#[derive(Template)]
#[template(path = "territory.html")]
struct TerritoryPage<'a> {
    shell: Shell,
    /// What looks for news, on the page that does.
    live: Option<Live>,
    slug: &'a str,
    /// Where feeds are, without their endings.
    feed: String,
    name: &'a str,
    number: Option<Number>,
    summary: String,
    checked: Moment,
    zone: String,
    members: String,
    listed: Vec<Member>,
    map: Option<Map>,
    before_all: BeforeAll,
    background: Vec<Link>,
    sends_mail: bool,
    /// What happens, newest first.
    unplanned: Vec<Card>,
    /// What was announced: what goes on, then what is to come.
    planned: Vec<Card>,
    ended: Vec<Card>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    lines: Vec<HomeLine>,
}

struct HomeLine {
    address: String,
    accessibility: String,
    statement: String,
    contact: String,
    name: String,
    number: Option<Number>,
    before_all: BeforeAll,
    summary: String,
    members: String,
    checked: Moment,
    zone: String,
}

/// A telephone number to tap and to read.
pub(super) struct Number {
    pub(super) tel: String,
    pub(super) printed: String,
    pub(super) is_free: bool,
}

impl Number {
    pub(super) fn new(number: &DialledNumber) -> Self {
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
fn summary(language: Language, programme: &Programme) -> String {
    capitalised(&standing(language, programme.ongoing.len()))
}

fn members(language: Language, count: usize) -> String {
    let s = plural(count);
    match (language, count) {
        (Language::French, 0) => "Aucun site adhérent".to_owned(),
        (Language::French, _) => format!("{count}\u{a0}site{s} adhérent{s}"),
        (Language::English, 0) => "No member site".to_owned(),
        (Language::English, _) => format!("{count}\u{a0}member site{s}"),
    }
}
