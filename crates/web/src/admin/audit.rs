//! The log of what was changed: read page by page, taken away as CSV or JSON. Nothing of it can be changed here.

mod change;

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Html, Response};
use axum::routing::get;
use bulletin::{SiteSlug, TerritorySlug};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use store::{Act, ActPlace, Role, Store, WantedActs};

use self::change::Change;
pub(super) use self::change::in_words;
use super::table::{JSON, Table, attachment};
use super::{Frame, Login, Place, Trouble, page};
use crate::app::Desk;
use crate::error::Error;
use crate::words::{Moment, rfc3339};

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/audit", get(show))
        .route("/audit.csv", get(csv))
        .route("/audit.json", get(json))
}

/// What is looked for; every field may be left empty.
#[derive(Clone, Debug, Default, Deserialize)]
struct Search {
    #[serde(default)]
    site: String,
    #[serde(default)]
    object: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    behind: String,
}

impl Search {
    /// The acts that are wanted, among those that this person may see.
    ///
    /// # Errors
    /// [`Error::Role`] for operators; [`Error::Value`] for a day that is none.
    fn wanted(&self, login: &Login) -> Result<WantedActs, Error> {
        if login.role == Role::Operator {
            return Err(Error::Role);
        }
        let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let nothing_there = || BTreeSet::<TerritorySlug>::new();
        let visible = (login.role != Role::Administrator).then(|| login.territories.clone());
        // A site that cannot exist has no act.
        let (site, territories) = match text(&self.site).map(|slug| SiteSlug::parse(&slug)) {
            Some(Ok(site)) => (Some(site), visible),
            Some(Err(_)) => (None, Some(nothing_there())),
            None => (None, visible),
        };
        let day = |field, text: &str| day_of(field, text, &login.zone);
        Ok(WantedActs {
            territories,
            site,
            object: text(&self.object),
            who: text(&self.who),
            since: day("since", &self.since)?.map(|(begins, _)| begins),
            until: day("until", &self.until)?.map(|(_, ends)| ends),
            behind: ActPlace::parse(&self.behind),
        })
    }

    /// The search as an address goes on with it, without the place.
    fn query(&self) -> String {
        let fields = [
            ("site", &self.site),
            ("object", &self.object),
            ("who", &self.who),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let fields = fields.iter().filter(|(_, value)| !value.is_empty());
        let fields: Vec<_> = fields
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        fields.join("&")
    }
}

/// GET `/admin/audit`.
async fn show(
    State(desk): State<Desk>,
    Query(search): Query<Search>,
    login: Login,
) -> Result<Html<String>, Trouble> {
    let wanted = search.wanted(&login)?;
    let acts = desk.app.store.acts(&wanted, ONE_MORE).await?;
    let frame = Frame::new(&login, Place::Acts);
    let shown = &acts[..acts.len().min(PAGE)];
    let older = (acts.len() > shown.len()).then(|| shown.last()).flatten();
    Ok(page(&AuditPage {
        acts: shown
            .iter()
            .map(|(_, act)| ShownAct::new(act, &login))
            .collect(),
        older: older.map(|(place, _)| place.to_string()),
        is_first: search.behind.is_empty(),
        query: search.query(),
        search,
        frame,
    }))
}

/// GET `/admin/audit.csv`.
async fn csv(
    State(desk): State<Desk>,
    Query(search): Query<Search>,
    login: Login,
) -> Result<Response, Trouble> {
    let mut table = Table::new("", &FIELDS);
    for act in all(&desk.app.store, search.wanted(&login)?).await? {
        let slug = |slug: Option<String>| slug.unwrap_or_default();
        table.rows.push(vec![
            rfc3339(act.at, &TimeZone::UTC),
            act.who,
            act.what,
            slug(act.territory.map(|it| it.to_string())),
            slug(act.site.map(|it| it.to_string())),
            act.object,
            act.before.unwrap_or_default(),
            act.after.unwrap_or_default(),
        ]);
    }
    Ok(table.download("acts.csv"))
}

/// GET `/admin/audit.json`: a list of acts, `before` and `after` as objects.
async fn json(
    State(desk): State<Desk>,
    Query(search): Query<Search>,
    login: Login,
) -> Result<Response, Trouble> {
    let acts = all(&desk.app.store, search.wanted(&login)?).await?;
    let acts: Vec<_> = acts.iter().map(as_json).collect();
    let body = serde_json::Value::from(acts).to_string();
    Ok(attachment(body, JSON, "acts.json"))
}

/// An act for programs.
pub(super) fn as_json(act: &Act) -> serde_json::Value {
    let value = |text: &Option<String>| {
        let text = text.as_deref()?;
        Some(serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text)))
    };
    serde_json::json!({
        "at": act.at.to_string(),
        "who": act.who,
        "what": act.what,
        "territory": act.territory.as_ref().map(TerritorySlug::as_str),
        "site": act.site.as_ref().map(SiteSlug::as_str),
        "object": act.object,
        "before": value(&act.before),
        "after": value(&act.after),
    })
}

/// Every act that is wanted, the latest first, at most as many as a spreadsheet bears.
async fn all(store: &Store, mut wanted: WantedActs) -> Result<Vec<Act>, Error> {
    let mut all = vec![];
    while all.len() < MOST_EXPORTED {
        let some = store.acts(&wanted, AT_ONCE).await?;
        let Some((last, _)) = some.last() else {
            break;
        };
        wanted.behind = Some(*last);
        all.extend(some.into_iter().map(|(_, act)| act));
    }
    Ok(all)
}

/// The beginning of a day of this clock and of the next one; nothing for an empty field.
fn day_of(
    field: &'static str,
    text: &str,
    zone: &TimeZone,
) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let bounds = |day: Date| {
        let begins = day.to_zoned(zone.clone()).ok()?.timestamp();
        let ends = day
            .tomorrow()
            .ok()?
            .to_zoned(zone.clone())
            .ok()?
            .timestamp();
        Some((begins, ends))
    };
    let day = text.trim().parse::<Date>().ok().and_then(bounds);
    day.map(Some).ok_or_else(|| Error::Value {
        field,
        value: text.to_owned(),
        possible: "2026-11-25".to_owned(),
    })
}

/// A value in the query of an address.
fn escaped(text: &str) -> String {
    let octet = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(octet).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(octet).collect()
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    frame: Frame,
    search: Search,
    acts: Vec<ShownAct>,
    is_first: bool,
    older: Option<String>,
    query: String,
}

/// An act as a person reads it.
struct ShownAct {
    at: Moment,
    who: String,
    what: &'static str,
    word: String,
    object: String,
    /// Where everything about that object is.
    link: String,
    changes: Vec<Change>,
}

impl ShownAct {
    fn new(act: &Act, login: &Login) -> Self {
        Self {
            at: Moment::told(login.language, act.at, &login.zone, login.now),
            who: act.who.clone(),
            what: change::in_words(&act.what, login.language),
            word: act.what.clone(),
            object: act.object.clone(),
            link: format!("/admin/audit?object={}", escaped(&act.object)),
            changes: change::changes(act.before.as_deref(), act.after.as_deref()),
        }
    }

    /// Whether there is more to say of it than its word.
    fn has_words(&self) -> bool {
        !self.what.is_empty()
    }
}

const FIELDS: [&str; 8] = [
    "at",
    "who",
    "what",
    "territory",
    "site",
    "object",
    "before",
    "after",
];
const PAGE: usize = 50;
/// To know whether there are older ones.
const ONE_MORE: u32 = 51;
const AT_ONCE: u32 = 1_000;
const MOST_EXPORTED: usize = 100_000;
