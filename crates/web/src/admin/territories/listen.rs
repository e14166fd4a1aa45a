//! How words sound on the line before anybody hears them there.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bulletin::Language;

use super::managed::Managed;
use crate::admin::Trouble;
use crate::app::App;
use crate::error::Error;
use crate::reader::Passage;

/// GET `/admin/territories/{territory}/listen?language=fr&text=…`: a WAV file. Nothing is kept.
pub(super) async fn hear(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = query.unwrap_or_default();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let language = pairs.clone().find(|(name, _)| *name == "language");
    let language = language.and_then(|(_, code)| Language::parse(code));
    let text = pairs.find(|(name, _)| *name == "text");
    let text = text.and_then(|(_, text)| decoded(text));
    let (Some(language), Some(text)) = (language, text) else {
        return Err(Error::NotFound.into());
    };
    if text.trim().is_empty() || text.chars().count() > LONGEST {
        return Err(Error::NotFound.into());
    }
    let passage = Passage::Sentence {
        territory: managed.territory,
        language,
        text,
    };
    let aloud = (app.reader)(passage).await.map_err(Error::from)?;
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    Ok(([kind], aloud.wav).into_response())
}

/// The address at which words of a territory are heard.
pub(super) fn address(managed: &Managed, language: Language, text: &str) -> String {
    let rest = format!(
        "/listen?language={}&text={}",
        language.as_str(),
        encoded(text)
    );
    managed.address(&rest)
}

/// Text as an address has it (RFC 3986 § 2.1).
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            encoded.push_str(&format!("%{octet:02X}"));
        }
    }
    encoded
}

/// The text that an address has; `None` when it is none.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

/// The longest sentence of the line.
const LONGEST: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_survives_its_address() {
        let text = "L’été à Grigny, 100 % + & ? # « fin »";
        let there = encoded(text);
        assert!(
            there
                .bytes()
                .all(|it| it.is_ascii_graphic() && !b"&#?+\"'<>".contains(&it))
        );
        assert_eq!(decoded(&there).as_deref(), Some(text));
        assert_eq!(decoded("a+b").as_deref(), Some("a b"));
        for bad in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
    }
}
