//! The page behind the link that an authority is sent: somebody there says that a bulletin was read.
//!
//! Programs that look at the links of a mail acknowledge nothing: only the button does. Whoever has the link may press
//! it; it opens this page and nothing else.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bulletin::{Bulletin, Contact, Kind, Language, Site, Territory, label};
use sha2::{Digest, Sha256};
use store::{AcknowledgementLink, Answer};

use crate::admin::{Fields, Trouble};
use crate::api::rows;
use crate::app::{App, Desk};
use crate::error::Error;
use crate::pages::{Notice, private};
use crate::style;
use crate::words::Moment;

/// GET `/acknowledge/{secret}`.
pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(secret): Path<String>,
) -> Result<Response, Notice> {
    let app = &desk.app;
    let asked = Asked::find(app, &secret).await?;
    Ok(private(StatusCode::OK, &asked.page(app)))
}

/// POST `/acknowledge/{secret}`: with the field `name`, or without a body when a program presses the button.
pub(crate) async fn acknowledge(
    State(desk): State<Desk>,
    Path(secret): Path<String>,
    fields: Result<Fields, Trouble>,
) -> Result<Response, Notice> {
    let app = &desk.app;
    let asked = Asked::find(app, &secret).await?;
    let name = fields
        .ok()
        .and_then(|fields| label(fields.text("name"), LONGEST_NAME));
    let entry = asked.bulletin.current().number;
    let territory = &asked.territory.slug;
    app.store
        .acknowledge(&asked.link, territory, entry, name.as_deref(), app.now())
        .await?;
    Ok(Redirect::to(&format!("/acknowledge/{secret}")).into_response())
}

/// What a link leads to.
struct Asked {
    link: AcknowledgementLink,
    bulletin: Bulletin,
    site: Site,
    territory: Territory,
    contact: Contact,
    answer: Option<Answer>,
}

impl Asked {
    /// # Errors
    /// [`Error::Link`] for a link that never was, or was forgotten with what it acknowledged.
    async fn find(app: &App, secret: &str) -> Result<Self, Error> {
        let store = &app.store;
        let hash = Sha256::digest(secret.as_bytes()).into();
        let link = store.find_acknowledgement_link(hash).await?;
        let link = link.ok_or(Error::Link)?;
        let bulletin = store.find_bulletin(&link.bulletin).await?;
        let bulletin = bulletin.ok_or(Error::Link)?;
        let (site, territory) = rows::any_site(store, &bulletin.site).await?;
        let kept = store.find_contact(&link.contact).await?;
        let contact = kept.ok_or(Error::Link)?.contact;
        let asked = store.acknowledgements(&bulletin.id).await?;
        let mut asked = asked.into_iter();
        let asked = asked.find(|one| one.contact == contact.id);
        Ok(Self {
            answer: asked.and_then(|asked| asked.answer),
            link,
            bulletin,
            site,
            territory,
            contact,
        })
    }

    fn page(&self, app: &App) -> AcknowledgePage {
        let now = app.now();
        let language = self.contact.language;
        let moment = |at| Moment::told(language, at, &self.territory.zone, now);
        let (bulletin, english) = (&self.bulletin, language == Language::English);
        let pick = |french, english_words| if english { english_words } else { french };
        let state = bulletin.state(now);
        let events = bulletin.events.iter();
        let events = events.map(|one| pick(one.as_french(), one.as_english()));
        AcknowledgePage {
            language,
            styles: [style::address(), style::desk_address()],
            banner: match bulletin.kind {
                Kind::Drill => pick("Exercice", "Drill"),
                Kind::Test => pick("Essai", "Test"),
                Kind::Planned | Kind::Unplanned => "",
            },
            site: format!("{}, {}", self.site.name, self.site.commune),
            state: pick(state.as_french(), state.as_english()),
            events: events.collect::<Vec<_>>().join(", "),
            posted: moment(bulletin.current().at),
            text: bulletin.current().text.clone(),
            text_language: bulletin.language.as_str(),
            address: format!("/{}/{}", self.territory.slug, bulletin.id),
            contact: self.contact.name.clone(),
            answer: self.answer.as_ref().map(|answer| ShownAnswer {
                at: moment(answer.at),
                name: answer.name.clone().unwrap_or_default(),
                has_more: answer.entry < bulletin.current().number,
            }),
        }
    }
}

#[derive(Template)]
#[template(path = "acknowledge.html")]
struct AcknowledgePage {
    language: Language,
    styles: [&'static str; 2],
    banner: &'static str,
    site: String,
    state: &'static str,
    events: String,
    posted: Moment,
    text: String,
    text_language: &'static str,
    address: String,
    contact: String,
    answer: Option<ShownAnswer>,
}

impl AcknowledgePage {
    fn say(&self, french: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::French => french,
            Language::English => english,
        }
    }
}

struct ShownAnswer {
    at: Moment,
    /// Who they say they are; empty where they did not.
    name: String,
    /// Whether something was posted since.
    has_more: bool,
}

/// The longest form: a name, with room to spare.
pub(crate) const LIMIT: usize = 4 * 1024;
const LONGEST_NAME: usize = 80;
