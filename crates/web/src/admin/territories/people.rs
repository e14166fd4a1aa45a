//! Who works for a territory: invited, given another link, taken away.
//!
//! What a manager may do to a person ends where that person's work for others begins: whoever also acts elsewhere, or
//! administers, is left to administrators.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Language, Site, SiteSlug};
use store::{Person, Role};

use super::managed::{Managed, Manager};
use crate::admin::people::{self, NotDone};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::app::Desk;
use crate::error::Error;

/// GET `/admin/territories/{territory}/people`.
pub(super) async fn show(
    managed: Managed,
    State(desk): State<Desk>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let done = super::change::done(query.as_deref(), &managed.frame());
    Ok(shown(&desk, managed, done, Typed::default()).await?)
}

/// POST `/admin/territories/{territory}/people`: invites somebody.
pub(super) async fn invite(
    manager: Manager,
    State(desk): State<Desk>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let mut typed = Typed::of(&fields);
    let sites: Vec<_> = open_sites(&desk, &manager.0).await?;
    let chosen = sites.iter().map(|site| &site.slug);
    let chosen = chosen.filter(|slug| typed.sites.contains(slug.as_str()));
    let chosen: BTreeSet<SiteSlug> = chosen.cloned().collect();
    let role = ROLES.into_iter().find(|role| role.as_str() == typed.role);
    let name = bulletin::label(&typed.name, LONGEST_NAME);
    if role.is_none() {
        typed.refusal = frame.say("Choisissez un rôle.", "Choose a role.");
    } else if name.is_none() {
        typed.refusal = frame.say("Écrivez le nom de la personne.", "Write the person’s name.");
    } else if role == Some(Role::Operator) && chosen.is_empty() {
        typed.refusal = frame.say(
            "Choisissez au moins un site pour lequel cette personne publiera.",
            "Choose at least one site that this person will post for.",
        );
    }
    if let Some((role, name)) = role.zip(name).filter(|_| typed.refusal.is_empty()) {
        let is_operator = role == Role::Operator;
        let here = manager.0.territory.slug.clone();
        let person = Person {
            email: typed.email.trim().to_lowercase(),
            name,
            role,
            language: Language::parse(fields.text("language")).unwrap_or(Language::French),
            sites: if is_operator { chosen } else { [].into() },
            territories: if is_operator {
                [].into()
            } else {
                [here].into()
            },
        };
        match people::invite(&desk.app.store, &person, manager.by()).await {
            Ok(link) => return Ok(handed(&desk, &manager, &person.email, &link.path)),
            Err(NotDone::Store(store::Error::Conflict)) => {
                typed.refusal = frame.say(
                    "Cette adresse a déjà un compte : demandez à un administrateur de l’ouvrir à ce territoire.",
                    "This address has an account already: ask an administrator to open it to this territory.",
                );
            }
            Err(NotDone::Store(error)) => return Err(error.into()),
            Err(_) => {
                typed.refusal = frame.say(
                    "Ceci n’est pas une adresse : écrivez par exemple anne@exemple.fr.",
                    "This is no address: write anne@example.org, for example.",
                );
            }
        }
    }
    let page = shown(&desk, manager.0, "", typed).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// POST `/admin/territories/{territory}/people/change`: `do` is `reset`, `reset-all`, `remove` or `seen`.
pub(super) async fn change(
    manager: Manager,
    State(desk): State<Desk>,
    fields: Fields,
) -> Result<Response, Trouble> {
    if fields.text("do") == "seen" {
        desk.door.shown_once.forget(&manager.0.login.id, TOPIC);
        return Ok(back(&manager.0, "seen"));
    }
    let email = fields.text("email").to_lowercase();
    let users = desk.app.store.users().await?;
    let people = users.into_iter().map(|user| user.person);
    let sites = open_sites(&desk, &manager.0).await?;
    let mut here = people.filter(|person| works_here(person, &manager.0, &sites));
    let person = here.find(|person| person.email == email);
    let person = person.ok_or(Error::NotFound)?;
    if !may_change(&person, &manager.0) {
        return Err(Error::Role.into());
    }
    let store = &desk.app.store;
    match fields.text("do") {
        "remove" => {
            let removed = people::remove(store, &email, manager.by()).await;
            removed.map_err(refused)?;
            Ok(back(&manager.0, "removed"))
        }
        how => {
            let all = how == "reset-all";
            let link = people::reset(store, &email, all, manager.by()).await;
            let link = link.map_err(refused)?;
            Ok(handed(&desk, &manager, &email, &link.path))
        }
    }
}

/// Whether a person does something in a territory.
fn works_here(person: &Person, managed: &Managed, sites: &[Site]) -> bool {
    person.territories.contains(&managed.territory.slug)
        || sites.iter().any(|site| person.sites.contains(&site.slug))
}

/// Whether who is signed in may take this person away or give them another link.
fn may_change(person: &Person, managed: &Managed) -> bool {
    let login = &managed.login;
    if !managed.may_manage || person.email == login.email {
        return false;
    }
    let within = person.territories.is_subset(&login.territories)
        && person.sites.iter().all(|site| login.sees(site));
    login.role == Role::Administrator || (person.role != Role::Administrator && within)
}

fn refused(not_done: NotDone) -> Error {
    match not_done {
        NotDone::Store(error) => error.into(),
        NotDone::Unknown => Error::NotFound,
        NotDone::Address | NotDone::LastAdministrator => Error::Role,
    }
}

/// Keeps a link for the page that shows it once.
fn handed(desk: &Desk, manager: &Manager, email: &str, path: &str) -> Response {
    let link = format!("{}{path}", desk.app.publisher.public_url);
    let lines = vec![email.to_owned(), link];
    let login = &manager.0.login;
    let shown_once = &desk.door.shown_once;
    shown_once.keep(&login.id, TOPIC, lines, login.now);
    back(&manager.0, "invited")
}

fn back(managed: &Managed, done: &str) -> Response {
    Redirect::to(&managed.address(&format!("/people?done={done}"))).into_response()
}

async fn open_sites(desk: &Desk, managed: &Managed) -> Result<Vec<Site>, Error> {
    let mut sites = managed.sites(&desk.app).await?;
    sites.retain(store::RegisteredSite::is_open);
    Ok(sites.into_iter().map(|one| one.site).collect())
}

async fn shown(
    desk: &Desk,
    managed: Managed,
    done: &'static str,
    typed: Typed,
) -> Result<Html<String>, Error> {
    let frame = managed.frame();
    let sites = open_sites(desk, &managed).await?;
    let users = desk.app.store.users().await?;
    let people = users
        .iter()
        .map(|user| (&user.person, user.keys.password_hash.is_some()));
    let here = people.filter(|(person, _)| works_here(person, &managed, &sites));
    let line = |(person, has_come): (&Person, bool)| {
        let own = sites
            .iter()
            .filter(|site| person.sites.contains(&site.slug));
        let names: Vec<_> = own.map(|site| site.name.as_str()).collect();
        Line {
            email: person.email.clone(),
            name: person.name.clone(),
            role: frame
                .say(person.role.french(), person.role.english())
                .to_owned(),
            sites: names.join(", "),
            has_come,
            may_change: may_change(person, &managed),
        }
    };
    let login = &managed.login;
    let kept = desk.door.shown_once.read(&login.id, TOPIC, login.now);
    Ok(page(&PeoplePage {
        done,
        fresh: kept.and_then(|lines| <[String; 2]>::try_from(lines).ok()),
        lines: here.map(line).collect(),
        roles: ROLES.map(|role| {
            let words = frame.say(role.french(), role.english());
            (role.as_str(), words.to_owned())
        }),
        sites,
        typed,
        frame,
        managed,
    }))
}

/// What was typed into the invitation.
#[derive(Default)]
struct Typed {
    email: String,
    name: String,
    role: String,
    sites: BTreeSet<String>,
    refusal: &'static str,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            email: fields.text("email").to_owned(),
            name: fields.text("name").to_owned(),
            role: fields.text("role").to_owned(),
            sites: fields.all("site").map(str::to_owned).collect(),
            refusal: "",
        }
    }
}

struct Line {
    email: String,
    name: String,
    role: String,
    sites: String,
    /// Whether they have answered their invitation.
    has_come: bool,
    may_change: bool,
}

/// Whom a manager may invite; administrators come by command, or by an administrator's hand.
const ROLES: [Role; 3] = [Role::Operator, Role::Manager, Role::Auditor];
const TOPIC: &str = "invitation";
const LONGEST_NAME: usize = 80;

#[derive(Template)]
#[template(path = "admin/territories/people.html")]
struct PeoplePage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    /// Whom a link is for, and the link.
    fresh: Option<[String; 2]>,
    lines: Vec<Line>,
    roles: [(&'static str, String); 3],
    sites: Vec<Site>,
    typed: Typed,
}
