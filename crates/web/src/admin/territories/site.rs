//! One site: what it is called and how that sounds, whether somebody else approves, how it posts by telephone.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Coordinates, Language, Site, State as BulletinState, name};
use store::RegisteredSite;

use super::change::{say_again, say_all_again};
use super::form::{Form, Input};
use super::managed::{Managed, Manager};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::{App, Desk};
use crate::error::Error;
use crate::telephone::NoKey;

/// GET `/admin/territories/{territory}/sites/{site}`.
pub(super) async fn show(
    managed: Managed,
    State(desk): State<Desk>,
    Path((_, slug)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let site = managed.site(&desk.app, &slug).await?;
    let form = Form::new(inputs(&frame, &site.site));
    let showing = Showing {
        managed,
        frame,
        site,
        form,
        code: None,
        place: None,
        trouble: String::new(),
    };
    Ok(showing.page(&desk, query.as_deref()).await?)
}

/// POST `/admin/territories/{territory}/sites/{site}`.
pub(super) async fn change(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    for _ in 0..TRIES {
        let before = manager.0.open_site(&desk.app, &slug).await?;
        let mut form = Form::new(inputs(&frame, &before)).fill(&fields, &frame);
        let names = names(&mut form, &frame).filter(|_| form.is_good());
        if let Some((name, spoken_name, commune)) = names {
            let after = Site {
                name,
                spoken_name,
                commune,
                ..before.clone()
            };
            if fields.text("do") == "listen" {
                form.hear(&manager.0, Language::French, &after.spoken_name);
            } else {
                let by = manager.by();
                let jobs = say_all_again(&after.territory, by.at);
                let store = &desk.app.store;
                match store.replace_site(&before, &after, &jobs, by).await {
                    Ok(()) => {
                        take_effect(&desk.app).await;
                        return Ok(back(&manager.0, &before, "spoken"));
                    }
                    Err(store::Error::Conflict) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let status = form.status();
        let showing = Showing {
            site: manager.0.site(&desk.app, &slug).await?,
            managed: manager.0,
            frame,
            form,
            code: None,
            place: None,
            trouble: String::new(),
        };
        return Ok((status, showing.page(&desk, None).await?).into_response());
    }
    Err(Error::Changed.into())
}

/// POST `/admin/territories/{territory}/sites/{site}/approval`.
pub(super) async fn set_approval(
    manager: Manager,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let site = manager.0.open_site(&app, &slug).await?;
    let wanted = fields.ticked("approval");
    app.store.set_approval(&site, wanted, manager.by()).await?;
    Ok(back(&manager.0, &site, "saved"))
}

/// POST `/admin/territories/{territory}/sites/{site}/place`: where it stands on the map; empty takes it off.
pub(super) async fn set_place(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let site = manager.0.open_site(&desk.app, &slug).await?;
    let frame = manager.0.frame();
    let typed = fields.text("place").trim();
    let place = Some(typed).filter(|it| !it.is_empty());
    match place.map(Coordinates::parse).transpose() {
        Ok(place) => {
            let store = &desk.app.store;
            store.set_site_place(&site, place, manager.by()).await?;
            take_effect(&desk.app).await;
            Ok(back(&manager.0, &site, "written"))
        }
        Err(refusal) => {
            let (french, english) = (refusal.to_string(), refusal.english());
            let showing = Showing {
                form: Form::new(inputs(&frame, &site)),
                site: manager.0.site(&desk.app, &slug).await?,
                code: None,
                place: Some(typed.to_owned()),
                trouble: frame.say(&french, &english).to_owned(),
                managed: manager.0,
                frame,
            };
            let page = showing.page(&desk, None).await?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// POST `/admin/territories/{territory}/sites/{site}/telephone`: `do` is `key` for a new PIN, `remove`, or `seen`.
pub(super) async fn set_telephone(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let site = manager.0.open_site(&desk.app, &slug).await?;
    let by = manager.by();
    match fields.text("do") {
        "remove" => {
            desk.app.store.remove_telephone_key(&site.slug, by).await?;
            return Ok(back(&manager.0, &site, "silenced"));
        }
        "seen" => {
            desk.door
                .shown_once
                .forget(&topic(&manager.0, &site), TOPIC);
            return Ok(back(&manager.0, &site, "seen"));
        }
        _ => {}
    }
    let code = fields.text("code").trim();
    let wanted = (!code.is_empty()).then(|| code.to_owned());
    let made = (desk.app.key_maker)(site.slug.clone(), wanted, by.who.to_owned(), by.at).await;
    match made {
        Ok(key) => {
            let lines = vec![key.code, key.pin];
            let topic = topic(&manager.0, &site);
            desk.door.shown_once.keep(&topic, TOPIC, lines, by.at);
            Ok(back(&manager.0, &site, "saved"))
        }
        Err(NoKey::Failed(why)) => Err(Error::Fault(why).into()),
        Err(refused) => {
            let frame = manager.0.frame();
            let why = match refused {
                NoKey::Taken => frame.say(
                    "Un autre site a ce code : choisissez-en un autre.",
                    "Another site has this code: choose another.",
                ),
                _ => frame.say(
                    "Le code compte de 3 à 8 chiffres, comme 4711.",
                    "The code has 3 to 8 digits, such as 4711.",
                ),
            };
            let showing = Showing {
                form: Form::new(inputs(&frame, &site)),
                site: manager.0.site(&desk.app, &slug).await?,
                code: Some(code.to_owned()),
                place: None,
                trouble: why.to_owned(),
                managed: manager.0,
                frame,
            };
            let page = showing.page(&desk, None).await?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// POST `/admin/territories/{territory}/sites/{site}/close`.
pub(super) async fn close(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, slug)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let site = manager.0.open_site(&desk.app, &slug).await?;
    let by = manager.by();
    let live = desk.app.store.live_bulletins(by.at).await?;
    let mut its_own = live.iter().filter(|one| one.site == site.slug);
    let goes_on = its_own.any(|one| {
        let state = one.state(by.at);
        !matches!(state, BulletinState::Ended | BulletinState::Cancelled)
    });
    if goes_on {
        let frame = manager.0.frame();
        let why = frame.say(
            "Ce site a un bulletin en cours ou prévu : mettez-y fin ou retirez-le d’abord, puis fermez le site.",
            "This site has a bulletin that goes on or is planned: end or withdraw it first, then close the site.",
        );
        let showing = Showing {
            form: Form::new(inputs(&frame, &site)),
            site: manager.0.site(&desk.app, &slug).await?,
            code: None,
            place: None,
            trouble: why.to_owned(),
            managed: manager.0,
            frame,
        };
        let page = showing.page(&desk, None).await?;
        return Ok((axum::http::StatusCode::CONFLICT, page).into_response());
    }
    let jobs = say_again(&site.territory, by.at);
    desk.app.store.close_site(&site, &jobs, by).await?;
    take_effect(&desk.app).await;
    Ok(back(&manager.0, &site, "closed"))
}

/// POST `/admin/territories/{territory}/sites/{site}/open`.
pub(super) async fn open(
    manager: Manager,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let site = manager.0.site(&app, &slug).await?.site;
    let by = manager.by();
    let jobs = say_again(&site.territory, by.at);
    app.store.reopen_site(&site, &jobs, by).await?;
    take_effect(&app).await;
    Ok(back(&manager.0, &site, "opened"))
}

/// The inputs that every form of a site has.
pub(super) fn inputs(frame: &Frame, site: &Site) -> Vec<Input> {
    vec![
        Input::line(
            "name",
            frame.say("Nom", "Name"),
            frame.say("Tel que les pages l’affichent.", "As pages show it."),
            &site.name,
        )
        .required(),
        Input::line(
            "spoken_name",
            frame.say("Nom parlé", "Spoken name"),
            frame.say(
                "Comme la voix doit le lire ; vide, elle lit le nom.",
                "As the voice should read it; empty, it reads the name.",
            ),
            &site.spoken_name,
        ),
        Input::line(
            "commune",
            frame.say("Commune", "Commune"),
            frame.say(
                "Où il se trouve, pour que les riverains sachent où regarder.",
                "Where it stands, so that residents know where to look.",
            ),
            &site.commune,
        )
        .required(),
    ]
}

/// Name, spoken name and commune of a form; `None` leaves the refusals in it.
pub(super) fn names(form: &mut Form, frame: &Frame) -> Option<(String, String, String)> {
    let typed = |form: &Form, name: &str| form.value(name).to_owned();
    let (called, spoken, commune) = (
        typed(form, "name"),
        typed(form, "spoken_name"),
        typed(form, "commune"),
    );
    let called = form.take(frame, "name", name(&called));
    let spoken = match spoken.is_empty() {
        true => called.clone(),
        false => form.take(frame, "spoken_name", name(&spoken)),
    };
    let commune = form.take(frame, "commune", name(&commune));
    Some((called?, spoken?, commune?))
}

fn back(managed: &Managed, site: &Site, done: &str) -> Response {
    let address = managed.address(&format!("/sites/{}?done={done}", site.slug));
    Redirect::to(&address).into_response()
}

/// Under which name a PIN waits for the page that shows it.
fn topic(managed: &Managed, site: &Site) -> String {
    format!("{} {}", managed.login.id, site.slug)
}

struct Showing {
    managed: Managed,
    frame: Frame,
    site: RegisteredSite,
    form: Form,
    /// The code that was typed and refused.
    code: Option<String>,
    /// The place that was typed and refused.
    place: Option<String>,
    /// Why what was asked is not done.
    trouble: String,
}

impl Showing {
    async fn page(self, desk: &Desk, query: Option<&str>) -> Result<Html<String>, Error> {
        let store = &desk.app.store;
        let slug = &self.site.site.slug;
        let kept = store.telephone_code(slug).await?;
        let topic = topic(&self.managed, &self.site.site);
        let shown = desk.door.shown_once.read(&topic, TOPIC, desk.app.now());
        let pin = shown.and_then(|lines| lines.get(1).cloned());
        let places = store.site_places().await?;
        let place = places.get(slug).map(ToString::to_string);
        Ok(page(&SitePage {
            done: super::change::done(query, &self.frame),
            approval: store.asks_approval(slug).await?,
            address: self.managed.address(&format!("/sites/{slug}")),
            code: self.code.or_else(|| kept.clone()).unwrap_or_default(),
            has_key: kept.is_some(),
            place: self.place.or(place).unwrap_or_default(),
            pin: pin.unwrap_or_default(),
            trouble: self.trouble,
            form: self.form,
            site: self.site,
            frame: self.frame,
            managed: self.managed,
        }))
    }
}

const TOPIC: &str = "pin";
/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;

#[derive(Template)]
#[template(path = "admin/territories/site.html")]
struct SitePage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    trouble: String,
    site: RegisteredSite,
    address: String,
    approval: bool,
    /// The code by which it is known on the telephone; empty without one.
    code: String,
    has_key: bool,
    /// Where it stands on the map; empty where nobody has said it.
    place: String,
    /// Its new PIN, the one time that it is shown.
    pin: String,
    form: Form,
}
