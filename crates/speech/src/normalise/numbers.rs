//! Whole numbers and decimals in French words, as France counts.

/// Agreement of a final *un*: une heure, vingt et une tonnes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gender {
    Masculine,
    Feminine,
}

/// A whole number in words; `deux cents`, `quatre-vingts` with their s when nothing follows.
///
/// From a million of millions on, digit by digit.
pub(crate) fn cardinal(number: u64, gender: Gender) -> String {
    if number >= 1_000_000_000_000 {
        return digits(&number.to_string());
    }
    let mut words = Vec::new();
    for (size, name) in [(1_000_000_000, "milliard"), (1_000_000, "million")] {
        let count = number / size % 1000;
        if count > 0 {
            let plural = if count > 1 { "s" } else { "" };
            words.push(format!(
                "{} {name}{plural}",
                below_thousand(count, Gender::Masculine, true)
            ));
        }
    }
    match number / 1000 % 1000 {
        0 => {}
        1 => words.push("mille".to_owned()),
        count => words.push(format!(
            "{} mille",
            below_thousand(count, Gender::Masculine, false)
        )),
    }
    let rest = number % 1000;
    if rest > 0 || words.is_empty() {
        words.push(below_thousand(rest, gender, true));
    }
    words.join(" ")
}

/// Digits as a number when it is safe to, else one after the other: `007` has its zeros said.
pub(super) fn whole(written: &str, gender: Gender) -> String {
    let plain: String = written.chars().filter(char::is_ascii_digit).collect();
    let led_by_zero = plain.len() > 1 && plain.starts_with('0');
    match plain.parse::<u64>() {
        Ok(number) if !led_by_zero && plain.len() <= 12 => cardinal(number, gender),
        _ if plain.len() <= 3 => leading_zeros(&plain, gender),
        _ => digits(&plain),
    }
}

/// What follows the comma: `5`, `05` (zéro cinq), `75` (soixante-quinze); long ones digit by digit.
pub(super) fn fraction(written: &str) -> String {
    let significant = written.trim_start_matches('0');
    if significant.len() > 3 {
        return digits(written);
    }
    leading_zeros(written, Gender::Masculine)
}

/// One word for each digit.
pub(super) fn digits(written: &str) -> String {
    let words: Vec<&str> = written
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|digit| UNITS[digit as usize])
        .collect();
    words.join(" ")
}

/// `05` as "zéro cinq", `000` as three zeros; at most a few digits.
pub(super) fn leading_zeros(written: &str, gender: Gender) -> String {
    let significant = written.trim_start_matches('0');
    let mut words = vec!["zéro".to_owned(); written.len() - significant.len()];
    if let Ok(number) = significant.parse() {
        words.push(cardinal(number, gender));
    }
    words.join(" ")
}

/// `last`: nothing follows that would take the s from cents and vingts.
fn below_thousand(number: u64, gender: Gender, last: bool) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    let mut words = Vec::new();
    match hundreds {
        0 => {}
        1 => words.push("cent".to_owned()),
        _ => {
            let plural = if rest == 0 && last { "s" } else { "" };
            words.push(format!(
                "{} cent{plural}",
                below_hundred(hundreds, gender, false)
            ));
        }
    }
    if rest > 0 || hundreds == 0 {
        words.push(below_hundred(rest, gender, last));
    }
    words.join(" ")
}

fn below_hundred(number: u64, gender: Gender, last: bool) -> String {
    let one = match gender {
        Gender::Masculine => "un",
        Gender::Feminine => "une",
    };
    let unit = |number: u64| match number {
        1 => one,
        _ => usize::try_from(number)
            .ok()
            .and_then(|at| UNITS.get(at))
            .copied()
            .unwrap_or(""),
    };
    match number {
        0..=16 => unit(number).to_owned(),
        17..=19 => format!("dix-{}", unit(number - 10)),
        71 => "soixante et onze".to_owned(),
        80 if last => "quatre-vingts".to_owned(),
        80 => "quatre-vingt".to_owned(),
        70..=79 => format!("soixante-{}", below_hundred(number - 60, gender, last)),
        81..=99 => format!("quatre-vingt-{}", below_hundred(number - 80, gender, last)),
        _ => {
            let tens = TENS[usize::try_from(number / 10)
                .unwrap_or(0)
                .min(TENS.len() - 1)];
            match number % 10 {
                0 => tens.to_owned(),
                1 => format!("{tens} et {one}"),
                rest => format!("{tens}-{}", unit(rest)),
            }
        }
    }
}

const UNITS: [&str; 17] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize",
];
const TENS: [&str; 7] = [
    "",
    "dix",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_france_counts() {
        for (number, words) in [
            (0, "zéro"),
            (17, "dix-sept"),
            (21, "vingt et un"),
            (71, "soixante et onze"),
            (77, "soixante-dix-sept"),
            (80, "quatre-vingts"),
            (81, "quatre-vingt-un"),
            (91, "quatre-vingt-onze"),
            (99, "quatre-vingt-dix-neuf"),
            (100, "cent"),
            (101, "cent un"),
            (200, "deux cents"),
            (282, "deux cent quatre-vingt-deux"),
            (1000, "mille"),
            (1500, "mille cinq cents"),
            (2019, "deux mille dix-neuf"),
            (80_000, "quatre-vingt mille"),
            (200_080, "deux cent mille quatre-vingts"),
            (1_000_000, "un million"),
            (80_000_000, "quatre-vingts millions"),
            (2_200_000_001, "deux milliards deux cents millions un"),
        ] {
            assert_eq!(cardinal(number, Gender::Masculine), words);
        }
    }

    #[test]
    fn a_final_one_agrees() {
        for (number, words) in [
            (1, "une"),
            (21, "vingt et une"),
            (81, "quatre-vingt-une"),
            (71, "soixante et onze"),
            (1001, "mille une"),
            (21_000, "vingt et un mille"),
        ] {
            assert_eq!(cardinal(number, Gender::Feminine), words);
        }
    }

    #[test]
    fn zeros_in_front_are_said() {
        assert_eq!(whole("007", Gender::Masculine), "zéro zéro sept");
        assert_eq!(whole("00123", Gender::Masculine), "zéro zéro un deux trois");
        assert_eq!(fraction("05"), "zéro cinq");
        assert_eq!(fraction("75"), "soixante-quinze");
        assert_eq!(fraction("0"), "zéro");
        assert_eq!(fraction("14159"), "un quatre un cinq neuf");
    }

    #[test]
    fn endless_numbers_are_said_digit_by_digit() {
        assert_eq!(cardinal(u64::MAX, Gender::Masculine).split(' ').count(), 20);
        assert_eq!(
            whole(&"9".repeat(30), Gender::Masculine).split(' ').count(),
            30
        );
    }
}
