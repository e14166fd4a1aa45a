//! Mastodon, and other servers that speak its API.
//!
//! Source: the API documentation of Mastodon 4.5, pages "statuses" (creating one; `Idempotency-Key`, kept for an hour),
//! "media" (200 or 202, 206 while it is processed), "apps" and "accounts" (`verify_credentials`), "instance" and "rate
//! limits" (`X-RateLimit-Reset`, an RFC 3339 instant).
//!
//! Told at most once: the key of the announcement is the idempotency key, and two tries are never an hour apart.

mod sound;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::channel::in_time;
use crate::wording::{Hashtag, Measure, Wording};
use crate::{
    Announcement, Answer, Channel, Checked, Endpoint, Failure, Home, Http, Reach, Receipt, Request,
    Secret, SecretText, Told,
};

/// The settings of a channel to Mastodon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The server of the account: `https://HOST`.
    pub server: String,
    /// The access token of an application of the account, with the scopes `profile`, `write:statuses` and `write:media`.
    pub token: Secret,
    /// Words by which people find what is told, without `#` [default: none].
    #[serde(default)]
    pub hashtags: Vec<Hashtag>,
    /// Who sees it in public lists: `public` or `unlisted` [default: public].
    #[serde(default)]
    pub visibility: Visibility,
    /// The most characters the server takes [default: 500].
    #[serde(default = "usual_characters")]
    pub characters: usize,
    /// Whether the sound of the line goes with it [default: true].
    #[serde(default = "yes")]
    pub sound: bool,
    /// A file (PEM) with the authorities that are believed [default: those of the web].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
}

/// Where a status is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// In every public list.
    #[default]
    Public,
    /// On the account's own page and to its followers.
    Unlisted,
}

impl Settings {
    /// Makes the channel; nothing is sent.
    ///
    /// # Errors
    /// One sentence that says what to write instead.
    pub fn open(&self, home: &Home) -> Result<Mastodon, String> {
        let server = Endpoint::parse(&self.server).map_err(|why| format!("server: {why}"))?;
        if self.characters < LEAST_CHARACTERS {
            return Err(format!(
                "characters is {}; no server takes less than {LEAST_CHARACTERS}",
                self.characters
            ));
        }
        let authorities = self.authorities.as_deref();
        let http = Http::new(&[&server], Reach::Anywhere, authorities, home.patience)?;
        Ok(Mastodon {
            settings: self.clone(),
            server,
            http,
        })
    }
}

/// An account of Mastodon that tells.
#[derive(Debug)]
pub struct Mastodon {
    settings: Settings,
    server: Endpoint,
    http: Http,
}

impl Channel for Mastodon {
    fn tell<'a>(&'a self, announcement: &'a Announcement, earlier: &'a [Receipt]) -> Told<'a> {
        Box::pin(in_time(
            self.server.host(),
            self.post(announcement, earlier),
        ))
    }

    fn check(&self) -> Checked<'_> {
        Box::pin(self.look())
    }

    fn takes_sound(&self) -> bool {
        self.settings.sound
    }
}

impl Mastodon {
    async fn post(
        &self,
        announcement: &Announcement,
        earlier: &[Receipt],
    ) -> Result<Receipt, Failure> {
        let token = self.settings.token.read().map_err(Failure::later)?;
        let characters = self.settings.characters;
        let wording = Wording::of(
            announcement,
            &self.settings.hashtags,
            Measure::Mastodon { characters },
        );
        let mut media = match &announcement.sound {
            Some(sound) if self.settings.sound => self.upload(sound, announcement, &token).await,
            Some(_) | None => None,
        };
        let mut parent = earlier
            .iter()
            .rev()
            .map(|told| told.id.as_str())
            .find(|id| !id.is_empty());
        // One try for each thing that the server may refuse to hang this on.
        loop {
            let status = Status {
                text: &wording.text,
                language: announcement.bulletin.language.as_str(),
                parent,
                media: media.as_deref(),
            };
            let answer = self
                .http
                .send(self.request(&status, announcement, &token))
                .await?;
            match answer.status {
                200..=299 => return receipt(&answer),
                404 if parent.is_some() => parent = None,
                422 if media.is_some() => media = None,
                _ => return Err(self.failure(&answer, &token)),
            }
        }
    }

