//! Bluesky, and other servers of the AT Protocol.
//!
//! Source: lexicons `com.atproto.repo.putRecord`, `app.bsky.feed.post`, `app.bsky.richtext.facet`, `app.bsky.embed.external`;
//! documentation pages "posts" and "rate limits" (`RateLimit-Reset`, seconds since 1970); the reference server's
//! `putRecord`, which writes nothing when the record is there with the same content.
//!
//! Told at most once: name, instant and words of a record follow from the entry alone, and a second try puts the same record.

mod session;
mod tid;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::channel::in_time;
use crate::wording::{Hashtag, Measure, Wording};
use crate::{
    Announcement, Answer, Channel, Checked, Endpoint, Failure, Home, Http, Reach, Receipt, Request,
    Secret, Told,
};
use session::Session;

/// The settings of a channel to Bluesky.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The account: `allo-rouen.bsky.social`, or its DID.
    pub handle: String,
    /// An app password of it, never the account's own.
    pub app_password: Secret,
    /// Words by which people find what is told, without `#` [default: none].
    #[serde(default)]
    pub hashtags: Vec<Hashtag>,
    /// The account's server [default: `https://bsky.social`].
    #[serde(default = "usual_server")]
    pub server: String,
}

impl Settings {
    /// Makes the channel; nothing is sent.
    ///
    /// # Errors
    /// One sentence that says what to write instead.
    pub fn open(&self, home: &Home) -> Result<Bluesky, String> {
        let server = Endpoint::parse(&self.server).map_err(|why| format!("server: {why}"))?;
        let is_name = self.handle.contains('.') || self.handle.starts_with("did:");
        if !is_name || self.handle.starts_with('@') || self.handle.contains(char::is_whitespace) {
            return Err(format!(
                "handle is {:?}; write it without @ and whole, such as allo-rouen.bsky.social",
                self.handle
            ));
        }
        let http = Http::new(&[&server], Reach::Anywhere, None, home.patience)?;
        Ok(Bluesky {
            settings: self.clone(),
            server,
            http,
            session: Mutex::new(None),
        })
    }
}

/// An account of Bluesky that tells.
#[derive(Debug)]
pub struct Bluesky {
    settings: Settings,
    server: Endpoint,
    http: Http,
    session: Mutex<Option<Session>>,
}

impl Channel for Bluesky {
    fn tell<'a>(&'a self, announcement: &'a Announcement, earlier: &'a [Receipt]) -> Told<'a> {
        Box::pin(in_time(
            self.server.host(),
            self.post(announcement, earlier),
        ))
    }

    fn check(&self) -> Checked<'_> {
        Box::pin(async {
            self.settings.app_password.check()?;
            let session = self
                .session(None)
                .await
                .map_err(|failure| failure.to_string())?;
            let address = self.server.join("/xrpc/com.atproto.server.getSession");
            let asked = self
                .http
                .send(Request::get(address).bearer(&session.access()))
                .await;
            let answer = asked.map_err(|error| error.to_string())?;
            match answer.is_success() {
                true => Ok(()),
                false => Err(self.failure(&answer).to_string()),
            }
        })
    }
}

impl Bluesky {
    async fn post(
        &self,
        announcement: &Announcement,
        earlier: &[Receipt],
    ) -> Result<Receipt, Failure> {
        let record = self.record(announcement, earlier);
        let session = self.session(None).await?;
        let mut answer = self.put(&session, announcement, &record).await?;
        if is_over(&answer) {
            let renewed = self.session(Some(&session)).await?;
            answer = self.put(&renewed, announcement, &record).await?;
        }
        let put: Option<Put> = answer.json();
        match put.filter(|_| answer.is_success()) {
            Some(put) => Ok(put.receipt()),
            None => Err(self.failure(&answer)),
        }
    }

