//! Signs that are words, and those that are only breath.

use std::sync::LazyLock;

use regex::Regex;

use super::passage::{Passage, Rewrite, pattern};

/// `&` is *et*, `+` is *plus*; brackets and dashes become commas; what is left goes with the tidying.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&EVERY, |found| {
        // A number said already ends what is seen; `jour/nuit` is a pair.
        let counted = found.before.is_empty() || found.before.ends_with("fois");
        match counted {
            true => Rewrite::Write(format!(" par {}", found.group(1))),
            false => Rewrite::Leave,
        }
    });
    passage.rewrite(&AND_OR, |_| Rewrite::Say("et ou".to_owned()));
    passage.rewrite(&SIGN, |found| {
        Rewrite::Write(
            match found.group(0).trim() {
                "&" => " et ",
                "+" => " plus ",
                // Between words it explains, between figures it counts.
                "=" if found.group(0).starts_with(' ') => ": ",
                "=" => " égale ",
                "%" => " pour cent ",
                "€" => " euros ",
                "§" => " paragraphe ",
                "±" => " plus ou moins ",
                "≈" | "~" => " environ ",
                _ => ", ",
            }
            .to_owned(),
        )
    });
}

/// `< 5 ppm` and `≥ 3`: before the units, as a voice never sees the sign.
pub(super) fn say_comparisons(passage: &mut Passage) {
    passage.rewrite(&COMPARISON, |found| {
        if !found.after.starts_with(|c: char| c.is_ascii_digit()) {
            return Rewrite::Leave;
        }
        let less = found.group(0).starts_with(['<', '≤']);
        let word = found.word_before();
        // "rafales de plus de 50": after a noun, as it is read.
        let noun = word.chars().count() > 2
            && word.starts_with(char::is_alphabetic)
            && word.chars().skip(1).all(char::is_lowercase)
            && !LINKING.contains(&word);
        Rewrite::Write(format!(
            "{}{}",
            if noun { "de " } else { "" },
            if less { "moins de " } else { "plus de " }
        ))
    });
}

/// Words that need nothing between themselves and "moins de".
const LINKING: [&str; 14] = [
    "est", "sont", "était", "étaient", "reste", "restent", "avec", "par", "sous", "pour", "dans",
    "soit", "donc", "sur",
];
static COMPARISON: LazyLock<Regex> = LazyLock::new(|| pattern(r"[<>≤≥]=? ?"));
static EVERY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i) ?/ ?(jour|an|mois|semaine|heure|nuit)"));
static AND_OR: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)et/ou"));
static SIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r" = |[&=%€§±≈~()/|]|\+|–| - "));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Spoken;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        Spoken::from_words(&passage.into_text())
            .unwrap()
            .as_str()
            .to_owned()
    }

    #[test]
    fn comparisons_stand_before_figures_only() {
        let mut passage = Passage::new("< 5 ppm, ≥3, <play> a < b".to_owned());
        say_comparisons(&mut passage);
        assert_eq!(
            passage.into_text(),
            "moins de 5 ppm, plus de 3, <play> a < b"
        );
    }

    #[test]
    fn signs_are_words_or_breath() {
        assert_eq!(said("bruit & odeur"), "bruit et odeur");
        assert_eq!(said("bruit et/ou odeur"), "bruit et ou odeur");
        assert_eq!(said("l'ammoniac (gaz) est"), "l'ammoniac, gaz, est");
        assert_eq!(said("le bac – vide – est"), "le bac, vide, est");
        assert_eq!(said("entrée/sortie - nord"), "entrée, sortie, nord");
    }
}