    fn request(
        &self,
        status: &Status<'_>,
        announcement: &Announcement,
        token: &SecretText,
    ) -> Request {
        let visibility = match self.settings.visibility {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
        };
        let mut fields = vec![
            ("status", status.text),
            ("visibility", visibility),
            ("language", status.language),
        ];
        fields.extend(status.parent.map(|id| ("in_reply_to_id", id)));
        fields.extend(status.media.map(|id| ("media_ids[]", id)));
        Request::post(self.server.join("/api/v1/statuses"))
            .bearer(token)
            .header("idempotency-key", &format!("allo-{}", announcement.key()))
            .form(fields)
    }

    async fn look(&self) -> Result<(), String> {
        let host = self.server.host();
        let token = self.settings.token.check()?;
        let ask = |path: &str| {
            let request = Request::get(self.server.join(path)).bearer(&token);
            async {
                self.http
                    .send(request)
                    .await
                    .map_err(|error| error.to_string())
            }
        };
        let account = ask("/api/v1/accounts/verify_credentials").await?;
        match account.status {
            200..=299 => {}
            404 => {
                return Err(format!(
                    "{host} does not speak the API of Mastodon; look at server"
                ));
            }
            403 => {
                return Err(format!(
                    "the token of {host} may not look at its own account; make one with the scope profile too"
                ));
            }
            _ => return Err(self.failure(&account, &token).to_string()),
        }
        let application: Option<Application> = ask("/api/v1/apps/verify_credentials").await?.json();
        self.judge_scopes(&application.map(|it| it.scopes).unwrap_or_default())?;
        let instance: Option<Instance> = ask("/api/v2/instance").await?.json();
        let most = instance.map(|it| it.configuration.statuses.max_characters);
        match most {
            Some(most) if most < self.settings.characters => Err(format!(
                "{host} takes {most} characters: set characters = {most}"
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Servers before 4.3 do not tell the scopes.
    fn judge_scopes(&self, scopes: &[String]) -> Result<(), String> {
        let host = self.server.host();
        let may =
            |scope: &str| scopes.is_empty() || scopes.iter().any(|it| it == "write" || it == scope);
        if !may("write:statuses") {
            return Err(format!(
                "the token of {host} may not post; make one with the scope write:statuses"
            ));
        }
        if self.settings.sound && !may("write:media") {
            return Err(format!(
                "the token of {host} may not send sound; make one with the scope write:media, or set sound = false"
            ));
        }
        Ok(())
    }

    fn failure(&self, answer: &Answer, token: &SecretText) -> Failure {
        let host = self.server.host();
        if answer.status == 401 {
            return Failure::never(format!(
                "{host} does not accept the token; make a new one under Preferences, Development, and write it into its file"
            ));
        }
        let said: Option<Refused> = answer.json();
        let said = said.map_or_else(|| answer.said(), |refused| refused.error);
        Failure::of(host, answer, &said, &[token])
    }
}

/// What is posted.
struct Status<'a> {
    text: &'a str,
    language: &'a str,
    parent: Option<&'a str>,
    media: Option<&'a str>,
}

fn receipt(answer: &Answer) -> Result<Receipt, Failure> {
    let posted: Option<Posted> = answer.json();
    let posted = posted
        .ok_or_else(|| Failure::later("the server took it and did not say under which name"))?;
    Ok(Receipt {
        id: posted.id,
        url: posted.url,
    })
}

#[derive(Deserialize)]
struct Posted {
    id: String,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

#[derive(Deserialize)]
struct Application {
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Deserialize)]
struct Instance {
    configuration: Configuration,
}

#[derive(Deserialize)]
struct Configuration {
    statuses: Statuses,
}

#[derive(Deserialize)]
struct Statuses {
    max_characters: usize,
}

fn usual_characters() -> usize {
    500
}

fn yes() -> bool {
    true
}

const LEAST_CHARACTERS: usize = 200;
