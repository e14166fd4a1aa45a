//! How long a text is, as the place where it is going counts.

use unicode_segmentation::UnicodeSegmentation;

use super::gsm;

/// What a place takes, and how it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// 280 in the weights of X; an address counts 23 whatever its length.
    ///
    /// Source: configuration `v3` of X's twitter-text library.
    X,
    /// So many graphemes; an address with its scheme counts 23.
    ///
    /// Source: `StatusLengthValidator` of Mastodon; the instance names its limit in `/api/v2/instance`.
    Mastodon {
        /// The limit of the instance, 500 unless it says otherwise.
        characters: usize,
    },
    /// 300 graphemes and 3,000 octets.
    ///
    /// Source: lexicon `app.bsky.feed.post` of the AT Protocol.
    Bluesky,
    /// So many short messages that telephones show as one.
    ///
    /// Source: 3GPP TS 23.038 (alphabets), TS 23.040 § 9.2.3.24.1 (parts).
    Sms {
        /// The most parts, at least one.
        parts: usize,
    },
}

impl Measure {
    /// Whether the place takes it whole.
    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::X => weight(text) <= 280,
            Self::Mastodon { characters } => mastodon_length(text) <= characters,
            Self::Bluesky => text.len() <= 3000 && text.graphemes(true).count() <= 300,
            Self::Sms { parts } => gsm::parts(text) <= parts,
        }
    }
}

/// The weighted length of X, never less than X's own count: what might be an address in its eyes counts as one.
fn weight(text: &str) -> usize {
    let hundredths: usize = text
        .split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end_matches(char::is_whitespace);
            let blank = weight_of_letters(&word[bare.len()..]);
            let letters = weight_of_letters(bare);
            let address = ADDRESS * 100;
            blank
                + match bare.find("https://").or_else(|| bare.find("http://")) {
                    Some(at) => {
                        weight_of_letters(&bare[..at]) + address + 100 * marks_after(&bare[at..])
                    }
                    None if looks_like_a_name(bare) => {
                        letters.max(address + 100 * marks_after(bare))
                    }
                    None => letters,
                }
        })
        .sum();
    hundredths.div_ceil(100)
}

fn weight_of_letters(text: &str) -> usize {
    text.graphemes(true)
        .map(|grapheme| {
            if is_emoji(grapheme) {
                200
            } else {
                grapheme.chars().map(weight_of_char).sum()
            }
        })
        .sum()
}

/// Hundredths of a character; ranges of configuration `v3`.
fn weight_of_char(c: char) -> usize {
    match u32::from(c) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 100,
        _ => 200,
    }
}

/// Pictures of one or several code points count as two characters together.
fn is_emoji(grapheme: &str) -> bool {
    let first = grapheme.chars().next().map_or(0, u32::from);
    let is_picture =
        matches!(first, 0x1f000..=0x1faff | 0x2600..=0x27bf | 0x2300..=0x23ff | 0x2b00..=0x2bff);
    is_picture || grapheme.contains(['\u{fe0f}', '\u{20e3}'])
}

/// A dot between letters or digits: X makes a link of it if the end is a top-level domain.
fn looks_like_a_name(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).any(|three| {
        let [before, dot, after] = three else {
            return false;
        };
        *dot == '.' && before.is_alphanumeric() && after.is_alphabetic()
    })
}

/// Marks at the end of a word, which are not of its address.
fn marks_after(word: &str) -> usize {
    let kept = word.trim_end_matches(|c: char| ".,;:!?…)»”’\"'".contains(c));
    word[kept.len()..].chars().count()
}

fn mastodon_length(text: &str) -> usize {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end_matches(char::is_whitespace);
            let blank = word[bare.len()..].graphemes(true).count();
            let letters = bare.graphemes(true).count();
            blank
                + match bare.find("https://").or_else(|| bare.find("http://")) {
                    Some(at) => {
                        bare[..at].graphemes(true).count() + ADDRESS + marks_after(&bare[at..])
                    }
                    None => letters,
                }
        })
        .sum()
}

/// What an address counts on X and Mastodon.
const ADDRESS: usize = 23;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_counts_letters_once_and_wide_ones_twice() {
        assert_eq!(weight("Torche visible, 14 h 32."), 24);
        assert_eq!(weight("é’–«»"), 5);
        assert_eq!(weight("工場"), 4);
        assert_eq!(weight("…"), 2);
        assert_eq!(weight("→ ≥"), 5);
    }

    #[test]
    fn x_counts_a_picture_of_several_code_points_as_two() {
        // As in X's conformance suite, "Count unicode emoji".
        for picture in ["😷", "🙋🏽", "👨‍👩‍👧‍👦", "🇫🇷", "☺", "⚠️", "1️⃣"]
        {
            assert_eq!(weight(picture), 2, "{picture}");
        }
    }

    #[test]
    fn an_address_counts_23_whatever_its_length() {
        let long = format!("https://allo.example/rouen_metropole/{}", "a".repeat(60));
        for measured in [weight, mastodon_length] {
            assert_eq!(measured(&long), 23);
            assert_eq!(measured(&format!("Voir {long}.")), 5 + 23 + 1);
            assert_eq!(measured("https://a.fr x"), 25);
        }
    }

    #[test]
    fn what_x_may_take_for_an_address_is_counted_as_one() {
        // As in X's conformance suite, "Count multiple URLs correctly".
        assert_eq!(
            weight("Test https://test.com test https://test.com test.com test"),
            86
        );
        assert_eq!(weight("a.fr"), 23);
        assert_eq!(weight("allo-industrie.com,"), 24);
        assert_eq!(weight("2.5 fin."), 8);
        assert_eq!(mastodon_length("a.fr"), 4);
    }

    #[test]
    fn bluesky_counts_graphemes_and_octets() {
        assert!(Measure::Bluesky.fits(&"é".repeat(300)));
        assert!(!Measure::Bluesky.fits(&"é".repeat(301)));
        assert!(!Measure::Bluesky.fits(&"👨‍👩‍👧‍👦".repeat(121)));
    }
}
