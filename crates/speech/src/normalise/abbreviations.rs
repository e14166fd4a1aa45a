//! Words that are written short.

use std::sync::LazyLock;

use regex::Regex;

use super::ordinals::MONTHS;
use super::passage::{Found, Passage, Rewrite, pattern};

/// `n° 3`, `M. Dupont`, `tél.`, `art. 5`, `P.O.I.`, `unité(s)`.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&NUMBER, |found| {
        let plural = if found.group(1).is_empty() { "" } else { "s" };
        Rewrite::Write(format!("numéro{plural} "))
    });
    passage.rewrite(&NUMBER_IN_LETTERS, |found| {
        match found.after.starts_with(|c: char| c.is_ascii_digit()) {
            true => Rewrite::Write("numéro ".to_owned()),
            false => Rewrite::Leave,
        }
    });
    passage.rewrite(&DOTTED, dotted);
    passage.rewrite(&TITLE, title);
    passage.rewrite(&MONTH, |found| {
        let month = MONTHS
            .iter()
            .find(|month| month.starts_with(&found.group(2).to_lowercase()));
        month.map_or(Rewrite::Leave, |month| {
            Rewrite::Write(format!("{} {month}", found.group(1)))
        })
    });
    passage.rewrite(&FOR_EXAMPLE, |_| Rewrite::Write("par exemple".to_owned()));
    passage.rewrite(&THAT_IS, |_| Rewrite::Write("c'est-à-dire".to_owned()));
    passage.rewrite(&SHORTENED, shortened);
    passage.rewrite(&OPTIONAL_END, |found| {
        Rewrite::Write(found.group(1).to_owned())
    });
}

/// The stop after `P.O.I.` also ends a sentence when a capital or nothing follows.
fn dotted(found: &Found<'_>) -> Rewrite {
    let letters: Vec<String> = found
        .group(0)
        .chars()
        .filter(|c| c.is_alphabetic())
        .map(String::from)
        .collect();
    let stop = if ends_sentence(found.after) { "." } else { "" };
    Rewrite::Write(format!("{}{stop}", letters.join(" ")))
}

fn shortened(found: &Found<'_>) -> Rewrite {
    let short = found.group(1).to_lowercase();
    let Some((_, word)) = WORDS.iter().find(|(candidate, _)| *candidate == short) else {
        return Rewrite::Leave;
    };
    let stop = if ends_sentence(found.after) { "." } else { "" };
    Rewrite::Write(format!("{word}{stop}"))
}

/// The stop of `M.` is no stop; what follows is a name.
fn title(found: &Found<'_>) -> Rewrite {
    let word = TITLES.iter().find(|(short, _)| *short == found.group(1));
    match word {
        Some((_, word)) if found.after.starts_with(char::is_uppercase) => {
            Rewrite::Write(format!("{word} "))
        }
        _ => Rewrite::Leave,
    }
}

fn ends_sentence(after: &str) -> bool {
    after
        .trim_start()
        .chars()
        .next()
        .is_none_or(|c| c.is_uppercase() && after.starts_with(' '))
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"[nN]°(s?) ?"));
static NUMBER_IN_LETTERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[nN]o\.? "));
static DOTTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\p{Lu}\.){2,}"));
static TITLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(MM\.|M\.|Mme\.?|Mmes|Mlle|Dr|Pr|Me|St|Ste)[ -]"));
static MONTH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(\d{1,2}(?:er)?) (janv|févr|avr|juil|sept|oct|nov|déc)\b\.?"));
static FOR_EXAMPLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)p\. ?ex\."));
static THAT_IS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)c\.?-?à-?d\."));
static SHORTENED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(\p{L}+)\."));
static OPTIONAL_END: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(\p{L}+)\((?:s|e|es|x|ne|le|nes)\)"));

const TITLES: [(&str, &str); 11] = [
    ("MM.", "messieurs"),
    ("M.", "monsieur"),
    ("Mme", "madame"),
    ("Mme.", "madame"),
    ("Mmes", "mesdames"),
    ("Mlle", "mademoiselle"),
    ("Dr", "docteur"),
    ("Pr", "professeur"),
    ("Me", "maître"),
    ("St", "Saint"),
    ("Ste", "Sainte"),
];
/// Only what is no word of its own: `sept.` and `tel.` may end a sentence.
const WORDS: [(&str, &str); 22] = [
    ("tél", "téléphone"),
    ("resp", "responsable"),
    ("art", "article"),
    ("env", "environ"),
    ("ex", "exemple"),
    ("etc", "et cetera"),
    ("max", "maximum"),
    ("mini", "minimum"),
    ("maxi", "maximum"),
    ("bd", "boulevard"),
    ("av", "avenue"),
    ("hab", "habitants"),
    ("cf", "voir"),
    ("dép", "département"),
    ("réf", "référence"),
    ("gal", "général"),
    ("adj", "adjoint"),
    ("dir", "direction"),
    ("sté", "société"),
    ("ets", "établissements"),
    ("qté", "quantité"),
    ("approx", "approximativement"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn numbers_are_named() {
        assert_eq!(said("n° 3"), "numéro 3");
        assert_eq!(said("N°3"), "numéro 3");
        assert_eq!(said("N° vert"), "numéro vert");
        assert_eq!(said("n°s 3 et 4"), "numéros 3 et 4");
        assert_eq!(said("no 3"), "numéro 3");
        assert_eq!(said("on dit non"), "on dit non");
    }

    #[test]
    fn people_have_their_titles() {
        assert_eq!(
            said("M. Dupont et Mme Dupont"),
            "monsieur Dupont et madame Dupont"
        );
        assert_eq!(said("St-Étienne"), "Saint Étienne");
        assert_eq!(said("Me. Puis"), "Me. Puis");
    }

    #[test]
    fn a_short_form_ends_a_sentence_only_before_a_capital() {
        assert_eq!(
            said("art. 5, resp. du site, tél. 12"),
            "article 5, responsable du site, téléphone 12"
        );
        assert_eq!(said("odeurs, etc. Merci"), "odeurs, et cetera. Merci");
        assert_eq!(
            said("le P.O.I. est levé. Le P.O.I."),
            "le P O I est levé. Le P O I."
        );
        assert_eq!(
            said("le 3 sept. au soir, j'en ai sept."),
            "le 3 septembre au soir, j'en ai sept."
        );
        assert_eq!(
            said("p. ex. ici, c.-à-d. là"),
            "par exemple ici, c'est-à-dire là"
        );
    }

    #[test]
    fn optional_endings_are_dropped() {
        assert_eq!(said("unité(s) arrêtée(s) (bac)"), "unité arrêtée (bac)");
    }
}
