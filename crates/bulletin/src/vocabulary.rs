//! One table per closed list of words: the code word, the French word and the English word side by side.
//!
//! The code word is what forms, the HTTP interface and rows carry; it never changes once published. The French
//! and English words are for people and may be improved.

/// Declares an enum from its table of words, with `ALL`, `as_str`, `parse`, `as_french` and `as_english`.
macro_rules! vocabulary {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $( $(#[$meaning:meta])* $variant:ident = $code:literal, $french:literal, $english:literal; )+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$meaning])* $variant, )+
        }

        impl $name {
            /// Every word of the list, in the order a form shows them.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),+ ];

            /// The code word of forms, the HTTP interface and rows.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $code ),+ }
            }

            /// Reads a code word; exactly as [`Self::as_str`] writes it, nothing else.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $( $code => Some(Self::$variant), )+ _ => None }
            }

            /// The word shown to French readers.
            pub fn as_french(self) -> &'static str {
                match self { $( Self::$variant => $french ),+ }
            }

            /// The word shown to English readers.
            pub fn as_english(self) -> &'static str {
                match self { $( Self::$variant => $english ),+ }
            }
        }
    };
}

pub(crate) use vocabulary;

#[cfg(test)]
mod tests {
    use crate::{EntryKind, Event, Kind, Language, Nuisance, State};

    #[test]
    fn every_code_word_reads_back_as_itself() {
        assert!(
            Event::ALL
                .iter()
                .all(|&it| Event::parse(it.as_str()) == Some(it))
        );
        assert!(
            Kind::ALL
                .iter()
                .all(|&it| Kind::parse(it.as_str()) == Some(it))
        );
        assert!(
            State::ALL
                .iter()
                .all(|&it| State::parse(it.as_str()) == Some(it))
        );
        assert!(
            Language::ALL
                .iter()
                .all(|&it| Language::parse(it.as_str()) == Some(it))
        );
        assert!(
            Nuisance::ALL
                .iter()
                .all(|&it| Nuisance::parse(it.as_str()) == Some(it))
        );
        assert!(
            EntryKind::ALL
                .iter()
                .all(|&it| EntryKind::parse(it.as_str()) == Some(it))
        );
    }

    #[test]
    fn code_words_are_snake_case_and_french_words_are_not_empty() {
        for event in Event::ALL {
            assert!(
                event
                    .as_str()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_')
            );
            assert!(!event.as_french().is_empty() && !event.as_english().is_empty());
        }
    }

    #[test]
    fn unknown_words_are_not_guessed() {
        assert_eq!(Kind::parse("Planned"), None);
        assert_eq!(Event::parse("flare"), None);
        assert_eq!(Language::parse(""), None);
    }
}
