//! Every bulletin that this person may see, by where it stands, and every draft of their sites.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use bulletin::{Bulletin, Site, SiteSlug, State as Standing, Territory};
use jiff::Timestamp;
use store::{DeskDraft, DraftState, KeptDraft};

use crate::admin::post::publish;
use crate::admin::{Frame, Login, Place, Trouble, page};
use crate::app::App;
use crate::error::Error;
use crate::words::{self, Moment};

/// GET `/admin/bulletins`.
pub(super) async fn show(
    State(app): State<App>,
    login: Login,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let now = app.now();
    let (territories, sites) = (app.store.territories().await?, app.store.sites().await?);
    let territories: Vec<_> = territories
        .into_iter()
        .filter(|one| login.may_read(&one.slug).is_ok())
        .collect();
    let mut bulletins = app.store.live_bulletins(now).await?;
    let live: Vec<_> = bulletins.iter().map(|one| one.id.clone()).collect();
    for territory in &territories {
        let past = app
            .store
            .archived_bulletins(&territory.slug, PAST, None)
            .await?;
        bulletins.extend(past.into_iter().filter(|one| !live.contains(&one.id)));
    }
    let mut lists = Lists::new(&login, &territories, &sites, now);
    for bulletin in &bulletins {
        lists.sort_in(bulletin);
    }
    for draft in app.store.desk_drafts().await? {
        lists.keep(&draft)?;
    }
    for site in &sites {
        if login.may_post(&site.slug).is_err() {
            continue;
        }
        for draft in app.store.drafts(&site.slug).await? {
            lists.dictate(site, &draft);
        }
    }
    let frame = Frame::new(&login, Place::Bulletins);
    let said = said(&frame, query.as_deref().unwrap_or(""));
    Ok(page(&ListPage {
        frame,
        said,
        may_post: sites.iter().any(|site| login.may_post(&site.slug).is_ok()),
        sections: lists.sections,
        drafts: lists.drafts,
        waiting: lists.waiting,
        scheduled: lists.scheduled,
        dictated: lists.dictated,
    })
    .into_response())
}

/// What has just been done, for `role=status`.
fn said(frame: &Frame, query: &str) -> String {
    let said = match query {
        "kept" => frame.say("Brouillon gardé.", "Draft kept."),
        "deleted" => frame.say("Brouillon effacé.", "Draft deleted."),
        "back" => frame.say("Renvoyé à son auteur.", "Sent back to its author."),
        "scheduled" => frame.say(
            "Programmé : ce bulletin sera publié à son heure.",
            "Scheduled: this bulletin will be published at its hour.",
        ),
        "waiting" => frame.say(
            "En attente d’une seconde personne.",
            "Waiting for a second person.",
        ),
        _ => "",
    };
    said.to_owned()
}

struct Lists<'a> {
    login: &'a Login,
    territories: &'a [Territory],
    sites: &'a [Site],
    now: Timestamp,
    sections: Vec<Section>,
    drafts: Vec<DraftItem>,
    waiting: Vec<DraftItem>,
    scheduled: Vec<DraftItem>,
    dictated: Vec<DictatedItem>,
}

impl<'a> Lists<'a> {
    fn new(
        login: &'a Login,
        territories: &'a [Territory],
        sites: &'a [Site],
        now: Timestamp,
    ) -> Self {
        let section = |anchor, french: &str, english: &str| Section {
            anchor,
            title: match login.language {
                bulletin::Language::French => french.to_owned(),
                bulletin::Language::English => english.to_owned(),
            },
            items: vec![],
        };
        Self {
            login,
            territories,
            sites,
            now,
            sections: vec![
                section("air", "Sur la ligne", "On the air"),
                section("announced", "Annoncés", "Announced"),
                section("past", "Passés", "Past"),
            ],
            drafts: vec![],
            waiting: vec![],
            scheduled: vec![],
            dictated: vec![],
        }
    }

