//! Numbers in English words.

/// A whole number in words; from a million of millions on, digit by digit.
pub(crate) fn cardinal(number: u64) -> String {
    if number >= 1_000_000_000_000 {
        return digits(&number.to_string());
    }
    let mut words = Vec::new();
    for (size, name) in [
        (1_000_000_000, "billion"),
        (1_000_000, "million"),
        (1000, "thousand"),
    ] {
        let count = number / size % 1000;
        if count > 0 {
            words.push(format!("{} {name}", below_thousand(count)));
        }
    }
    let rest = number % 1000;
    if rest > 0 && rest < 100 && !words.is_empty() {
        words.push(format!("and {}", below_thousand(rest)));
    } else if rest > 0 || words.is_empty() {
        words.push(below_thousand(rest));
    }
    words.join(" ")
}

/// `first`, `second`, `twenty-first` …
pub(crate) fn ordinal(number: u64) -> String {
    let words = cardinal(number);
    let (lead, last) = match words.rfind([' ', '-']) {
        Some(at) => words.split_at(at + 1),
        None => ("", words.as_str()),
    };
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        last => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{lead}{last}")
}

/// Figures as a number, or one by one where a zero leads or they are too many.
pub(super) fn whole(written: &str) -> String {
    let plain: String = written.chars().filter(char::is_ascii_digit).collect();
    match plain.parse() {
        Ok(number) if plain.len() <= 12 && (plain.len() == 1 || !plain.starts_with('0')) => {
            cardinal(number)
        }
        _ => digits(&plain),
    }
}

/// One word for each digit.
pub(super) fn digits(written: &str) -> String {
    let words: Vec<&str> = written
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|digit| SMALL[digit as usize])
        .collect();
    words.join(" ")
}

fn below_thousand(number: u64) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    match (hundreds, rest) {
        (0, rest) => below_hundred(rest),
        (hundreds, 0) => format!("{} hundred", below_hundred(hundreds)),
        (hundreds, rest) => format!(
            "{} hundred and {}",
            below_hundred(hundreds),
            below_hundred(rest)
        ),
    }
}

fn below_hundred(number: u64) -> String {
    let at = |place: u64| usize::try_from(place).unwrap_or(0);
    match SMALL.get(at(number)) {
        Some(word) => (*word).to_owned(),
        None => {
            let tens = TENS.get(at(number / 10)).copied().unwrap_or("");
            match number % 10 {
                0 => tens.to_owned(),
                rest => format!("{tens}-{}", below_hundred(rest)),
            }
        }
    }
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        for (number, words) in [
            (0, "zero"),
            (19, "nineteen"),
            (42, "forty-two"),
            (105, "one hundred and five"),
            (2026, "two thousand and twenty-six"),
            (1_000_001, "one million and one"),
        ] {
            assert_eq!(cardinal(number), words);
        }
        assert_eq!(ordinal(20), "twentieth");
        assert_eq!(ordinal(12), "twelfth");
        assert_eq!(whole("007"), "zero zero seven");
    }
}
