//! The way to the other side: name, address, proxy, encryption.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::endpoint::Origin;
use super::{HttpError, Reach, guard};

/// A connection on which a request can be sent.
pub(super) struct Way {
    pub(super) stream: Box<dyn Stream>,
    /// Set where a proxy is asked for the page itself: the request names the whole address, with what the proxy wants.
    pub(super) whole_address: Option<Option<HeaderValue>>,
}

/// What octets go over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to one origin, through a proxy if the environment names one for it.
///
/// A loopback address is never asked of a proxy. Through a proxy, names are resolved there: a private address is refused
/// where it is written as such, and the proxy keeps its own rules for the rest.
pub(super) async fn open(
    uri: &Uri,
    origin: &Origin,
    reach: Reach,
    proxies: &Matcher,
    tls: &Arc<ClientConfig>,
) -> Result<Way, HttpError> {
    let proxy = if origin.is_loopback() {
        None
    } else {
        proxies.intercept(uri)
    };
    let Some(proxy) = proxy else {
        return Ok(Way {
            stream: direct(origin, reach, tls).await?,
            whole_address: None,
        });
    };
    if let (Reach::Public, Ok(address)) = (reach, origin.host.parse::<IpAddr>())
        && !guard::is_public(address)
    {
        return Err(HttpError::Private(origin.host.clone()));
    }
    let mut tcp = to_proxy(&proxy).await?;
    if !origin.encrypted {
        return Ok(Way {
            stream: Box::new(tcp),
            whole_address: Some(proxy.basic_auth().cloned()),
        });
    }
    tunnel(&mut tcp, origin, &proxy).await?;
    Ok(Way {
        stream: encrypted(tcp, origin, tls).await?,
        whole_address: None,
    })
}

/// Resolves, connects and encrypts; with [`Reach::Public`] no octet goes to a name that has a private address among its
/// own.
pub(super) async fn direct(
    origin: &Origin,
    reach: Reach,
    tls: &Arc<ClientConfig>,
) -> Result<Box<dyn Stream>, HttpError> {
    let unreachable = |why: String| HttpError::Unreachable(origin.host.clone(), why);
    let found = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await;
    let found: Vec<SocketAddr> = found
        .map_err(|error| unreachable(error.to_string()))?
        .collect();
    if reach == Reach::Public && !found.iter().all(|address| guard::is_public(address.ip())) {
        return Err(HttpError::Private(origin.host.clone()));
    }
    // The very addresses that were looked at: asking for the name again could give others.
    let connected = TcpStream::connect(&found[..]).await;
    let tcp = connected.map_err(|error| unreachable(error.to_string()))?;
    let _ = tcp.set_nodelay(true);
    encrypted(tcp, origin, tls).await
}

async fn encrypted(
    tcp: TcpStream,
    origin: &Origin,
    tls: &Arc<ClientConfig>,
) -> Result<Box<dyn Stream>, HttpError> {
    if !origin.encrypted {
        return Ok(Box::new(tcp));
    }
    let unreachable = |why: String| HttpError::Unreachable(origin.host.clone(), why);
    let name = ServerName::try_from(origin.host.clone());
    let name = name.map_err(|error| unreachable(error.to_string()))?;
    let connected = TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await;
    Ok(Box::new(
        connected.map_err(|error| unreachable(error.to_string()))?,
    ))
}

async fn to_proxy(proxy: &Intercept) -> Result<TcpStream, HttpError> {
    let uri = proxy.uri();
    let host = uri.host().unwrap_or_default().to_owned();
    if uri.scheme_str() != Some("http") {
        let why = "the environment names a proxy that is not http://HOST:PORT".to_owned();
        return Err(HttpError::Unreachable(host, why));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let connected = TcpStream::connect((bare, uri.port_u16().unwrap_or(80))).await;
    connected
        .map_err(|error| HttpError::Unreachable(format!("the proxy {host}"), error.to_string()))
}

/// Asks a proxy for a tunnel (RFC 9110 § 9.3.6).
async fn tunnel(tcp: &mut TcpStream, origin: &Origin, proxy: &Intercept) -> Result<(), HttpError> {
    let host = proxy.uri().host().unwrap_or_default();
    let refused = |why: String| HttpError::Unreachable(format!("the proxy {host}"), why);
    let there = if origin.host.contains(':') {
        format!("[{}]:{}", origin.host, origin.port)
    } else {
        format!("{}:{}", origin.host, origin.port)
    };
    let mut asked = format!("CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n").into_bytes();
    if let Some(credentials) = proxy.basic_auth() {
        asked.extend_from_slice(b"Proxy-Authorization: ");
        asked.extend_from_slice(credentials.as_bytes());
        asked.extend_from_slice(b"\r\n");
    }
    asked.extend_from_slice(b"\r\n");
    tcp.write_all(&asked)
        .await
        .map_err(|error| refused(error.to_string()))?;

    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Octet by octet: what follows the head belongs to the tunnel.
        let octet = tcp
            .read_u8()
            .await
            .map_err(|error| refused(error.to_string()))?;
        head.push(octet);
        if head.len() > LONGEST_HEAD {
            return Err(refused("it answers without end".to_owned()));
        }
    }
    match status(&head) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(refused(format!("it refuses the way to {there} ({status})"))),
        None => Err(refused("it does not speak HTTP".to_owned())),
    }
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|&octet| octet == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words
        .next()
        .filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.parse().ok()
}

const LONGEST_HEAD: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_answer_is_read_by_its_first_line() {
        assert_eq!(
            status(b"HTTP/1.1 200 Connection established\r\n\r\n"),
            Some(200)
        );
        assert_eq!(
            status(b"HTTP/1.0 407 Proxy Authentication Required\r\nX: y\r\n\r\n"),
            Some(407)
        );
        for wrong in [
            &b"SSH-2.0\r\n\r\n"[..],
            b"\r\n\r\n",
            b"HTTP/1.1\r\n\r\n",
            b"HTTP/1.1 abc\r\n\r\n",
            b"\xff\xfe\r\n\r\n",
        ] {
            assert_eq!(status(wrong), None, "{wrong:?}");
        }
    }
}
