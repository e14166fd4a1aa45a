//! Finished public pages: rendered when something changes, served from memory as often as asked.
//!
//! Each is there in French and in English ([`Both`]); what stands around it is a [`Shell`].

mod archives;
mod background;
mod before_all;
mod both;
mod card;
mod document;
mod live;
mod map;
mod members;
mod notice;
mod permalink;
mod reading;
mod shell;
mod site;
mod statements;
mod territory;

use std::collections::HashMap;

use askama::Template;
use axum::body::HttpBody;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use bulletin::{Bulletin, BulletinId, Imprint, Language, Site, SiteSlug, Territory, TerritorySlug};
use jiff::Timestamp;

pub(crate) use archives::archives;
pub(crate) use before_all::BeforeAll;
pub(crate) use card::{Card, Sound};
pub(crate) use document::EntryItem;
pub(crate) use members::standing;
pub(crate) use notice::Notice;
pub(crate) use shell::Shell;

use crate::app::App;
use crate::documents::Documents;
use crate::elsewhere;
use crate::error::Error;
use crate::feeds::{self, MessageFile};
use crate::rendered::Rendered;
use crate::snapshot::Snapshot;
use both::Both;
pub(crate) use both::asked;
use reading::Reading;

/// Every public page of one [`Snapshot`], ready to send; reading one asks nothing of the database.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    home: Option<Both<Rendered>>,
    territories: Option<Rendered>,
    places: Vec<Place>,
    /// Everything that is finished, by address.
    documents: HashMap<String, Rendered>,
}

impl Pages {
    /// Renders the home page, the page and the JSON document of each territory, and one page per bulletin. What is as it was
    /// `before` stays where it lies.
    pub fn render(snapshot: &Snapshot, before: &Self) -> Self {
        let mut documents = Documents::after(&before.documents);
        let home = Both::of(|language| documents.kept(territory::home(snapshot, language)));
        let territories = documents.kept(document::territories(snapshot));
        for &language in Language::ALL {
            documents.insert_kept(both::address(language, "/"), home.told(language).clone());
        }
        documents.insert_kept("/api/v1/territories".to_owned(), territories.clone());
        let places = snapshot.territories.iter();
        let places: Vec<_> = places
            .map(|place| Place::render(snapshot, place, &mut documents))
            .collect();
        feeds::render(snapshot, &mut documents);
        elsewhere::render(snapshot, &mut documents);
        Self {
            home: Some(home),
            territories: Some(territories),
            places,
            documents: documents.finished(),
        }
    }

    /// The octets of what is finished at an address.
    #[must_use]
    pub fn octets(&self, address: &str) -> Option<&[u8]> {
        let document = self.documents.get(address)?;
        Some(document.octets())
    }

    /// Answers a reader who asks for something that is finished; `None` for all other requests.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Option<Response> {
        let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
        let document = self.documents.get(request.uri().path())?;
        if !is_read {
            return None;
        }
        let mut response = document.answer(request.headers());
        if request.method() == Method::HEAD && response.status() == StatusCode::OK {
            let body = std::mem::take(response.body_mut());
            let length = body.size_hint().exact().unwrap_or(0);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        Some(response)
    }

    /// The number of the entry that the page of a territory shows of a bulletin, if it shows it.
    pub(crate) fn shown(&self, territory: &TerritorySlug, bulletin: &BulletinId) -> Option<u32> {
        let place = self
            .places
            .iter()
            .find(|it| it.territory.slug == *territory);
        place?.shown.get(bulletin).copied()
    }

    /// The list of territories, for programs.
    pub(crate) fn territories(&self) -> Result<&Rendered, Error> {
        self.territories.as_ref().ok_or(Error::Starting)
    }

    /// The territory of that name in an address.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Starting`] when nothing at all has been rendered yet.
    pub(crate) fn place(&self, slug: &str) -> Result<&Place, Error> {
        let place = self
            .places
            .iter()
            .find(|place| place.territory.slug.as_str() == slug);
        place.ok_or(if self.home.is_some() {
            Error::NotFound
        } else {
            Error::Starting
        })
    }
}

/// One territory: who it is, and its finished pages.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) territory: Territory,
    /// Members, and those that were.
    pub(crate) sites: Vec<Site>,
    /// How many of them, from the first on, are members.
    members: usize,
    public_url: String,
    as_of: Both<Option<String>>,
    imprint: Imprint,
    page: Both<Rendered>,
    document: Rendered,
    bulletins: HashMap<BulletinId, Both<Rendered>>,
    /// What feeds still tell of and the page shows no more: read from here while the rows cannot be.
    past: Vec<Bulletin>,
    /// Those that explain and those that must be said, by what their addresses have behind the territory.
    written: HashMap<String, Both<Rendered>>,
    /// The entry that stands for each of them.
    shown: HashMap<BulletinId, u32>,
}

