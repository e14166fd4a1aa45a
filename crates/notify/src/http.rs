//! The one client by which channels speak to others over HTTP.
//!
//! It connects to the hosts that its channel was set up for and to no other, follows no redirect, keeps no cookie, waits
//! at most [`Home::patience`](crate::Home) in all and reads at most [`MOST_OCTETS`], however slowly they come. Proxies
//! of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) are honoured. Each request has a
//! connection of its own: a bulletin is a handful of requests, and none is sent twice behind our back.

mod answer;
mod connect;
mod endpoint;
mod guard;
pub(crate) mod multipart;
mod request;
mod trust;

pub use answer::Answer;
pub(crate) use answer::one_line;
pub(crate) use connect::Stream;
pub use endpoint::Endpoint;
pub use request::Request;
pub(crate) use request::percent_encoded;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Uri;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Failure;
use endpoint::Origin;

/// A client for the services of one channel.
#[derive(Clone, Debug)]
pub struct Http {
    allowed: Vec<Origin>,
    reach: Reach,
    proxies: Arc<Matcher>,
    tls: Arc<ClientConfig>,
    patience: Duration,
}

impl Http {
    /// Makes a client that reaches these services and no others.
    ///
    /// - `authorities`: a file (PEM) with the certificates of those who are believed; those of the web if there is none.
    /// - `patience`: for one whole exchange, from the name to the last octet.
    ///
    /// # Errors
    /// One sentence that says what is wrong with the authorities.
    pub fn new(
        allowed: &[&Endpoint],
        reach: Reach,
        authorities: Option<&Path>,
        patience: Duration,
    ) -> Result<Self, String> {
        Ok(Self {
            allowed: allowed
                .iter()
                .map(|endpoint| endpoint.origin().clone())
                .collect(),
            reach,
            proxies: Arc::new(Matcher::from_env()),
            tls: Arc::new(trust::client(authorities)?),
            patience,
        })
    }

    /// With other proxies than those of the environment: `http://[NAME:PASSWORD@]HOST:PORT` for everything but loopback.
    #[must_use]
    pub fn through(mut self, proxy: &str) -> Self {
        self.proxies = Arc::new(Matcher::builder().all(proxy).build());
        self
    }

    /// Connects for another protocol than HTTP, past proxies, which know HTTP only.
    ///
    /// # Errors
    /// [`HttpError::NotAllowed`], [`HttpError::Private`] or [`HttpError::Unreachable`].
    pub(crate) async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Stream>, HttpError> {
        let origin = endpoint.origin();
        if !self.allowed.contains(origin) {
            return Err(HttpError::NotAllowed(origin.host.clone()));
        }
        let connecting = connect::direct(origin, self.reach, &self.tls);
        let connected = timeout(CONNECT.min(self.patience), connecting).await;
        connected.map_err(|_| too_long(origin))?
    }

    /// How long one exchange may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Sends one request and reads its answer, whatever its status.
    ///
    /// # Errors
    /// [`HttpError`]; [`HttpError::is_unsent`] tells whether the other side can have acted.
    pub async fn send(&self, request: Request) -> Result<Answer, HttpError> {
        let uri = request.uri()?;
        let origin = Origin::of(&uri).map_err(HttpError::Malformed)?;
        if !self.allowed.contains(&origin) {
            return Err(HttpError::NotAllowed(origin.host));
        }
        let begun = AtomicBool::new(false);
        let exchange = self.exchange(&uri, &origin, request, &begun);
        let exchanged = timeout(self.patience, exchange).await;
        exchanged.unwrap_or_else(|_| match begun.load(Ordering::Relaxed) {
            true => Err(HttpError::Silent(origin.host.clone(), self.patience)),
            false => Err(HttpError::Unreachable(
                origin.host.clone(),
                "it takes too long".to_owned(),
            )),
        })
    }

