//! The name of one finished sound, made of what it holds.

use std::fmt;

use crate::Refusal;

/// Sixty-four hexadecimal digits in small letters: the SHA-256 of everything that decides how it sounds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingKey(String);

impl RecordingKey {
    /// Reads a key, in small letters only.
    ///
    /// # Errors
    /// [`Refusal::UnknownRecording`] for any other length or character: no recording has such a name.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let good = text.len() == DIGITS
            && text
                .bytes()
                .all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::UnknownRecording)
        }
    }

    /// The key as rows and addresses write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const DIGITS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sha_256_in_small_letters_is_a_key_and_nothing_else_is() {
        let good = "0123456789abcdef".repeat(4);
        assert_eq!(RecordingKey::parse(&good).unwrap().as_str(), good);
        for bad in [
            "",
            &good[1..],
            &good.to_uppercase(),
            &"g".repeat(64),
            &"é".repeat(32),
        ] {
            assert_eq!(
                RecordingKey::parse(bad),
                Err(Refusal::UnknownRecording),
                "{bad}"
            );
        }
    }
}
