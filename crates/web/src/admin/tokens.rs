//! The tokens of sites: made, shown once, listed with their last use, revoked.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bulletin::{Site, SiteSlug};
use store::{KeptToken, NewToken, Role, Scope, Store};

use super::{Fields, Frame, Login, Place, Trouble, page, secret};
use crate::app::Desk;
use crate::error::Error;
use crate::words::Moment;

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/tokens", get(show).post(add))
        .route("/tokens/kept", post(is_kept))
        .route("/tokens/{id}/revoke", post(revoke))
}

/// GET `/admin/tokens`: with the token that this login has just made, until it says that it has it.
async fn show(
    State(desk): State<Desk>,
    login: Login,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let fresh = desk.door.shown_once.read(&login.id, TOPIC, login.now);
    Ok(page(&TokensPage {
        fresh: fresh.and_then(|lines| <[String; 2]>::try_from(lines).ok()),
        is_revoked: query.as_deref() == Some(REVOKED),
        ..TokensPage::read(&desk.app.store, &login).await?
    }))
}

/// POST `/admin/tokens`.
async fn add(State(desk): State<Desk>, login: Login, fields: Fields) -> Result<Response, Trouble> {
    let store = &desk.app.store;
    let site = own_site(store, &login, fields.text("site")).await?;
    login.may_manage(&site.territory)?;
    let scope = fields.text("scope");
    let scope = Scope::parse(scope).ok_or_else(|| Error::Value {
        field: "scope",
        value: scope.chars().take(40).collect(),
        possible: Scope::ALL.map(Scope::as_str).join(", "),
    })?;
    let Some(label) = bulletin::label(fields.text("label"), LONGEST_LABEL) else {
        let shown = page(&TokensPage {
            is_refused: true,
            chosen: Some((site.slug, scope)),
            ..TokensPage::read(store, &login).await?
        });
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
    };
    let token = format!("allo_{}", secret::letters::<32>());
    let new = NewToken {
        id: secret::letters::<8>(),
        site: site.slug,
        hash: secret::hash(&token),
        label: label.clone(),
        scope,
    };
    store.insert_token(&new, login.by()).await?;
    let lines = vec![token, label];
    desk.door
        .shown_once
        .keep(&login.id, TOPIC, lines, login.now);
    Ok(Redirect::to(ADDRESS).into_response())
}

/// POST `/admin/tokens/kept`.
async fn is_kept(State(desk): State<Desk>, login: Login) -> Redirect {
    desk.door.shown_once.forget(&login.id, TOPIC);
    Redirect::to(ADDRESS)
}

/// POST `/admin/tokens/{id}/revoke`: counts from the next request of its holder on.
async fn revoke(
    State(desk): State<Desk>,
    login: Login,
    Path(id): Path<String>,
) -> Result<Redirect, Trouble> {
    let store = &desk.app.store;
    let tokens = store.tokens().await?;
    let token = tokens.into_iter().find(|token| token.id == id);
    let token = token.ok_or(Error::NotFound)?;
    let site = own_site(store, &login, token.site.as_str()).await?;
    login.may_manage(&site.territory)?;
    store.revoke_token(&id, login.by()).await?;
    Ok(Redirect::to(&format!("{ADDRESS}?{REVOKED}")))
}

/// A site whose tokens a person sees.
///
/// # Errors
/// [`Error::NotFound`] for any other, whether it exists or not.
async fn own_site(store: &Store, login: &Login, slug: &str) -> Result<Site, Error> {
    let sites = sites(store, login).await?;
    let site = sites.into_iter().find(|site| site.slug.as_str() == slug);
    site.ok_or(Error::NotFound)
}

/// Operators see the tokens of the sites they post for, others those of their territories.
async fn sites(store: &Store, login: &Login) -> Result<Vec<Site>, Error> {
    let mut sites = store.sites().await?;
    sites.retain(|site| match login.role {
        Role::Operator => login.sites.contains(&site.slug),
        Role::Manager | Role::Administrator | Role::Auditor => {
            login.territories.contains(&site.territory)
        }
    });
    Ok(sites)
}

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct TokensPage {
    frame: Frame,
    /// The label cannot be one.
    is_refused: bool,
    /// Site and scope of a form that was refused.
    chosen: Option<(SiteSlug, Scope)>,
    /// A token that was just made, and what it is called.
    fresh: Option<[String; 2]>,
    is_revoked: bool,
    may_change: bool,
    /// Sites for which this person may make a token.
    sites: Vec<Site>,
    lines: Vec<Line>,
    revoked: Vec<Line>,
}

impl TokensPage {
    async fn read(store: &Store, login: &Login) -> Result<Self, Error> {
        let sites = sites(store, login).await?;
        let names: BTreeMap<&SiteSlug, &str> = sites
            .iter()
            .map(|site| (&site.slug, site.name.as_str()))
            .collect();
        let tokens = store.tokens().await?;
        let lines = tokens.iter().filter_map(|token| {
            let name = names.get(&token.site)?;
            Some(Line::new(token, name, login))
        });
        let (lines, revoked) = lines.partition(|line: &Line| line.revoked.is_none());
        Ok(Self {
            frame: Frame::new(login, Place::Tokens),
            is_refused: false,
            chosen: None,
            fresh: None,
            is_revoked: false,
            may_change: matches!(login.role, Role::Manager | Role::Administrator),
            lines,
            revoked,
            sites,
        })
    }

    fn is_chosen(&self, site: &Site) -> bool {
        let chosen = self.chosen.as_ref();
        chosen.is_some_and(|(slug, _)| *slug == site.slug)
    }

    fn is_chosen_to_read(&self) -> bool {
        matches!(self.chosen, Some((_, Scope::Read)))
    }
}

/// A token, as the list shows it.
struct Line {
    id: String,
    site: String,
    label: String,
    posts: bool,
    made: Option<Moment>,
    maker: Option<String>,
    used: Option<Moment>,
    revoked: Option<Moment>,
}

impl Line {
    fn new(token: &KeptToken, site: &str, login: &Login) -> Self {
        let moment = |at| Moment::told(login.language, at, &login.zone, login.now);
        Self {
            id: token.id.clone(),
            site: site.to_owned(),
            label: token.label.clone(),
            posts: token.scope == Scope::Post,
            made: token.made_at.map(moment),
            maker: token.made_by.clone(),
            used: token.used_at.map(moment),
            revoked: token.revoked_at.map(moment),
        }
    }
}

const ADDRESS: &str = "/admin/tokens";
/// The query of the page after a token was revoked.
const REVOKED: &str = "revoked";
/// What is shown once here.
const TOPIC: &str = "token";
/// The longest name of a token, in characters.
const LONGEST_LABEL: usize = 60;
