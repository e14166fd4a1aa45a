//! Hours, days and lengths of time in words, for people; RFC 3339 with offset, for machines.
//!
//! Every instant is printed in the territory's zone. The hour that comes twice in the last night of
//! October says which of the two it is.

mod english;

use bulletin::Language;
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// An instant as a page shows it: the words, and the value of `<time datetime>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// `lundi 23 novembre à 14 h 32`, `Monday 23 November at 14:32`, with the year when it is not the reader's.
    pub(crate) words: String,
    /// `2026-11-23T14:32:00+01:00`.
    pub(crate) machine: String,
}

impl Moment {
    /// Prints `at` in `zone` for a reader at `now`, in the reader's language.
    pub(crate) fn told(language: Language, at: Timestamp, zone: &TimeZone, now: Timestamp) -> Self {
        let at = at.to_zoned(zone.clone());
        let year = now.to_zoned(zone.clone()).year();
        Self {
            words: match language {
                Language::French => format!("{} à {}", day(&at, year), hour(&at)),
                Language::English => {
                    format!("{} at {}", english::day(&at, year), english::hour(&at))
                }
            },
            machine: machine(&at),
        }
    }

    /// The same with the year and the second, for what is kept as evidence.
    pub(crate) fn to_the_second(language: Language, at: Timestamp, zone: &TimeZone) -> Self {
        let now = Timestamp::MIN;
        let told = Self::told(language, at, zone, now);
        let second = at.to_zoned(zone.clone()).second();
        Self {
            words: format!("{} {second:02}\u{a0}s", told.words),
            ..told
        }
    }
}

/// RFC 3339 in the territory's zone, seconds only: `2026-11-23T14:32:00+01:00`.
pub(crate) fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    machine(&at.to_zoned(zone.clone()))
}

/// The day of an instant: `lundi 23 novembre`.
pub(crate) fn date(language: Language, at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let at = at.to_zoned(zone.clone());
    let year = now.to_zoned(zone.clone()).year();
    match language {
        Language::French => day(&at, year),
        Language::English => english::day(&at, year),
    }
}

/// The French or the English words, as the reader wishes.
pub(crate) fn pick<'a>(language: Language, french: &'a str, english: &'a str) -> &'a str {
    match language {
        Language::French => french,
        Language::English => english,
    }
}

/// The hour of an instant: `15 h 02`, `15:02`.
pub(crate) fn clock(language: Language, at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    match language {
        Language::French => hour(&at),
        Language::English => english::hour(&at),
    }
}

/// The zone in words: `heure de Paris`, `Paris time`.
pub(crate) fn zone_in_words(language: Language, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    if language == Language::English {
        return english::zone(name);
    }
    match name {
        "UTC" | "Etc/UTC" => "temps universel".to_owned(),
        "Indian/Reunion" => "heure de La Réunion".to_owned(),
        "Pacific/Noumea" => "heure de Nouméa".to_owned(),
        _ => {
            let city = name
                .rsplit('/')
                .next()
                .unwrap_or(name)
                .replace('_', "\u{a0}");
            let elided = city.starts_with(['A', 'E', 'I', 'O', 'U', 'Y']);
            format!("heure {}{city}", if elided { "d’" } else { "de " })
        }
    }
}

/// How long something lasted, rounded down to what a person would say: `25 minutes`, `1 h 10`, `2 jours`.
///
/// - `seconds`: under one minute, and below zero, gives `None`: not worth a word.
pub(crate) fn span(language: Language, seconds: i64) -> Option<String> {
    let day = match language {
        Language::French => "jour",
        Language::English => "day",
    };
    let minutes = seconds / 60;
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match minutes {
        ..1 => None,
        1 => Some("1\u{a0}minute".to_owned()),
        2..60 => Some(format!("{minutes}\u{a0}minutes")),
        60..1440 if minutes % 60 == 0 => Some(format!("{hours}\u{a0}h")),
        60..1440 => Some(format!("{hours}\u{a0}h\u{a0}{:02}", minutes % 60)),
        1440..2880 => Some(format!("1\u{a0}{day}")),
        _ => Some(format!("{days}\u{a0}{day}s")),
    }
}

