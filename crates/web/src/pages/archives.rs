//! The past of a territory, newest first, page by page; looked through by site, by event and by day.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use bulletin::{BulletinId, Event, Site, SiteSlug};
use jiff::civil::Date;
use store::WantedBulletins;

use super::both::asked;
use super::reading::Reading;
use super::{Card, Notice, Place, Shell, html, private};
use crate::app::App;
use crate::error::Error;
use crate::snapshot::Speech;

/// GET `/{territory}/archives`; `site=`, `evenement=`, `du=` and `au=` choose, `avant=` a bulletin asks for what is older.
pub(crate) async fn archives(
    State(app): State<App>,
    Path(slug): Path<String>,
    uri: Uri,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let Query(fields) = query.map_err(|_| Error::NotFound)?;
    let (_, language) = asked(uri.path());
    let pages = app.pages.load_full();
    let place = pages.place(&slug)?;
    let reading = place.reading(language, app.now());
    let search = Search::read(&fields, &reading)?;
    let page = ArchivesPage::read(&app, place, reading, &search).await?;
    if !page.refusal.is_empty() {
        return Ok(private(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    Ok(html(&page).answer(&request))
}

/// What is looked for, as it stands in the address.
#[derive(Clone, Debug, Default)]
struct Search {
    site: Option<SiteSlug>,
    event: Option<Event>,
    /// As a browser writes days; as they were typed where they are none.
    from: String,
    to: String,
    wanted: WantedBulletins,
    before: Option<BulletinId>,
    is_refused: bool,
}

impl Search {
    /// # Errors
    /// [`Error::NotFound`] for a site, an event or a bulletin that no form and no link of ours names.
    fn read(fields: &[(String, String)], reading: &Reading<'_>) -> Result<Self, Error> {
        let field = |name: &str| {
            let mut fields = fields.iter();
            let found = fields.find(|(one, _)| one == name);
            found.map_or("", |(_, value)| value.trim())
        };
        let site = Some(field("site")).filter(|it| !it.is_empty());
        let site = site.map(|it| SiteSlug::parse(it).map_err(|_| Error::NotFound));
        let event = Some(field("evenement")).filter(|it| !it.is_empty());
        let event = event.map(|it| Event::parse(it).ok_or(Error::NotFound));
        let before = Some(field("avant")).filter(|it| !it.is_empty());
        let before = before.map(|it| BulletinId::parse(it).map_err(|_| Error::NotFound));
        let (from, to) = (day(field("du")), day(field("au")));
        let is_refused = from.is_err() || to.is_err();
        let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
        // A day of the territory, from its first to its last instant: 23 to 25 hours.
        let begins = |day: Date| day.to_zoned(reading.territory.zone.clone()).ok();
        let (site, event) = (site.transpose()?, event.transpose()?);
        Ok(Self {
            wanted: WantedBulletins {
                site: site.clone(),
                event,
                since: from.and_then(begins).map(|at| at.timestamp()),
                until: to
                    .and_then(|day| day.tomorrow().ok())
                    .and_then(begins)
                    .map(|at| at.timestamp()),
            },
            site,
            event,
            from: from.map_or_else(|| field("du").to_owned(), |day| day.to_string()),
            to: to.map_or_else(|| field("au").to_owned(), |day| day.to_string()),
            before: before.transpose()?,
            is_refused,
        })
    }

    /// The same search as the end of an address, `?` and all; empty when everything is looked for.
    fn address(&self, before: Option<&BulletinId>) -> String {
        let mut pairs = vec![];
        let mut pair = |name, value: &str| {
            if !value.is_empty() {
                pairs.push(format!("{name}={value}"));
            }
        };
        pair("site", self.site.as_ref().map_or("", |it| it.as_str()));
        pair("evenement", self.event.map_or("", |it| it.as_str()));
        // What is no day stays in its field, and leads nowhere.
        if !self.is_refused {
            pair("du", &self.from);
            pair("au", &self.to);
        }
        pair("avant", before.map_or("", |it| it.as_str()));
        match pairs.is_empty() {
            true => String::new(),
            false => format!("?{}", pairs.join("&")),
        }
    }

    fn is_everything(&self) -> bool {
        self.wanted == WantedBulletins::default()
    }
}

/// A day as browsers write it, `2026-11-23`, or as people here do, `23/11/2026`; none where nothing is typed.
fn day(text: &str) -> Result<Option<Date>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let typed = Date::strptime("%Y-%m-%d", text).or_else(|_| Date::strptime("%d/%m/%Y", text));
    typed.map(Some).map_err(|_| Error::NotFound)
}

#[derive(Template)]
#[template(path = "archives.html")]
struct ArchivesPage<'a> {
    shell: Shell,
    name: &'a str,
    /// Every site of the territory, those that take part no more too.
    sites: Vec<&'a Site>,
    /// Code word and word.
    events: Vec<(&'static str, String)>,
    site: String,
    event: &'static str,
    from: String,
    to: String,
    refusal: &'a str,
    is_first: bool,
    is_everything: bool,
    cards: Vec<Card>,
    /// The address of older ones, when there may be any.
    older: Option<String>,
}

impl<'a> ArchivesPage<'a> {
    async fn read(
        app: &App,
        place: &'a Place,
        reading: Reading<'a>,
        search: &Search,
    ) -> Result<Self, Error> {
        let territory = &place.territory;
        let bulletins = if search.is_refused {
            vec![]
        } else {
            app.store
                .search_bulletins(
                    &territory.slug,
                    &search.wanted,
                    search.before.as_ref(),
                    PAGE,
                )
                .await?
        };
        let is_full = usize::try_from(PAGE).is_ok_and(|page| bulletins.len() >= page);
        let cards = bulletins
            .iter()
            .map(|bulletin| reading.card(bulletin, &Speech::Queued));
        let mut sites: Vec<_> = place
            .sites
            .iter()
            .filter(|site| site.territory == territory.slug)
            .collect();
        sites.sort_by(|one, other| one.name.cmp(&other.name));
        let title = reading.say("Archives", "Archive");
        Ok(Self {
            shell: reading
                .shell(&format!(
                    "/archives{}",
                    search.address(search.before.as_ref())
                ))
                .called(title)
                .about(&format!("{title}, {}", territory.name)),
            name: &territory.name,
            sites,
            events: Event::ALL
                .iter()
                .map(|it| {
                    let words = reading.say(it.as_french(), it.as_english());
                    (it.as_str(), super::card::capitalised(words))
                })
                .collect(),
            site: search
                .site
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            event: search.event.map_or("", |it| it.as_str()),
            from: search.from.clone(),
            to: search.to.clone(),
            refusal: match search.is_refused {
                true => reading.say(
                    "Écrivez la date en chiffres, par exemple 2026-11-23 ou 23/11/2026.",
                    "Write the date in figures, such as 2026-11-23 or 23/11/2026.",
                ),
                false => "",
            },
            is_first: search.before.is_none(),
            is_everything: search.is_everything(),
            cards: cards.collect(),
            older: bulletins.last().filter(|_| is_full).map(|last| {
                reading.address(&format!("/archives{}", search.address(Some(&last.id))))
            }),
        })
    }
}

/// Bulletins on one page.
const PAGE: u32 = 20;
