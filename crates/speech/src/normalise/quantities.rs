//! The numbers that are left: signs, thousands, decimals, fractions, ordinals, ranges.

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{Gender, fraction, whole};
use super::ordinals::ordinal;
use super::passage::{Found, Passage, Rewrite, pattern};

/// The pieces of a written number, as groups: sign, whole part, fraction.
pub(super) const NUMBER: &str =
    r"([-+±] ?)?(\d{1,3}(?: \d{3})+|\d{1,3}(?:\.\d{3})+|\d+)(?:[,.](\d+))?";

/// `1er`, `2e`, `3ÈME`: before letters and figures are parted.
pub(super) fn say_ordinals(passage: &mut Passage) {
    passage.rewrite(&ORDINAL, |found| {
        let gender = if matches!(found.group(2).to_lowercase().as_str(), "re" | "ère" | "ere") {
            Gender::Feminine
        } else {
            Gender::Masculine
        };
        match found.group(1).parse() {
            Ok(number) => Rewrite::Say(ordinal(number, gender)),
            Err(_) => Rewrite::Leave,
        }
    });
}

/// `15-20` and `2 x 500`: the sign is a word. Before the units, which want a number to themselves.
pub(super) fn say_links(passage: &mut Passage) {
    passage.rewrite(&MILLIONS, |found| {
        let whole = found.group(1).split(',').next().unwrap_or_default();
        let plural = if matches!(whole, "0" | "1") { "" } else { "s" };
        Rewrite::Write(format!(
            "{} million{plural} {}",
            found.group(1),
            found.group(2)
        ))
    });
    passage.rewrite(&RANGE, link);
    passage.rewrite(&TIMES, |found| {
        Rewrite::Write(format!("{} fois {}", found.group(1), found.group(2)))
    });
    passage.rewrite(&TIMES_SAID, |found| match found.after {
        "" => Rewrite::Write(format!("{} fois ", found.group(1))),
        _ => Rewrite::Leave,
    });
}

/// Puts every remaining figure in words.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&FRACTION, part);
    passage.rewrite(&PLAIN, plain);
}

/// `15-20` is "15 à 20" when it grows; a longer chain is no range.
///
/// After *à* it is "de 15 à 20".
fn link(found: &Found<'_>) -> Rewrite {
    let number = |text: &str| text.replace(',', ".").parse::<f64>().ok();
    let grows = match (number(found.group(2)), number(found.group(3))) {
        (Some(from), Some(to)) => from < to,
        _ => false,
    };
    let chained = found.before.ends_with(['-', '/', '.', ','])
        || found.after.starts_with(['-', '/'])
        || found.before.ends_with("- ");
    if grows && !chained {
        let lead = if found.group(1).is_empty() { "" } else { "de " };
        Rewrite::Write(format!("{lead}{} à {}", found.group(2), found.group(3)))
    } else {
        Rewrite::Leave
    }
}

fn part(found: &Found<'_>) -> Rewrite {
    let words = match (found.group(1), found.group(2)) {
        ("1", "2") if gender_of(found.after.trim_start()) == Gender::Feminine => {
            "une demi".to_owned()
        }
        ("1", "2") => "un demi".to_owned(),
        ("1", "3") => "un tiers".to_owned(),
        ("2", "3") => "deux tiers".to_owned(),
        ("1", "4") => "un quart".to_owned(),
        ("3", "4") => "trois quarts".to_owned(),
        // A tenth; `5/10` is a mark.
        ("1", of @ ("5" | "6" | "8" | "10" | "20" | "100" | "1000")) => {
            let of = of.parse().map(|of| ordinal(of, Gender::Masculine));
            format!("un {}", of.unwrap_or_default())
        }
        (part, of) => format!(
            "{} sur {}",
            whole(part, Gender::Masculine),
            whole(of, Gender::Masculine)
        ),
    };
    Rewrite::Say(words)
}

