//! Measures: a number with its unit, and units that stand alone.

mod table;

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{Gender, fraction, whole};
use super::passage::{Found, Passage, Rewrite, pattern};
use super::quantities::{self, NUMBER};
use table::{Unit, unit};

/// `12 m3`, `-5 °C`, `1 500 m`, `15-20 km`, `2,5 µg/m3`, `65 %`; and `µg/m³` by itself.
pub(super) fn say(passage: &mut Passage) {
    quantities::say_links(passage);
    passage.rewrite(&MEASURE, measure);
    passage.rewrite(&ALONE, |found| match unit(found.group(0)) {
        Some(unit) => Rewrite::Say(unit.plural),
        None => Rewrite::Leave,
    });
}

/// Takes the longest unit at the start of the word after the number; the rest is written again.
fn measure(found: &Found<'_>) -> Rewrite {
    let word = found.group(5);
    for (end, _) in word.char_indices().chain([(word.len(), ' ')]).rev() {
        let (symbol, rest) = word.split_at(end);
        // `le 18 s'il y a danger`, `le 5 l'après-midi`: a word begins there.
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '\'') {
            continue;
        }
        if let Some(unit) = unit(symbol) {
            let rest = match rest.strip_prefix('.') {
                Some(more) if goes_on(more, found.after) => more,
                _ => rest,
            };
            // Words, not figures: what follows may be rewritten again without harm.
            return Rewrite::Write(format!("{}{rest}", counted(found, &unit)));
        }
    }
    Rewrite::Leave
}

/// The stop of `20 min.` is no end of a sentence when lower case follows.
fn goes_on(more: &str, after: &str) -> bool {
    more.is_empty() && after.trim_start().starts_with(char::is_lowercase)
}

/// Groups of the number: sign, whole part, fraction.
fn counted(found: &Found<'_>, unit: &Unit) -> String {
    let (sign, figures, decimals) = (found.group(2), found.group(3), found.group(4));
    let gender = if unit.feminine {
        Gender::Feminine
    } else {
        Gender::Masculine
    };
    let mut words = match sign.trim() {
        "-" => "moins ".to_owned(),
        "+" => "plus ".to_owned(),
        "±" => "plus ou moins ".to_owned(),
        _ => String::new(),
    };
    words.push_str(&whole(
        figures,
        if decimals.is_empty() {
            gender
        } else {
            Gender::Masculine
        },
    ));
    if !decimals.is_empty() {
        words.push_str(&format!(" virgule {}", fraction(decimals)));
    }
    let is_one =
        matches!(figures, "0" | "1") || (figures.len() == 2 && matches!(figures, "00" | "01"));
    let name = if is_one { &unit.singular } else { &unit.plural };
    let of = if words.ends_with("million") || words.ends_with("millions") {
        "de "
    } else {
        ""
    };
    format!("{words} {of}{name}")
}

static MEASURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"({NUMBER}) ?([^\s\d][^\s]{{0,15}})")));
/// Only what cannot be a word: compounds, powers, and units with signs or inner capitals.
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"[µμ]g/N?m3|[µμ]g/L|[µμ]g|mg/N?m3|mg/[lL]|mg/kg|g/[lL]|[kKcmd]?m[23]/[hjs]|[kcdm]?m[23]|Nm3(?:/h)?",
        r"|km/h|m/s|t/(?:h|an|j)|kg/(?:h|m3|j)|dB ?\(A\)|dBA|dB|ppm|ppb|°C|kWh|MWh|mbar|hPa|kPa|MPa|%",
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
    fn numbers_take_their_units() {
        for (text, words) in [
            ("12 m3", "douze mètres cubes"),
            ("10 000 m2", "dix mille mètres carrés"),
            ("1 500 m", "mille cinq cents mètres"),
            ("30 min", "trente minutes"),
            ("30 s", "trente secondes"),
            ("100 dB", "cent décibels"),
            ("85 dB(A)", "quatre-vingt-cinq décibels"),
            ("3 km", "trois kilomètres"),
            ("5 %", "cinq pour cent"),
            ("65%", "soixante-cinq pour cent"),
            ("12,7 bar", "douze virgule sept bars"),
            ("1,5 t", "un virgule cinq tonne"),
            ("1 t", "une tonne"),
            ("21 t", "vingt et une tonnes"),
            ("850 °C", "huit cent cinquante degrés"),
            ("20°C", "vingt degrés"),
            ("-5 °C", "moins cinq degrés"),
            ("50 km/h", "cinquante kilomètres à l'heure"),
            (
                "0,05 mg/m3",
                "zéro virgule zéro cinq milligramme par mètre cube",
            ),
            ("40 μg/m3.", "quarante microgrammes par mètre cube."),
            ("200 μg/L", "deux cents microgrammes par litre"),
            ("10 €", "dix euros"),
            ("2 ppm", "deux parties par million"),
            ("7 j", "sept jours"),
            ("3 t/h", "trois tonnes par heure"),
            ("2 000 000 t", "deux millions de tonnes"),
            ("20 min. puis", "vingt minutes puis"),
            ("20 min. Puis", "vingt minutes. Puis"),
            ("(15 km)", "(quinze kilomètres)"),
            ("15-20 km", "15 à vingt kilomètres"),
            ("2 x 500 m3", "2 fois cinq cents mètres cubes"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn units_alone_are_named() {
        assert_eq!(said("μg/m3"), "microgrammes par mètre cube");
        assert_eq!(said("en km/h"), "en kilomètres à l'heure");
    }

    #[test]
    fn other_words_after_a_number_stay() {
        for text in [
            "12 Mars",
            "3 torches",
            "2 H2S",
            "5 et",
            "10 site",
            "4 mais",
            "12 a",
            "18 s'il vous plaît",
        ] {
            assert_eq!(said(text), text);
        }
    }
}
