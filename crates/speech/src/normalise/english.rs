//! English texts: numbers, hours, dates, common measures, acronyms; the rest as it is written.

mod numbers;

use std::sync::LazyLock;

use bulletin::Language;
use regex::Regex;

use super::passage::{Found, Passage, Rewrite, pattern};
use super::{capitals, names};
use crate::Lexicon;
pub(crate) use numbers::{cardinal, ordinal};
use numbers::{digits, whole};

/// Leaves no figure and no sign for the voice.
pub(super) fn say(passage: &mut Passage, lexicon: &Lexicon, shouted: bool) {
    passage.rewrite(&ADDRESS, |_| Rewrite::Write(String::new()));
    names::say(passage, lexicon, Language::English);
    passage.rewrite(&TELEPHONE, |found| Rewrite::Say(digits(found.group(0))));
    passage.rewrite(&CLOCK, clock);
    passage.rewrite(&ISO_DATE, date);
    passage.rewrite(&MEASURE, measure);
    passage.rewrite(&ORDINAL, |found| match found.group(1).parse() {
        Ok(number) => Rewrite::Say(ordinal(number)),
        Err(_) => Rewrite::Leave,
    });
    passage.rewrite(&LETTERS_AND_FIGURES, |found| {
        Rewrite::Write(format!("{} {}", found.group(1), found.group(2)))
    });
    passage.rewrite(&NUMBER, |found| Rewrite::Say(number(found)));
    capitals::say(passage, shouted);
    passage.rewrite(&SIGN, |found| {
        Rewrite::Write(
            match found.group(0) {
                "&" => " and ",
                "+" => " plus ",
                "%" => " per cent ",
                _ => ", ",
            }
            .to_owned(),
        )
    });
}

/// `14:30`, `2:30 pm`, `2 pm`.
fn clock(found: &Found<'_>) -> Rewrite {
    let (hours, minutes, half) = (found.group(1), found.group(2), found.group(3));
    if minutes.is_empty() && half.is_empty() {
        return Rewrite::Leave;
    }
    let minutes = match minutes {
        "" => String::new(),
        "00" if half.is_empty() => " hundred hours".to_owned(),
        "00" => String::new(),
        minutes if minutes.starts_with('0') => format!(" oh {}", whole(&minutes[1..])),
        minutes => format!(" {}", whole(minutes)),
    };
    let half = match half.chars().next() {
        Some('a' | 'A') => " A M",
        Some(_) => " P M",
        None => "",
    };
    let hours = hours.parse().map(cardinal).unwrap_or_default();
    Rewrite::Say(format!("{hours}{minutes}{half}"))
}

fn date(found: &Found<'_>) -> Rewrite {
    let month = found
        .group(2)
        .parse::<usize>()
        .ok()
        .and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match (month, found.group(3).parse()) {
        (Some(month), Ok(day @ 1..=31)) => Rewrite::Say(format!(
            "the {} of {month} {}",
            ordinal(day),
            whole(found.group(1))
        )),
        _ => Rewrite::Leave,
    }
}

fn measure(found: &Found<'_>) -> Rewrite {
    let unit = UNITS.iter().find(|(symbol, _)| *symbol == found.group(4));
    match unit {
        Some((_, name)) => Rewrite::Say(format!("{} {name}", number(found))),
        None => Rewrite::Leave,
    }
}

/// Groups: sign, whole part, fraction.
fn number(found: &Found<'_>) -> String {
    let sign = match found.group(1) {
        "-" if found.before.is_empty() || found.before.ends_with(' ') => "minus ",
        _ => "",
    };
    match found.group(3) {
        "" => format!("{sign}{}", whole(found.group(2))),
        decimals => format!("{sign}{} point {}", whole(found.group(2)), digits(decimals)),
    }
}

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(?:https?://|www\.)\S+|[\w.+-]+@[\w.-]+|[@#]\w+"));
static TELEPHONE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:\+\d{1,3}|0\d)(?:[ .-]?\d{2,4}){2,5}"));
static CLOCK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)([01]?\d|2[0-3])(?:[:.h]([0-5]\d))? ?(am|pm|a\.m\.|p\.m\.)?"));
static ISO_DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{4})-(\d{2})-(\d{2})"));
static MEASURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(-)?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))? ?(km/h|km|cm|mm|m3|m2|m|kg|g|t|l|L|°C|%|ppm|dB|min|h|s|bar)",
    )
});
static ORDINAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{1,3})(?:st|nd|rd|th)"));
static LETTERS_AND_FIGURES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\p{L}+)(\d+\p{L}*)"));
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(-)?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?"));
static SIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[&%()/|+–]| - "));

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const UNITS: [(&str, &str); 19] = [
    ("km/h", "kilometres an hour"),
    ("km", "kilometres"),
    ("cm", "centimetres"),
    ("mm", "millimetres"),
    ("m3", "cubic metres"),
    ("m2", "square metres"),
    ("m", "metres"),
    ("kg", "kilograms"),
    ("g", "grams"),
    ("t", "tonnes"),
    ("l", "litres"),
    ("L", "litres"),
    ("°C", "degrees"),
    ("%", "per cent"),
    ("ppm", "parts per million"),
    ("dB", "decibels"),
    ("min", "minutes"),
    ("h", "hours"),
    ("bar", "bar"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise;

    fn said(text: &str) -> String {
        normalise(text, Language::English, &Lexicon::built_in())
            .unwrap()
            .as_str()
            .to_owned()
    }

    #[test]
    fn figures_become_words() {
        for (text, words) in [
            ("Flaring since 14:30", "Flaring since fourteen thirty"),
            ("at 2 pm", "at two P M"),
            ("at 9:05 am", "at nine oh five A M"),
            (
                "2026-11-03",
                "the third of November two thousand and twenty-six",
            ),
            ("3.5 km away", "three point five kilometres away"),
            ("1,200 people", "one thousand two hundred people"),
            ("-5 °C", "minus five degrees"),
            ("the 21st", "the twenty-first"),
            ("unit T204", "unit T two hundred and four"),
            (
                "call 0805 691 282",
                "call zero eight zero five six nine one two eight two",
            ),
            ("The PPI siren", "The P P I siren"),
            ("see https://example.org/x", "see"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }
}
