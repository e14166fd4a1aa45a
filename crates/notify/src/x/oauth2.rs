//! Tokens that last two hours and renew themselves (OAuth 2.0, "Authorization Code Flow with PKCE").
//!
//! Source: X's documentation, page "OAuth 2.0 making requests on behalf of users", steps 4 and 5; RFC 6749 § 6 and § 5.2.
//!
//! A refresh token works once, and its answer holds the next one: each is written to the disk before anything is done with
//! it. A person's own refresh token is the first; when they put another into its file, it is the first again.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::{Endpoint, Failure, Home, Http, Request, Secret, SecretText};

/// The application, and the tokens of one account.
#[derive(Debug)]
pub(super) struct Tokens {
    client_id: String,
    client_secret: Option<Secret>,
    first: Secret,
    file: PathBuf,
    /// Held while a token is renewed: two renewals with one refresh token would lose the account.
    renewing: Mutex<()>,
}

impl Tokens {
    /// The tokens of a channel, kept in its folder under its name.
    pub(super) fn new(
        client_id: String,
        client_secret: Option<Secret>,
        first: Secret,
        home: &Home,
    ) -> Self {
        Self {
            client_id,
            client_secret,
            first,
            file: home.folder.join(format!("{}.tokens.json", home.name)),
            renewing: Mutex::new(()),
        }
    }

    /// A token that is good for a request, renewed when it has a minute left.
    ///
    /// - `refused`: the token that the other side has just not accepted, which is not given again.
    pub(super) async fn access(
        &self,
        http: &Http,
        server: &Endpoint,
        refused: Option<&SecretText>,
    ) -> Result<SecretText, Failure> {
        let _renewing = self.renewing.lock().await;
        let first = self.first.read().map_err(Failure::later)?;
        let mark = mark(&first);
        let kept = Kept::read(&self.file).filter(|kept| kept.first == mark);
        if let Some(kept) = &kept {
            let lasts = kept.expires_at > now() + MARGIN;
            if lasts && refused.is_none_or(|refused| refused.expose() != kept.access_token) {
                return Ok(SecretText::new(kept.access_token.clone()));
            }
        }
        let refresh = kept.map_or(first, |kept| SecretText::new(kept.refresh_token));
        self.renew(http, server, &refresh, mark).await
    }

    /// Whether the secrets can be read, by nobody else.
    pub(super) fn check(&self) -> Result<(), String> {
        self.first.check()?;
        if let Some(secret) = &self.client_secret {
            secret.check()?;
        }
        Ok(())
    }

    async fn renew(
        &self,
        http: &Http,
        server: &Endpoint,
        refresh: &SecretText,
        first: String,
    ) -> Result<SecretText, Failure> {
        let asked = Request::post(server.join("/2/oauth2/token"));
        let mut fields = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
        ];
        let secret = match &self.client_secret {
            Some(secret) => Some(secret.read().map_err(Failure::later)?),
            None => None,
        };
        let asked = match &secret {
            Some(secret) => asked.basic(&self.client_id, secret),
            None => {
                fields.push(("client_id", &self.client_id));
                asked
            }
        };
        let answer = http.send(asked.form(fields)).await?;
        let granted: Option<Granted> = answer.json();
        let Some(granted) = granted.filter(|_| answer.is_success()) else {
            if matches!(answer.status, 400 | 401) {
                return Err(Failure::never(format!(
                    "{} renews the token no more ({}); allow the application anew and write the new refresh token into its file",
                    server.host(),
                    answer.status
                )));
            }
            let mut secrets = vec![refresh];
            secrets.extend(&secret);
            return Err(Failure::of(
                server.host(),
                &answer,
                &answer.said(),
                &secrets,
            ));
        };
        let kept = Kept {
            first,
            expires_at: now() + granted.expires_in.clamp(0, LONGEST_LIFE),
            refresh_token: granted
                .refresh_token
                .unwrap_or_else(|| refresh.expose().to_owned()),
            access_token: granted.access_token,
        };
        kept.write(&self.file).map_err(|error| {
            Failure::later(format!(
                "cannot keep the new token in {}: {error}",
                self.file.display()
            ))
        })?;
        Ok(SecretText::new(kept.access_token))
    }
}

/// What the token endpoint gives.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: i64,
}

/// What is on the disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Which refresh token of a person's these come from.
    first: String,
    access_token: String,
    refresh_token: String,
    /// Seconds since 1970.
    expires_at: i64,
}

impl Kept {
    fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Whole or not at all, for its owner's eyes alone.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt;

        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let new = path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        std::fs::File::open(folder)?.sync_all()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Tells two secrets apart without keeping them.
fn mark(secret: &SecretText) -> String {
    let hash = Sha256::digest(secret.expose().as_bytes());
    hash.iter()
        .take(8)
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

/// In seconds, as what follows.
const MARGIN: i64 = 60;
const LONGEST_LIFE: i64 = 30 * 24 * 3600;
