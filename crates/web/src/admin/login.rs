//! Who is signed in, and what they may do where.

use std::collections::BTreeSet;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use bulletin::{Language, SiteSlug, TerritorySlug};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::{By, LoginRow, Role, Stage, User};

use super::cookie::Cookie;
use super::{Next, Trouble, alerts};
use crate::app::Desk;
use crate::error::Error;

/// Somebody who is signed in: every page of the desk that is not open to all takes one.
///
/// Whoever is not signed in is led to the door, and from there back to the page.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Its name in addresses; not secret.
    pub(crate) id: String,
    /// Whose, in small letters.
    pub(crate) email: String,
    /// What colleagues call them.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
    /// The sites they may post for.
    pub(crate) sites: BTreeSet<SiteSlug>,
    /// The territories they may see.
    pub(crate) territories: BTreeSet<TerritorySlug>,
    /// The language of their pages.
    pub(crate) language: Language,
    /// The clock of their first territory.
    pub(crate) zone: TimeZone,
    /// The first instant at which it is over, if nothing is done.
    pub(crate) ends: Timestamp,
    /// When the page was asked for.
    pub(crate) now: Timestamp,
    /// Alerts that nobody has seen yet and that are this person's to see, as sentences.
    pub(super) alerts: Vec<String>,
    /// Every site of those territories.
    seen: BTreeSet<SiteSlug>,
}

impl Login {
    /// How the audit log names what they do.
    pub(crate) fn by(&self) -> By<'_> {
        By {
            who: &self.email,
            at: self.now,
        }
    }

    /// Whether they may post for a site.
    ///
    /// # Errors
    /// [`Error::Role`] for a site that they see and do not post for by their role; [`Error::NotFound`] for any other,
    /// whether it exists or not.
    pub(crate) fn may_post(&self, site: &SiteSlug) -> Result<(), Error> {
        if self.sites.contains(site) && self.role != Role::Auditor {
            Ok(())
        } else if self.seen.contains(site) && self.role != Role::Operator {
            Err(Error::Role)
        } else {
            Err(Error::NotFound)
        }
    }

    /// Whether a site stands in one of the territories they may see.
    pub(crate) fn sees(&self, site: &SiteSlug) -> bool {
        self.seen.contains(site)
    }

    /// Whether they may see what belongs to a territory.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is none of theirs, whether it exists or not.
    pub(crate) fn may_read(&self, territory: &TerritorySlug) -> Result<(), Error> {
        if self.territories.contains(territory) {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }

    /// Whether they may change what belongs to a territory: its sites, numbers, words and people.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is none of theirs; [`Error::Role`] for one that they only see.
    pub(crate) fn may_manage(&self, territory: &TerritorySlug) -> Result<(), Error> {
        self.may_read(territory)?;
        match self.role {
            Role::Manager | Role::Administrator => Ok(()),
            Role::Operator | Role::Auditor => Err(Error::Role),
        }
    }

    /// Whether they may do what concerns the whole service.
    ///
    /// # Errors
    /// [`Error::Role`].
    pub(crate) fn may_administer(&self) -> Result<(), Error> {
        match self.role {
            Role::Administrator => Ok(()),
            Role::Operator | Role::Manager | Role::Auditor => Err(Error::Role),
        }
    }

    /// The login of a request, if it has one that is open.
    pub(super) async fn find(headers: &HeaderMap, desk: &Desk) -> Result<Option<Self>, Error> {
        match live(headers, desk).await? {
            Some((row, user)) if row.stage == Stage::Open => {
                Ok(Some(Self::open(desk, row, user).await?))
            }
            _ => Ok(None),
        }
    }

    /// Prolongs what is used; once a minute is enough.
    async fn open(desk: &Desk, mut row: LoginRow, user: User) -> Result<Self, Error> {
        let (store, now) = (&desk.app.store, desk.app.now());
        if now.duration_since(row.seen_at) >= TOUCHED_EVERY {
            store.touch_login(&row.id, now).await?;
            row.seen_at = now;
        }
        let mut person = user.person;
        let (territories, sites) = (store.territories().await?, store.sites().await?);
        // A site that is closed posts nothing more.
        person
            .sites
            .retain(|slug| sites.iter().any(|site| site.slug == *slug));
        let own = sites
            .iter()
            .filter(|site| person.sites.contains(&site.slug));
        let own = own.map(|site| &site.territory);
        let mut visible: BTreeSet<_> = person.territories.iter().chain(own).cloned().collect();
        if person.role == Role::Administrator {
            visible.extend(territories.iter().map(|territory| territory.slug.clone()));
        }
        let home = territories
            .iter()
            .find(|territory| visible.contains(&territory.slug));
        let seen = sites
            .iter()
            .filter(|site| visible.contains(&site.territory));
        let mut login = Self {
            alerts: vec![],
            ends: row.over_at(IDLE),
            now,
            zone: home.map_or(TimeZone::UTC, |territory| territory.zone.clone()),
            seen: seen.map(|site| site.slug.clone()).collect(),
            territories: visible,
            id: row.id,
            email: person.email,
            name: person.name,
            role: person.role,
            sites: person.sites,
            language: person.language,
        };
        if login.role != Role::Auditor {
            let unseen = store.open_alerts().await?;
            let unseen = unseen
                .iter()
                .filter(|it| it.acknowledged.is_none() && alerts::concerns(it, &login));
            login.alerts = unseen
                .map(|it| alerts::in_words(it, &territories, &sites, login.language))
                .collect();
        }
        Ok(login)
    }
}

impl FromRequestParts<Desk> for Login {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        match Self::find(&parts.headers, desk).await {
            Ok(Some(login)) => Ok(login),
            Ok(None) => Err(to_the_door(parts)),
            Err(error) => Err(Trouble(error).into_response()),
        }
    }
}

