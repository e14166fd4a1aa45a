//! When a site says that it will say more.

use crate::text::folded;

/// The sentence of a text that tells when the next news comes, as its site wrote it: `Prochain point vers 18h30.`
///
/// It is the one that begins with the words sites use for it; the last of them where there are several, and `None`
/// where there is none: an hour is never guessed.
pub fn next_news(text: &str) -> Option<&str> {
    sentences(text).rfind(|sentence| {
        let sentence = folded(sentence);
        BEGINNINGS.iter().any(|words| sentence.starts_with(words))
    })
}

/// The sentences of a text, trimmed; a stop inside a word or a number ends none.
fn sentences(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let mut sentences = vec![];
    let mut from = 0;
    for (at, sign) in text.char_indices() {
        let next = at + sign.len_utf8();
        let ends = match sign {
            '\n' => true,
            '.' | '!' | '?' | ';' => text[next..].chars().next().is_none_or(char::is_whitespace),
            _ => false,
        };
        if ends {
            sentences.push(text[from..next].trim());
            from = next;
        }
    }
    sentences.push(text[from..].trim());
    sentences.into_iter()
}

/// As sites write it, folded: `prochain point`, `next update`.
const BEGINNINGS: [&str; 12] = [
    "prochain point",
    "prochain bulletin",
    "prochain message",
    "prochaine information",
    "prochaines informations",
    "prochaine mise a jour",
    "prochaine communication",
    "prochaines nouvelles",
    "next news",
    "next update",
    "next information",
    "next bulletin",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_that_tells_when_more_is_told_is_found_word_for_word() {
        for (text, told) in [
            (
                "La torche brûle. Nos équipes rétablissent le gaz. Prochaine information à 18h30.",
                "Prochaine information à 18h30.",
            ),
            (
                "Une odeur se sent.\nProchain point vers 9.30 h",
                "Prochain point vers 9.30 h",
            ),
            (
                "The flare burns. Next update at 6.30 pm. Follow the authorities.",
                "Next update at 6.30 pm.",
            ),
            (
                "Prochain point à 9h. Retard. Prochain point à 10h !",
                "Prochain point à 10h !",
            ),
            (
                "PROCHAINE MISE À JOUR : midi.",
                "PROCHAINE MISE À JOUR : midi.",
            ),
        ] {
            assert_eq!(next_news(text), Some(told));
        }
    }

    #[test]
    fn no_hour_is_guessed_where_none_is_told() {
        for text in [
            "",
            "La torche brûle depuis 14h30.",
            "Nous n'avons pas de prochain point à annoncer.",
            "Le prochain exercice a lieu vendredi.",
            "…",
        ] {
            assert_eq!(next_news(text), None, "{text}");
        }
    }
}
