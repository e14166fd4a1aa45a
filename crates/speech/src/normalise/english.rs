//! English texts: numbers, hours, dates, telephone numbers, measures, acronyms; the rest as it is
//! written.

mod dates;
mod measures;
mod numbers;
mod telephone;

use std::sync::LazyLock;

use bulletin::Language;
use regex::Regex;

use super::passage::{Found, Passage, Rewrite, pattern};
use super::{capitals, formulae, names};
use crate::Lexicon;
pub(crate) use dates::MONTHS;
pub(crate) use numbers::{cardinal, ordinal};
use numbers::{digits, whole};

/// Leaves no figure and no sign for the voice.
///
/// The order matters as it does in French: what is longest and surest comes first.
pub(super) fn say(passage: &mut Passage, lexicon: &Lexicon, shouted: bool) {
    passage.rewrite(&EMAIL, |found| Rewrite::Say(address(found.group(0))));
    passage.rewrite(&WEB, web);
    passage.rewrite(&HANDLE, |_| Rewrite::Write(String::new()));
    names::say(passage, lexicon, Language::English);
    telephone::say(passage);
    dates::say(passage);
    passage.rewrite(&SHORTENED, |found| {
        let short = found.group(0).to_lowercase();
        let word = WORDS.iter().find(|(one, _)| short.starts_with(one));
        word.map_or(Rewrite::Leave, |(_, word)| {
            Rewrite::Write((*word).to_owned())
        })
    });
    passage.rewrite(&NUMBER_SIGN, |_| Rewrite::Write("number ".to_owned()));
    passage.rewrite(&WIND, |found| {
        Rewrite::Write(format!("{}{}", found.group(1), points(found.group(2))))
    });
    measures::say(passage);
    formulae::say(passage, whole);
    passage.rewrite(&ORDINAL, |found| match found.group(1).parse() {
        Ok(number) => Rewrite::Say(ordinal(number)),
        Err(_) => Rewrite::Leave,
    });
    passage.rewrite(&LETTERS_AND_FIGURES, |found| {
        let [letters, figures, more] = [1, 2, 3].map(|group| found.group(group));
        Rewrite::Write(format!("{letters} {figures} {more}"))
    });
    passage.rewrite(&FRACTION, |found| {
        Rewrite::Say(match found.group(0) {
            "1/2" => "one half".to_owned(),
            "1/3" => "one third".to_owned(),
            "2/3" => "two thirds".to_owned(),
            "1/4" => "one quarter".to_owned(),
            "3/4" => "three quarters".to_owned(),
            _ => format!("{} of {}", whole(found.group(1)), whole(found.group(2))),
        })
    });
    passage.rewrite(&NUMBER, |found| Rewrite::Say(measures::number(found)));
    passage.rewrite(&FIGURE_AND_LETTERS, |found| {
        Rewrite::Say(digits(found.group(0)))
    });
    capitals::say(passage, shouted);
    passage.rewrite(&SIGN, |found| {
        Rewrite::Write(
            match found.group(0) {
                "&" => " and ",
                "+" => " plus ",
                "%" => " per cent ",
                "=" => " equals ",
                "±" => " plus or minus ",
                "≈" | "~" => " about ",
                _ => ", ",
            }
            .to_owned(),
        )
    });
}

/// A short address is read out; nobody notes down a long one while listening.
fn web(found: &Found<'_>) -> Rewrite {
    let whole = found.group(0);
    let stops = &whole[without_stops(whole).len()..];
    let host = without_stops(found.group(1));
    let wanting = ["at", "on", "see", "via", "visit"];
    match without_stops(found.group(2)) {
        "" | "/" => Rewrite::Write(format!("{}{stops}", address(host))),
        _ if wanting.contains(&found.word_before().to_lowercase().as_str()) => {
            Rewrite::Write(format!("the web page{stops}"))
        }
        _ => Rewrite::Write(stops.to_owned()),
    }
}

fn without_stops(address: &str) -> &str {
    address.trim_end_matches(['.', ',', ';', ':', '!', '?', ')'])
}

fn address(written: &str) -> String {
    let mut words = String::new();
    for c in written.to_lowercase().chars() {
        match c {
            '.' => words.push_str(" dot "),
            '-' => words.push_str(" hyphen "),
            '_' => words.push_str(" underscore "),
            '@' => words.push_str(" at "),
            '+' => words.push_str(" plus "),
            c if c.is_ascii_digit() => words.push_str(&format!(" {} ", digits(&c.to_string()))),
            c => words.push(c),
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn points(letters: &str) -> String {
    let names: Vec<&str> = letters
        .chars()
        .map(|letter| match letter {
            'N' => "north",
            'S' => "south",
            'E' => "east",
            _ => "west",
        })
        .collect();
    names.join("-")
}

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
});
static WEB: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:(?:https?|ftp)://)?(?:www\.)?",
        r"((?:[a-z0-9-]+\.)+(?:com|org|net|eu|fr|info|uk|int|gov|edu))(?::\d+)?(/[^\s]*)?",
    ))
});
static HANDLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(?:https?|ftp)://\S*|www\.\S+|[@#][\p{L}\d_]+"));
static SHORTENED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)e\.g\.,?|i\.e\.,?|approx\.|max\.|min\.|etc\.|dept\.|tel\.|incl\.|w/o|24/7|24h/24|7/7",
    )
});
static NUMBER_SIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)n(?:o\.|°) ?"));
static WIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"((?i:winds?|gusts|towards|from|side|flare|to the)(?i: (?:is|of|from|the|blows|blowing))* )(N[EW]|S[EW]|NN[EW]|SS[EW]|E[NS]E|W[NS]W)",
    )
});
static ORDINAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{1,3})(?:st|nd|rd|th)"));
static LETTERS_AND_FIGURES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\p{L}+)-?(\d+)(\p{L}*)"));
static FRACTION: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{1,4})/(\d{1,4})"));
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([-+±])?(\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.(\d+))?"));
/// `204B`: whatever is left.
static FIGURE_AND_LETTERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+"));
static SIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[&%()/|+=±≈~–]| - "));
/// By their beginnings.
const WORDS: [(&str, &str); 13] = [
    ("e.g", "for example "),
    ("i.e", "that is "),
    ("approx", "approximately"),
    ("max", "at most"),
    ("min", "minutes"),
    ("etc", "et cetera."),
    ("dept", "department"),
    ("tel", "telephone"),
    ("incl", "including"),
    ("w/o", "without"),
    ("24/7", "twenty-four hours a day, seven days a week"),
    ("24h/24", "twenty-four hours a day"),
    ("7/7", "seven days a week"),
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
            ("3.50 km", "three point five zero kilometres"),
            ("1,200 people", "one thousand two hundred people"),
            ("10 000 m2", "ten thousand square metres"),
            ("-5 °C", "minus five degrees"),
            ("the 21st", "the twenty-first"),
            ("unit T204", "unit T two hundred and four"),
            ("tank T-204B", "tank T two hundred and four B"),
            ("The PPI siren", "The P P I siren"),
            ("see https://example.org/x", "see the web page"),
            ("at example.org.", "at example dot org."),
            (
                "e.g. 3/4 of it, etc.",
                "for example three quarters of it, et cetera.",
            ),
            ("wind from NNW", "wind from north-north-west"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }
}