/// Somebody whose password was right, and who must show the second factor before anything else.
pub(super) struct HalfLogin {
    pub(super) row: LoginRow,
    pub(super) user: User,
}

impl FromRequestParts<Desk> for HalfLogin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        match live(&parts.headers, desk).await {
            Ok(Some((row, user))) if row.stage == Stage::Password => Ok(Self { row, user }),
            Ok(_) => Err(Redirect::to(SIGN_IN).into_response()),
            Err(error) => Err(Trouble(error).into_response()),
        }
    }
}

/// The login of a request, whatever its stage, unless its time is over.
pub(super) async fn live(
    headers: &HeaderMap,
    desk: &Desk,
) -> Result<Option<(LoginRow, User)>, Error> {
    let Some(cookie) = Cookie::of(headers) else {
        return Ok(None);
    };
    let found = desk.app.store.find_login(cookie.hash()).await?;
    let now = desk.app.now();
    Ok(found.filter(|(row, _)| now < row.over_at(IDLE)))
}

/// To sign in and come back; where a form was sent, to the page of the desk that it was sent from.
fn to_the_door(parts: &Parts) -> Response {
    let asked = parts.extensions.get::<OriginalUri>().map(|uri| &uri.0);
    let asked = asked.unwrap_or(&parts.uri);
    let next = if parts.method.is_safe() {
        asked.path_and_query().map(|path| path.as_str().to_owned())
    } else {
        let from = parts.headers.get(axum::http::header::REFERER);
        let from = from.and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
        from.and_then(|uri| uri.path_and_query().map(|path| path.as_str().to_owned()))
    };
    let next = Next::parse(next.as_deref().unwrap_or_default());
    Redirect::to(&next.after(SIGN_IN)).into_response()
}

/// Where everybody comes in.
pub(super) const SIGN_IN: &str = "/admin/sign-in";
/// A login that is not used for so long is over.
pub(super) const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// A login is over after so long, whatever is done with it: a shift and its handing over.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(12);
const TOUCHED_EVERY: SignedDuration = SignedDuration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_posts_for_their_own_sites_and_sees_no_difference_between_others_and_none() {
        let login = login(Role::Operator, &["raffinerie"], &["rouen_metropole"]);
        assert!(login.may_post(&site("raffinerie")).is_ok());
        for other in ["engrais", "depot", "nowhere"] {
            let refused = login.may_post(&site(other));
            assert!(matches!(refused, Err(Error::NotFound)), "{other}");
        }
        assert!(login.may_read(&territory("rouen_metropole")).is_ok());
        let refused = login.may_manage(&territory("rouen_metropole"));
        assert!(matches!(refused, Err(Error::Role)));
        let refused = login.may_manage(&territory("le_havre"));
        assert!(matches!(refused, Err(Error::NotFound)));
        assert!(matches!(login.may_administer(), Err(Error::Role)));
    }

    #[test]
    fn a_manager_manages_their_territories_and_posts_for_a_site_only_when_it_was_given_to_them() {
        let login = login(Role::Manager, &["raffinerie"], &["rouen_metropole"]);
        assert!(login.may_manage(&territory("rouen_metropole")).is_ok());
        assert!(login.may_post(&site("raffinerie")).is_ok());
        assert!(matches!(login.may_post(&site("engrais")), Err(Error::Role)));
        assert!(matches!(
            login.may_post(&site("depot")),
            Err(Error::NotFound)
        ));
        assert!(matches!(login.may_administer(), Err(Error::Role)));
    }

    #[test]
    fn an_auditor_reads_and_does_nothing_else_even_with_a_site() {
        let login = login(Role::Auditor, &["raffinerie"], &["rouen_metropole"]);
        assert!(login.may_read(&territory("rouen_metropole")).is_ok());
        assert!(matches!(
            login.may_post(&site("raffinerie")),
            Err(Error::Role)
        ));
        assert!(matches!(
            login.may_manage(&territory("rouen_metropole")),
            Err(Error::Role)
        ));
        assert!(matches!(login.may_administer(), Err(Error::Role)));
    }

    #[test]
    fn an_administrator_manages_every_territory_that_exists() {
        let login = login(Role::Administrator, &[], &["rouen_metropole", "le_havre"]);
        assert!(login.may_manage(&territory("le_havre")).is_ok());
        assert!(login.may_administer().is_ok());
        assert!(matches!(
            login.may_manage(&territory("nowhere")),
            Err(Error::NotFound)
        ));
        assert!(matches!(login.may_post(&site("depot")), Err(Error::Role)));
    }

    fn login(role: Role, sites: &[&str], territories: &[&str]) -> Login {
        let seen = [
            ("raffinerie", "rouen_metropole"),
            ("engrais", "rouen_metropole"),
            ("depot", "le_havre"),
        ];
        let seen = seen
            .iter()
            .filter(|(_, territory)| territories.contains(territory));
        Login {
            id: "abc".into(),
            email: "anne@example.org".into(),
            name: "Anne".into(),
            role,
            sites: sites.iter().map(|slug| site(slug)).collect(),
            territories: territories.iter().map(|slug| territory(slug)).collect(),
            language: Language::French,
            zone: TimeZone::UTC,
            ends: Timestamp::UNIX_EPOCH,
            now: Timestamp::UNIX_EPOCH,
            alerts: vec![],
            seen: seen.map(|(slug, _)| site(slug)).collect(),
        }
    }

    fn site(slug: &str) -> SiteSlug {
        SiteSlug::parse(slug).unwrap()
    }

    fn territory(slug: &str) -> TerritorySlug {
        TerritorySlug::parse(slug).unwrap()
    }
}