impl Place {
    fn render(
        snapshot: &Snapshot,
        place: &(Territory, Vec<Site>, bulletin::Programme),
        documents: &mut Documents<'_>,
    ) -> Self {
        let (territory, members, programme) = place;
        let sites = snapshot.names(members);
        let imprint = snapshot.imprints.get(&territory.slug);
        let imprint = imprint.cloned().unwrap_or_default();
        let live = programme.ongoing.iter().chain(&programme.ended);
        let past: Vec<_> = snapshot
            .recent
            .iter()
            .filter(|one| one.territory == territory.slug)
            .filter(|one| live.clone().all(|shown| shown.id != one.id))
            .cloned()
            .collect();
        // Those who read pages from disk have nothing else to read.
        let kept = past.iter().filter(|_| snapshot.is_aged());
        let as_of = Both::of(|language| snapshot.as_of(language, &territory.zone));
        let reading = |language| Reading {
            language,
            territory,
            sites: &sites,
            public_url: &snapshot.publisher.public_url,
            as_of: &as_of,
            imprint: &imprint,
            now: snapshot.now,
        };
        let permalink = |bulletin: &Bulletin| {
            let speech = snapshot.speech_of(&bulletin.id);
            Both::of(|language| {
                documents.kept(permalink::render(reading(language), bulletin, &speech))
            })
        };
        let mut written = HashMap::new();
        for name in statements::NAMES {
            let days = snapshot.call_records_days;
            let page = Both::of(|language| {
                documents.kept(statements::page(reading(language), name, days))
            });
            written.insert(name.to_owned(), page);
        }
        for page in snapshot
            .background
            .get(&territory.slug)
            .into_iter()
            .flatten()
        {
            let rendered =
                Both::of(|language| documents.kept(background::page(reading(language), page)));
            written.insert(format!("pages/{}", page.slug), rendered);
        }
        let direct = Both::of(|language| {
            let live = live::Live::new(&reading(language), snapshot);
            let page = territory::page(reading(language), snapshot, place, Some(live));
            documents.kept(page.with_policy(live::policy()))
        });
        written.insert(live::NAME.to_owned(), direct);
        for site in sites.iter().filter(|it| it.territory == territory.slug) {
            let is_member = members.contains(site);
            let rendered = Both::of(|language| {
                let page = site::page(reading(language), snapshot, site, programme, is_member);
                documents.kept(page)
            });
            written.insert(format!("sites/{}", site.slug), rendered);
        }
        let page = Both::of(|language| {
            documents.kept(territory::page(reading(language), snapshot, place, None))
        });
        let place = Self {
            page,
            document: documents.kept(document::programme(snapshot, place)),
            shown: live
                .clone()
                .map(|bulletin| (bulletin.id.clone(), bulletin.current().number))
                .collect(),
            bulletins: live
                .chain(kept)
                .map(|bulletin| (bulletin.id.clone(), permalink(bulletin)))
                .collect(),
            territory: territory.clone(),
            public_url: snapshot.publisher.public_url.clone(),
            as_of: as_of.clone(),
            imprint: imprint.clone(),
            past,
            written,
            members: members.len(),
            sites: sites.clone(),
        };
        place.put_into(documents);
        place
    }

    /// Puts its finished pages at their addresses.
    fn put_into(&self, documents: &mut Documents<'_>) {
        let slug = &self.territory.slug;
        let programme = format!("/api/v1/territories/{slug}/programme");
        documents.insert_kept(format!("/{slug}.json"), self.document.clone());
        documents.insert_kept(programme, self.document.clone());
        let mut put = |address: String, page: &Both<Rendered>| {
            for &language in Language::ALL {
                let address = both::address(language, &address);
                documents.insert_kept(address, page.told(language).clone());
            }
        };
        put(format!("/{slug}"), &self.page);
        for (id, page) in &self.bulletins {
            put(format!("/{slug}/{id}"), page);
        }
        for (name, page) in &self.written {
            put(format!("/{slug}/{name}"), page);
        }
    }

    /// The programme, for programs.
    pub(crate) fn document(&self) -> &Rendered {
        &self.document
    }

    /// The sites that take part.
    pub(crate) fn members(&self) -> &[Site] {
        self.sites.get(..self.members).unwrap_or_default()
    }

