//! What a server asks: WWW-Authenticate and Proxy-Authenticate (RFC 7616 § 3.3, RFC 3261 § 25.1).

use super::Algorithm;
use crate::octets::{find_unquoted, is_space, is_token, trim};

/// A challenge that can be answered. Texts are as they stood between their quotes, escapes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Who asks.
    pub asker: Asker,
    /// Of what the password is one.
    pub realm: Vec<u8>,
    /// The server's part of the secret.
    pub nonce: Vec<u8>,
    /// Given back as it came.
    pub opaque: Option<Vec<u8>>,
    /// The hash.
    pub algorithm: Algorithm,
    /// Whether answers are counted (`qop=auth`); without it the server is one of RFC 2069.
    pub wants_count: bool,
    /// The answer was right and its nonce too old.
    pub stale: bool,
}

/// Who asks, which decides the names of the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The server that was asked (401).
    Registrar,
    /// A proxy on the way (407).
    Proxy,
}

impl Asker {
    /// The header of its challenge.
    pub fn challenge_header(self) -> &'static str {
        match self {
            Self::Registrar => "WWW-Authenticate",
            Self::Proxy => "Proxy-Authenticate",
        }
    }

    /// The header of our answer.
    pub fn answer_header(self) -> &'static str {
        match self {
            Self::Registrar => "Authorization",
            Self::Proxy => "Proxy-Authorization",
        }
    }
}

/// Reads every digest challenge of one header value that can be answered, in order; there may be several, with commas
/// between them as between their parameters.
///
/// - `value`: on one line. What cannot be read, or asks for something else (Basic, `auth-int` alone, an algorithm
///   nobody knows here), is passed over.
pub fn challenges(value: &[u8], asker: Asker) -> Vec<Challenge> {
    let mut read = vec![];
    let mut raw = Raw::default();
    for element in elements(value) {
        let (name, text) = match find_unquoted(element, b'=') {
            Ok(Some(at)) => (trim(&element[..at]), Some(trim(&element[at + 1..]))),
            _ => (element, None),
        };
        let space = name.iter().position(|&octet| is_space(octet));
        let name = match (space, text) {
            (Some(at), _) => {
                read.extend(std::mem::replace(&mut raw, Raw::of(&name[..at])).check(asker));
                trim(&name[at..])
            }
            (None, Some(_)) => name,
            (None, None) => {
                read.extend(std::mem::replace(&mut raw, Raw::of(name)).check(asker));
                continue;
            }
        };
        raw.put(name, text.and_then(unquote));
    }
    read.extend(raw.check(asker));
    read.truncate(MOST_CHALLENGES);
    read
}

/// The pieces between commas outside quotes; what follows a quote that never closes belongs to no piece.
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        loop {
            let here = rest?;
            let (element, after) = match find_unquoted(here, b',') {
                Ok(Some(at)) => (&here[..at], Some(&here[at + 1..])),
                Ok(None) => (here, None),
                Err(_) => return None,
            };
            rest = after;
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
    })
}

/// A challenge while its parameters are read. The first of two of one name counts.
#[derive(Default)]
struct Raw<'a> {
    is_digest: bool,
    realm: Option<&'a [u8]>,
    nonce: Option<&'a [u8]>,
    opaque: Option<&'a [u8]>,
    algorithm: Option<&'a [u8]>,
    qop: Option<&'a [u8]>,
    stale: Option<&'a [u8]>,
}

impl<'a> Raw<'a> {
    fn of(scheme: &[u8]) -> Self {
        Self {
            is_digest: scheme.eq_ignore_ascii_case(b"Digest"),
            ..Self::default()
        }
    }

    fn put(&mut self, name: &[u8], text: Option<&'a [u8]>) {
        let place = match name.to_ascii_lowercase().as_slice() {
            b"realm" => &mut self.realm,
            b"nonce" => &mut self.nonce,
            b"opaque" => &mut self.opaque,
            b"algorithm" => &mut self.algorithm,
            b"qop" => &mut self.qop,
            b"stale" => &mut self.stale,
            _ => return,
        };
        if place.is_none() {
            *place = text;
        }
    }

    fn check(self, asker: Asker) -> Option<Challenge> {
        if !self.is_digest {
            return None;
        }
        let wants_count = match self.qop {
            None => false,
            Some(offered) => {
                let mut words = offered.split(|&octet| octet == b',').map(trim);
                words.find(|word| word.eq_ignore_ascii_case(b"auth"))?;
                true
            }
        };
        Some(Challenge {
            asker,
            realm: self.realm?.to_vec(),
            nonce: self.nonce?.to_vec(),
            opaque: self.opaque.map(<[u8]>::to_vec),
            algorithm: Algorithm::find(self.algorithm)?,
            wants_count,
            stale: self
                .stale
                .is_some_and(|word| word.eq_ignore_ascii_case(b"true")),
        })
    }
}

/// The text between the quotes, or a token; `None` for what could not be written back as it came.
fn unquote(text: &[u8]) -> Option<&[u8]> {
    let quoted = text
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inside) = quoted else {
        let is_word = |octet: &u8| is_token(&[*octet]) || b"/=:+".contains(octet);
        return text.iter().all(is_word).then_some(text);
    };
    if inside.iter().any(|&octet| octet < b' ' || octet == 0x7f) {
        return None;
    }
    let mut rest = inside;
    while let Some(at) = rest.iter().position(|octet| b"\"\\".contains(octet)) {
        if rest[at] == b'"' {
            return None;
        }
        rest = rest.get(at + 2..)?;
    }
    Some(inside)
}

/// Three algorithms for each of a few realms.
const MOST_CHALLENGES: usize = 16;
