//! The cookie of a login.
//!
//! `__Host-` makes browsers take it over HTTPS alone, for this very host and every path; those of today count loopback
//! as safe, so that a demonstration on `http://127.0.0.1` works as well. `Lax` lets a link in a mail lead to a page
//! that is open: what changes anything is guarded by its origin.

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

use super::secret;

/// The secret of a login as a browser holds it.
pub(super) struct Cookie(String);

impl Cookie {
    /// A new one.
    pub(super) fn draw() -> Self {
        Self(secret::letters::<52>())
    }

    /// What a request brings; the first of its name, as browsers send the one of the longest path first.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let lists = headers.get_all(header::COOKIE).iter();
        let mut pairs = lists
            .filter_map(|list| list.to_str().ok())
            .flat_map(|list| list.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let value = pairs.find(|(name, _)| *name == NAME)?.1;
        (value.len() <= LONGEST).then(|| Self(value.to_owned()))
    }

    /// The SHA-256 under which its login is kept.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What gives it to a browser, until that is closed or the login ends.
    pub(super) fn set(&self) -> HeaderValue {
        header(&format!("{NAME}={}; {ATTRIBUTES}", self.0))
    }

    /// What takes it from a browser.
    pub(super) fn clear() -> HeaderValue {
        header(&format!("{NAME}=; Max-Age=0; {ATTRIBUTES}"))
    }
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("letters and digits between attributes")
}

const NAME: &str = "__Host-login";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";
const LONGEST: usize = 100;