    async fn put(
        &self,
        session: &Session,
        announcement: &Announcement,
        record: &Value,
    ) -> Result<Answer, Failure> {
        let body = json!({
            "repo": session.did,
            "collection": COLLECTION,
            "rkey": tid::tid(announcement.entry.at, &announcement.key()),
            "record": record,
        });
        let address = self.server.join("/xrpc/com.atproto.repo.putRecord");
        let request = Request::post(address).bearer(&session.access()).json(&body);
        Ok(self.http.send(request).await?)
    }

    fn record(&self, announcement: &Announcement, earlier: &[Receipt]) -> Value {
        let wording = Wording::of(announcement, &self.settings.hashtags, Measure::Bluesky);
        let link = announcement.link();
        let mut facets = vec![facet(
            &wording.link,
            &json!({ "$type": "app.bsky.richtext.facet#link", "uri": link }),
        )];
        let tags = wording.tags.iter().zip(&self.settings.hashtags);
        facets.extend(tags.map(|(place, tag)| {
            facet(
                place,
                &json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag.word() }),
            )
        }));
        let description: String = announcement
            .entry
            .text
            .chars()
            .take(MOST_DESCRIPTION)
            .collect();
        let mut record = json!({
            "$type": COLLECTION,
            "text": wording.text,
            "langs": [announcement.bulletin.language.as_str()],
            "facets": facets,
            "createdAt": announcement.entry.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            "embed": {
                "$type": "app.bsky.embed.external",
                "external": {
                    "uri": link,
                    "title": format!("{} – {}", announcement.site.name, announcement.territory.name),
                    "description": description,
                },
            },
        });
        let mut told = earlier.iter().filter_map(Reference::of);
        if let Some(root) = told.next() {
            let parent = told.next_back().unwrap_or_else(|| root.clone());
            record["reply"] = json!({ "root": root, "parent": parent });
        }
        record
    }

    fn failure(&self, answer: &Answer) -> Failure {
        let host = self.server.host();
        if answer.status == 401 {
            return Failure::never(format!(
                "{host} does not accept the app password; make a new one in the account's settings"
            ));
        }
        let (error, message) = said(answer);
        let said = if message.is_empty() { error } else { message };
        Failure::of(host, answer, &said, &[])
    }
}

/// A stretch of the text, in octets of UTF-8.
fn facet(place: &std::ops::Range<usize>, feature: &Value) -> Value {
    json!({
        "index": { "byteStart": place.start, "byteEnd": place.end },
        "features": [feature],
    })
}

/// Whether the access token has had its two hours.
fn is_over(answer: &Answer) -> bool {
    let (error, _) = said(answer);
    answer.status == 401 || (answer.status == 400 && error == "ExpiredToken")
}

/// `error` and `message` of an XRPC answer.
fn said(answer: &Answer) -> (String, String) {
    #[derive(Default, Deserialize)]
    struct Refused {
        #[serde(default)]
        error: String,
        #[serde(default)]
        message: String,
    }
    let refused: Refused = answer.json().unwrap_or_default();
    (refused.error, refused.message)
}

#[derive(Deserialize)]
struct Put {
    uri: String,
    cid: String,
}

impl Put {
    fn receipt(self) -> Receipt {
        // at://DID/app.bsky.feed.post/RKEY
        let mut parts = self.uri.trim_start_matches("at://").split('/');
        let url = match (parts.next(), parts.nth(1)) {
            (Some(did), Some(rkey)) => Some(format!("https://bsky.app/profile/{did}/post/{rkey}")),
            _ => None,
        };
        Receipt {
            id: format!("{} {}", self.uri, self.cid),
            url,
        }
    }
}

/// A post by address and content, as replies name it (`com.atproto.repo.strongRef`).
#[derive(Clone, Serialize)]
struct Reference {
    uri: String,
    cid: String,
}

impl Reference {
    fn of(told: &Receipt) -> Option<Self> {
        let (uri, cid) = told.id.split_once(' ')?;
        Some(Self {
            uri: uri.to_owned(),
            cid: cid.to_owned(),
        })
    }
}

fn usual_server() -> String {
    "https://bsky.social".to_owned()
}

const COLLECTION: &str = "app.bsky.feed.post";
/// What a link's card shows.
const MOST_DESCRIPTION: usize = 300;
