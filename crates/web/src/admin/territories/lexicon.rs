//! How names are said in a territory, each to be heard.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Language, LexiconEntry, TerritorySlug};

use super::change::say_all_again;
use super::form::{Form, Input};
use super::listen;
use super::managed::{Managed, Manager};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::App;
use crate::error::Error;
use crate::proof::Proof;

/// GET `/admin/territories/{territory}/lexicon`.
pub(super) async fn show(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let form = Form::new(inputs(&frame, None));
    Ok(listed(&app, managed, frame, form, query.as_deref()).await?)
}

/// POST `/admin/territories/{territory}/lexicon`.
pub(super) async fn add(
    manager: Manager,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let form = Form::new(inputs(&frame, None)).fill_new(&fields);
    match keep(&app, &manager, None, form, &fields).await? {
        Kept::Done => Ok(back(&manager.0, "spoken")),
        Kept::Shown(form) => {
            let status = form.status();
            let page = listed(&app, manager.0, frame, form, None).await?;
            Ok((status, page).into_response())
        }
        Kept::Beaten => Err(Error::Changed.into()),
    }
}

/// GET `/admin/territories/{territory}/lexicon/entry?language=fr&written=…`.
pub(super) async fn entry(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let query = query.unwrap_or_default();
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pair = pairs.find(|(one, _)| *one == name);
        pair.and_then(|(_, text)| listen::decoded(text))
            .unwrap_or_default()
    };
    let entry = find(
        &app,
        &managed.territory.slug,
        &value("language"),
        &value("written"),
    )
    .await?;
    let entry = entry.ok_or(Error::NotFound)?;
    let form = Form::new(inputs(&frame, Some(&entry)));
    Ok(shown(managed, frame, &entry, form))
}

