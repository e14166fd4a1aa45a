//! A consumer of CAP 1.2 that takes documents by POST, as public warning systems do (OASIS CAP 1.2; media type
//! `application/cap+xml`).

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use crate::kinds::CapWriter;
use crate::{
    Announcement, Channel, Checked, Endpoint, Failure, Home, Http, Reach, Receipt, Request, Secret,
    Told,
};

/// The settings of a consumer of CAP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where to post: `https://HOST/PATH`.
    pub url: String,
    /// A token for `Authorization: Bearer` [default: none].
    pub token: Option<Secret>,
    /// Whether the address may lead into a private network [default: no].
    #[serde(default)]
    pub private_network: bool,
    /// The authorities (PEM) that are believed [default: those of the web].
    pub authorities: Option<PathBuf>,
}

/// A consumer of CAP.
#[derive(Clone)]
pub struct CapHook {
    endpoint: Endpoint,
    token: Option<Secret>,
    http: Http,
    write: CapWriter,
}

impl Settings {
    /// Sets the channel up.
    ///
    /// - `write`: makes the document of an entry.
    ///
    /// # Errors
    /// One sentence that names the key and says what to write.
    pub fn open(&self, home: &Home, write: CapWriter) -> Result<CapHook, String> {
        let endpoint = Endpoint::parse(&self.url).map_err(|fault| format!("url: {fault}"))?;
        let reach = if self.private_network {
            Reach::Anywhere
        } else {
            Reach::Public
        };
        let http = Http::new(
            &[&endpoint],
            reach,
            self.authorities.as_deref(),
            home.patience,
        )?;
        Ok(CapHook {
            endpoint,
            token: self.token.clone(),
            http,
            write,
        })
    }
}

impl CapHook {
    fn with_token(&self, request: Request) -> Result<Request, String> {
        Ok(match &self.token {
            Some(token) => request.bearer(&token.read()?),
            None => request,
        })
    }
}

impl fmt::Debug for CapHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapHook")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl Channel for CapHook {
    /// An entry that was posted twice has the same identifier in both documents.
    fn tell<'a>(&'a self, announcement: &'a Announcement, _: &'a [Receipt]) -> Told<'a> {
        Box::pin(async move {
            let document = (self.write)(announcement).map_err(Failure::never)?;
            let key = announcement.key();
            let request = Request::post(self.endpoint.as_str().to_owned())
                .header("idempotency-key", &key)
                .content("application/cap+xml", document.into_bytes());
            let request = self.with_token(request).map_err(Failure::later)?;
            let answer = self.http.send(request).await?;
            if answer.is_success() {
                return Ok(Receipt { id: key, url: None });
            }
            Err(answer.failure(self.endpoint.host(), &answer.said()))
        })
    }

    /// Asks for what stands at the address: whoever answers is there, and what a GET means is the consumer's to say.
    fn check(&self) -> Checked<'_> {
        Box::pin(async move {
            if let Some(token) = &self.token {
                token.check()?;
            }
            let request = Request::get(self.endpoint.as_str().to_owned());
            let answer = self.http.send(self.with_token(request)?).await;
            let answer = answer.map_err(|error| error.to_string())?;
            let host = self.endpoint.host();
            match answer.status {
                401 | 403 => Err(format!(
                    "{host} refuses the token ({}): ask those who run it for another",
                    answer.status
                )),
                500..=599 => Err(format!("{host} is in trouble ({})", answer.status)),
                _ => Ok(()),
            }
        })
    }
}
