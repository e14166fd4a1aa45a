//! Numbers with their units in English texts.

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{digits, whole};
use crate::normalise::passage::{Found, Passage, Rewrite, pattern};

/// `3.5 km`, `-5 °C`, `350 µg/m3`, `15-20 km/h`, `2 x 500 m3`, `< 5 ppm`.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&COMPARISON, |found| {
        if !found.after.starts_with(|c: char| c.is_ascii_digit()) {
            return Rewrite::Leave;
        }
        let less = found.group(0).starts_with(['<', '≤']);
        Rewrite::Write(if less { "less than " } else { "more than " }.to_owned())
    });
    passage.rewrite(&RANGE, range);
    passage.rewrite(&TIMES, |found| {
        Rewrite::Write(format!("{} times {}", found.group(1), found.group(2)))
    });
    passage.rewrite(&MEASURE, measure);
}

/// The words of a number. Groups: sign, whole part, fraction.
pub(super) fn number(found: &Found<'_>) -> String {
    let touched = !(found.before.is_empty() || found.before.ends_with([' ', '(']));
    let sign = match found.group(1) {
        "-" if !touched => "minus ",
        "+" => "plus ",
        "±" => "plus or minus ",
        _ => "",
    };
    match found.group(3) {
        "" => format!("{sign}{}", whole(found.group(2))),
        decimals => format!("{sign}{} point {}", whole(found.group(2)), digits(decimals)),
    }
}

/// `15-20` grows; anything else with a hyphen is a name.
fn range(found: &Found<'_>) -> Rewrite {
    let number = |group: usize| found.group(group).parse::<f64>().ok();
    match (number(1), number(2)) {
        (Some(from), Some(to)) if from < to && !found.after.starts_with('-') => {
            Rewrite::Write(format!("{} to {}", found.group(1), found.group(2)))
        }
        _ => Rewrite::Leave,
    }
}

fn measure(found: &Found<'_>) -> Rewrite {
    let Some((_, one, many)) = UNITS
        .iter()
        .find(|(symbols, ..)| symbols.split(' ').any(|symbol| symbol == found.group(4)))
    else {
        return Rewrite::Leave;
    };
    let single = found.group(2) == "1" && found.group(3).is_empty();
    let name = if single { one } else { many };
    Rewrite::Say(format!("{} {name}", number(found)))
}

static COMPARISON: LazyLock<Regex> = LazyLock::new(|| pattern(r"[<>≤≥]=? ?"));
static RANGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(\d+(?:\.\d+)?) ?[-–] ?(\d+(?:\.\d+)?)"));
static TIMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d+) ?[x×*] ?(\d+)"));
static MEASURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"([-+±])?(\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.(\d+))? ?",
        r"([µμ]g/m3|mg/m3|mg/[lL]|[µμ]g/[lL]|[µμ]g|mg|dB ?\(A\)|dB|min|mbar|m3/h|t/h|km/h|km2|km|cm|mm|m3|m2|m/s|m|kg|g|t|",
        r"[lL]|°C|°F|°|%|ppm|ppb|hrs?|h|sec|s|bar|kPa|MPa|kV|V|kWh|MWh|kW|MW|GW|ha|Hz|€)",
    ))
});
/// Symbols, name of one, name of several.
const UNITS: [(&str, &str, &str); 41] = [
    ("km/h", "kilometre an hour", "kilometres an hour"),
    ("m/s", "metre a second", "metres a second"),
    ("km", "kilometre", "kilometres"),
    ("cm", "centimetre", "centimetres"),
    ("mm", "millimetre", "millimetres"),
    ("m", "metre", "metres"),
    ("km2", "square kilometre", "square kilometres"),
    ("m2", "square metre", "square metres"),
    ("m3", "cubic metre", "cubic metres"),
    ("m3/h", "cubic metre an hour", "cubic metres an hour"),
    ("ha", "hectare", "hectares"),
    ("kg", "kilogram", "kilograms"),
    ("g", "gram", "grams"),
    ("mg", "milligram", "milligrams"),
    ("µg μg", "microgram", "micrograms"),
    ("t", "tonne", "tonnes"),
    ("t/h", "tonne an hour", "tonnes an hour"),
    ("l L", "litre", "litres"),
    (
        "mg/m3",
        "milligram per cubic metre",
        "milligrams per cubic metre",
    ),
    (
        "µg/m3 μg/m3",
        "microgram per cubic metre",
        "micrograms per cubic metre",
    ),
    ("mg/l mg/L", "milligram per litre", "milligrams per litre"),
    (
        "µg/l µg/L μg/l μg/L",
        "microgram per litre",
        "micrograms per litre",
    ),
    ("°C °", "degree", "degrees"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("%", "per cent", "per cent"),
    ("ppm", "part per million", "parts per million"),
    ("ppb", "part per billion", "parts per billion"),
    ("dB dB(A)", "decibel", "decibels"),
    ("min", "minute", "minutes"),
    ("h hr hrs", "hour", "hours"),
    ("s sec", "second", "seconds"),
    ("bar", "bar", "bars"),
    ("mbar", "millibar", "millibars"),
    ("kPa", "kilopascal", "kilopascals"),
    ("MPa", "megapascal", "megapascals"),
    ("kV", "kilovolt", "kilovolts"),
    ("V", "volt", "volts"),
    ("kWh", "kilowatt hour", "kilowatt hours"),
    ("MW", "megawatt", "megawatts"),
    ("Hz", "hertz", "hertz"),
    ("€", "euro", "euros"),
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
    fn measures_have_words() {
        for (text, words) in [
            ("3.5 km", "three point five kilometres"),
            ("20 min", "twenty minutes"),
            ("1 t", "one tonne"),
            (
                "350 µg/m3",
                "three hundred and fifty micrograms per cubic metre",
            ),
            ("68 dB(A)", "sixty-eight decibels"),
            ("-5 °C", "minus five degrees"),
            ("15-20 km/h", "15 to twenty kilometres an hour"),
            ("2 x 500 m3", "2 times five hundred cubic metres"),
            ("(< 5 ppm)", "(less than five parts per million)"),
            ("20-15", "20-15"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }
}
