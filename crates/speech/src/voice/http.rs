//! A voice that a service gives over HTTP, known from configuration alone.
//!
//! One POST for each text: a body made from a template, headers with a secret in them, and an answer
//! that is sound, or JSON with sound in base64. Services come and go and change their ways, so this
//! file knows none of them; what fits three kinds stands in `sip-config/voices`.

mod answer;
mod secret;
mod template;

pub use answer::{Answer, Sound};
pub use secret::Secret;
pub use template::{Escape, Template, TemplateError};

use std::path::{Path, PathBuf};
use std::time::Duration;

use bulletin::Language;
use sha2::{Digest, Sha256};
use ureq::http::{HeaderName, HeaderValue, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use super::{Voice, VoiceError};
use crate::{Equaliser, Pcm, Spoken};

/// What is asked of whom, and what is taken from the answer.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// By which the configuration and the log name this voice.
    pub name: String,
    /// `https://…`, or `http://…` within a network of one's own.
    pub url: String,
    /// Name and value of each header; `{secret}` in a value is replaced.
    pub headers: Vec<(String, String)>,
    /// What stands for `{secret}`.
    pub secret: Option<Secret>,
    /// The body of the request.
    pub body: Template,
    /// The service's name of the voice in each language it is to speak; the others are left to the
    /// next voice.
    pub voices: Vec<(Language, String)>,
    /// What `{speed}` stands for: everything else, and what must be short.
    pub speeds: [String; 2],
    /// Where the sound is in the answer.
    pub answer: Answer,
    /// The media types an answer may have, without parameters.
    pub accept: Vec<String>,
    /// The longest body that is read.
    pub most_octets: u64,
    /// For the whole exchange, from the name to the last octet.
    pub timeout: Duration,
    /// The most sound that is taken, in seconds.
    pub max_seconds: u32,
    /// The authorities (PEM) that are believed; those of the web if none is named.
    pub authorities: Option<PathBuf>,
    /// `http://HOST:PORT` through which the service is reached.
    pub proxy: Option<String>,
    /// What the voice needs to be clear on a telephone.
    pub equaliser: Equaliser,
}

/// A service that reads words aloud.
#[derive(Debug)]
pub struct HttpVoice {
    config: HttpConfig,
    id: String,
    agent: Agent,
}

impl HttpVoice {
    /// Checks the configuration; nothing is sent.
    ///
    /// # Errors
    /// [`HttpConfigError`], which says what to write instead.
    pub fn new(config: HttpConfig) -> Result<Self, HttpConfigError> {
        check_address(&config)?;
        for (name, value) in &config.headers {
            let is_header = HeaderName::from_bytes(name.as_bytes()).is_ok()
                && HeaderValue::from_str(value).is_ok();
            if !is_header {
                return Err(HttpConfigError::Header(name.clone()));
            }
            if value.contains(SECRET) && config.secret.is_none() {
                return Err(HttpConfigError::NoSecret(name.clone()));
            }
        }
        if config.voices.is_empty() {
            return Err(HttpConfigError::NoVoice);
        }
        let agent = agent(&config)?;
        let id = id(&config);
        Ok(Self { config, id, agent })
    }

    /// The body of the answer, if it is one of the kind that was agreed.
    fn ask(&self, body: &str) -> Result<Vec<u8>, VoiceError> {
        let secret = match &self.config.secret {
            Some(secret) => secret.read().map_err(VoiceError::Unavailable)?,
            None => String::new(),
        };
        let mut request = self.agent.post(&self.config.url);
        for (name, value) in &self.config.headers {
            request = request.header(name, value.replace(SECRET, &secret));
        }
        let mut answer = request.send(body).map_err(|error| self.failure(error))?;
        let limit = self.config.most_octets;
        let status = answer.status();
        if status != ureq::http::StatusCode::OK {
            let said = answer
                .body_mut()
                .with_config()
                .limit(SAID_OCTETS)
                .lossy_utf8(true)
                .read_to_string();
            return Err(VoiceError::Failed(answer::refusal(
                status,
                &said.unwrap_or_default(),
                &secret,
            )));
        }
        let kind = answer.headers().get(ureq::http::header::CONTENT_TYPE);
        answer::check_kind(
            kind.and_then(|kind| kind.to_str().ok()),
            &self.config.accept,
        )?;
        answer
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()
            .map_err(|error| self.failure(error))
    }

