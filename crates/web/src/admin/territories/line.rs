//! What callers of a territory hear besides bulletins.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Language, LineSettings, OwnSentence, OwnWords};
use jiff::Timestamp;

use super::change::say_again;
use super::form::{Form, Input};
use super::managed::{Managed, Manager};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::App;
use crate::error::Error;
use crate::proof::Proof;

/// GET `/admin/territories/{territory}/line`.
pub(super) async fn show(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let form = Form::new(inputs(&frame, &read(&app, &managed).await?));
    Ok(shown(&app, managed, frame, form, query.as_deref()).await?)
}

/// POST `/admin/territories/{territory}/line`.
pub(super) async fn change(
    manager: Manager,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let territory = &manager.0.territory;
    for _ in 0..TRIES {
        let before = read(&app, &manager.0).await?;
        let mut form = Form::new(inputs(&frame, &before)).fill(&fields, &frame);
        let by = manager.by();
        let after = composed(&before, &mut form, &frame, by.at);
        check(&app, &manager.0, &after, &mut form, &frame).await;
        if form.is_good() && fields.text("do") == "listen" {
            for (text, language) in sentences(&after) {
                form.hear(&manager.0, language, &text);
            }
        } else if form.is_good() {
            let jobs = say_again(&territory.slug, by.at);
            let store = &app.store;
            let written = store
                .set_line_settings(&territory.slug, &before, &after, &jobs, by)
                .await;
            match written {
                Ok(()) => {
                    take_effect(&app).await;
                    let address = manager.0.address("/line?done=spoken");
                    return Ok(Redirect::to(&address).into_response());
                }
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let status = form.status();
        let page = shown(&app, manager.0, frame, form, None).await?;
        return Ok((status, page).into_response());
    }
    Err(Error::Changed.into())
}

fn inputs(frame: &Frame, settings: &LineSettings) -> Vec<Input> {
    let crisis = settings.crisis.as_ref();
    let residents = match settings.residents {
        0 => String::new(),
        number => number.to_string(),
    };
    vec![
        Input::lines(
            "crisis",
            frame.say("Phrase de crise", "Crisis sentence"),
            frame.say(
                "En français, 300 caractères au plus. Chaque appelant l’entend une fois, avant tout le reste ; ceux qui écoutent déjà l’entendent à la fin de la phrase en cours. Vide, il n’y en a pas.",
                "In French, at most 300 characters. Each caller hears it once, before all else; those who are listening hear it at the end of the sentence being said. Empty, there is none.",
            ),
            crisis.map_or("", |crisis| &crisis.text),
        ),
        Input::tick(
            "authorities",
            frame.say(
                "Les autorités ont pris la main",
                "The authorities have taken over",
            ),
            frame.say(
                "Les appelants n’entendent plus aucun bulletin : ils sont renvoyés aux consignes des autorités.",
                "Callers hear no bulletin any more: they are told to follow the authorities.",
            ),
            settings.authorities,
        ),
        Input::tick(
            "asks_noticed",
            frame.say(
                "Demander ce que les appelants remarquent",
                "Ask callers what they notice",
            ),
            frame.say(
                "La touche 6 le leur demande, et leurs réponses sont comptées.",
                "Key 6 asks them, and their answers are counted.",
            ),
            settings.asks_noticed,
        ),
        Input::lines(
            "english_greeting",
            frame.say("Accueil en anglais", "Greeting in English"),
            frame.say(
                "En anglais, 300 caractères au plus. S’il y en a un, l’anglais est proposé à chaque appel.",
                "In English, at most 300 characters. With one, every caller is offered English.",
            ),
            settings.english_greeting.as_deref().unwrap_or_default(),
        ),
        Input::line(
            "residents",
            frame.say("Habitants", "Residents"),
            frame.say(
                "Leur nombre ; le menu commence par le territoire le plus peuplé.",
                "Their number; the menu begins with the most populated territory.",
            ),
            &residents,
        ),
    ]
}

/// The settings of the form; refusals are left in it.
fn composed(before: &LineSettings, form: &mut Form, frame: &Frame, now: Timestamp) -> LineSettings {
    let mut after = before.clone();
    let typed = |form: &Form, name: &str| form.value(name).to_owned();
    let (crisis, english) = (typed(form, "crisis"), typed(form, "english_greeting"));
    let read = after.set_crisis(&crisis, now);
    form.take(frame, "crisis", read);
    let read = after.set_english_greeting(&english);
    form.take(frame, "english_greeting", read);
    after.authorities = form.ticked("authorities");
    after.asks_noticed = form.ticked("asks_noticed");
    let residents: String = form.value("residents").split_whitespace().collect();
    match residents.as_str() {
        "" => after.residents = 0,
        digits => match digits.parse() {
            Ok(number) => after.residents = number,
            Err(_) => {
                let why = frame.say(
                    "Écrivez un nombre en chiffres, par exemple 500000.",
                    "Write a number in digits, 500000 for example.",
                );
                form.refuse("residents", why);
            }
        },
    }
    after
}

/// What no voice could say is refused here, and not found out by a job.
async fn check(app: &App, managed: &Managed, after: &LineSettings, form: &mut Form, frame: &Frame) {
    for (text, language) in sentences(after) {
        let name = match language {
            Language::French => "crisis",
            Language::English => "english_greeting",
        };
        let proof = Proof::Sentence { language, text };
        let faults = (app.proofreader)(managed.territory.clone(), proof).await;
        form.judge(frame, name, &faults);
    }
}

/// What is to be spoken of the settings.
fn sentences(settings: &LineSettings) -> Vec<(String, Language)> {
    let crisis = settings.crisis.as_ref();
    let crisis = crisis.map(|crisis| (crisis.text.clone(), Language::French));
    let english = settings.english_greeting.clone();
    let english = english.map(|text| (text, Language::English));
    crisis.into_iter().chain(english).collect()
}

async fn read(app: &App, managed: &Managed) -> Result<LineSettings, Error> {
    let mut settings = app.store.line_settings().await?;
    Ok(settings.remove(&managed.territory.slug).unwrap_or_default())
}

async fn shown(
    app: &App,
    managed: Managed,
    frame: Frame,
    form: Form,
    query: Option<&str>,
) -> Result<Html<String>, Error> {
    let mut words = app.store.own_words().await?;
    let words = words.remove(&managed.territory.slug).unwrap_or_default();
    let line = |(sentence, language): (OwnSentence, Language)| {
        let mut words = words.iter();
        let own = words.find(|one| (one.sentence, one.language) == (sentence, language));
        let rest = format!("/words/{}/{}", sentence.as_str(), language.as_str());
        WordsLine {
            title: super::words::title(&frame, sentence, language),
            address: managed.address(&rest),
            language: language.as_str(),
            own: own.cloned(),
        }
    };
    Ok(page(&LinePage {
        done: super::change::done(query, &frame),
        words: super::words::all().map(line).collect(),
        form,
        frame,
        managed,
    }))
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;

/// A sentence that the territory may say in its own words, and what it says.
struct WordsLine {
    title: String,
    address: String,
    language: &'static str,
    own: Option<OwnWords>,
}

#[derive(Template)]
#[template(path = "admin/territories/line.html")]
struct LinePage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    words: Vec<WordsLine>,
    form: Form,
}
