//! A server of HTTP/1.1 that answers as a test says, and keeps what it was asked.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// Names in small letters.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }

    /// The fields of a form, decoded; of a name that comes twice the last.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        assert_eq!(
            self.header("content-type"),
            "application/x-www-form-urlencoded"
        );
        let body = String::from_utf8(self.body.clone()).unwrap();
        let pairs = body.split('&').map(|pair| pair.split_once('=').unwrap());
        pairs
            .map(|(name, value)| (unescaped(name), unescaped(value)))
            .collect()
    }

    /// The parts of a multipart form by name: head and content.
    pub(crate) fn parts(&self) -> HashMap<String, (String, Vec<u8>)> {
        let (_, boundary) = self.header("content-type").split_once("boundary=").unwrap();
        let delimiter = format!("--{boundary}\r\n").into_bytes();
        let end = format!("--{boundary}--\r\n").into_bytes();
        let body = self
            .body
            .strip_suffix(&end[..])
            .expect("the closing boundary");
        let mut parts = HashMap::new();
        for part in split(body, &delimiter).into_iter().skip(1) {
            let place = part
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .unwrap();
            let head = String::from_utf8(part[..place].to_vec()).unwrap();
            let name = head
                .split("name=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let content = part[place + 4..].strip_suffix(b"\r\n").unwrap().to_vec();
            parts.insert(name.to_owned(), (head.clone(), content));
        }
        parts
    }
}

/// What a server does with a request.
pub(crate) enum Reply {
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Says nothing for ever.
    Hang,
    /// Hangs up without a word.
    Cut,
    /// One octet of a body without end every so often.
    Drip(Duration),
    /// A body without end, as fast as it goes.
    Endless,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Answer(
            status,
            vec![("Content-Type", "application/json".to_owned())],
            body.to_string(),
        )
    }

    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Self::Answer(status, headers, body)
            }
            other => other,
        }
    }
}

/// The server; it is gone when this is dropped.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    _serving: JoinSet<()>,
}

impl Stub {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(vec![]));
        let (answer, kept) = (Arc::new(answer), Arc::clone(&asked));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                connections.spawn(async move {
                    serve(stream, &*answer, &kept).await;
                });
            }
        });
        Self {
            address,
            asked,
            _serving: serving,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The only request that came.
    pub(crate) fn only(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:#?}");
        asked[0].clone()
    }
}

/// Serves one request of a connection.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    answer: &(dyn Fn(&Asked) -> Reply + Send + Sync),
    kept: &Mutex<Vec<Asked>>,
) {
    let Some(asked) = read(&mut stream).await else {
        return;
    };
    let reply = answer(&asked);
    kept.lock().unwrap().push(asked);
    let _ = write(&mut stream, reply).await;
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Asked> {
    let mut octets = vec![];
    let head = loop {
        if let Some(place) = octets.windows(4).position(|four| four == b"\r\n\r\n") {
            break place;
        }
        if stream.read_buf(&mut octets).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(octets[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: HashMap<_, _> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = octets[head + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Asked {
        method,
        path,
        headers,
        body,
    })
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            stream
                .write_all(format!("{head}\r\n{body}").as_bytes())
                .await?;
            stream.shutdown().await
        }
        Reply::Hang => std::future::pending().await,
        Reply::Cut => stream.shutdown().await,
        Reply::Drip(pause) => {
            stream
                .write_all(b"HTTP/1.1 200 x\r\nContent-Length: 60000\r\n\r\n")
                .await?;
            loop {
                stream.write_all(b"x").await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 x\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'x'; 4096]).await?;
            }
        }
    }
}

/// A proxy that leads every tunnel to one address and keeps the heads of what it was asked.
pub(crate) async fn tunnel_proxy(
    to: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut head = vec![];
            while !head.ends_with(b"\r\n\r\n") {
                head.push(near.read_u8().await.unwrap());
            }
            heads.lock().unwrap().push(String::from_utf8(head).unwrap());
            near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await
                .unwrap();
            let mut far = TcpStream::connect(to).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        }
    });
    (address, serving)
}

pub(crate) fn unescaped(text: &str) -> String {
    let mut octets = vec![];
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'%' => {
                let two = std::str::from_utf8(&rest[..2]).unwrap();
                octets.push(u8::from_str_radix(two, 16).unwrap());
                rest = &rest[2..];
            }
            b'+' => octets.push(b' '),
            other => octets.push(other),
        }
    }
    String::from_utf8(octets).unwrap()
}

fn split<'a>(body: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let (mut parts, mut start, mut place) = (vec![], 0, 0);
    while place + delimiter.len() <= body.len() {
        if &body[place..place + delimiter.len()] == delimiter {
            parts.push(&body[start..place]);
            place += delimiter.len();
            start = place;
        } else {
            place += 1;
        }
    }
    parts.push(&body[start..]);
    parts
}
