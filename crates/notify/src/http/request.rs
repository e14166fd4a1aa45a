//! One request, as a channel words it.

use base64ct::{Base64, Encoding};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Uri};

use super::HttpError;
use crate::SecretText;

/// A request with all of its body. What is wrong with it comes out when it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) address: String,
    headers: Vec<(String, SecretText)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Asks for what stands at an address.
    #[must_use]
    pub fn get(address: String) -> Self {
        Self::new(Method::GET, address)
    }

    /// Sends something to an address.
    #[must_use]
    pub fn post(address: String) -> Self {
        Self::new(Method::POST, address)
    }

    fn new(method: Method, address: String) -> Self {
        Self {
            method,
            address,
            headers: vec![],
            body: vec![],
        }
    }

    /// With one header more. A value may hold a secret: it is printed nowhere.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let value = SecretText::new(value.to_owned());
        self.headers.push((name.to_owned(), value));
        self
    }

    /// `Authorization: Bearer …` (RFC 6750).
    #[must_use]
    pub fn bearer(self, token: &SecretText) -> Self {
        self.header("authorization", &format!("Bearer {}", token.expose()))
    }

    /// `Authorization: Basic …` (RFC 7617).
    #[must_use]
    pub fn basic(self, name: &str, password: &SecretText) -> Self {
        let both = format!("{name}:{}", password.expose());
        let both = Base64::encode_string(both.as_bytes());
        self.header("authorization", &format!("Basic {both}"))
    }

    /// With a body of JSON.
    #[must_use]
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.content("application/json", body.to_string().into_bytes())
    }

    /// With a body of `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = form_encoded(fields);
        self.content("application/x-www-form-urlencoded", body.into_bytes())
    }

    /// With any other body.
    #[must_use]
    pub fn content(self, media_type: &str, body: Vec<u8>) -> Self {
        self.body(body).header("content-type", media_type)
    }

    /// With a body whose kind stands in a header already.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn method(&self) -> &str {
        self.method.as_str()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn uri(&self) -> Result<Uri, HttpError> {
        let parsed = self.address.parse();
        parsed.map_err(|_| HttpError::Malformed("an address that is none".to_owned()))
    }

    /// The headers that were asked for, ready for the wire.
    pub(super) fn wire_headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        let wired = self.headers.iter().map(|(name, value)| {
            let malformed =
                || HttpError::Malformed(format!("a header {name:?} that cannot be sent"));
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| malformed())?;
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| malformed())?;
            value.set_sensitive(true);
            Ok((key, value))
        });
        wired.collect()
    }
}

/// `name=value&…` with everything but unreserved characters escaped (RFC 3986 § 2.3): every reader of forms takes it,
/// and OAuth 1.0a signs it so (RFC 5849 § 3.6).
fn form_encoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
        .collect();
    pairs.join("&")
}

/// Escapes all but letters, digits, `-`, `.`, `_` and `~`, with capital letters in the escapes (RFC 5849 § 3.6).
pub(crate) fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;

    let mut encoded = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            let _ = write!(encoded, "%{octet:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_secret_is_not_printed() {
        let request = Request::get("https://example.org".to_owned()).header("x-key", "hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn a_second_header_cannot_be_smuggled_into_a_value() {
        let request = Request::get("https://example.org".to_owned());
        assert!(
            request
                .header("x-key", "a\r\nx-other: b")
                .wire_headers()
                .is_err()
        );
    }

    #[test]
    fn forms_escape_all_that_has_a_meaning() {
        let encoded = form_encoded([("texte", "À 14 h & 100 % + ~_-.")]);
        assert_eq!(
            encoded,
            "texte=%C3%80%2014%20h%20%26%20100%20%25%20%2B%20~_-."
        );
    }

    #[test]
    fn basic_is_as_in_the_standard() {
        // RFC 7617 § 2.
        let password = SecretText::new("open sesame".to_owned());
        let request = Request::get("https://example.org".to_owned()).basic("Aladdin", &password);
        let headers = request.wire_headers().unwrap();
        assert_eq!(headers[0].1, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
