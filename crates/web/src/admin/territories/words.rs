//! A sentence of the house in a territory's own words: a text, which a voice reads, or which a person has recorded.

use askama::Template;
use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Language, OwnSentence, OwnWords, RecordingKey};
use tokio::sync::OwnedSemaphorePermit;

use super::change::say_again;
use super::form::{Form, Input};
use super::listen;
use super::managed::{Managed, Manager};
use crate::admin::upload::{receive, refused};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::{App, Desk};
use crate::error::Error;
use crate::proof::Proof;
use crate::recorder::NotRecorded;

/// The sentences that a territory may say in its own words. The greeting in English is a setting of the line, because
/// English is offered with it.
pub(super) fn all() -> impl Iterator<Item = (OwnSentence, Language)> {
    let both = |&sentence| {
        Language::ALL
            .iter()
            .map(move |&language| (sentence, language))
    };
    let every = OwnSentence::ALL.iter().flat_map(both);
    every.filter(|which| *which != (OwnSentence::Greeting, Language::English))
}

/// What a page calls one of them.
pub(super) fn title(frame: &Frame, sentence: OwnSentence, language: Language) -> String {
    let (french, english) = (sentence.as_french(), sentence.as_english());
    let in_french = language == Language::French;
    let french = format!("{french}, en {}", language.as_french());
    let english = format!(
        "{english}, in {}",
        if in_french { "French" } else { "English" }
    );
    frame.say(&french, &english).to_owned()
}

/// GET `/admin/territories/{territory}/words/{sentence}/{language}`.
pub(super) async fn show(
    managed: Managed,
    State(app): State<App>,
    Path(path): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let which = which(&path)?;
    let frame = managed.frame();
    let own = read(&app, &managed, which).await?;
    let form = Form::new(inputs(&frame, own.as_ref()));
    Ok(shown(
        managed,
        frame,
        which,
        own.as_ref(),
        form,
        query.as_deref(),
    ))
}

