//! The territory that an address names, and what who asks may do there.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bulletin::{Site, Territory, TerritorySlug};
use store::{By, RegisteredSite, Role};

use crate::admin::{Frame, Login, Place, Trouble};
use crate::app::{App, Desk};
use crate::error::Error;

/// A territory that who is signed in may see.
pub(super) struct Managed {
    pub(super) login: Login,
    pub(super) territory: Territory,
    /// Whether it is one to learn in.
    pub(super) is_training: bool,
    /// Whether who is signed in may change it; an auditor reads.
    pub(super) may_manage: bool,
}

impl Managed {
    pub(super) fn frame(&self) -> Frame {
        Frame::new(&self.login, Place::Territory)
    }

    /// The address of a page of it.
    pub(super) fn address(&self, rest: &str) -> String {
        format!("/admin/territories/{}{rest}", self.territory.slug)
    }

    /// A site of it, closed or not.
    ///
    /// # Errors
    /// [`Error::NotFound`], for a site of another territory too.
    pub(super) async fn site(&self, app: &App, slug: &str) -> Result<RegisteredSite, Error> {
        let mut sites = self.sites(app).await?.into_iter();
        let site = sites.find(|one| one.site.slug.as_str() == slug);
        site.ok_or(Error::NotFound)
    }

    /// Its sites by name, the closed ones too.
    pub(super) async fn sites(&self, app: &App) -> Result<Vec<RegisteredSite>, Error> {
        let mut sites = app.store.registered_sites().await?;
        sites.retain(|one| one.site.territory == self.territory.slug);
        sites.sort_by(|a, b| a.site.name.cmp(&b.site.name));
        Ok(sites)
    }

    /// As [`Managed::site`], of those that take part.
    pub(super) async fn open_site(&self, app: &App, slug: &str) -> Result<Site, Error> {
        let site = self.site(app, slug).await?;
        if site.is_open() {
            Ok(site.site)
        } else {
            Err(Error::NotFound)
        }
    }

    /// The territory as the store has it at this moment: it may have changed since the request began.
    ///
    /// # Errors
    /// Of the store.
    pub(super) async fn read_again(&self, app: &App) -> Result<Territory, Error> {
        find(app, &self.territory.slug).await
    }
}

impl FromRequestParts<Desk> for Managed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        let login = Login::from_request_parts(parts, desk).await?;
        let managed = read(parts, desk, login).await;
        managed.map_err(|error| Trouble(error).into_response())
    }
}

/// [`Managed`], by somebody who may change it.
pub(super) struct Manager(pub(super) Managed);

impl Manager {
    pub(super) fn by(&self) -> By<'_> {
        self.0.login.by()
    }
}

impl FromRequestParts<Desk> for Manager {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        let managed = Managed::from_request_parts(parts, desk).await?;
        match managed.login.may_manage(&managed.territory.slug) {
            Ok(()) => Ok(Self(managed)),
            Err(error) => Err(Trouble(error).into_response()),
        }
    }
}

async fn read(parts: &mut Parts, desk: &Desk, login: Login) -> Result<Managed, Error> {
    let params = Path::<Vec<(String, String)>>::from_request_parts(parts, desk).await;
    let params = params.map_err(|_| Error::NotFound)?;
    let slug = params.iter().find(|(name, _)| name == "territory");
    let slug = slug.map_or("", |(_, slug)| slug.as_str());
    let slug = TerritorySlug::parse(slug).map_err(|_| Error::NotFound)?;
    login.may_read(&slug)?;
    if login.role == Role::Operator {
        return Err(Error::Role);
    }
    Ok(Managed {
        territory: find(&desk.app, &slug).await?,
        is_training: desk.app.store.training_territories().await?.contains(&slug),
        may_manage: login.may_manage(&slug).is_ok(),
        login,
    })
}

async fn find(app: &App, slug: &TerritorySlug) -> Result<Territory, Error> {
    let mut territories = app.store.territories().await?.into_iter();
    territories
        .find(|one| one.slug == *slug)
        .ok_or(Error::NotFound)
}
