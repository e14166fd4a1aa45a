//! The program of an authority: takes signed requests, after it was in trouble once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// A program that listens.
pub(super) struct Receiver {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    headers: Vec<(String, String)>,
    octets: Vec<u8>,
    pub(super) body: Value,
}

impl Receiver {
    pub(super) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let receiver = Self {
            address: listener.local_addr().expect("its address"),
            requests: Arc::default(),
        };
        let requests = Arc::clone(&receiver.requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                take(stream, &requests);
            }
        });
        receiver
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/allo?from=allo", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no thread panics").clone()
    }
}

impl Request {
    /// A header by its name in small letters.
    pub(super) fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let found = headers.find(|(one, _)| one == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether it bears the signature that Standard Webhooks describes.
    pub(super) fn is_signed_with(&self, key: &str) -> bool {
        let key = Base64::decode_vec(key).expect("base64");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).expect("a key");
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(&self.octets);
        let signed = Base64::encode_string(&mac.finalize().into_bytes());
        self.header("webhook-signature") == format!("v1,{signed}")
    }
}

fn take(mut stream: TcpStream, requests: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        lines.push(line);
    }
    let headers: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut octets = vec![0; length];
    if reader.read_exact(&mut octets).is_err() {
        return;
    }
    let body = serde_json::from_slice(&octets).unwrap_or_default();
    let mut requests = requests.lock().expect("no thread panics");
    let status = if requests.is_empty() {
        "503 Service Unavailable"
    } else {
        "200 OK"
    };
    requests.push(Request {
        headers,
        octets,
        body,
    });
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes());
}
