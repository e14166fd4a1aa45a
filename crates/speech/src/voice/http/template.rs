//! The body of a request, with places for the words.

use bulletin::Language;

use crate::Spoken;

/// A text with places: `{text}`, `{voice}`, `{language}` (`fr-FR`, `en-GB`), `{speed}`.
///
/// What is put there is escaped for what is around it. Other braces stay as they are, so that JSON
/// can be written as it is; a lower-case word alone between braces is taken for a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    escape: Escape,
}

/// What is around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// A string of JSON; its quotes are in the template.
    Json,
    /// Text or an attribute of XML.
    Ssml,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Text,
    Voice,
    Language,
    Speed,
}

impl Template {
    /// Finds the places.
    ///
    /// # Errors
    /// [`TemplateError`] for a place that is not known, and when no place is for the text.
    pub fn parse(text: &str, escape: Escape) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let (mut plain, mut rest) = (String::new(), text);
        while let Some((before, behind)) = rest.split_once('{') {
            plain.push_str(before);
            match behind.split_once('}') {
                Some((name, after)) if is_name(name) => {
                    let piece =
                        place(name).ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
                    pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    pieces.push(piece);
                    rest = after;
                }
                _ => {
                    plain.push('{');
                    rest = behind;
                }
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Plain(plain));
        if !pieces.contains(&Piece::Text) {
            return Err(TemplateError::NoText);
        }
        Ok(Self { pieces, escape })
    }

    /// Puts the words in their place.
    pub(super) fn fill(
        &self,
        words: &Spoken,
        language: Language,
        voice: &str,
        speed: &str,
    ) -> String {
        let language = match language {
            Language::French => "fr-FR",
            Language::English => "en-GB",
        };
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Plain(plain) => plain.clone(),
                Piece::Text => self.escape.apply(words.as_str()),
                Piece::Voice => self.escape.apply(voice),
                Piece::Language => language.to_owned(),
                Piece::Speed => self.escape.apply(speed),
            })
            .collect()
    }
}

impl Escape {
    fn apply(self, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match (self, c) {
                (Self::Json, '"' | '\\') => escaped.extend(['\\', c]),
                (Self::Json, c) if c.is_control() => {
                    escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                (Self::Ssml, '&') => escaped.push_str("&amp;"),
                (Self::Ssml, '<') => escaped.push_str("&lt;"),
                (Self::Ssml, '>') => escaped.push_str("&gt;"),
                (Self::Ssml, '"') => escaped.push_str("&quot;"),
                (Self::Ssml, '\'') => escaped.push_str("&apos;"),
                (Self::Ssml, c) if c.is_control() => escaped.push(' '),
                (_, c) => escaped.push(c),
            }
        }
        escaped
    }
}

/// Why a template cannot be filled.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A place that nothing is known for.
    #[error("body has {{{0}}}; the places are {{text}}, {{voice}}, {{language}} and {{speed}}")]
    Unknown(String),
    /// Nowhere to put the words.
    #[error("body has no {{text}}: the words would not be said")]
    NoText,
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '-' || c == '_')
}

fn place(name: &str) -> Option<Piece> {
    Some(match name {
        "text" => Piece::Text,
        "voice" => Piece::Voice,
        "language" => Piece::Language,
        "speed" => Piece::Speed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(template: &str, escape: Escape, voice: &str) -> String {
        let words = Spoken::from_words("L'odeur, d'abord.").unwrap();
        Template::parse(template, escape)
            .unwrap()
            .fill(&words, Language::French, voice, "0.85")
    }

    #[test]
    fn places_are_filled_and_other_braces_stay() {
        let body = r#"{"input":"{text}","voice":{"name":"{voice}"},"speed":{speed},"empty":{},"more":{ "a":1}}"#;
        assert_eq!(
            filled(body, Escape::Json, "alto"),
            r#"{"input":"L'odeur, d'abord.","voice":{"name":"alto"},"speed":0.85,"empty":{},"more":{ "a":1}}"#
        );
        let body = "<speak xml:lang='{language}'><prosody rate='{speed}'>{text}</prosody></speak>";
        assert_eq!(
            filled(body, Escape::Ssml, ""),
            "<speak xml:lang='fr-FR'><prosody rate='0.85'>L&apos;odeur, d&apos;abord.</prosody></speak>"
        );
    }

    #[test]
    fn a_mistake_in_a_place_is_named() {
        let parse = |text| Template::parse(text, Escape::Json);
        assert_eq!(
            parse("{text} {txet}"),
            Err(TemplateError::Unknown("txet".to_owned()))
        );
        assert_eq!(parse("{}"), Err(TemplateError::NoText));
        assert_eq!(parse(""), Err(TemplateError::NoText));
        assert_eq!(parse("{text"), Err(TemplateError::NoText));
    }

    proptest! {
        #[test]
        fn json_stays_json_whatever_is_put_into_it(voice in any::<String>()) {
            let body = filled(r#"{"a":"{voice}","b":"{text}"}"#, Escape::Json, &voice);
            let value: serde_json::Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(value["a"].as_str(), Some(voice.as_str()));
        }

        #[test]
        fn no_markup_gets_into_ssml(voice in any::<String>()) {
            let body = filled("<v n=\"{voice}\">{text}</v>", Escape::Ssml, &voice);
            let inner = body.strip_prefix("<v n=\"").unwrap();
            let attribute = inner.strip_suffix("\">L&apos;odeur, d&apos;abord.</v>").unwrap();
            prop_assert!(!attribute.contains(['<', '>', '"', '\'']));
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = Template::parse(&text, Escape::Ssml);
        }
    }
}