    async fn exchange(
        &self,
        uri: &Uri,
        origin: &Origin,
        request: Request,
        begun: &AtomicBool,
    ) -> Result<Answer, HttpError> {
        let connecting = connect::open(uri, origin, self.reach, &self.proxies, &self.tls);
        let way = timeout(CONNECT.min(self.patience), connecting).await;
        let way = way.map_err(|_| too_long(origin))??;
        let lost = |error: hyper::Error| HttpError::Lost(origin.host.clone(), error.to_string());
        let wire = wired(uri, request, way.whole_address)?;
        let handshake = http1::Builder::new()
            .max_buf_size(MOST_OCTETS)
            .handshake(TokioIo::new(way.stream))
            .await;
        let (mut sender, connection) = handshake.map_err(lost)?;
        // Dropped with this future, and the connection with it.
        let mut driving = JoinSet::new();
        driving.spawn(connection);
        begun.store(true, Ordering::Relaxed);
        let (head, body) = sender.send_request(wire).await.map_err(lost)?.into_parts();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: whole(body, origin).await?,
        })
    }
}

/// Which addresses a client may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any, for services whose address stands in the configuration.
    Anywhere,
    /// Those of the internet only, looked at after the name is resolved, for addresses that somebody else may choose.
    Public,
}

/// Why there is no answer. None of it holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The request could not be put into words of HTTP.
    #[error("the request has {0}; look at the settings of this channel")]
    Malformed(String),
    /// The address is none of the channel's.
    #[error("this channel is not set up to speak to {0}")]
    NotAllowed(String),
    /// The name leads into a private network.
    #[error("{0} has an address of a private network, where this channel must not go")]
    Private(String),
    /// Nothing was sent.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// The connection broke after the request began.
    #[error("{0} broke off: {1}")]
    Lost(String, String),
    /// No whole answer in time after the request began.
    #[error("{0} did not answer within {1:?}")]
    Silent(String, Duration),
    /// More than [`MOST_OCTETS`].
    #[error("{0} answers without end")]
    TooLong(String),
}

impl HttpError {
    /// True when the other side cannot have acted on the request.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::NotAllowed(_) | Self::Private(_) | Self::Unreachable(..) => {
                true
            }
            Self::Lost(..) | Self::Silent(..) | Self::TooLong(_) => false,
        }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        let why = error.to_string();
        match error {
            HttpError::Malformed(_) | HttpError::NotAllowed(_) | HttpError::Private(_) => {
                Self::Never { why }
            }
            HttpError::Unreachable(..)
            | HttpError::Lost(..)
            | HttpError::Silent(..)
            | HttpError::TooLong(_) => Self::Later { why, after: None },
        }
    }
}

/// The most of an answer's body that is read.
pub const MOST_OCTETS: usize = 64 * 1024;
/// For name, proxy, connection and encryption together.
const CONNECT: Duration = Duration::from_secs(5);

fn too_long(origin: &Origin) -> HttpError {
    let why = format!("no connection within {} s", CONNECT.as_secs());
    HttpError::Unreachable(origin.host.clone(), why)
}

/// The request as it goes over the wire.
fn wired(
    uri: &Uri,
    request: Request,
    whole_address: Option<Option<HeaderValue>>,
) -> Result<hyper::Request<Full<Bytes>>, HttpError> {
    let malformed = |_| HttpError::Malformed("something that HTTP cannot carry".to_owned());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let mut wire = hyper::Request::builder()
        .method(request.method.clone())
        .header(HOST, host)
        .header(USER_AGENT, concat!("allo/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close");
    wire = match whole_address {
        None => wire.uri(path),
        Some(None) => wire.uri(uri.clone()),
        Some(Some(credentials)) => wire
            .uri(uri.clone())
            .header(PROXY_AUTHORIZATION, credentials),
    };
    for (name, value) in request.wire_headers()? {
        wire = wire.header(name, value);
    }
    wire.body(Full::new(Bytes::from(request.body)))
        .map_err(malformed)
}

async fn whole(mut body: Incoming, origin: &Origin) -> Result<Vec<u8>, HttpError> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| HttpError::Lost(origin.host.clone(), error.to_string()))?;
        if let Some(octets) = frame.data_ref() {
            if read.len() + octets.len() > MOST_OCTETS {
                return Err(HttpError::TooLong(origin.host.clone()));
            }
            read.extend_from_slice(octets);
        }
    }
    Ok(read)
}