/// The length of a recording, rounded up: `42 secondes`, `1 minute 5`.
pub(crate) fn listening_time(language: Language, duration_ms: u32) -> String {
    let second = match language {
        Language::French => "seconde",
        Language::English => "second",
    };
    let seconds = duration_ms.div_ceil(1000).max(1);
    let minutes = match seconds / 60 {
        0 => return format!("{seconds}\u{a0}{second}{}", plural(seconds)),
        1 => "1\u{a0}minute".to_owned(),
        more => format!("{more}\u{a0}minutes"),
    };
    match seconds % 60 {
        0 => minutes,
        rest => format!("{minutes}\u{a0}{rest:02}"),
    }
}

/// `s` for what is plural in French: two or more. In English nought is plural too, and has words of its own here.
pub(crate) fn plural(count: impl TryInto<u64>) -> &'static str {
    match count.try_into() {
        Ok(0 | 1) => "",
        _ => "s",
    }
}

fn day(at: &Zoned, current_year: i16) -> String {
    let weekday = WEEKDAYS[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())];
    let month = MONTHS[usize::from(at.month().unsigned_abs()) - 1];
    let number = match at.day() {
        1 => "1er".to_owned(),
        other => other.to_string(),
    };
    match at.year() {
        year if year == current_year => format!("{weekday} {number}\u{a0}{month}"),
        year => format!("{weekday} {number}\u{a0}{month}\u{a0}{year}"),
    }
}

fn hour(at: &Zoned) -> String {
    let clock = match at.minute() {
        0 => format!("{}\u{a0}h", at.hour()),
        minute => format!("{}\u{a0}h\u{a0}{minute:02}", at.hour()),
    };
    let zone = at.time_zone();
    if !zone.to_ambiguous_zoned(at.datetime()).is_ambiguous() {
        return clock;
    }
    let season = if zone.to_offset_info(at.timestamp()).dst().is_dst() {
        "été"
    } else {
        "hiver"
    };
    format!("{clock} (heure d’{season})")
}