/// POST `/admin/territories/{territory}/lexicon/entry`: `do` is `listen`, `remove`, or anything to keep it.
///
/// The fields `of_language` and `of_written` say which entry it is.
pub(super) async fn change(
    manager: Manager,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let slug = manager.0.territory.slug.clone();
    let (language, written) = (fields.text("of_language"), fields.text("of_written"));
    for _ in 0..TRIES {
        let before = find(&app, &slug, language, written).await?;
        let Some(before) = before else {
            if fields.text("do") == "remove" {
                return Ok(back(&manager.0, "removed"));
            }
            // Somebody has taken it away: what is typed can be added again.
            let mut form = Form::new(inputs(&frame, None)).fill_new(&fields);
            let gone = frame.say(
                "Cette entrée a été retirée entre-temps. Vous pouvez l’ajouter de nouveau, telle que vous l’avez écrite.",
                "This entry was removed meanwhile. You can add it again as you have written it.",
            );
            form.meanwhile = vec![gone.to_owned()];
            let status = form.status();
            let page = listed(&app, manager.0, frame, form, None).await?;
            return Ok((status, page).into_response());
        };
        if fields.text("do") == "remove" {
            let by = manager.by();
            let jobs = say_all_again(&slug, by.at);
            let removed = app
                .store
                .replace_lexicon_entry(&slug, Some(&before), None, &jobs, by)
                .await;
            match removed {
                Ok(()) => {
                    take_effect(&app).await;
                    return Ok(back(&manager.0, "removed"));
                }
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let form = Form::new(inputs(&frame, Some(&before))).fill(&fields, &frame);
        match keep(&app, &manager, Some(&before), form, &fields).await? {
            Kept::Done => return Ok(back(&manager.0, "spoken")),
            Kept::Shown(form) => {
                let status = form.status();
                let page = shown(manager.0, frame, &before, form);
                return Ok((status, page).into_response());
            }
            Kept::Beaten => {}
        }
    }
    Err(Error::Changed.into())
}

/// What became of an entry that somebody wants to keep.
enum Kept {
    Done,
    /// There is something to read, or to hear, first.
    Shown(Form),
    /// Somebody was faster between reading and writing.
    Beaten,
}

async fn keep(
    app: &App,
    manager: &Manager,
    before: Option<&LexiconEntry>,
    mut form: Form,
    fields: &Fields,
) -> Result<Kept, Error> {
    let (managed, frame) = (&manager.0, manager.0.frame());
    let slug = &managed.territory.slug;
    let Some(entry) = composed(&mut form, &frame) else {
        return Ok(Kept::Shown(form));
    };
    let proof = Proof::Entry(entry.clone());
    let faults = (app.proofreader)(managed.territory.clone(), proof).await;
    form.judge(&frame, "written", &faults);
    let key = |entry: &LexiconEntry| (entry.language, entry.written.clone());
    let is_new = before.map(key) != Some(key(&entry));
    let code = entry.language.as_str();
    if is_new && find(app, slug, code, &entry.written).await?.is_some() {
        let why = frame.say(
            "Ce nom a déjà une entrée : changez celle-là.",
            "This name has an entry already: change that one.",
        );
        form.refuse("written", why);
    }
    if !form.is_good() {
        return Ok(Kept::Shown(form));
    }
    if fields.text("do") == "listen" {
        form.hear(managed, entry.language, &entry.say);
        return Ok(Kept::Shown(form));
    }
    let by = manager.by();
    let jobs = say_all_again(slug, by.at);
    let written = app
        .store
        .replace_lexicon_entry(slug, before, Some(&entry), &jobs, by)
        .await;
    match written {
        Ok(()) => {
            take_effect(app).await;
            Ok(Kept::Done)
        }
        Err(store::Error::Conflict) => Ok(Kept::Beaten),
        Err(error) => Err(error.into()),
    }
}

fn inputs(frame: &Frame, entry: Option<&LexiconEntry>) -> Vec<Input> {
    let language = entry.map_or(Language::French, |entry| entry.language);
    vec![
        Input::line(
            "written",
            frame.say("Écrit", "Written"),
            frame.say(
                "Le nom ou le sigle tel qu’il est dans les textes.",
                "The name or acronym as texts have it.",
            ),
            entry.map_or("", |entry| &entry.written),
        )
        .required(),
        Input::line(
            "say",
            frame.say("Se dit", "Is said"),
            frame.say(
                "En lettres, comme on lirait : « Silorga ». Vide, il est épelé.",
                "In letters, as one would read it: “Silorga”. Empty, it is spelled.",
            ),
            entry.map_or("", |entry| &entry.say),
        ),
        Input::choice(
            "language",
            frame.say("Dans les textes en", "In texts in"),
            language.as_str(),
            &[
                ("fr", frame.say("français", "French")),
                ("en", frame.say("anglais", "English")),
            ],
        ),
        Input::tick(
            "match_case",
            frame.say("Seulement avec ces majuscules", "Only with these capitals"),
            frame.say(
                "Pour un sigle qui est aussi un mot : « LAT ».",
                "For an acronym that is a word as well: “LAT”.",
            ),
            entry.is_some_and(|entry| entry.match_case),
        ),
    ]
}

/// The entry of the form; `None` leaves the refusal in it.
fn composed(form: &mut Form, frame: &Frame) -> Option<LexiconEntry> {
    let Some(language) = Language::parse(form.value("language")) else {
        let why = frame.say("Choisissez une langue.", "Choose a language.");
        form.refuse("language", why);
        return None;
    };
    let (written, say) = (form.value("written"), form.value("say"));
    let entry = LexiconEntry::compose(language, written, say, form.ticked("match_case"));
    let name = match &entry {
        Err(bulletin::Refusal::Say) => "say",
        _ => "written",
    };
    form.take(frame, name, entry)
}

async fn find(
    app: &App,
    territory: &TerritorySlug,
    language: &str,
    written: &str,
) -> Result<Option<LexiconEntry>, Error> {
    let mut entries = app.store.lexicon(territory).await?.into_iter();
    Ok(entries.find(|one| one.language.as_str() == language && one.written == written))
}

fn back(managed: &Managed, done: &str) -> Response {
    let address = managed.address(&format!("/lexicon?done={done}"));
    Redirect::to(&address).into_response()
}

async fn listed(
    app: &App,
    managed: Managed,
    frame: Frame,
    form: Form,
    query: Option<&str>,
) -> Result<Html<String>, Error> {
    let entries = app.store.lexicon(&managed.territory.slug).await?;
    let line = |entry: LexiconEntry| {
        let written = listen::encoded(&entry.written);
        let code = entry.language.as_str();
        let rest = format!("/lexicon/entry?language={code}&written={written}");
        Line {
            address: managed.address(&rest),
            sound: listen::address(&managed, entry.language, &entry.written),
            language: frame
                .say(entry.language.as_french(), entry.language.as_english())
                .to_owned(),
            entry,
        }
    };
    Ok(page(&LexiconPage {
        done: super::change::done(query, &frame),
        lines: entries.into_iter().map(line).collect(),
        form,
        frame,
        managed,
    }))
}

fn shown(managed: Managed, frame: Frame, entry: &LexiconEntry, form: Form) -> Html<String> {
    page(&EntryPage {
        sound: listen::address(&managed, entry.language, &entry.written),
        language: entry.language.as_str(),
        written: entry.written.clone(),
        form,
        frame,
        managed,
    })
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;

struct Line {
    entry: LexiconEntry,
    language: String,
    address: String,
    sound: String,
}

#[derive(Template)]
#[template(path = "admin/territories/lexicon.html")]
struct LexiconPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    lines: Vec<Line>,
    form: Form,
}

#[derive(Template)]
#[template(path = "admin/territories/entry.html")]
struct EntryPage {
    frame: Frame,
    managed: Managed,
    language: &'static str,
    written: String,
    sound: String,
    form: Form,
}
