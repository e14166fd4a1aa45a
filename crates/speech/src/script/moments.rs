//! Hours and days in words, of the zone they are in.

use bulletin::Language;
use jiff::Zoned;
use jiff::civil::Weekday;

use crate::normalise::{Gender, cardinal, day_of_month, english};

/// `quatorze heures trente`, `une heure`, `zéro heure quinze`; `fourteen thirty`.
pub(super) fn hour(at: &Zoned, language: Language) -> String {
    let (hour, minute) = (counted(at.hour()), counted(at.minute()));
    match language {
        Language::French => {
            let plural = if hour > 1 { "s" } else { "" };
            let hours = format!("{} heure{plural}", cardinal(hour, Gender::Feminine));
            match minute {
                0 => hours,
                minute => format!("{hours} {}", cardinal(minute, Gender::Feminine)),
            }
        }
        Language::English => match minute {
            0 => format!("{} hundred hours", english::cardinal(hour)),
            1..=9 => format!(
                "{} oh {}",
                english::cardinal(hour),
                english::cardinal(minute)
            ),
            minute => format!("{} {}", english::cardinal(hour), english::cardinal(minute)),
        },
    }
}

/// `lundi vingt-trois novembre`; the year follows when it is not that of `near`.
pub(super) fn day(at: &Zoned, near: &Zoned, language: Language) -> String {
    let month = usize::from(at.month().unsigned_abs()).saturating_sub(1) % 12;
    let number = counted(at.day());
    let year = (at.year() != near.year()).then(|| u64::from(at.year().unsigned_abs()));
    match language {
        Language::French => {
            let day = format!(
                "{} {} {}",
                FRENCH_DAYS[place(at.weekday())],
                day_of_month(number).unwrap_or_default(),
                crate::normalise::MONTHS[month]
            );
            match year {
                Some(year) => format!("{day} {}", cardinal(year, Gender::Masculine)),
                None => day,
            }
        }
        Language::English => {
            let day = format!(
                "{} the {} of {}",
                ENGLISH_DAYS[place(at.weekday())],
                english::ordinal(number),
                english::MONTHS[month]
            );
            match year {
                Some(year) => format!("{day} {}", english::cardinal(year)),
                None => day,
            }
        }
    }
}

/// `vingt-cinq minutes`, `une heure vingt-cinq`, `deux jours`: what is more than a day, in days.
pub(super) fn lasting(minutes: u64, language: Language) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    let counted = |number: u64, french: &str, english: &str| {
        let plural = if number > 1 { "s" } else { "" };
        match language {
            Language::French => {
                let gender = if french == "jour" {
                    Gender::Masculine
                } else {
                    Gender::Feminine
                };
                format!("{} {french}{plural}", cardinal(number, gender))
            }
            Language::English => format!("{} {english}{plural}", english::cardinal(number)),
        }
    };
    match (hours, rest) {
        (0, minutes) => counted(minutes, "minute", "minute"),
        (24.., _) => counted(hours / 24, "jour", "day"),
        (hours, 0) => counted(hours, "heure", "hour"),
        (hours, minutes) => match language {
            Language::French => format!(
                "{} {}",
                counted(hours, "heure", "hour"),
                cardinal(minutes, Gender::Feminine)
            ),
            Language::English => format!(
                "{} and {}",
                counted(hours, "heure", "hour"),
                counted(minutes, "minute", "minute")
            ),
        },
    }
}

/// Parts of a calendar are never negative.
fn counted(part: i8) -> u64 {
    u64::from(part.unsigned_abs())
}

fn place(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs()) % 7
}

const FRENCH_DAYS: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];
const ENGLISH_DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn zoned(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn summer_and_winter_follow_the_zone() {
        let paris = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
        for (instant, words) in [
            ("2026-10-25T00:30:00Z", "deux heures trente"),
            ("2026-10-25T01:30:00Z", "deux heures trente"),
            ("2026-03-29T01:00:00Z", "trois heures"),
            ("2026-12-31T23:00:00Z", "zéro heure"),
            ("2026-12-31T20:21:00Z", "vingt et une heures vingt et une"),
        ] {
            let at = instant
                .parse::<jiff::Timestamp>()
                .unwrap()
                .to_zoned(paris.clone());
            assert_eq!(hour(&at, Language::French), words, "{instant}");
        }
    }

    #[test]
    fn the_year_is_said_when_it_is_another() {
        let now = zoned("2026-12-30T10:00[Europe/Paris]");
        let soon = zoned("2027-01-01T10:00[Europe/Paris]");
        assert_eq!(
            day(&now, &now, Language::French),
            "mercredi trente décembre"
        );
        assert_eq!(
            day(&soon, &now, Language::French),
            "vendredi premier janvier deux mille vingt-sept"
        );
        assert_eq!(
            day(&soon, &now, Language::English),
            "Friday the first of January two thousand and twenty-seven"
        );
    }

    #[test]
    fn lengths_of_time_have_words() {
        for (minutes, french, english) in [
            (25, "vingt-cinq minutes", "twenty-five minutes"),
            (60, "une heure", "one hour"),
            (
                85,
                "une heure vingt-cinq",
                "one hour and twenty-five minutes",
            ),
            (24 * 60 + 5, "un jour", "one day"),
            (21 * 24 * 60, "vingt et un jours", "twenty-one days"),
        ] {
            assert_eq!(lasting(minutes, Language::French), french);
            assert_eq!(lasting(minutes, Language::English), english);
        }
    }

    #[test]
    fn english_hours_are_those_of_the_clock() {
        assert_eq!(
            hour(&zoned("2026-12-30T09:05[UTC]"), Language::English),
            "nine oh five"
        );
        assert_eq!(
            hour(&zoned("2026-12-30T10:00[UTC]"), Language::English),
            "ten hundred hours"
        );
    }
}
