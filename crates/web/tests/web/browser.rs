//! A browser for tests: it keeps the cookie of a login, sends forms from a page of ours, and follows where it is sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, StatusCode, header};
use hyper::body::Frame;
use sha2::{Digest, Sha256};
use store::{NewLogin, Stage};

use crate::house::{Answer, House};

/// Somebody's browser.
pub(crate) struct Browser<'a> {
    house: &'a House,
    /// `name=value` of the cookie, if there is one.
    pub(crate) cookie: Option<String>,
}

impl House {
    /// A browser in which nobody is signed in.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            house: self,
            cookie: None,
        }
    }

    /// A browser in which one of the people of the house is signed in: [`crate::house::OPERATOR`] and the others.
    pub(crate) async fn sign_in(&self, email: &str) -> Browser<'_> {
        let now = self.now();
        let name = format!("{email} {now} {}", self.draw());
        let hash = Sha256::digest(&name);
        let secret: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
        let login = NewLogin {
            id: secret[..12].to_owned(),
            hash: Sha256::digest(&secret).into(),
            email: email.to_owned(),
            stage: Stage::Open,
            opened_at: now,
            ends_at: now + std::time::Duration::from_secs(12 * 3_600),
            place: "192.0.2.0/24".to_owned(),
            browser: "Firefox, Linux".to_owned(),
            totp_proposed: None,
        };
        self.store.open_login(&login).await.unwrap();
        Browser {
            house: self,
            cookie: Some(format!("__Host-login={secret}")),
        }
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Request::get(path), Body::empty()).await
    }

    /// Sends a form; names may come several times.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(path, "application/x-www-form-urlencoded", form(fields))
            .await
    }

    /// Sends anything that a form can send.
    pub(crate) async fn send(&mut self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::HOST, "allo.example")
            .header(header::ORIGIN, "https://allo.example");
        self.ask(request, body.into()).await
    }

    /// Sends a form that may hold a file, as `multipart/form-data`; the file is the field `sound`.
    pub(crate) async fn send_parts(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<&[u8]>,
    ) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=EDGE")
            .header(header::HOST, "allo.example")
            .header(header::ORIGIN, "https://allo.example");
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--EDGE\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        let name = "Content-Disposition: form-data; name=\"sound\"; filename=\"voix.wav\"";
        let head = format!("--EDGE\r\n{name}\r\nContent-Type: audio/wav\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file.unwrap_or_default());
        body.extend_from_slice(b"\r\n--EDGE--\r\n");
        self.ask(
            request,
            Body::new(Pieces {
                left: body.into(),
                rests: false,
            }),
        )
        .await
    }

    /// Sends a form and opens the page to which the answer leads.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        self.get(answer.header("location")).await
    }

    async fn ask(&mut self, mut request: axum::http::request::Builder, body: Body) -> Answer {
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = self.house.send(request.body(body).unwrap()).await;
        let set = answer.header("set-cookie");
        if let Some((pair, attributes)) = set.split_once(';') {
            let gone = attributes.contains("Max-Age=0");
            self.cookie = (!gone).then(|| pair.to_owned());
        }
        answer
    }
}

/// As a browser writes a form.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        let octet = |octet: u8| match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(octet).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(octet).collect()
    };
    let pair = |(name, value): &(&str, &str)| format!("{}={}", escape(name), escape(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A body that comes piece by piece, each a moment after the other, as from a network.
struct Pieces {
    left: Bytes,
    rests: bool,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.rests = !self.rests;
        if self.rests {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let length = self.left.len().min(64 * 1024);
        let piece = self.left.split_to(length);
        Poll::Ready((length > 0).then(|| Ok(Frame::data(piece))))
    }
}