    fn sort_in(&mut self, bulletin: &Bulletin) {
        let known = self.territories.iter();
        let Some(territory) = known.clone().find(|one| one.slug == bulletin.territory) else {
            return;
        };
        let state = bulletin.state(self.now);
        let place = match state {
            Standing::Ongoing | Standing::UnderControl => 0,
            Standing::Scheduled => 1,
            Standing::Ended | Standing::Cancelled | Standing::Expired => 2,
        };
        let english = self.login.language == bulletin::Language::English;
        let pick = |french: &'static str, other: &'static str| if english { other } else { french };
        let item = Item {
            address: format!("/admin/bulletins/{}", bulletin.id),
            site: self.name(&bulletin.site),
            kind_code: bulletin.kind.as_str(),
            kind: pick(bulletin.kind.as_french(), bulletin.kind.as_english()),
            state_code: state.as_str(),
            state: pick(state.as_french(), state.as_english()),
            text: shortened(&bulletin.current().text),
            language: bulletin.language.as_str(),
            at: Moment::told(
                self.login.language,
                bulletin.updated_at(),
                &territory.zone,
                self.now,
            ),
        };
        self.sections[place].items.push(item);
    }

    fn keep(&mut self, draft: &DeskDraft) -> Result<(), Error> {
        if self.login.may_post(&draft.site).is_err() {
            return Ok(());
        }
        let form = publish::read(draft)?;
        let site = self.sites.iter().find(|site| site.slug == draft.site);
        let home = site.and_then(|site| {
            let mut known = self.territories.iter();
            known.find(|one| one.slug == site.territory)
        });
        let Some(territory) = home else {
            return Ok(());
        };
        let moment = |at| Moment::told(self.login.language, at, &territory.zone, self.now);
        let item = DraftItem {
            address: format!("/admin/post/{}", draft.id),
            site: self.name(&draft.site),
            text: shortened(&form.text),
            language: form.language().as_str(),
            author: draft.author.clone(),
            note: draft.note.clone(),
            at: moment(draft.at),
            publish_at: draft.publish_at.map(moment),
        };
        match draft.state {
            DraftState::Draft => self.drafts.push(item),
            DraftState::Waiting => self.waiting.push(item),
            DraftState::Scheduled => self.scheduled.push(item),
        }
        Ok(())
    }

    fn dictate(&mut self, site: &Site, draft: &KeptDraft) {
        let mut known = self.territories.iter();
        let Some(territory) = known.find(|one| one.slug == site.territory) else {
            return;
        };
        let english = self.login.language == bulletin::Language::English;
        self.dictated.push(DictatedItem {
            address: format!("/admin/dictated/{}/{}", site.slug, draft.id),
            site: site.name.clone(),
            event: if english {
                draft.event.as_english()
            } else {
                draft.event.as_french()
            },
            at: Moment::told(self.login.language, draft.at, &territory.zone, self.now),
            length: words::listening_time(self.login.language, draft.duration_ms),
            is_spoken: draft.duration_ms > 0,
        });
    }

    fn name(&self, slug: &SiteSlug) -> String {
        let known = self.sites.iter().find(|site| site.slug == *slug);
        known.map_or_else(|| slug.to_string(), |site| site.name.clone())
    }
}

struct Section {
    anchor: &'static str,
    title: String,
    items: Vec<Item>,
}

struct Item {
    address: String,
    site: String,
    kind_code: &'static str,
    kind: &'static str,
    state_code: &'static str,
    state: &'static str,
    text: String,
    language: &'static str,
    at: Moment,
}

struct DraftItem {
    address: String,
    site: String,
    text: String,
    language: &'static str,
    author: String,
    note: String,
    at: Moment,
    publish_at: Option<Moment>,
}

struct DictatedItem {
    address: String,
    site: String,
    event: &'static str,
    at: Moment,
    length: String,
    is_spoken: bool,
}

#[derive(Template)]
#[template(path = "admin/bulletins.html")]
struct ListPage {
    frame: Frame,
    said: String,
    may_post: bool,
    sections: Vec<Section>,
    drafts: Vec<DraftItem>,
    waiting: Vec<DraftItem>,
    scheduled: Vec<DraftItem>,
    dictated: Vec<DictatedItem>,
}

/// The beginning of a text, whole words.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// Characters of a text in a list.
const LONGEST: usize = 140;
/// Past bulletins of each territory.
const PAST: u32 = 50;
