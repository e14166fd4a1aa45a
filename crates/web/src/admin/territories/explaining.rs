//! The pages that explain: why a flare burns, what a siren means; written here, read by everybody.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{BackgroundPage, PageSlug, Refusal};

use super::form::{Form, Input};
use super::managed::{Managed, Manager};
use super::slug;
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::App;
use crate::error::Error;

/// GET `/admin/territories/{territory}/pages`.
pub(super) async fn list(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let form = Form::new(new_inputs(&frame));
    Ok(listed(&app, managed, frame, form, query.as_deref()).await?)
}

/// POST `/admin/territories/{territory}/pages`: a new page.
pub(super) async fn add(
    manager: Manager,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let mut form = Form::new(new_inputs(&frame)).fill_new(&fields);
    let mut short = form.value("slug").to_owned();
    if short.is_empty() {
        short = slug::of(form.value("title"), '-');
    }
    let title = bulletin::name(form.value("title"));
    let title = form.take(&frame, "title", title);
    let short = title.and_then(|_| form.take(&frame, "slug", PageSlug::parse(&short)));
    if let Some(new) = short.and_then(|short| composed(&mut form, &frame, short)) {
        let territory = &manager.0.territory.slug;
        let written = app
            .store
            .replace_background_page(territory, None, Some(&new), manager.by())
            .await;
        match written {
            Ok(()) => {
                take_effect(&app).await;
                let address = manager.0.address("/pages?done=written");
                return Ok(Redirect::to(&address).into_response());
            }
            Err(store::Error::Conflict) => {
                let taken = frame.say(
                    "Une autre page a déjà cet identifiant : choisissez-en un autre.",
                    "Another page has this identifier: choose another.",
                );
                form.refuse("slug", taken);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let status = form.status();
    let page = listed(&app, manager.0, frame, form, None).await?;
    Ok((status, page).into_response())
}

/// GET `/admin/territories/{territory}/pages/{page}`.
pub(super) async fn show(
    managed: Managed,
    State(app): State<App>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let kept = find(&app, &managed, &name).await?;
    let form = Form::new(inputs(&frame, Some(&kept)));
    Ok(shown(managed, frame, &kept, form))
}

/// POST `/admin/territories/{territory}/pages/{page}`; `do` is `remove` to take it away.
pub(super) async fn change(
    manager: Manager,
    State(app): State<App>,
    Path((_, name)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let territory = &manager.0.territory.slug;
    for _ in 0..TRIES {
        let before = find(&app, &manager.0, &name).await?;
        let mut form = Form::new(inputs(&frame, Some(&before)));
        let is_removal = fields.text("do") == "remove";
        let after = if is_removal {
            None
        } else {
            form = form.fill(&fields, &frame);
            composed(&mut form, &frame, before.slug.clone())
        };
        if form.is_good() {
            let written = app
                .store
                .replace_background_page(territory, Some(&before), after.as_ref(), manager.by())
                .await;
            match written {
                Ok(()) => {
                    take_effect(&app).await;
                    let done = if is_removal { "removed" } else { "written" };
                    let address = manager.0.address(&format!("/pages?done={done}"));
                    return Ok(Redirect::to(&address).into_response());
                }
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let status = form.status();
        return Ok((status, shown(manager.0, frame, &before, form)).into_response());
    }
    Err(Error::Changed.into())
}

fn new_inputs(frame: &Frame) -> Vec<Input> {
    let mut inputs = inputs(frame, None);
    inputs.push(Input::line(
        "slug",
        frame.say("Identifiant", "Identifier"),
        frame.say(
            "Dans son adresse, pour toujours : minuscules, chiffres, « - » ; vide, il est formé du titre.",
            "In its address, for ever: small letters, digits, “-”; empty, it is made of the title.",
        ),
        "",
    ));
    inputs
}

fn inputs(frame: &Frame, page: Option<&BackgroundPage>) -> Vec<Input> {
    let field = |read: fn(&BackgroundPage) -> &String| page.map_or("", |page| read(page));
    vec![
        Input::line(
            "title",
            frame.say("Titre", "Title"),
            frame.say(
                "En français : « Pourquoi la torche brûle ».",
                "In French, such as “Pourquoi la torche brûle”.",
            ),
            field(|page| &page.title),
        )
        .required(),
        Input::lines(
            "text",
            frame.say("Texte", "Text"),
            frame.say(
                "En français, 6 000 caractères au plus ; une ligne vide sépare deux paragraphes.",
                "In French, at most 6,000 characters; an empty line stands between paragraphs.",
            ),
            field(|page| &page.text),
        ),
        Input::line(
            "title_en",
            frame.say("Titre en anglais", "Title in English"),
            frame.say(
                "Vide, la page reste en français pour tous.",
                "Empty, the page is in French for everybody.",
            ),
            field(|page| &page.title_en),
        ),
        Input::lines(
            "text_en",
            frame.say("Texte en anglais", "Text in English"),
            "",
            field(|page| &page.text_en),
        ),
    ]
}

/// The page of the form; `None` leaves the refusals in it.
fn composed(form: &mut Form, frame: &Frame, slug: PageSlug) -> Option<BackgroundPage> {
    let typed = |name: &str| form.value(name).to_owned();
    let (french, english) = (
        (typed("title"), typed("text")),
        (typed("title_en"), typed("text_en")),
    );
    let composed = BackgroundPage::compose(slug, (&french.0, &french.1), (&english.0, &english.1));
    // Beside the field that it is about.
    let about = match &composed {
        Err(Refusal::HalfTranslated) if english.0.is_empty() => "title_en",
        Err(Refusal::HalfTranslated) => "text_en",
        Err(Refusal::Name { .. }) if bulletin::name(&french.0).is_err() => "title",
        Err(Refusal::Name { .. }) => "title_en",
        Err(_) if !english.1.is_empty() && bulletin::written(&english.1).is_err() => "text_en",
        _ => "text",
    };
    form.take(frame, about, composed)
}

async fn find(app: &App, managed: &Managed, name: &str) -> Result<BackgroundPage, Error> {
    let mut pages = app.store.background_pages().await?;
    let pages = pages.remove(&managed.territory.slug).unwrap_or_default();
    let mut pages = pages.into_iter();
    let page = pages.find(|page| page.slug.as_str() == name);
    page.ok_or(Error::NotFound)
}

async fn listed(
    app: &App,
    managed: Managed,
    frame: Frame,
    form: Form,
    query: Option<&str>,
) -> Result<Html<String>, Error> {
    let mut pages = app.store.background_pages().await?;
    Ok(page(&PagesPage {
        done: super::change::done(query, &frame),
        pages: pages.remove(&managed.territory.slug).unwrap_or_default(),
        form,
        frame,
        managed,
    }))
}

fn shown(managed: Managed, frame: Frame, kept: &BackgroundPage, form: Form) -> Html<String> {
    page(&OnePage {
        title: &kept.title,
        address: managed.address(&format!("/pages/{}", kept.slug)),
        public: format!("/{}/pages/{}", managed.territory.slug, kept.slug),
        form,
        frame,
        managed,
    })
}

#[derive(Template)]
#[template(path = "admin/territories/pages.html")]
struct PagesPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    pages: Vec<BackgroundPage>,
    form: Form,
}

#[derive(Template)]
#[template(path = "admin/territories/page.html")]
struct OnePage<'a> {
    frame: Frame,
    managed: Managed,
    title: &'a str,
    address: String,
    /// Where everybody reads it.
    public: String,
    form: Form,
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;
