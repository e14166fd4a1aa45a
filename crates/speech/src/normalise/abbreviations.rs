//! Words that are written short.

use std::sync::LazyLock;

use regex::Regex;

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
    passage.rewrite(&INCLUSIVE, |found| {
        Rewrite::Write(format!("{}{}", found.group(1), found.group(2)))
    });
    passage.rewrite(&TELEPHONE, telephone);
    passage.rewrite(&FOR_EXAMPLE, |found| {
        let colon = if found.group(0).ends_with(':') {
            ":"
        } else {
            ""
        };
        Rewrite::Write(format!("par exemple{colon}"))
    });
    passage.rewrite(&THAT_IS, |_| Rewrite::Write("c'est-à-dire".to_owned()));
    passage.rewrite(&SHORTENED, shortened);
    passage.rewrite(&WITHOUT_STOP, |found| {
        let short = found.group(0).to_lowercase();
        let word = FAMILIAR.iter().find(|(one, _)| *one == short);
        word.map_or(Rewrite::Leave, |(_, word)| Rewrite::Say((*word).to_owned()))
    });
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
    // "resp. HSE": what asks for more ends no sentence, whatever follows.
    let ends = match ENDING.contains(&short.as_str()) {
        true => ends_sentence(found.after),
        false => found.after.is_empty(),
    };
    let stop = if ends { "." } else { "" };
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

/// `tel.` is a word, too, unless a number follows.
fn telephone(found: &Found<'_>) -> Rewrite {
    let number = found.after.trim_start();
    // What is said already ends what is seen: it was a number.
    let follows = number.starts_with(|c: char| c.is_ascii_digit() || c == '+')
        || (number.is_empty() && found.after.starts_with(' '));
    match follows {
        true => Rewrite::Write(format!("téléphone{}", found.group(1))),
        false => Rewrite::Leave,
    }
}

/// Whether the stop of a short form is that of its sentence, too.
pub(super) fn ends_sentence(after: &str) -> bool {
    // A space and nothing more: a word follows that is said already.
    after.is_empty()
        || after
            .strip_prefix(' ')
            .is_some_and(|after| after.starts_with(char::is_uppercase))
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"[nN]°(s?) ?"));
static NUMBER_IN_LETTERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[nN]o\.? "));
static DOTTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\p{Lu}\.){2,}"));
static TITLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(MM\.|M\.|Mr\.?|Mme\.?|Mmes|Mlle|Dr|Pr|Me|St|Ste)[ -]"));
static FOR_EXAMPLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)p\. ?ex\.|ex\.? ?(?::)"));
static THAT_IS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)c\.?-?à-?d\."));
static TELEPHONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)t[eé]l\.?( ?:)?"));
/// `riverain·e·s` (the point is a bullet after cleaning) and `riverain.e.s`.
static INCLUSIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(\p{L}{3,})(?:•(?:e|ne|le|te|ve|se|ère|euse|trice)|\.e)(?:[•.]?(s))?")
});
static WITHOUT_STOP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)bd|rte|sté|bât|rdv|svp|càd|tél|qq|bcp|pdt|cdt,"));
static SHORTENED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(\p{L}+)\."));
static OPTIONAL_END: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(\p{L}+)\((?:s|e|es|x|ne|le|nes)\)"));

const TITLES: [(&str, &str); 13] = [
    ("MM.", "messieurs"),
    ("M.", "monsieur"),
    ("Mr", "monsieur"),
    ("Mr.", "monsieur"),
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
const WORDS: [(&str, &str); 31] = [
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
    ("rte", "route"),
    ("bât", "bâtiment"),
    ("chem", "chemin"),
    ("cie", "compagnie"),
    ("pers", "personnes"),
    ("tech", "technique"),
    ("éq", "équipe"),
    ("ext", "extérieur"),
    ("int", "intérieur"),
];
/// Those that may be the last word of a sentence.
const ENDING: [&str; 7] = ["etc", "hab", "max", "mini", "maxi", "pers", "dép"];
/// What people write short without a stop.
const FAMILIAR: [(&str, &str); 12] = [
    ("bd", "boulevard"),
    ("rte", "route"),
    ("sté", "société"),
    ("bât", "bâtiment"),
    ("rdv", "rendez-vous"),
    ("svp", "s'il vous plaît"),
    ("càd", "c'est-à-dire"),
    ("tél", "téléphone"),
    ("qq", "quelques"),
    ("bcp", "beaucoup"),
    ("pdt", "pendant"),
    ("cdt,", "cordialement,"),
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
        assert_eq!(
            said("M. Martin, resp. HSE"),
            "monsieur Martin, responsable HSE"
        );
        assert_eq!(said("odeurs, etc. Merci"), "odeurs, et cetera. Merci");
        assert_eq!(
            said("le P.O.I. est levé. Le P.O.I."),
            "le P O I est levé. Le P O I."
        );
        assert_eq!(
            said("p. ex. ici, c.-à-d. là"),
            "par exemple ici, c'est-à-dire là"
        );
    }

    #[test]
    fn optional_endings_are_dropped() {
        assert_eq!(said("unité(s) arrêtée(s) (bac)"), "unité arrêtée (bac)");
        assert_eq!(said("riverain•e•s, salarié•es"), "riverains, salariés");
        assert_eq!(said("habitant.e.s. Merci"), "habitants. Merci");
    }

    #[test]
    fn what_has_no_stop_is_written_out_too() {
        assert_eq!(
            said("RDV rte du Port, bd des Docks SVP"),
            "rendez-vous route du Port, boulevard des Docks s'il vous plaît"
        );
        assert_eq!(said("ex : bruit"), "par exemple: bruit");
    }

    #[test]
    fn a_telephone_is_one_where_a_number_follows() {
        assert_eq!(said("Tel : 12"), "téléphone : 12");
        assert_eq!(said("tel. 12"), "téléphone 12");
        assert_eq!(said("un cas tel. Puis"), "un cas tel. Puis");
    }
}
