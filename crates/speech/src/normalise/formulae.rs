//! Chemical formulae, spelled: `SO2` is "S O deux".

use std::sync::LazyLock;

use regex::Regex;

use super::passage::{Found, Passage, Rewrite, pattern};

/// A word of element symbols with at least one figure: `H2S`, `C2H4`, `Cl2`, `Na2SO4`.
///
/// `number`: puts the figures into words of the text's language.
pub(super) fn say(passage: &mut Passage, number: impl Fn(&str) -> String) {
    passage.rewrite(&FORMULA, |found| formula(found, &number));
}

fn formula(found: &Found<'_>, number: &impl Fn(&str) -> String) -> Rewrite {
    let mut words = Vec::new();
    let mut atoms = 0;
    for atom in ATOM.captures_iter(found.group(0)) {
        let symbol = &atom[1];
        if !ELEMENTS.split(' ').any(|element| element == symbol) {
            return Rewrite::Leave;
        }
        atoms += 1;
        words.extend(symbol.to_uppercase().chars().map(String::from));
        if !atom[2].is_empty() {
            words.push(number(&atom[2]));
        }
    }
    // One letter and a number is a road or a building: said alike, but elsewhere.
    if atoms < 2 && found.group(0).len() > 3 {
        return Rewrite::Leave;
    }
    Rewrite::Say(words.join(" "))
}

static FORMULA: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:[A-Z][a-z]?\d{0,3})*[A-Z][a-z]?\d{1,3}(?:[A-Z][a-z]?\d{0,3})*"));
static ATOM: LazyLock<Regex> = LazyLock::new(|| pattern(r"([A-Z][a-z]?)(\d*)"));
/// Those of industry; a formula with another one is no formula here.
const ELEMENTS: &str = "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Ti V Cr Mn Fe Co Ni Cu Zn \
                        As Se Br Mo Ag Cd Sn I Ba W Pt Au Hg Pb U";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::numbers::{Gender, whole};

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage, |figures| whole(figures, Gender::Masculine));
        passage.into_text()
    }

    #[test]
    fn formulae_are_spelled() {
        for (text, words) in [
            ("H2S", "H deux S"),
            ("SO2", "S O deux"),
            ("CO2", "C O deux"),
            ("NH3", "N H trois"),
            ("CH4", "C H quatre"),
            ("C2H4", "C deux H quatre"),
            ("Cl2", "C L deux"),
            ("H2SO4", "H deux S O quatre"),
            ("(NH3)", "(N H trois)"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn other_names_are_not_formulae() {
        for text in ["A131", "T204", "Zone", "CO", "RD18E", "GN8"] {
            assert_eq!(said(text), text);
        }
    }
}
