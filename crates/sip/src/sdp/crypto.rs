//! Keys for sound in a description: `a=crypto` (RFC 4568), by which two parties agree on SRTP.
//!
//! A key stands in the description as it is, so whoever reads the signalling can hear the call. Nothing here shows one
//! in its `Debug` output.

use std::fmt;

use base64ct::{Base64, Encoding as _};

/// How sound is encrypted and authenticated (RFC 4568 § 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`, which every implementation has.
    AesCm128HmacSha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`, with shorter tags.
    AesCm128HmacSha1_32,
}

impl Suite {
    const ALL: [Self; 2] = [Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32];

    /// Its name in `a=crypto`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    fn find(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|suite| suite.as_str().eq_ignore_ascii_case(name))
    }
}

/// A master key of 16 octets followed by its salt of 14.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey(pub [u8; MasterKey::OCTETS]);

impl MasterKey {
    /// Octets of key and salt.
    pub const OCTETS: usize = 30;

    fn parse(text: &str) -> Option<Self> {
        let mut octets = [0; Self::OCTETS];
        let read = Base64::decode(text, &mut octets).ok()?.len();
        (read == Self::OCTETS).then_some(Self(octets))
    }

    fn encode(self) -> String {
        let mut text = [0; 40];
        // Thirty octets fill forty characters exactly.
        Base64::encode(&self.0, &mut text)
            .unwrap_or_default()
            .to_owned()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(secret)")
    }
}

/// What the packets of a key carry to name it (§ 6.1): a number in so many octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mki {
    /// The number.
    pub value: u64,
    /// In so many octets, 1 to 8.
    pub octets: u8,
}

impl Mki {
    /// `1:4`
    fn parse(text: &str) -> Option<Self> {
        let (value, octets) = text.split_once(':')?;
        let (value, octets): (u64, u8) = (number(value)?, number(octets)?.try_into().ok()?);
        let fits = match octets {
            1..=7 => value >> (8 * octets) == 0,
            8 => true,
            _ => false,
        };
        fits.then_some(Self { value, octets })
    }
}

/// One `a=crypto` that can be honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crypto {
    tag: u32,
    suite: Suite,
    key: MasterKey,
    mki: Option<Mki>,
}

impl Crypto {
    /// The key of its author.
    pub(super) const fn key(&self) -> MasterKey {
        self.key
    }

    /// Reads the value of `a=crypto`: `1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31|1:4 WSH=64`.
    ///
    /// `None` for what cannot be honoured: another suite, several keys, a key of another length, and every session
    /// parameter that asks for something else than SRTP as it is by default (§ 6.3). Of these `WSH` is advice, and what
    /// begins with `-` may be passed over (§ 6.3.7).
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next().filter(|tag| tag.len() <= LONGEST_TAG)?;
        let tag = number(tag)?.try_into().ok()?;
        let suite = Suite::find(words.next()?)?;
        let (method, parameter) = words.next()?.split_once(':')?;
        if !method.eq_ignore_ascii_case("inline") || !words.all(is_harmless) {
            return None;
        }
        let mut parts = parameter.split('|');
        let key = MasterKey::parse(parts.next()?)?;
        let mut rest = parts.next();
        if let Some(lifetime) = rest.filter(|part| !part.contains(':')) {
            check_lifetime(lifetime)?;
            rest = parts.next();
        }
        let mki = match rest {
            Some(mki) => Some(Mki::parse(mki)?),
            None => None,
        };
        parts.next().is_none().then_some(Self {
            tag,
            suite,
            key,
            mki,
        })
    }
}

/// Whether a call's sound is encrypted, and with which key of ours; another one for each call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrecy {
    /// Never: an offer that wants it is refused.
    #[default]
    Never,
    /// If the offer has a key for it.
    IfOffered(MasterKey),
    /// Always: an offer without a key is refused, and our own offer has one.
    Required(MasterKey),
}

impl Secrecy {
    /// Our key, if it may be used.
    pub const fn key(self) -> Option<MasterKey> {
        match self {
            Self::Never => None,
            Self::IfOffered(key) | Self::Required(key) => Some(key),
        }
    }

    /// The same with another key of ours.
    #[must_use]
    pub const fn with_key(self, key: MasterKey) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::IfOffered(_) => Self::IfOffered(key),
            Self::Required(_) => Self::Required(key),
        }
    }

    /// What is understood of an answer to our own offer, which had a key only where one is required.
    pub(super) const fn as_offered(self) -> Self {
        match self {
            Self::Required(key) => Self::Required(key),
            Self::Never | Self::IfOffered(_) => Self::Never,
        }
    }
}

/// The keys both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Srtp {
    /// How packets are sealed, both ways.
    pub suite: Suite,
    /// Seals what we send.
    pub ours: MasterKey,
    /// Opens what they send.
    pub theirs: MasterKey,
    /// What their packets carry to name their key. Ours carry none.
    pub mki: Option<Mki>,
    tag: u32,
}

impl Srtp {
    /// Both keys: theirs of the line that we take.
    pub(super) fn taken(theirs: &Crypto, ours: MasterKey) -> Self {
        Self {
            suite: theirs.suite,
            ours,
            theirs: theirs.key,
            mki: theirs.mki,
            tag: theirs.tag,
        }
    }

    /// Whether this answers the one line of our offer.
    pub(super) fn answers_ours(&self) -> bool {
        (self.tag, self.suite) == (OFFERED_TAG, OFFERED_SUITE)
    }

    /// Whether this answers a line that we said before.
    pub(super) fn answers(&self, said: &Crypto) -> bool {
        (self.tag, self.suite) == (said.tag, said.suite)
    }

    /// The attribute of our answer: the same tag and suite, and our key (§ 5.1.2).
    pub(super) fn attribute(&self) -> String {
        attribute(self.tag, self.suite, self.ours)
    }
}

/// The attribute of our offer.
pub(super) fn offered(key: MasterKey) -> String {
    attribute(OFFERED_TAG, OFFERED_SUITE, key)
}

fn attribute(tag: u32, suite: Suite, key: MasterKey) -> String {
    let (suite, key) = (suite.as_str(), key.encode());
    format!("crypto:{tag} {suite} inline:{key}")
}

/// Overwrites the octets of every key in a message, whose length stays: for whoever keeps a copy of signalling.
pub fn hide_keys(message: &mut [u8]) {
    let mut rest = message;
    while let Some(at) = rest
        .windows(INLINE.len())
        .position(|window| window.eq_ignore_ascii_case(INLINE))
    {
        rest = &mut rest[at + INLINE.len()..];
        let is_of_key = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=".contains(octet);
        let length = rest.iter().take_while(|octet| is_of_key(octet)).count();
        let (key, behind) = rest.split_at_mut(length);
        key.fill(b'x');
        rest = behind;
    }
}

/// Digits, and nothing else.
fn number(text: &str) -> Option<u64> {
    let is_digits = text.bytes().all(|octet| octet.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits)
}

/// `2^31` or a number of packets, up to 2⁴⁸ (§ 6.1). It binds its author, who sends under this key.
fn check_lifetime(text: &str) -> Option<()> {
    let packets = match text.strip_prefix("2^") {
        Some(power) => 1_u64.checked_shl(number(power)?.try_into().ok()?)?,
        None => number(text)?,
    };
    (1..=1 << 48).contains(&packets).then_some(())
}

fn is_harmless(parameter: &str) -> bool {
    let window = parameter.strip_prefix("WSH=").and_then(number);
    parameter.starts_with('-') || window.is_some_and(|packets| packets >= SMALLEST_WINDOW)
}

/// What stands before a key.
const INLINE: &[u8] = b"inline:";
/// A tag has at most nine digits (§ 9.1).
const LONGEST_TAG: usize = 9;
/// The smallest window of packets that WSH may name (§ 6.3.6).
const SMALLEST_WINDOW: u64 = 64;
/// The one line of our offers.
const OFFERED_TAG: u32 = 1;
const OFFERED_SUITE: Suite = Suite::AesCm128HmacSha1_80;

#[cfg(test)]
mod tests;
