//! What a service may answer, and the sound in it.

use base64ct::{Base64, Encoding};
use serde_json::Value;
use ureq::http::StatusCode;

use super::super::VoiceError;
use crate::{Pcm, wav};

/// Where the sound is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The body is the sound.
    Raw(Sound),
    /// The body is JSON; a field of it holds the sound in base64.
    Json {
        /// Names from the outside in, such as `["audioContent"]`.
        field: Vec<String>,
        /// What the field holds.
        sound: Sound,
    },
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A WAV file.
    Wav,
    /// Samples of 16 bits, one channel, little-endian, without a header.
    Pcm {
        /// Samples a second, as the service's manual says.
        rate: u32,
    },
}

impl Answer {
    /// The media types of an answer when the configuration names none.
    pub fn usual_kinds(&self) -> &'static [&'static str] {
        match self {
            Self::Json { .. } => &["application/json"],
            Self::Raw(Sound::Wav) => &["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"],
            Self::Raw(Sound::Pcm { .. }) => &[
                "audio/pcm",
                "audio/l16",
                "audio/raw",
                "application/octet-stream",
            ],
        }
    }

    /// # Errors
    /// [`VoiceError::BadSound`] for what is not of this kind.
    pub(super) fn decode(&self, body: &[u8]) -> Result<Pcm, VoiceError> {
        match self {
            Self::Raw(sound) => sound.decode(body),
            Self::Json { field, sound } => sound.decode(&from_json(body, field)?),
        }
    }
}

impl Sound {
    fn decode(self, octets: &[u8]) -> Result<Pcm, VoiceError> {
        match self {
            Self::Wav => wav::read(octets).map_err(|error| VoiceError::BadSound(error.to_string())),
            Self::Pcm { rate } => {
                let (pairs, rest) = octets.as_chunks::<2>();
                if pairs.is_empty() || !rest.is_empty() {
                    return Err(VoiceError::BadSound(
                        "not a whole number of samples".to_owned(),
                    ));
                }
                Ok(Pcm {
                    samples: pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect(),
                    sample_rate: rate,
                })
            }
        }
    }
}

fn from_json(body: &[u8], field: &[String]) -> Result<Vec<u8>, VoiceError> {
    let bad = |why: String| VoiceError::BadSound(why);
    let value: Value =
        serde_json::from_slice(body).map_err(|error| bad(format!("not JSON: {error}")))?;
    let found = field.iter().try_fold(&value, |value, name| value.get(name));
    let text = found
        .and_then(Value::as_str)
        .ok_or_else(|| bad(format!("no text in the field {}", field.join("."))))?;
    let packed: String = text.split_ascii_whitespace().collect();
    Base64::decode_vec(&packed)
        .map_err(|_| bad(format!("the field {} is not base64", field.join("."))))
}

/// # Errors
/// [`VoiceError::BadSound`] when the type is none of those.
pub(super) fn check_kind(kind: Option<&str>, accept: &[String]) -> Result<(), VoiceError> {
    let kind = kind.unwrap_or("no type");
    let bare = kind.split(';').next().unwrap_or(kind).trim();
    if accept.iter().any(|one| one.eq_ignore_ascii_case(bare)) {
        return Ok(());
    }
    let shown: String = bare
        .chars()
        .filter(char::is_ascii_graphic)
        .take(60)
        .collect();
    Err(VoiceError::BadSound(format!(
        "the answer is {shown}, and not {}",
        accept.join(" or ")
    )))
}

/// A status that is not 200, with what the service says of it in one line; the secret, if it is
/// repeated there, is left out.
pub(super) fn refusal(status: StatusCode, said: &str, secret: &str) -> String {
    let mut line: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if !secret.is_empty() {
        line = line.replace(secret, "…");
    }
    let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
    if line.is_empty() {
        format!("it answered {status}")
    } else {
        format!("it answered {status}: {line}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PCM: Sound = Sound::Pcm { rate: 24_000 };

    fn json() -> Answer {
        Answer::Json {
            field: vec!["audio".to_owned(), "content".to_owned()],
            sound: PCM,
        }
    }

    #[test]
    fn sound_comes_raw_or_in_a_field_of_json() {
        let raw = Answer::Raw(PCM).decode(&[1, 0, 255, 255]).unwrap();
        let body = br#"{"audio":{"content":"AQD/\n/w=="}}"#;
        let packed = json().decode(body).unwrap();
        assert_eq!(raw.samples, [1, -1]);
        assert_eq!(raw.sample_rate, 24_000);
        assert_eq!(packed, raw);
    }

    #[test]
    fn anything_else_is_bad_sound() {
        for body in [
            &b""[..],
            b"{}",
            b"{\"audio\":3}",
            b"{\"audio\":{\"content\":\"***\"}}",
            b"{\"audio\":{\"content\":\"\"}}",
        ] {
            assert!(json().decode(body).is_err(), "{body:?}");
        }
        for answer in [Answer::Raw(PCM), Answer::Raw(Sound::Wav)] {
            for body in [&b""[..], b"odd"] {
                assert!(answer.decode(body).is_err());
            }
        }
    }

    #[test]
    fn the_type_is_compared_without_its_parameters() {
        let accept = vec!["audio/wav".to_owned()];
        assert!(check_kind(Some("Audio/WAV; charset=x"), &accept).is_ok());
        for kind in [Some("text/html"), Some(""), None] {
            assert!(check_kind(kind, &accept).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn a_refusal_is_one_line_without_the_secret() {
        let said = "{\n \"error\": \"key sk-1 is not valid\"\u{7}\n}";
        assert_eq!(
            refusal(StatusCode::UNAUTHORIZED, said, "sk-1"),
            "it answered 401 Unauthorized: { \"error\": \"key … is not valid\" }"
        );
        assert_eq!(refusal(StatusCode::FOUND, "", ""), "it answered 302 Found");
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = json().decode(&body);
            let _ = Answer::Raw(Sound::Wav).decode(&body);
        }
    }
}
