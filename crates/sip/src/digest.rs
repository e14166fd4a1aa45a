//! Answers a server that asks who we are: digest authentication (RFC 7616 and 2617, as RFC 3261 § 22 and RFC 8760 use it).
//!
//! Start with [`DigestClient`]: it takes the challenges of a 401 or 407 and writes the headers of the next request. Of
//! several challenges of one realm it answers the strongest it knows. It reads no random source: the caller brings it.

mod algorithm;
mod challenge;
mod secret;

pub use algorithm::{Algorithm, Hash};
pub use challenge::{Asker, Challenge, challenges};
pub use secret::Secret;

use crate::message::Response;
use crate::octets::unfold;
use crate::write::line;

/// Who we say we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name in the answer, as the server knows it.
    pub username: String,
    /// What proves it.
    pub password: Secret,
}

/// What has been asked of us, realm by realm, and how often it was answered.
#[derive(Clone, Debug)]
pub struct DigestClient {
    credentials: Credentials,
    spaces: Vec<Space>,
}

/// One realm of a registrar or of a proxy before it.
#[derive(Clone, Debug)]
struct Space {
    challenge: Challenge,
    cnonce: String,
    /// Requests that this nonce has answered.
    answered: u32,
}

impl DigestClient {
    /// Nobody has asked yet.
    pub fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            spaces: vec![],
        }
    }

    /// Takes the challenges of a 401 or 407.
    ///
    /// - `random`: makes our part of the answer (`cnonce`); take it from the system's random source.
    ///
    /// # Errors
    /// [`Unanswerable::Refused`] when the first answer to a fresh nonce came back without `stale`: name or password are
    /// wrong. [`Unanswerable::Unknown`] when nothing that is asked is known here. Either forgets what was asked before.
    pub fn handle_challenges(
        &mut self,
        response: &Response<'_>,
        random: u64,
    ) -> Result<(), Unanswerable> {
        let asked = strongest(response);
        if asked.is_empty() {
            self.spaces.clear();
            return Err(Unanswerable::Unknown);
        }
        for challenge in asked {
            let known = self.spaces.iter().position(|space| {
                space.challenge.asker == challenge.asker && space.challenge.realm == challenge.realm
            });
            if let Some(known) = known {
                // A nonce that has served before may have become too old without a word about it.
                if self.spaces.swap_remove(known).answered == 1 && !challenge.stale {
                    self.spaces.clear();
                    return Err(Unanswerable::Refused);
                }
            }
            if self.spaces.len() >= MOST_REALMS {
                self.spaces.clear();
                return Err(Unanswerable::Unknown);
            }
            self.spaces.push(Space {
                challenge,
                cnonce: format!("{random:016x}"),
                answered: 0,
            });
        }
        Ok(())
    }

    /// The headers that answer everything asked so far: whole lines, each with its CRLF; empty if nothing was asked.
    ///
    /// - `uri`: the Request-URI. Each call counts as one request (`nc`).
    pub fn headers(&mut self, method: &str, uri: &str) -> Vec<u8> {
        let mut lines = vec![];
        for space in &mut self.spaces {
            space.answered = space.answered.saturating_add(1);
            let answer = space.answer(&self.credentials, method, uri);
            line(&mut lines, space.challenge.asker.answer_header(), &answer);
        }
        lines
    }

    /// The algorithm of the latest challenge.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.spaces.last().map(|space| space.challenge.algorithm)
    }
}

impl Space {
    /// The value of one header (RFC 7616 § 3.4).
    fn answer(&self, credentials: &Credentials, method: &str, uri: &str) -> Vec<u8> {
        let Challenge {
            realm,
            nonce,
            opaque,
            algorithm,
            ..
        } = &self.challenge;
        let (cnonce, count) = (&self.cnonce, format!("{:08x}", self.answered));
        let (name, password) = (&credentials.username, &credentials.password);
        let hash = algorithm.hash;
        let mut secret = hash.hex(&[
            name.as_bytes(),
            b":",
            realm,
            b":",
            password.expose().as_bytes(),
        ]);
        if algorithm.is_session {
            secret = hash.hex(&[secret.as_bytes(), b":", nonce, b":", cnonce.as_bytes()]);
        }
        let asked = hash.hex(&[method.as_bytes(), b":", uri.as_bytes()]);
        let response = if self.challenge.wants_count {
            let words = [count.as_bytes(), cnonce.as_bytes(), b"auth"].join(&b':');
            hash.hex(&[
                secret.as_bytes(),
                b":",
                nonce,
                b":",
                &words,
                b":",
                asked.as_bytes(),
            ])
        } else {
            hash.hex(&[secret.as_bytes(), b":", nonce, b":", asked.as_bytes()])
        };
        let mut value = b"Digest ".to_vec();
        quoted(&mut value, "username", &escape(name));
        quoted(&mut value, "realm", realm);
        quoted(&mut value, "nonce", nonce);
        quoted(&mut value, "uri", uri.as_bytes());
        quoted(&mut value, "response", response.as_bytes());
        if let Some(opaque) = opaque {
            quoted(&mut value, "opaque", opaque);
        }
        if let Some(name) = algorithm.name() {
            value.extend_from_slice(format!("algorithm={name}, ").as_bytes());
        }
        if self.challenge.wants_count {
            quoted(&mut value, "cnonce", cnonce.as_bytes());
            value.extend_from_slice(format!("qop=auth, nc={count}, ").as_bytes());
        }
        value.truncate(value.len() - b", ".len());
        value
    }
}

/// Why no answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    /// The answer was not believed.
    #[error("the name or the password is not accepted")]
    Refused,
    /// No digest, an algorithm or a protection we do not know, or more realms than anybody has.
    #[error("no way of proving who we are is asked that is known here")]
    Unknown,
}

/// Of each realm the strongest challenge; of equals the first, for servers list what they prefer first
/// (RFC 8760 § 2.4).
fn strongest(response: &Response<'_>) -> Vec<Challenge> {
    let mut chosen: Vec<Challenge> = vec![];
    for asker in [Asker::Registrar, Asker::Proxy] {
        for value in response.headers.all(asker.challenge_header()) {
            for challenge in challenges(&unfold(value), asker) {
                let same = |one: &&mut Challenge| {
                    one.asker == challenge.asker && one.realm == challenge.realm
                };
                match chosen.iter_mut().find(same) {
                    Some(one) if one.algorithm.hash < challenge.algorithm.hash => *one = challenge,
                    Some(_) => {}
                    None => chosen.push(challenge),
                }
            }
        }
    }
    chosen
}

/// Appends `name="text", `; what was quoted stays as it was.
fn quoted(value: &mut Vec<u8>, name: &str, text: &[u8]) {
    value.extend_from_slice(name.as_bytes());
    value.extend_from_slice(b"=\"");
    value.extend_from_slice(text);
    value.extend_from_slice(b"\", ");
}

/// As it stands between quotes.
fn escape(text: &str) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for octet in text.bytes() {
        if matches!(octet, b'"' | b'\\') {
            escaped.push(b'\\');
        }
        escaped.push(octet);
    }
    escaped
}

/// A registrar and a few proxies before it.
const MOST_REALMS: usize = 4;

#[cfg(test)]
mod tests;
