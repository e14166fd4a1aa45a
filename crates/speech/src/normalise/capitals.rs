//! Words in capitals: acronyms are spelled, shouted words are words.

use std::sync::LazyLock;

use regex::Regex;

use super::passage::{Passage, Rewrite, pattern};

/// `POI` becomes "P O I"; `ATTENTION`, `SIRÈNE` and a whole sentence in capitals stay words.
///
/// `shouted`: the whole text is in capitals, so that only the lexicon knows its acronyms.
pub(super) fn say(passage: &mut Passage, shouted: bool) {
    if shouted {
        passage.rewrite(&WORD, |found| Rewrite::Say(found.group(0).to_lowercase()));
    }
    passage.rewrite(&SHOUTED, |found| {
        let run = found.group(0);
        let long = WORD
            .find_iter(run)
            .filter(|word| word.as_str().chars().count() > LONGEST_ACRONYM);
        // Written again as it is, a run of acronyms is not searched from each of its letters.
        Rewrite::Write(match long.count() {
            0 => run.to_owned(),
            _ => run.to_lowercase(),
        })
    });
    passage.rewrite(&CAPITALS, |found| Rewrite::Say(word(found.group(0))));
    passage.rewrite(&PLURAL, |found| Rewrite::Say(word(found.group(1))));
}

/// Whether most of a text's letters are capitals, as some people write what is urgent.
pub(super) fn is_shouted(text: &str) -> bool {
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    let small = text.chars().filter(|c| c.is_lowercase()).count();
    let has_words = WORD
        .find_iter(text)
        .any(|word| word.as_str().chars().count() > LONGEST_ACRONYM);
    capitals >= 15 && capitals > 3 * small && has_words
}

/// One word as a voice should have it: spelled if it is an acronym, else in small letters.
pub(super) fn word(written: &str) -> String {
    let all_capitals = written.chars().all(char::is_uppercase);
    let length = written.chars().count();
    if !all_capitals || length < 2 {
        return written.to_owned();
    }
    let plain = written.is_ascii();
    if length > LONGEST_ACRONYM || !plain || EMPHASISED.split(' ').any(|word| word == written) {
        return written.to_lowercase();
    }
    written
        .chars()
        .map(String::from)
        .collect::<Vec<_>>()
        .join(" ")
}

const LONGEST_ACRONYM: usize = 5;
/// Short words that people write large; no acronym of this trade looks like them.
const EMPHASISED: &str = "NE PAS NON OUI ET OU OÙ LE LA LES UN UNE DES DU DE EN AU AUX EST SONT SE SA SON CE \
    CES QUE QUI POUR SUR SOUS DANS PAR AVEC SANS PLUS TRÈS TRES TOUT TOUS FIN GAZ FEU EAU AIR BAC TEST \
    ESSAI INFO INFOS STOP SITE PORT USINE RUE NORD SUD OUEST ODEUR BRUIT FUITE SUITE POINT RESTE VOUS NOUS \
    ILS ELLE AUCUN RIEN DEUX TROIS";

/// Three words or more, all in capitals.
static SHOUTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\p{Lu}[\p{Lu}'-]*(?:[ ,'-]+\p{Lu}[\p{Lu}'-]*){2,}"));
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{Lu}+"));
static CAPITALS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{Lu}{2,}"));
/// `les POIs`.
static PLURAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\p{Lu}{2,5})s"));

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage, is_shouted(text));
        passage.into_text()
    }

    #[test]
    fn acronyms_are_spelled() {
        for (text, words) in [
            ("POI, PPI", "P O I, P P I"),
            ("ICPE", "I C P E"),
            ("ZI", "Z I"),
            ("les POIs", "les P O I"),
            ("HSE FM GRV", "H S E F M G R V"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn shouted_words_stay_words() {
        assert_eq!(said("NE PAS sortir"), "ne pas sortir");
        assert_eq!(said("ATTENTION : fumée"), "attention : fumée");
        assert_eq!(said("FUMÉE"), "fumée");
        assert_eq!(
            said("FEU DE CUVE À 12 M DU QUAI, FUMÉES"),
            "feu de cuve à 12 m du quai, fumées"
        );
        assert_eq!(
            said("EXERCICE CE MATIN À VERNON"),
            "exercice ce matin à vernon"
        );
    }
}