    /// The frame of a page of the territory that is made when it is asked for.
    ///
    /// - `rest`: what its address in French has behind the territory; `None` for a page of one reader, whose address is
    ///   shown to nobody.
    pub(crate) fn shell(&self, language: Language, rest: Option<&str>) -> Shell {
        let address = rest.map(|rest| format!("/{}{rest}", self.territory.slug));
        Shell::new(language, &address.unwrap_or_default(), &self.public_url)
            .of(&self.territory, self.imprint.conformance)
    }

    /// For pages that are rendered when they are asked for.
    fn reading(&self, language: Language, now: Timestamp) -> Reading<'_> {
        Reading {
            language,
            territory: &self.territory,
            sites: &self.sites,
            public_url: &self.public_url,
            as_of: &self.as_of,
            imprint: &self.imprint,
            now,
        }
    }
}

/// GET `/` and `/en`.
pub(crate) async fn home(
    State(app): State<App>,
    uri: Uri,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let language = match uri.path() {
        "/en" => Language::English,
        _ => Language::French,
    };
    let pages = app.pages.load();
    let home = pages.home.as_ref().ok_or(Error::Starting)?;
    Ok(home.told(language).answer(&request))
}

/// GET `/{territory}`, `/{territory}.en` and `/{territory}.json`.
pub(crate) async fn territory(
    State(app): State<App>,
    Path(page): Path<String>,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let pages = app.pages.load();
    if let Some(slug) = page.strip_suffix(".json") {
        return Ok(pages.place(slug)?.document.answer(&request));
    }
    let (slug, language) = asked(&page);
    let page = pages.place(slug)?.page.told(language);
    Ok(page.answer(&request))
}

/// GET `/{territory}/{page}` and `/{territory}/{page}.en`: the page of a bulletin, or one that is written once; and CAP
/// messages that are too old for memory.
pub(crate) async fn within(
    State(app): State<App>,
    Path((slug, page)): Path<(String, String)>,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let (name, language) = asked(&page);
    let pages = app.pages.load_full();
    let place = pages.place(&slug)?;
    if let Some(file) = MessageFile::parse(&page) {
        let message = file.fetch(&app, &place.territory, &place.sites).await?;
        return Ok(message.answer(&request));
    }
    if let Some(page) = place.written.get(name) {
        return Ok(page.told(language).answer(&request));
    }
    let id = BulletinId::parse(name).map_err(|_| Error::NotFound)?;
    if let Some(page) = place.bulletins.get(&id) {
        return Ok(page.told(language).answer(&request));
    }
    let page = match permalink::from_store(&app, place, &id, language).await {
        Err(error @ Error::Store(_)) => {
            let known = permalink::from_memory(&app, place, &id, language);
            known.inspect(|_| error.log()).ok_or(error)?
        }
        page => page?,
    };
    Ok(page.answer(&request))
}

/// GET `/{territory}/sites/{site}` and `/{territory}/pages/{page}`, with `.en` behind them in English.
pub(crate) async fn deeper(
    State(app): State<App>,
    Path((slug, page)): Path<(String, String)>,
    uri: Uri,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let (name, language) = asked(&page);
    let pages = app.pages.load();
    let place = pages.place(&slug)?;
    let shelf = match uri.path().split('/').nth(2) {
        Some("sites") => "sites",
        _ => "pages",
    };
    let page = place.written.get(&format!("{shelf}/{name}"));
    let page = page.ok_or(Error::NotFound)?;
    Ok(page.told(language).answer(&request))
}

/// The site of that name; one that has left the service keeps its bulletins under its short name.
pub(crate) fn site_of(sites: &[Site], slug: &SiteSlug, territory: &TerritorySlug) -> Site {
    let known = sites.iter().find(|site| site.slug == *slug);
    known.cloned().unwrap_or_else(|| Site {
        slug: slug.clone(),
        territory: territory.clone(),
        name: slug.to_string(),
        spoken_name: slug.to_string(),
        commune: String::new(),
    })
}

/// Renders a page into memory.
pub(crate) fn html(template: &impl Template) -> Rendered {
    Rendered::page(written(template))
}

/// A page that nobody on the way keeps and no search finds: of one reader, or of one try.
pub(crate) fn private(status: StatusCode, template: &impl Template) -> Response {
    (status, KEPT_BY_NOBODY, Html(written(template))).into_response()
}

/// Renders into memory; the templates write nothing that could fail.
pub(crate) fn written(template: &impl Template) -> String {
    template
        .render()
        .expect("a template of plain values, written to a String, cannot fail")
}

const KEPT_BY_NOBODY: [(HeaderName, HeaderValue); 2] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    ),
];
