//! Where the wind blows from.

use std::sync::LazyLock;

use regex::Regex;

use super::passage::{Found, Passage, Rewrite, pattern};

/// `N-NO`, `E-SE`, `NNO` anywhere; `NE` or `O` only after a word of wind or direction.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&COMPOUND, |found| {
        Rewrite::Say(format!(
            "{} {}",
            points(found.group(1)),
            points(found.group(2))
        ))
    });
    passage.rewrite(&TRIPLE, |found| {
        let (first, rest) = found.group(0).split_at(1);
        Rewrite::Say(format!("{} {}", points(first), points(rest)))
    });
    passage.rewrite(&AFTER_WIND, after_wind);
}

fn after_wind(found: &Found<'_>) -> Rewrite {
    Rewrite::Write(format!("{}{}", found.group(1), points(found.group(2))))
}

fn points(letters: &str) -> String {
    let names: Vec<&str> = letters
        .chars()
        .map(|letter| match letter {
            'N' => "nord",
            'S' => "sud",
            'E' => "est",
            _ => "ouest",
        })
        .collect();
    names.join("-")
}

static COMPOUND: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([NSEOW])[ -]?-[ -]?(N[EOW]|S[EOW])"));
static TRIPLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"NN[EOW]|SS[EOW]|EN ?E|E[NS]E|[OW]N[OW]|[OW]S[OW]"));
static AFTER_WIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"((?i:vents?|secteurs?|direction|orienté\w*|quart|façade|angle|torche|zone|vers)(?i: ?:| (?:de|du|d'|vers|le|la|l'|secteur|au))* ?)",
        r"(N[EOW]|S[EOW]|[NSEOW])",
    ))
});

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn winds_have_their_names() {
        assert_eq!(said("vent de N-NO"), "vent de nord nord-ouest");
        assert_eq!(said("E-SE"), "est sud-est");
        assert_eq!(said("secteur NNO"), "secteur nord nord-ouest");
        assert_eq!(said("vent d'O"), "vent d'ouest");
        assert_eq!(
            said("vent : NO, vers le SE"),
            "vent : nord-ouest, vers le sud-est"
        );
        assert_eq!(said("Vent de secteur SO."), "Vent de secteur sud-ouest.");
    }

    #[test]
    fn words_in_capitals_are_not_winds() {
        for text in ["NE PAS SORTIR", "la zone S2", "NO2"] {
            assert_eq!(said(text), text);
        }
    }
}
