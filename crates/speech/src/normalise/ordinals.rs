//! First, second, third; and the days and months of the year.

use super::numbers::{Gender, cardinal};

/// `premier`, `première`, `deuxième`, `vingt et unième` …
pub(crate) fn ordinal(number: u64, gender: Gender) -> String {
    match (number, gender) {
        (1, Gender::Masculine) => return "premier".to_owned(),
        (1, Gender::Feminine) => return "première".to_owned(),
        _ => {}
    }
    let words = cardinal(number, Gender::Masculine);
    let (lead, last) = match words.rfind([' ', '-']) {
        Some(at) => words.split_at(at + 1),
        None => ("", words.as_str()),
    };
    let last = match last {
        "cinq" => "cinqu",
        "neuf" => "neuv",
        "vingts" => "vingt",
        "cents" => "cent",
        last => last.strip_suffix('e').unwrap_or(last),
    };
    format!("{lead}{last}ième")
}

/// The day of a date: *premier*, then plain numbers. `None` outside 1 to 31.
pub(crate) fn day_of_month(day: u64) -> Option<String> {
    match day {
        1 => Some("premier".to_owned()),
        2..=31 => Some(cardinal(day, Gender::Masculine)),
        _ => None,
    }
}

/// January first.
pub(crate) const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_follow_their_spelling() {
        for (number, words) in [
            (1, "premier"),
            (2, "deuxième"),
            (4, "quatrième"),
            (5, "cinquième"),
            (9, "neuvième"),
            (21, "vingt et unième"),
            (80, "quatre-vingtième"),
            (100, "centième"),
            (1000, "millième"),
        ] {
            assert_eq!(ordinal(number, Gender::Masculine), words);
        }
        assert_eq!(ordinal(1, Gender::Feminine), "première");
    }

    #[test]
    fn months_have_days_from_1_to_31() {
        assert_eq!(day_of_month(1).unwrap(), "premier");
        assert_eq!(day_of_month(31).unwrap(), "trente et un");
        assert_eq!(day_of_month(0), None);
        assert_eq!(day_of_month(32), None);
    }
}