fn machine(at: &Zoned) -> String {
    // Before 1911 Paris was 9 minutes and 21 seconds ahead: RFC 3339 writes no seconds of an offset.
    let at = if at.offset().seconds() % 60 == 0 {
        at.clone()
    } else {
        at.with_time_zone(TimeZone::UTC)
    };
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

const WEEKDAYS: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];
const MONTHS: [&str; 12] = [
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
    fn an_hour_is_printed_in_the_zone_of_the_territory() {
        assert_eq!(paris("2026-11-23T13:32:00Z"), "lundi 23 novembre à 14 h 32");
        assert_eq!(
            paris("2026-06-30T22:05:59Z"),
            "mercredi 1er juillet à 0 h 05"
        );
        assert_eq!(
            paris("2026-12-31T23:00:00Z"),
            "vendredi 1er janvier 2027 à 0 h"
        );
    }

    #[test]
    fn the_hour_that_comes_twice_says_which_one_it_is() {
        assert_eq!(
            paris("2026-10-25T00:30:00Z"),
            "dimanche 25 octobre à 2 h 30 (heure d’été)"
        );
        assert_eq!(
            paris("2026-10-25T01:30:00Z"),
            "dimanche 25 octobre à 2 h 30 (heure d’hiver)"
        );
        assert_eq!(
            paris("2026-10-25T02:30:00Z"),
            "dimanche 25 octobre à 3 h 30"
        );
    }

    #[test]
    fn the_hour_that_does_not_exist_is_never_printed() {
        assert_eq!(paris("2026-03-29T00:59:00Z"), "dimanche 29 mars à 1 h 59");
        assert_eq!(paris("2026-03-29T01:00:00Z"), "dimanche 29 mars à 3 h");
    }

    #[test]
    fn the_machine_value_keeps_the_offset_of_that_very_instant() {
        let moment = |at: &str| rfc3339(at.parse().unwrap(), &zone("Europe/Paris"));
        assert_eq!(moment("2027-10-31T00:30:00Z"), "2027-10-31T02:30:00+02:00");
        assert_eq!(
            moment("2027-10-31T01:30:00.9Z"),
            "2027-10-31T02:30:00+01:00"
        );
    }

    #[test]
    fn an_offset_that_no_machine_reads_is_written_as_universal_time() {
        let moment = |at: &str| rfc3339(at.parse().unwrap(), &zone("Europe/Paris"));
        assert_eq!(moment("0104-09-30T22:53:34Z"), "0104-09-30T22:53:34+00:00");
    }

    #[test]
    fn a_zone_is_named_by_its_city() {
        for (name, french, english) in [
            ("Europe/Paris", "heure de Paris", "Paris time"),
            ("Europe/Athens", "heure d’Athens", "Athens time"),
            ("Indian/Reunion", "heure de La Réunion", "Réunion time"),
            ("Pacific/Noumea", "heure de Nouméa", "Nouméa time"),
            ("America/New_York", "heure de New York", "New York time"),
            ("UTC", "temps universel", "universal time"),
        ] {
            let told = |language| plain(&zone_in_words(language, &zone(name)));
            assert_eq!(told(Language::French), french);
            assert_eq!(told(Language::English), english);
        }
    }

    #[test]
    fn a_span_is_said_as_a_person_would() {
        let said = [59, 60, 25 * 60 + 59, 3600, 4200, 86_400, 3 * 86_400 - 1]
            .map(|seconds| span(Language::French, seconds));
        let said: Vec<_> = said.iter().map(|s| s.as_deref().map(plain)).collect();
        let wanted = [
            "1 minute",
            "25 minutes",
            "1 h",
            "1 h 10",
            "1 jour",
            "2 jours",
        ];
        assert_eq!(said[0], None);
        assert_eq!(
            said[1..].iter().flatten().collect::<Vec<_>>(),
            wanted.iter().collect::<Vec<_>>()
        );
        assert_eq!(span(Language::French, -5), None);
    }

    #[test]
    fn a_listening_time_is_rounded_up() {
        let said = [0, 900, 41_001, 60_000, 64_200, 150_000]
            .map(|ms| plain(&listening_time(Language::French, ms)));
        let wanted = [
            "1 seconde",
            "1 seconde",
            "42 secondes",
            "1 minute",
            "1 minute 05",
            "2 minutes 30",
        ];
        assert_eq!(said, wanted);
    }

    #[test]
    fn an_english_reader_reads_english() {
        let told = |at: &str| {
            let now = "2026-06-01T00:00:00Z".parse().unwrap();
            let (at, zone) = (at.parse().unwrap(), zone("Europe/Paris"));
            plain(&Moment::told(Language::English, at, &zone, now).words)
        };
        assert_eq!(told("2026-11-23T13:02:00Z"), "Monday 23 November at 14:02");
        assert_eq!(
            told("2026-12-31T23:00:00Z"),
            "Friday 1 January 2027 at 0:00"
        );
        assert_eq!(
            told("2026-10-25T01:30:00Z"),
            "Sunday 25 October at 2:30 (winter time)"
        );
        let said = [59, 60, 25 * 60, 3600, 4200, 86_400, 3 * 86_400];
        let said = said.map(|seconds| span(Language::English, seconds).map(|said| plain(&said)));
        let wanted = ["1 minute", "25 minutes", "1 h", "1 h 10", "1 day", "3 days"];
        assert_eq!(said[0], None);
        assert!(said[1..].iter().flatten().eq(&wanted));
        assert_eq!(
            plain(&listening_time(Language::English, 65_000)),
            "1 minute 05"
        );
        assert_eq!(
            plain(&listening_time(Language::English, 41_001)),
            "42 seconds"
        );
    }

    fn paris(at: &str) -> String {
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let (at, zone) = (at.parse().unwrap(), zone("Europe/Paris"));
        plain(&Moment::told(Language::French, at, &zone, now).words)
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    /// With ordinary spaces, to be compared with what a person types.
    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }
}
