//! Who asks: the bearer token of a site (RFC 6750 § 2.1).
//!
//! What belongs to another site is answered like what does not exist: a token learns nothing beyond its site.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use bulletin::{Bulletin, SiteSlug};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use store::{Scope, Token};

use crate::app::Desk;
use crate::error::Error;
use crate::problem::Problem;

/// A site that has shown its token. The rows hold only the SHA-256 of tokens.
#[derive(Debug)]
pub(crate) struct Bearer(pub(crate) Token);

impl Bearer {
    /// A token posts under the name of its own site only.
    ///
    /// # Errors
    /// [`Error::OtherSite`].
    pub(crate) fn check_site(&self, site: &SiteSlug) -> Result<(), Error> {
        if self.0.site == *site {
            Ok(())
        } else {
            Err(Error::OtherSite)
        }
    }

    /// A token finds the bulletins of its own site only.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub(crate) fn check(&self, bulletin: &Bulletin) -> Result<(), Error> {
        if self.0.site == bulletin.site {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }

    /// How the thread names the author.
    pub(crate) fn author(&self) -> String {
        format!("token:{}", self.0.id)
    }
}

impl FromRequestParts<Desk> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let shown = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = shown.and_then(bearer_of).ok_or(Error::Token)?;
        let hash = Sha256::digest(token.as_bytes()).into();
        let known = desk.app.store.find_token(hash).await?;
        let token = known.ok_or(Error::Token)?;
        note_use(desk, &token);
        Ok(Self(token))
    }
}

/// A [`Bearer`] whose token may change something.
#[derive(Debug)]
pub(crate) struct Poster(pub(crate) Bearer);

impl FromRequestParts<Desk> for Poster {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let bearer = Bearer::from_request_parts(parts, desk).await?;
        match bearer.0.scope {
            Scope::Post => Ok(Self(bearer)),
            Scope::Read => Err(Error::ReadOnly.into()),
        }
    }
}

/// Writes down that a token is in use, beside the request and not at each one.
fn note_use(desk: &Desk, token: &Token) {
    let now = desk.app.now();
    let is_fresh = token
        .used_at
        .is_some_and(|at| now.duration_since(at) < NOTED_EVERY);
    if is_fresh {
        return;
    }
    let (store, id) = (desk.app.store.clone(), token.id.clone());
    tokio::spawn(async move {
        if let Err(error) = store.note_token_use(&id, now).await {
            tracing::warn!(%error, token = id, "the last use of a token could not be written");
        }
    });
}

/// The token of `Bearer …`; the scheme's case does not matter (RFC 9110 § 11.1).
fn bearer_of(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// How exact the last use of a token is.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(10);
