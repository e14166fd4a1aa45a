//! Being signed in to a server of the AT Protocol.
//!
//! Source: lexicons `com.atproto.server.createSession` (30 in 5 minutes, 300 a day an account) and `refreshSession`.

use std::fmt;

use serde::Deserialize;
use serde_json::json;

use super::{Bluesky, said};
use crate::{Failure, Request, SecretText};

/// The tokens of a session; they live in memory, a restart signs in anew.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    /// The account's name for ever.
    pub(super) did: String,
    access_jwt: String,
    refresh_jwt: String,
}

impl Session {
    pub(super) fn access(&self) -> SecretText {
        SecretText::new(self.access_jwt.clone())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("did", &self.did)
            .finish_non_exhaustive()
    }
}

impl Bluesky {
    /// The session of now, or a new one.
    ///
    /// - `refused`: the one whose token was just not accepted, which is renewed.
    pub(super) async fn session(&self, refused: Option<&Session>) -> Result<Session, Failure> {
        let mut kept = self.session.lock().await;
        let known = kept.clone();
        let session = match (known, refused) {
            (Some(known), None) => return Ok(known),
            (Some(known), Some(refused)) if known.access_jwt != refused.access_jwt => {
                return Ok(known);
            }
            (Some(known), Some(_)) => match self.renew(&known).await? {
                Some(renewed) => renewed,
                None => self.sign_in().await?,
            },
            (None, _) => self.sign_in().await?,
        };
        *kept = Some(session.clone());
        Ok(session)
    }

    /// `None` where the session is over.
    async fn renew(&self, session: &Session) -> Result<Option<Session>, Failure> {
        let refresh = SecretText::new(session.refresh_jwt.clone());
        let address = self.server.join("/xrpc/com.atproto.server.refreshSession");
        let answer = self
            .http
            .send(Request::post(address).bearer(&refresh))
            .await?;
        Ok(answer.json().filter(|_| answer.is_success()))
    }

    async fn sign_in(&self) -> Result<Session, Failure> {
        let password = self.settings.app_password.read().map_err(Failure::later)?;
        let address = self.server.join("/xrpc/com.atproto.server.createSession");
        let body = json!({ "identifier": self.settings.handle, "password": password.expose() });
        let answer = self.http.send(Request::post(address).json(&body)).await?;
        if let Some(session) = answer.json().filter(|_| answer.is_success()) {
            return Ok(session);
        }
        let (error, message) = said(&answer);
        let host = self.server.host();
        Err(match (answer.status, error.as_str()) {
            (_, "AuthFactorTokenRequired") => Failure::never(format!(
                "{host} asks for a code by e-mail: app-password holds the account's own password; make an app password in its settings"
            )),
            (_, "AccountTakedown") => Failure::never(format!(
                "{host} has suspended the account {}",
                self.settings.handle
            )),
            (400 | 401, _) => Failure::never(format!(
                "{host} does not know {} with this password; look at handle, and make a new app password",
                self.settings.handle
            )),
            _ => Failure::of(host, &answer, &message, &[&password]),
        })
    }
}
