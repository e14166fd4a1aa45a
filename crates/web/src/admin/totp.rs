//! Codes that change every half minute: the second factor (TOTP, RFC 6238, with HMAC-SHA-1 and six digits, which is
//! what every authenticator knows).

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

use super::secret;

/// The secret that a person's authenticator shares with the desk.
#[derive(Clone, PartialEq, Eq)]
pub struct Totp(Vec<u8>);

impl Totp {
    /// A new secret of 160 bits (RFC 4226 § 4, R6).
    pub fn draw() -> Self {
        Self(secret::octets::<20>().to_vec())
    }

    /// The secret that a row holds.
    pub fn of(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }

    /// Reads what [`base32`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut octets, mut bits, mut held) = (Vec::new(), 0u32, 0u32);
        for letter in text.bytes() {
            let value = ALPHABET.iter().position(|one| *one == letter)?;
            held = (held << 5) | u32::try_from(value).ok()?;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                octets.push(u8::try_from((held >> bits) & 0xff).ok()?);
                held &= (1 << bits) - 1;
            }
        }
        Some(Self(octets))
    }

    /// The octets, for a row.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The code of an instant: six digits.
    pub fn code(&self, now: Timestamp) -> String {
        self.code_of(step(now))
    }

    /// The interval whose code this is: that of `now`, the one before or the one after, for clocks that differ and
    /// people who type.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let step = step(now);
        [step, step - 1, step + 1]
            .into_iter()
            .find(|step| self.code_of(*step) == code)
    }

    /// RFC 4226 § 5.3.
    fn code_of(&self, step: i64) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("a key of any length will do");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let place = usize::from(hash[hash.len() - 1] & 0x0f);
        let octets = [
            hash[place] & 0x7f,
            hash[place + 1],
            hash[place + 2],
            hash[place + 3],
        ];
        format!("{:06}", u32::from_be_bytes(octets) % 1_000_000)
    }

    /// What a QR code says to an authenticator (the key URI format).
    pub(super) fn uri(&self, email: &str) -> String {
        let escaped: String = email
            .bytes()
            .map(|octet| match octet {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'@' => {
                    char::from(octet).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect();
        format!(
            "otpauth://totp/Allo:{escaped}?secret={}&issuer=Allo",
            base32(&self.0)
        )
    }
}

impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Totp(hidden)")
    }
}

/// Octets as people type them into an authenticator (RFC 4648 § 6, without padding).
pub fn base32(octets: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0u32, 0u32);
    for octet in octets {
        held = (held << 8) | u32::from(*octet);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
    text
}

/// Intervals of 30 s since 1970.
fn step(now: Timestamp) -> i64 {
    now.as_second().div_euclid(30)
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238_appendix_b() {
        let totp = Totp::of(b"12345678901234567890");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.code(at(second)), code);
        }
    }

    #[test]
    fn a_code_fits_its_interval_and_the_two_beside_it() {
        let totp = Totp::of(b"12345678901234567890");
        let code = totp.code(at(3_000));
        for (second, fits) in [
            (2_969, false),
            (2_970, true),
            (3_000, true),
            (3_059, true),
            (3_060, false),
        ] {
            let step = totp.step_of(&code, at(second));
            assert_eq!(step, fits.then_some(100), "at {second}");
        }
        assert_eq!(totp.step_of("", at(3_000)), None);
    }

    #[test]
    fn a_secret_is_read_back_from_its_letters() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        let drawn = Totp::draw();
        assert_eq!(Totp::parse(&base32(drawn.octets())), Some(drawn));
        assert_eq!(Totp::parse("not base32"), None);
    }

    #[test]
    fn the_address_of_a_person_cannot_break_the_uri() {
        let uri = Totp::of(b"foobar").uri("a&b?c@d.example");
        assert_eq!(
            uri,
            "otpauth://totp/Allo:a%26b%3Fc@d.example?secret=MZXW6YTBOI&issuer=Allo"
        );
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
