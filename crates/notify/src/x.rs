//! X, by its API v2.
//!
//! Source: X's documentation, pages "manage posts" (`POST /2/tweets`, `reply.in_reply_to_tweet_id`), "response codes and
//! errors" (`title`, `detail`, `type`), "rate limits" (`x-rate-limit-reset`, seconds since 1970), "users lookup"
//! (`GET /2/users/me`), "timelines" (`GET /2/users/:id/tweets`).
//!
//! There is no idempotency key; X refuses a post with the words of another (403, "duplicate content") instead. Ours hold
//! the event's address and the entry's hour, so that only a second try is one: the first is then looked up. X lets some
//! applications reply only to those who called them: what it does not take as a reply is posted by itself.

mod oauth1;
mod oauth2;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::OnceCell;

use crate::channel::in_time;
use crate::http::one_line;
use crate::wording::{Hashtag, Measure, Wording};
use crate::{
    Announcement, Answer, Channel, Checked, Endpoint, Failure, Home, Http, Reach, Receipt, Request,
    Secret, Told,
};
use oauth1::Credentials;
use oauth2::Tokens;

/// The settings of a channel to X: the four keys of OAuth 1.0a, or a client of OAuth 2.0 with a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The application's API key (OAuth 1.0a).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    /// Its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_secret: Option<Secret>,
    /// The account's access token, made with the right to read and write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Secret>,
    /// Its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_secret: Option<Secret>,
    /// The application's client id (OAuth 2.0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Its secret, where the application is a confidential client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// The first refresh token, with the scopes `tweet.read tweet.write users.read offline.access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Words by which people find what is told, without `#` [default: none].
    #[serde(default)]
    pub hashtags: Vec<Hashtag>,
    /// Where the API is [default: `https://api.x.com`].
    #[serde(default = "usual_server")]
    pub server: String,
}

impl Settings {
    /// Makes the channel; nothing is sent.
    ///
    /// # Errors
    /// One sentence that says what to write instead.
    pub fn open(&self, home: &Home) -> Result<X, String> {
        let server = Endpoint::parse(&self.server).map_err(|why| format!("server: {why}"))?;
        let http = Http::new(&[&server], Reach::Anywhere, None, home.patience)?;
        Ok(X {
            right: self.right(home)?,
            hashtags: self.hashtags.clone(),
            server,
            http,
            account: OnceCell::new(),
        })
    }

    fn right(&self, home: &Home) -> Result<Right, String> {
        let keys = [
            &self.api_key,
            &self.api_key_secret,
            &self.access_token,
            &self.access_token_secret,
        ];
        let signs = keys.iter().any(|key| key.is_some());
        let renews = self.client_id.is_some()
            || self.client_secret.is_some()
            || self.refresh_token.is_some();
        match (signs, renews) {
            (true, true) => Err(
                "there are keys of OAuth 1.0a and of OAuth 2.0; leave either api-key and its three or client-id and refresh-token away"
                    .to_owned(),
            ),
            (false, false) => Err(
                "there is no way to sign in; write api-key, api-key-secret, access-token and access-token-secret, or client-id and refresh-token"
                    .to_owned(),
            ),
            (true, false) => match keys.map(Clone::clone) {
                [Some(consumer_key), Some(consumer_secret), Some(token), Some(token_secret)] => {
                    Ok(Right::Signed([consumer_key, consumer_secret, token, token_secret]))
                }
                _ => Err(
                    "OAuth 1.0a wants all of api-key, api-key-secret, access-token and access-token-secret".to_owned(),
                ),
            },
            (false, true) => match (&self.client_id, &self.refresh_token) {
                (Some(id), Some(first)) => {
                    let secret = self.client_secret.clone();
                    Ok(Right::Renewed(Tokens::new(id.clone(), secret, first.clone(), home)))
                }
                _ => Err("OAuth 2.0 wants client-id and refresh-token".to_owned()),
            },
        }
    }
}

/// An account of X that tells.
#[derive(Debug)]
pub struct X {
    right: Right,
    hashtags: Vec<Hashtag>,
    server: Endpoint,
    http: Http,
    /// Asked once, when it is needed.
    account: OnceCell<Account>,
}

/// By which right we post.
#[derive(Debug)]
enum Right {
    /// Consumer key and secret, token and secret.
    Signed([Secret; 4]),
    /// Tokens that renew themselves.
    Renewed(Tokens),
}

impl Channel for X {
    fn tell<'a>(&'a self, announcement: &'a Announcement, earlier: &'a [Receipt]) -> Told<'a> {
        Box::pin(in_time("X", self.post(announcement, earlier)))
    }

    fn check(&self) -> Checked<'_> {
        Box::pin(self.look())
    }
}

impl X {
    async fn post(
        &self,
        announcement: &Announcement,
        earlier: &[Receipt],
    ) -> Result<Receipt, Failure> {
        let wording = Wording::of(announcement, &self.hashtags, Measure::X);
        let mut parent = earlier
            .iter()
            .rev()
            .map(|told| told.id.as_str())
            .find(|id| !id.is_empty());
        loop {
            let mut body = json!({ "text": wording.text });
            if let Some(id) = parent {
                body["reply"] = json!({ "in_reply_to_tweet_id": id });
            }
            let request = Request::post(self.server.join("/2/tweets")).json(&body);
            let answer = self.send(request).await?;
            let said = Problem::of(&answer).detail.to_lowercase();
            match answer.status {
                200..=299 => {
                    let posted: Option<Found<Post>> = answer.json();
                    let posted = posted.ok_or_else(|| {
                        Failure::later("X took it and did not say under which name")
                    })?;
                    return Ok(posted.data.receipt());
                }
                403 if said.contains("duplicate") => {
                    return Ok(self.earlier_try(announcement, &wording).await);
                }
                400 | 403 | 404 if parent.is_some() => parent = None,
                _ => return Err(failure(&answer)),
            }
        }
    }

