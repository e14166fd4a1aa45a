//! What stands elsewhere than on our pages: a frame on a town hall's site, a badge, a poster on a wall.
//!
//! `/embed/{territory}`, `/badge/{territory}.svg`, `/qr/{territory}` (a poster, for a printer or a PDF) and
//! `/qr/{territory}.svg` (its code alone); `.en` behind the territory gives English.

use askama::Template;
use axum::http::HeaderValue;
use bulletin::{Bulletin, DialledNumber, Language, Programme, Site, Territory};

use crate::documents::Documents;
use crate::feeds::suffix;
use crate::pages::{BeforeAll, html, site_of, standing, written};
use crate::publisher::Ancestor;
use crate::qr::Qr;
use crate::rendered::Rendered;
use crate::snapshot::Snapshot;
use crate::style;
use crate::words::{Moment, pick};

/// Renders what stands elsewhere, of every territory and in both languages.
pub(crate) fn render(snapshot: &Snapshot, documents: &mut Documents<'_>) {
    for place in &snapshot.territories {
        for &language in Language::ALL {
            let name = format!("{}{}", place.0.slug, suffix(language));
            documents.insert(format!("/embed/{name}"), embed(snapshot, place, language));
            documents.insert(
                format!("/badge/{name}.svg"),
                badge(snapshot, place, language),
            );
            documents.insert(format!("/qr/{name}"), poster(snapshot, &place.0, language));
            documents.insert(
                format!("/qr/{name}.svg"),
                code(snapshot, &place.0, language),
            );
        }
    }
}

type Place = (Territory, Vec<Site>, Programme);

/// A page for a frame: what goes on, in a few lines, with links that open outside of the frame.
fn embed(snapshot: &Snapshot, place: &Place, language: Language) -> Rendered {
    let (territory, members, programme) = place;
    let names = snapshot.names(members);
    let line = |bulletin: &Bulletin| {
        let site = site_of(&names, &bulletin.site, &territory.slug);
        let path = format!("/{}/{}{}", territory.slug, bulletin.id, suffix(language));
        EmbedLine {
            title: crate::feeds::title(language, bulletin, &bulletin.entries[0], &site),
            state: match language {
                Language::French => bulletin.state(snapshot.now).as_french(),
                Language::English => bulletin.state(snapshot.now).as_english(),
            },
            address: url(snapshot, &path),
        }
    };
    let before_all = BeforeAll::of(snapshot, &territory.slug, language);
    let summary = standing(language, programme.ongoing.len());
    let page = EmbedPage {
        language,
        style: style::elsewhere_address(),
        name: &territory.name,
        title: before_all.in_short.unwrap_or(&summary).to_owned(),
        before_all,
        summary,
        lines: programme.ongoing.iter().map(line).collect(),
        checked: Moment::told(language, snapshot.checked_at, &territory.zone, snapshot.now),
        as_of: snapshot.as_of(language, &territory.zone),
        page: page_of(snapshot, territory, language),
        number: territory.numbers.first(),
    };
    let embedders = snapshot.publisher.embedders.get(&territory.slug);
    html(&page).with_policy(policy(embedders.map_or(&[][..], Vec::as_slice)))
}

/// The policy of every page, but for who may frame this one.
fn policy(embedders: &[Ancestor]) -> HeaderValue {
    let mut ancestors: Vec<_> = embedders.iter().map(Ancestor::as_str).collect();
    if ancestors.is_empty() {
        ancestors.push("'none'");
    }
    let policy = format!(
        "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; \
         frame-ancestors {}; base-uri 'none'",
        ancestors.join(" ")
    );
    HeaderValue::from_str(&policy).expect("hosts of letters, digits and signs of ASCII")
}

/// A small picture with words in it. It has no room to say of when it is: once it is older than it should be, it says
/// that nothing is known. What everybody is to be told stays until it is known to be over.
fn badge(snapshot: &Snapshot, place: &Place, language: Language) -> Rendered {
    let (territory, _, programme) = place;
    let before_all = BeforeAll::of(snapshot, &territory.slug, language);
    let (summary, is_quiet) = match before_all.in_short {
        Some(words) => (words.to_owned(), false),
        None if snapshot.is_aged() => {
            let unknown = pick(language, "état inconnu", "state unknown");
            (unknown.to_owned(), true)
        }
        None => {
            let count = programme.ongoing.len();
            (standing(language, count), count == 0)
        }
    };
    let (name, said) = (width(&territory.name), width(&summary));
    let badge = Badge {
        language,
        name: &territory.name,
        summary: &summary,
        is_quiet,
        name_width: name,
        said_width: said,
        left: name + 2 * MARGIN,
        total: name + said + 4 * MARGIN,
    };
    Rendered::document(written(&badge), SVG)
}

/// A page to print and to put on a wall.
fn poster(snapshot: &Snapshot, territory: &Territory, language: Language) -> Rendered {
    let address = page_of(snapshot, territory, language);
    html(&Poster {
        language,
        style: style::elsewhere_address(),
        name: &territory.name,
        qr: Qr::draw(&address),
        address: &address,
        number: territory.numbers.first(),
    })
}

/// The code of the poster alone.
fn code(snapshot: &Snapshot, territory: &Territory, language: Language) -> Rendered {
    let address = page_of(snapshot, territory, language);
    let code = Code {
        qr: Qr::draw(&address),
        address: &address,
    };
    Rendered::document(written(&code), SVG)
}

#[derive(Template)]
#[template(path = "elsewhere/embed.html")]
struct EmbedPage<'a> {
    language: Language,
    style: &'static str,
    name: &'a str,
    title: String,
    before_all: BeforeAll,
    summary: String,
    lines: Vec<EmbedLine>,
    checked: Moment,
    as_of: Option<String>,
    page: String,
    number: Option<&'a DialledNumber>,
}

struct EmbedLine {
    title: String,
    state: &'static str,
    address: String,
}

#[derive(Template)]
#[template(path = "elsewhere/badge.svg")]
struct Badge<'a> {
    language: Language,
    name: &'a str,
    summary: &'a str,
    is_quiet: bool,
    name_width: usize,
    said_width: usize,
    left: usize,
    total: usize,
}

#[derive(Template)]
#[template(path = "elsewhere/poster.html")]
struct Poster<'a> {
    language: Language,
    style: &'static str,
    name: &'a str,
    /// None for an address that is too long for any code: the address stands beside it.
    qr: Option<Qr>,
    address: &'a str,
    number: Option<&'a DialledNumber>,
}

#[derive(Template)]
#[template(path = "elsewhere/code.svg")]
struct Code<'a> {
    qr: Option<Qr>,
    address: &'a str,
}

fn page_of(snapshot: &Snapshot, territory: &Territory, language: Language) -> String {
    url(
        snapshot,
        &format!("/{}{}", territory.slug, suffix(language)),
    )
}

fn url(snapshot: &Snapshot, path: &str) -> String {
    format!("{}{path}", snapshot.publisher.public_url)
}

/// How wide words are drawn, in pixels; `textLength` holds the drawing to it whatever the letters are.
fn width(words: &str) -> usize {
    words.chars().count() * 7
}

/// On each side of the words of a badge, in pixels.
const MARGIN: usize = 8;
const SVG: &str = "image/svg+xml";
