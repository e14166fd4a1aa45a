//! Roads, tanks and units: letters and figures in one word, each said by itself; phases in Roman figures.

use std::sync::LazyLock;

use regex::Regex;

use super::capitals;
use super::numbers::{Gender, cardinal, digits, whole};
use super::passage::{Found, Passage, Rewrite, pattern};

/// `A131`, `RD18E`, `T-204B`, `GN8`, `Sdis76`: letters, then the number, then letters; `phase II`.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&ROMAN, |found| {
        let number = ROMANS.iter().position(|roman| *roman == found.group(2));
        match number.and_then(|place| u64::try_from(place + 1).ok()) {
            Some(number) => Rewrite::Write(format!(
                "{} {}",
                found.group(1),
                cardinal(number, Gender::Masculine)
            )),
            None => Rewrite::Leave,
        }
    });
    passage.rewrite(&HYPHENED, |found| {
        Rewrite::Write(format!("{}{}", found.group(1), found.group(2)))
    });
    passage.rewrite(&MIXED, mixed);
}

fn mixed(found: &Found<'_>) -> Rewrite {
    let mut words = Vec::new();
    for run in RUN.find_iter(found.group(0)) {
        let run = run.as_str();
        if run.starts_with(|c: char| c.is_ascii_digit()) {
            words.push(if run.len() > 4 {
                digits(run)
            } else {
                whole(run, Gender::Masculine)
            });
        } else {
            words.push(capitals::word(run));
        }
    }
    if words.len() < 2 {
        return Rewrite::Leave;
    }
    Rewrite::Say(words.join(" "))
}

static ROMAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"((?i:phases?|niveaux?|tranches?|étapes?|types?|annexes?|chapitres?|groupes?)) ([IVX]{1,4})",
    )
});
const ROMANS: [&str; 10] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];
/// The hyphen of `T-204B` is for the eye.
static HYPHENED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\p{Lu}{1,4})-(\d{1,5}\p{Lu}{0,3})"));
static MIXED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[\p{L}\d]*(?:\p{L}\d|\d\p{L})[\p{L}\d]*"));
static RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{L}+|\d+"));

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn letters_and_figures_are_said_one_after_the_other() {
        for (text, words) in [
            ("A131", "A cent trente et un"),
            ("RD18E", "R D dix-huit E"),
            ("T-204B", "T deux cent quatre B"),
            ("GN8", "G N huit"),
            ("D982", "D neuf cent quatre-vingt-deux"),
            ("Sdis76", "Sdis soixante-seize"),
            ("PPI phase II", "PPI phase deux"),
            ("K0012345", "K zéro zéro un deux trois quatre cinq"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }
}