/// A minus is one when it touches the number and nothing touches it: `15-20` was read before.
fn plain(found: &Found<'_>) -> Rewrite {
    let (sign, figures, decimals) = (found.group(1), found.group(2), found.group(3));
    let mut words = match sign.trim() {
        "-" if found.before.is_empty() || found.before.ends_with([' ', '(']) => "moins ".to_owned(),
        "-" => " ".to_owned(),
        "+" => "plus ".to_owned(),
        "±" => "plus ou moins ".to_owned(),
        _ => String::new(),
    };
    let gender = match found.after.strip_prefix(' ') {
        Some(after) if decimals.is_empty() => gender_of(after),
        _ => Gender::Masculine,
    };
    words.push_str(&whole(figures, gender));
    if !decimals.is_empty() {
        words.push_str(&format!(" virgule {}", fraction(decimals)));
    }
    Rewrite::Say(words)
}

/// Whether the noun after a number makes its *un* an *une*: by ending, or from a list.
fn gender_of(after: &str) -> Gender {
    let noun: String = noun_of(after)
        .chars()
        .take_while(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    let noun = noun.strip_suffix('s').unwrap_or(&noun);
    let feminine = FEMININE.contains(&noun)
        || [
            "tion", "sion", "ité", "ette", "ance", "ence", "ture", "esse", "ée",
        ]
        .iter()
        .any(|end| noun.ends_with(end));
    if feminine {
        Gender::Feminine
    } else {
        Gender::Masculine
    }
}

/// Past the second number of "1 à 2 personnes".
fn noun_of(after: &str) -> &str {
    for link in ["à ", "ou "] {
        if let Some(rest) = after.strip_prefix(link) {
            return rest.split_once(' ').map_or("", |(_, noun)| noun);
        }
    }
    after
}

/// Words of bulletins, in the singular.
const FEMININE: [&str; 50] = [
    "personne",
    "heure",
    "minute",
    "seconde",
    "tonne",
    "torche",
    "soupape",
    "foi",
    "semaine",
    "journée",
    "commune",
    "sirène",
    "victime",
    "odeur",
    "équipe",
    "alarme",
    "cuve",
    "fuite",
    "flamme",
    "fumée",
    "entreprise",
    "usine",
    "salle",
    "route",
    "rue",
    "zone",
    "vanne",
    "pompe",
    "chaudière",
    "ligne",
    "année",
    "matinée",
    "nuit",
    "plainte",
    "école",
    "maison",
    "citerne",
    "cheminée",
    "explosion",
    "détonation",
    "installation",
    "voiture",
    "ambulance",
    "lance",
    "mesure",
    "demande",
    "sphère",
    "turbine",
    "demi-heure",
    "famille",
];

static ORDINAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(\d{1,4})((?i:er)|(?i:ères?|èmes?)|ièmes?|èmes?|emes?|ères?|eres?|ers?|res?|nde?s?|e)",
    )
});
/// `1,3 M d'habitants`.
static MILLIONS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{1,3}(?:,\d+)?) ?M (d'|de )"));
static RANGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(à )?(\d+(?:,\d+)?) ?[-–] ?(\d+(?:,\d+)?)"));
static TIMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d+) ?[x×*] ?(\d+)"));
/// `3 x` before what is said already.
static TIMES_SAID: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d+) ?[x×*] "));
static FRACTION: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{1,4})/(\d{1,4})"));
static PLAIN: LazyLock<Regex> = LazyLock::new(|| pattern(NUMBER));

/// A number that stands in words elsewhere in this module's rules.
#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say_ordinals(&mut passage);
        say_links(&mut passage);
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn every_figure_becomes_a_word() {
        for (text, words) in [
            ("2,5", "deux virgule cinq"),
            ("2.5", "deux virgule cinq"),
            ("10 000", "dix mille"),
            ("1.500", "mille cinq cents"),
            ("en 2019", "en deux mille dix-neuf"),
            ("-5", "moins cinq"),
            ("+ 40", "plus quarante"),
            ("15-20", "quinze à vingt"),
            ("15 à 20", "quinze à vingt"),
            ("20-15", "vingt quinze"),
            ("3/4", "trois quarts"),
            ("5/10", "cinq sur dix"),
            ("1/2 journée", "une demi journée"),
            ("1 blessée, 1ER", "une blessée, premier"),
            (
                "1er, 2e, 1re, 3ème",
                "premier, deuxième, première, troisième",
            ),
            ("3 x 12", "trois fois douze"),
            ("1 personne, 1 blessé", "une personne, un blessé"),
            ("21 équipes", "vingt et une équipes"),
            ("112", "cent douze"),
        ] {
            assert_eq!(said(text).replace("  ", " "), words, "{text}");
        }
    }
}
