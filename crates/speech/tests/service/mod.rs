//! A service that speaks over HTTP, on loopback: what it answers is up to each test.

#![allow(dead_code, reason = "each test uses its part of it")]

use std::f64::consts::TAU;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use speech::Pcm;

/// A service at work until the test's process ends.
pub(crate) struct Service {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    closed: Arc<AtomicBool>,
}

/// What it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// Such as `POST`.
    pub(crate) method: String,
    /// Such as `/v1/audio/speech`.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    /// As it came, but for octets that are no UTF-8.
    pub(crate) body: String,
    /// As it came.
    pub(crate) octets: Vec<u8>,
}

impl Request {
    /// The value of a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(one, _)| one.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

impl Service {
    /// Answers each request by `answer`, which writes what it likes; the connection is closed behind it.
    pub(crate) fn start(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let requests = Arc::new(Mutex::new(vec![]));
        let closed = Arc::new(AtomicBool::new(false));
        let (seen, answer, end) = (Arc::clone(&requests), Arc::new(answer), Arc::clone(&closed));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut stream = stream;
                    if let Some(request) = read(&mut stream) {
                        seen.lock().expect("nobody panicked").push(request.clone());
                        answer(&request, &mut stream);
                    }
                });
            }
        });
        Self {
            address,
            requests,
            closed,
        }
    }

    /// Listens no more; who connects from here on is refused.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the listener, which then ends.
        while TcpStream::connect(self.address).is_ok() {
            std::thread::yield_now();
        }
    }

    /// What it was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("nobody panicked").clone()
    }
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut octets = Vec::new();
    let mut piece = [0; 4096];
    let (head, mut body) = loop {
        let length = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        octets.extend_from_slice(&piece[..length]);
        if let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") {
            break (octets[..end].to_vec(), octets[end + 4..].to_vec());
        }
    };
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let mut request = Request {
        method: first.next()?,
        path: first.next()?,
        headers,
        body: String::new(),
        octets: vec![],
    };
    let length: usize = request.header("Content-Length").parse().unwrap_or(0);
    while body.len() < length {
        let read = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        body.extend_from_slice(&piece[..read]);
    }
    request.body = String::from_utf8_lossy(&body).into_owned();
    request.octets = body;
    Some(request)
}

/// Writes an answer with a length.
pub(crate) fn reply(stream: &mut TcpStream, status: &str, kind: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // Whoever asked may have gone.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}

/// Something like speech that lasts as long as these characters would: 0.25 s of three tones, then a gap.
pub(crate) fn babble(characters: usize, rate: u32) -> Pcm {
    let length = characters as f64 * 0.07 * f64::from(rate);
    let mut samples = Vec::new();
    let mut at = 0.0;
    while at < length {
        let seconds = at / f64::from(rate);
        let loud = if seconds % 0.35 < 0.25 { 2500.0 } else { 0.0 };
        let tones: f64 = [300.0, 900.0, 1900.0]
            .iter()
            .map(|hertz| (TAU * hertz * seconds).sin())
            .sum();
        samples.push(format!("{:.0}", loud * tones).parse().expect("it fits"));
        at += 1.0;
    }
    Pcm {
        samples,
        sample_rate: rate,
    }
}