    /// The post that a try before this one has left; without a name when it cannot be found any more.
    async fn earlier_try(&self, announcement: &Announcement, wording: &Wording) -> Receipt {
        let posts = self.latest_posts().await.unwrap_or_default();
        let link = announcement.link();
        let before = &wording.text[..wording.link.start];
        let same = posts.iter().find(|post| {
            let text = post
                .text
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
            let links = post
                .entities
                .urls
                .iter()
                .any(|url| url.expanded_url == link);
            links && text.starts_with(before.trim_end())
        });
        same.map(Post::receipt).unwrap_or_default()
    }

    async fn latest_posts(&self) -> Result<Vec<Post>, Failure> {
        let id = &self
            .account
            .get_or_try_init(|| self.ask_account())
            .await?
            .id;
        let path = format!("/2/users/{id}/tweets?max_results=20&tweet.fields=entities");
        let answer = self.send(Request::get(self.server.join(&path))).await?;
        let found: Option<Found<Vec<Post>>> = answer.json();
        found
            .map(|found| found.data)
            .ok_or_else(|| failure(&answer))
    }

    async fn ask_account(&self) -> Result<Account, Failure> {
        let answer = self
            .send(Request::get(self.server.join("/2/users/me")))
            .await?;
        let found: Option<Found<Account>> = answer.json();
        found
            .filter(|_| answer.is_success())
            .map(|found| found.data)
            .ok_or_else(|| failure(&answer))
    }

    /// Sends a request with our right; a token that is not accepted is renewed once.
    async fn send(&self, request: Request) -> Result<Answer, Failure> {
        match &self.right {
            Right::Signed(places) => {
                let authorization = signed(places, &request)?;
                Ok(self
                    .http
                    .send(request.header("authorization", &authorization))
                    .await?)
            }
            Right::Renewed(tokens) => {
                let token = tokens.access(&self.http, &self.server, None).await?;
                let answer = self.http.send(request.clone().bearer(&token)).await?;
                if answer.status != 401 {
                    return Ok(answer);
                }
                let renewed = tokens
                    .access(&self.http, &self.server, Some(&token))
                    .await?;
                Ok(self.http.send(request.bearer(&renewed)).await?)
            }
        }
    }

    async fn look(&self) -> Result<(), String> {
        match &self.right {
            Right::Signed(places) => {
                for place in places {
                    place.check()?;
                }
            }
            Right::Renewed(tokens) => tokens.check()?,
        }
        let answer = self
            .send(Request::get(self.server.join("/2/users/me")))
            .await;
        let answer = answer.map_err(|failure| failure.to_string())?;
        if !answer.is_success() {
            return Err(failure(&answer).to_string());
        }
        // X tells the rights of keys of OAuth 1.0a in this header.
        match answer.header("x-access-level") {
            Some("read") => Err(
                "the access token may only read: give the application \"Read and write\", then make the access token anew"
                    .to_owned(),
            ),
            Some(_) | None => Ok(()),
        }
    }
}

fn signed(places: &[Secret; 4], request: &Request) -> Result<String, Failure> {
    let read = |place: &Secret| place.read().map_err(Failure::later);
    let [consumer_key, consumer_secret, token, token_secret] = places;
    let credentials = Credentials {
        consumer_key: read(consumer_key)?,
        consumer_secret: read(consumer_secret)?,
        token: read(token)?,
        token_secret: read(token_secret)?,
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| Failure::later(error.to_string()))?;
    let nonce: String = random.iter().map(|octet| format!("{octet:02x}")).collect();
    let now = Timestamp::now().as_second();
    Ok(credentials.authorization(request.method(), request.address(), now, &nonce))
}

fn failure(answer: &Answer) -> Failure {
    let Problem { title, detail } = Problem::of(answer);
    let said = one_line(if detail.is_empty() { &title } else { &detail });
    match answer.status {
        401 => Failure::never(
            "X does not accept the keys; make them anew in the application's page \"Keys and tokens\", and look at this machine's clock",
        ),
        403 => Failure::never(format!(
            "X does not let this application do it (403: {said}); look at its rights (\"Read and write\") and at the plan of its project"
        )),
        _ => Failure::of("X", answer, &said, &[]),
    }
}

/// What X says of an error.
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

impl Problem {
    fn of(answer: &Answer) -> Self {
        answer.json().unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Found<T> {
    data: T,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: String,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    entities: Entities,
}

impl Post {
    fn receipt(&self) -> Receipt {
        Receipt {
            id: self.id.clone(),
            url: Some(format!("https://x.com/i/status/{}", self.id)),
        }
    }
}

#[derive(Default, Deserialize)]
struct Entities {
    #[serde(default)]
    urls: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    expanded_url: String,
}

fn usual_server() -> String {
    "https://api.x.com".to_owned()
}