    fn failure(&self, error: ureq::Error) -> VoiceError {
        match error {
            ureq::Error::Timeout(_) => VoiceError::Timeout(self.config.timeout),
            ureq::Error::BodyExceedsLimit(most) => {
                VoiceError::BadSound(format!("more than {most} octets"))
            }
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::Io(_) => {
                VoiceError::Unavailable(error.to_string())
            }
            error => VoiceError::Failed(error.to_string()),
        }
    }
}

impl Voice for HttpVoice {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn speaks(&self, language: Language) -> bool {
        self.config.voices.iter().any(|(one, _)| *one == language)
    }

    fn speak(&self, words: &Spoken, language: Language) -> Result<Pcm, VoiceError> {
        let voice = self.config.voices.iter().find(|(one, _)| *one == language);
        let Some((_, voice)) = voice else {
            return Err(VoiceError::Unavailable(format!(
                "no voice for {}",
                language.as_str()
            )));
        };
        let [slow, brisk] = &self.config.speeds;
        let speed = if words.is_brisk() { brisk } else { slow };
        let body = self.config.body.fill(words, language, voice, speed);
        let pcm = self.config.answer.decode(&self.ask(&body)?)?;
        if pcm.duration_ms() / 1000 > self.config.max_seconds {
            return Err(VoiceError::Endless(self.config.max_seconds));
        }
        Ok(pcm)
    }

    fn equaliser(&self) -> Equaliser {
        self.config.equaliser.clone()
    }
}

/// Why a voice of the network cannot be used as it is written.
#[derive(Debug, thiserror::Error)]
pub enum HttpConfigError {
    /// Not an address of HTTP.
    #[error("url is {0:?}; write https://HOST/PATH, or http://HOST/PATH within your own network")]
    Url(String),
    /// A secret that anybody on the way could read.
    #[error("the secret would travel in clear to {0}; write https")]
    InClear(String),
    /// No name, or a value, of a header.
    #[error(
        "the header {0:?} cannot be sent; names have letters, digits and hyphens, values one line"
    )]
    Header(String),
    /// `{secret}` without one.
    #[error("the header {0:?} wants a secret; say where it is with secret-env or secret-file")]
    NoSecret(String),
    /// Nobody to speak.
    #[error(
        "no language has a voice; write voices = {{ fr = \"…\" }} with the service's name of one"
    )]
    NoVoice,
    /// Authorities that cannot be read.
    #[error("cannot use the authorities of {}: {why}", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Not a proxy.
    #[error("proxy is {0:?}; write http://HOST:PORT")]
    Proxy(String),
}

fn check_address(config: &HttpConfig) -> Result<(), HttpConfigError> {
    let wrong = || HttpConfigError::Url(config.url.clone());
    let uri: Uri = config.url.parse().map_err(|_| wrong())?;
    let host = uri
        .host()
        .filter(|host| !host.is_empty())
        .ok_or_else(wrong)?;
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if config.secret.is_none() || is_loopback(host) => Ok(()),
        Some("http") => Err(HttpConfigError::InClear(host.to_owned())),
        _ => Err(wrong()),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// No redirect is followed: a service that moved is to be written down anew, and a secret goes to the
/// host it was meant for.
fn agent(config: &HttpConfig) -> Result<Agent, HttpConfigError> {
    let proxy = config
        .proxy
        .as_deref()
        .map(|proxy| Proxy::new(proxy).map_err(|_| HttpConfigError::Proxy(proxy.to_owned())))
        .transpose()?;
    let mut tls = TlsConfig::builder();
    if let Some(path) = &config.authorities {
        tls = tls.root_certs(authorities(path)?);
    }
    let settings = Agent::config_builder()
        .timeout_global(Some(config.timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(proxy)
        .user_agent(concat!("allo/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.build());
    Ok(settings.build().into())
}

fn authorities(path: &Path) -> Result<RootCerts, HttpConfigError> {
    let wrong = |why: String| HttpConfigError::Authorities {
        path: path.into(),
        why,
    };
    let file = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut found = Vec::new();
    for item in ureq::tls::parse_pem(&file) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(error.to_string()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(wrong("no certificate in it".to_owned()));
    }
    Ok(RootCerts::from(found))
}

/// Name and a mark of everything that changes the sound: another model is another voice.
fn id(config: &HttpConfig) -> String {
    let mut hash = Sha256::new();
    let sound = format!(
        "{}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        config.url, config.body, config.voices, config.speeds, config.answer, config.equaliser
    );
    hash.update(sound);
    let mark: String = hash.finalize()[..4]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!("{}-http-{mark}", config.name)
}

/// In the value of a header.
const SECRET: &str = "{secret}";
/// So much of a refusal's own words is read.
const SAID_OCTETS: u64 = 2000;