/// POST `/admin/territories/{territory}/words/{sentence}/{language}`: the text; an empty one leaves the house to speak.
pub(super) async fn change(
    manager: Manager,
    State(app): State<App>,
    Path(path): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let which = which(&path)?;
    let frame = manager.0.frame();
    for _ in 0..TRIES {
        let before = read(&app, &manager.0, which).await?;
        let mut form = Form::new(inputs(&frame, before.as_ref())).fill(&fields, &frame);
        // Other words are not those that were recorded.
        let kept = before.as_ref().filter(|it| it.text == form.value("text"));
        let kept = kept.and_then(|it| it.recording.clone());
        let kept = kept.filter(|_| fields.text("do") != "forget");
        let after = composed(&app, &manager.0, which, &mut form, kept).await;
        if form.is_good() && fields.text("do") == "listen" {
            if let Some(after) = &after {
                form.hear(&manager.0, which.1, &after.text);
            }
        } else if form.is_good() {
            match write(&app, &manager, before.as_ref(), after.as_ref(), None).await {
                Ok(()) => return Ok(back(&manager.0, &path, "spoken")),
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let status = form.status();
        let page = shown(manager.0, frame, which, before.as_ref(), form, None);
        return Ok((status, page).into_response());
    }
    Err(Error::Changed.into())
}

/// POST `/admin/territories/{territory}/words/{sentence}/{language}/recording`: a file, and the words said in it.
pub(super) async fn record(
    manager: Manager,
    State(desk): State<Desk>,
    Path(path): Path<(String, String, String)>,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<Response, Trouble> {
    let which = which(&path)?;
    let frame = manager.0.frame();
    let app = &desk.app;
    let (fields, file) = received(parts.map_err(|_| Error::NotForm)?, &desk).await?;
    let (file, _seat) = file.unzip();
    let before = read(app, &manager.0, which).await?;
    let mut form = Form::new(inputs(&frame, before.as_ref())).fill(&fields, &frame);
    if form.value("text").is_empty() {
        let why = frame.say(
            "Écrivez ce qui est dit dans le fichier : c’est ce qu’une voix lirait s’il venait à manquer.",
            "Write what is said in the file: a voice would read it if the file were lost.",
        );
        form.refuse("text", why);
    }
    let after = composed(app, &manager.0, which, &mut form, None).await;
    if let Some(after) = after.filter(|_| form.is_good()) {
        match (app.recorder)(file.unwrap_or_default()).await {
            Ok(recorded) => {
                let key = RecordingKey::parse(&recorded.recording.key);
                let key = key.map_err(|_| Error::Fault("a recording without a key".to_owned()))?;
                let after = OwnWords {
                    recording: Some(key),
                    ..after
                };
                let sound = Some(&recorded.recording);
                write(app, &manager, before.as_ref(), Some(&after), sound).await?;
                return Ok(back(&manager.0, &path, "spoken"));
            }
            Err(NotRecorded::Refused {
                french, english, ..
            }) => form.refuse("text", frame.say(&french, &english)),
            Err(NotRecorded::Failed(why)) => return Err(Error::Fault(why).into()),
        }
    }
    let status = form.status();
    let page = shown(manager.0, frame, which, before.as_ref(), form, None);
    Ok((status, page).into_response())
}

fn which(
    (_, sentence, language): &(String, String, String),
) -> Result<(OwnSentence, Language), Error> {
    let known = OwnSentence::parse(sentence).zip(Language::parse(language));
    let known = known.filter(|one| all().any(|known| known == *one));
    known.ok_or(Error::NotFound)
}

fn inputs(frame: &Frame, own: Option<&OwnWords>) -> Vec<Input> {
    vec![Input::lines(
        "text",
        frame.say("Texte", "Text"),
        frame.say(
            "300 caractères au plus. Vide, la phrase de la maison est dite.",
            "At most 300 characters. Empty, the sentence of the house is said.",
        ),
        own.map_or("", |own| &own.text),
    )]
}

/// The words of the form; none where it is empty, and refusals are left in it.
async fn composed(
    app: &App,
    managed: &Managed,
    (sentence, language): (OwnSentence, Language),
    form: &mut Form,
    recording: Option<RecordingKey>,
) -> Option<OwnWords> {
    let frame = managed.frame();
    let text = form.value("text").to_owned();
    if text.is_empty() {
        return None;
    }
    let read = OwnWords::compose(sentence, language, &text, recording);
    let words = form.take(&frame, "text", read)?;
    let proof = Proof::Sentence { language, text };
    let faults = (app.proofreader)(managed.territory.clone(), proof).await;
    form.judge(&frame, "text", &faults);
    Some(words)
}

async fn write(
    app: &App,
    manager: &Manager,
    before: Option<&OwnWords>,
    after: Option<&OwnWords>,
    recording: Option<&store::Recording>,
) -> Result<(), store::Error> {
    let by = manager.by();
    let slug = &manager.0.territory.slug;
    let jobs = say_again(slug, by.at);
    app.store
        .replace_own_words(slug, before, after, recording, &jobs, by)
        .await?;
    take_effect(app).await;
    Ok(())
}

async fn read(
    app: &App,
    managed: &Managed,
    (sentence, language): (OwnSentence, Language),
) -> Result<Option<OwnWords>, Error> {
    let mut words = app.store.own_words().await?;
    let words = words.remove(&managed.territory.slug).unwrap_or_default();
    let mut words = words.into_iter();
    Ok(words.find(|one| (one.sentence, one.language) == (sentence, language)))
}

/// The fields of a form with a file, and the file with its seat.
async fn received(
    mut parts: Multipart,
    desk: &Desk,
) -> Result<(Fields, Option<(Bytes, OwnedSemaphorePermit)>), Error> {
    let (mut fields, mut file) = (Vec::new(), None);
    while let Some(mut part) = parts.next_field().await.map_err(|error| refused(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            file = receive(&mut part, desk).await?;
        } else {
            fields.push((name, part.text().await.map_err(|error| refused(&error))?));
        }
    }
    Ok((Fields::from(fields), file))
}

fn back(
    managed: &Managed,
    (_, sentence, language): &(String, String, String),
    done: &str,
) -> Response {
    let address = managed.address(&format!("/words/{sentence}/{language}?done={done}"));
    Redirect::to(&address).into_response()
}

fn shown(
    managed: Managed,
    frame: Frame,
    (sentence, language): (OwnSentence, Language),
    own: Option<&OwnWords>,
    form: Form,
    query: Option<&str>,
) -> Html<String> {
    let rest = format!("/words/{}/{}", sentence.as_str(), language.as_str());
    let recording = own.and_then(|own| own.recording.as_ref());
    page(&WordsPage {
        done: super::change::done(query, &frame),
        title: title(&frame, sentence, language),
        address: managed.address(&rest),
        sound: match (recording, own) {
            (Some(key), _) => format!("/audio/{}.wav", key.as_str()),
            (None, Some(own)) => listen::address(&managed, language, &own.text),
            (None, None) => String::new(),
        },
        has_recording: recording.is_some(),
        form,
        frame,
        managed,
    })
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;

#[derive(Template)]
#[template(path = "admin/territories/words.html")]
struct WordsPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    title: String,
    address: String,
    /// Where it is heard as it is; empty where the house speaks.
    sound: String,
    has_recording: bool,
    form: Form,
}
