//! Another Allo, where the same is posted under a site of its own: `POST /api/v1/bulletins` and the thread behind it.
//!
//! Source: the API of this program, as `/api/openapi.json` describes it. `Idempotency-Key` is [`Announcement::key`]:
//! what is posted twice is there once.

use std::path::PathBuf;

use bulletin::EntryKind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Announcement, Answer, Channel, Checked, Endpoint, Failure, Home, Http, Reach, Receipt, Request,
    Secret, Told,
};

/// The settings of a relay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the other Allo is reached, `https://HOST`.
    pub url: String,
    /// The site that speaks there.
    pub site: String,
    /// A token of that site with the scope `post`.
    pub token: Secret,
    /// The authorities (PEM) that are believed [default: those of the web].
    pub authorities: Option<PathBuf>,
}

/// Another Allo.
#[derive(Clone, Debug)]
pub struct Relay {
    endpoint: Endpoint,
    site: String,
    token: Secret,
    http: Http,
}

impl Settings {
    /// Sets the channel up.
    ///
    /// # Errors
    /// One sentence that names the key and says what to write.
    pub fn open(&self, home: &Home) -> Result<Relay, String> {
        let endpoint = Endpoint::parse(&self.url).map_err(|fault| format!("url: {fault}"))?;
        let authorities = self.authorities.as_deref();
        let http = Http::new(&[&endpoint], Reach::Anywhere, authorities, home.patience)?;
        Ok(Relay {
            endpoint,
            site: self.site.clone(),
            token: self.token.clone(),
            http,
        })
    }
}

impl Relay {
    /// The bulletin as a new one, for an entry whose thread is not known there. The same at each try, however late: the
    /// other side takes one key for one request.
    fn first(&self, announcement: &Announcement) -> Value {
        let Announcement {
            bulletin, entry, ..
        } = announcement;
        let left = bulletin.expires_at.duration_since(entry.at).as_hours() + 1;
        json!({
            "site": self.site,
            "kind": bulletin.kind.as_str(),
            "events": bulletin.events.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
            "nuisances": bulletin.nuisances.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
            "text": entry.text,
            "language": bulletin.language.as_str(),
            "starts_at": bulletin.starts_at.map(|at| at.to_string()),
            "ends_at": bulletin.ends_at.map(|at| at.to_string()),
            "lifetime_hours": left.clamp(1, LONGEST_HOURS),
            "networks": entry.on_networks,
        })
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Answer, Failure> {
        let token = self.token.read().map_err(Failure::later)?;
        let request = Request::post(self.endpoint.join(path))
            .bearer(&token)
            .header("idempotency-key", key)
            .json(body);
        let answer = self.http.send(request).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        let said = said(&answer);
        Err(Failure::of(self.endpoint.host(), &answer, &said, &[&token]))
    }
}

impl Channel for Relay {
    fn tell<'a>(&'a self, announcement: &'a Announcement, earlier: &'a [Receipt]) -> Told<'a> {
        Box::pin(async move {
            let entry = &announcement.entry;
            let thread = earlier.last().map(|receipt| receipt.id.as_str());
            // What was withdrawn cannot be restored from outside: it begins again.
            let act = match (entry.kind, thread) {
                (_, None) | (EntryKind::First | EntryKind::Restoration, _) => None,
                (EntryKind::Update, Some(id)) => Some((id, "updates")),
                (EntryKind::Correction, Some(id)) => Some((id, "correct")),
                (EntryKind::End, Some(id)) => Some((id, "end")),
                (EntryKind::Withdrawal, Some(id)) => Some((id, "withdraw")),
            };
            let key = announcement.key();
            let answer = match act {
                None => {
                    let body = self.first(announcement);
                    self.post("/api/v1/bulletins", &key, &body).await?
                }
                Some((id, act)) => {
                    let mut body = json!({ "text": entry.text, "networks": entry.on_networks });
                    if act == "updates" {
                        body["under_control"] = entry.under_control.into();
                    }
                    self.post(&format!("/api/v1/bulletins/{id}/{act}"), &key, &body)
                        .await?
                }
            };
            let posted: Option<Posted> = answer.json();
            let Posted { id, url } = posted.ok_or_else(|| {
                Failure::later(format!(
                    "{} does not answer as an Allo does",
                    self.endpoint.host()
                ))
            })?;
            Ok(Receipt { id, url: Some(url) })
        })
    }

    /// Asks for a bulletin that cannot be: who knows the token says that it is not there.
    fn check(&self) -> Checked<'_> {
        Box::pin(async move {
            let token = self.token.check()?;
            let request =
                Request::get(self.endpoint.join("/api/v1/bulletins/nobodys")).bearer(&token);
            let answer = self.http.send(request).await;
            let answer = answer.map_err(|error| error.to_string())?;
            let host = self.endpoint.host();
            match answer.status {
                404 if said(&answer) != answer.said() => Ok(()),
                401 | 403 => Err(format!(
                    "{host} does not know the token ({}): ask its manager for one with the scope post",
                    answer.status
                )),
                status => Err(format!("{host} is no Allo ({status}): is url right?")),
            }
        })
    }
}

/// What an Allo says of a post.
#[derive(Deserialize)]
struct Posted {
    id: String,
    url: String,
}

/// The English sentence of a problem, or whatever was said.
fn said(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Problem {
        detail_en: String,
    }
    let problem: Option<Problem> = answer.json();
    problem.map_or_else(|| answer.said(), |it| it.detail_en)
}

/// Thirty days, the longest lifetime.
const LONGEST_HOURS: i64 = 720;
