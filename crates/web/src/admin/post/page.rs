//! The form as a page: every choice in words, and beside a refused field what to do.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bulletin::{Event, Kind, Language, MAX_TEXT_CHARACTERS, Nuisance, Site};

use super::form::{Fault, Form, Purpose};
use super::models::{ENDINGS, MODELS, Model};
use crate::admin::{Frame, Login, Place, page};
use crate::app::App;
use crate::error::Error;
use crate::pages::Shell;

/// The sites that this person posts for, by name.
pub(super) async fn sites(app: &App, login: &Login) -> Result<Vec<Site>, Error> {
    let mut sites = app.store.sites().await?;
    sites.retain(|site| login.may_post(&site.slug).is_ok());
    sites.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(sites)
}

#[derive(Template)]
#[template(path = "admin/post.html")]
pub(super) struct FormPage {
    frame: Frame,
    fields: Fields,
}

impl FormPage {
    pub(super) fn new(
        login: &Login,
        id: &str,
        form: Form,
        fault: Option<Fault>,
        sites: Vec<Site>,
    ) -> Self {
        Self {
            frame: Frame::new(login, Place::Post),
            fields: Fields::new(login.language, id, form, fault, sites),
        }
    }

    /// The page, which may listen to a microphone and play what it heard.
    pub(super) fn answer(&self) -> Response {
        let mut response = page(self).into_response();
        if self.fields.fault.is_some() {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, LISTENING);
        headers.insert("permissions-policy", MICROPHONE);
        response
    }
}

/// The form without a login around it: the login has ended, and what was written goes nowhere without this page.
pub(super) fn again(id: &str, mut form: Form) -> Response {
    form.emergency = false;
    let page = AgainPage {
        shell: Shell::elsewhere("Votre connexion est terminée"),
        fields: Fields::new(Language::French, id, form, None, vec![]),
    };
    let mut response = crate::admin::page(&page).into_response();
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

#[derive(Template)]
#[template(path = "again.html")]
struct AgainPage {
    shell: Shell,
    fields: Fields,
}

/// What the form is made of.
pub(super) struct Fields {
    language: Language,
    id: String,
    form: Form,
    fault: Option<Fault>,
    sites: Vec<Choice>,
    kinds: Vec<Choice>,
    events: Vec<Choice>,
    nuisances: Vec<Choice>,
    languages: Vec<Choice>,
    models: &'static [Model],
    endings: Vec<&'static str>,
    limit: usize,
}

/// One button of a list.
pub(super) struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

impl Fields {
    fn new(
        language: Language,
        id: &str,
        form: Form,
        fault: Option<Fault>,
        sites: Vec<Site>,
    ) -> Self {
        let say = |french: &str, english: &str| match language {
            Language::French => french.replace('\'', "’"),
            Language::English => english.to_owned(),
        };
        let choice = |code: &str, french: &str, english: &str, chosen: bool| Choice {
            value: code.to_owned(),
            label: say(french, english),
            chosen,
        };
        let has = |list: &[String], code: &str| list.iter().any(|one| one == code);
        let kinds = Kind::ALL.iter().map(|it| {
            choice(
                it.as_str(),
                it.as_french(),
                it.as_english(),
                form.kind == it.as_str(),
            )
        });
        let events = Event::ALL.iter().map(|it| {
            let chosen = has(&form.events, it.as_str());
            choice(it.as_str(), it.as_french(), it.as_english(), chosen)
        });
        let nuisances = Nuisance::ALL.iter().map(|it| {
            let chosen = has(&form.nuisances, it.as_str());
            choice(it.as_str(), it.as_french(), it.as_english(), chosen)
        });
        let languages = Language::ALL.iter().map(|it| {
            choice(
                it.as_str(),
                it.as_french(),
                it.as_english(),
                form.language() == *it,
            )
        });
        let sites = sites.into_iter().map(|site| Choice {
            chosen: site.slug.as_str() == form.site,
            value: site.slug.to_string(),
            label: site.name,
        });
        let english = usize::from(form.language() == Language::English);
        Self {
            kinds: kinds.collect(),
            events: events.collect(),
            nuisances: nuisances.collect(),
            languages: languages.collect(),
            sites: sites.collect(),
            models: MODELS,
            endings: ENDINGS.iter().map(|words| words[english]).collect(),
            limit: MAX_TEXT_CHARACTERS,
            id: id.to_owned(),
            language,
            form,
            fault,
        }
    }

    fn say(&self, french: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::French => french,
            Language::English => english,
        }
    }

    fn is_first(&self) -> bool {
        self.form.purpose == Purpose::First
    }

    fn is_update(&self) -> bool {
        self.form.purpose == Purpose::Update
    }

    fn is_end(&self) -> bool {
        self.form.purpose == Purpose::End
    }

    fn title(&self) -> &'static str {
        match self.form.purpose {
            Purpose::First => self.say("Publier un bulletin", "Post a bulletin"),
            Purpose::Update => self.say("Mettre à jour", "Update"),
            Purpose::Correct => self.say("Rectifier", "Correct"),
            Purpose::End => self.say("Terminer", "End"),
        }
    }

    /// What is wrong with a field; empty when nothing is.
    fn wrong(&self, field: &str) -> &str {
        match &self.fault {
            Some(fault) if fault.field == field => self.told(fault),
            _ => "",
        }
    }

    fn told<'a>(&self, fault: &'a Fault) -> &'a str {
        match self.language {
            Language::French => &fault.french,
            Language::English => &fault.english,
        }
    }

    fn model_title(&self, model: &Model) -> &'static str {
        model.title[usize::from(self.language == Language::English)]
    }

    fn characters(&self) -> usize {
        self.form.text.chars().count()
    }
}

/// Its own script, and the sound that it has just recorded.
const LISTENING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);
const MICROPHONE: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=(self), payment=(), usb=()");
