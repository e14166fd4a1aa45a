//! Who asks: the bearer token of a site (RFC 6750 § 2.1).

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use bulletin::{Bulletin, SiteSlug};
use sha2::{Digest, Sha256};
use store::Token;

use crate::app::Desk;
use crate::error::Error;
use crate::problem::Problem;

/// A site that has shown its token. The rows hold only the SHA-256 of tokens.
#[derive(Debug)]
pub(crate) struct Bearer(pub(crate) Token);

impl Bearer {
    /// A token acts for its own site only.
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

    /// As [`Bearer::check_site`], for the site of a bulletin.
    ///
    /// # Errors
    /// [`Error::OtherSite`].
    pub(crate) fn check(&self, bulletin: &Bulletin) -> Result<(), Error> {
        self.check_site(&bulletin.site)
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
        Ok(Self(known.ok_or(Error::Token)?))
    }
}

/// The token of `Bearer …`; the scheme's case does not matter (RFC 9110 § 11.1).
fn bearer_of(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
