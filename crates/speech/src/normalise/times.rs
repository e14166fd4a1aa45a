//! Hours of the day and lengths in hours.

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{Gender, cardinal};
use super::passage::{Found, Passage, Rewrite, pattern};

/// `14h30`, `14 h 30`, `14:30`, `9H`, `48h`, `2h1/2`, `9h-12h`, `1 à 2 h`, `24h/24`, `7j/7`, `J+2`.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&ALWAYS, |_| {
        Rewrite::Say("vingt-quatre heures sur vingt-quatre".to_owned())
    });
    passage.rewrite(&ALWAYS_ALL_WEEK, |_| {
        Rewrite::Say("vingt-quatre heures sur vingt-quatre, sept jours sur sept".to_owned())
    });
    passage.rewrite(&ALL_WEEK, |_| {
        Rewrite::Say("sept jours sur sept".to_owned())
    });
    passage.rewrite(&RANGE, |found| {
        Rewrite::Write(format!("{} à {}", found.group(1), found.group(2)))
    });
    passage.rewrite(&HALF, |found| match found.group(1).parse() {
        Ok(hours) => Rewrite::Say(format!("{} et demie", counted(hours, "heure"))),
        Err(_) => Rewrite::Leave,
    });
    passage.rewrite(&HALF_HOUR, |_| Rewrite::Say("une demi-heure".to_owned()));
    passage.rewrite(&ONE_TO_MORE, |found| match found.group(1).parse() {
        Ok(hours) => Rewrite::Write(format!(
            "{} {}",
            cardinal(hours, Gender::Feminine),
            found.group(2)
        )),
        Err(_) => Rewrite::Leave,
    });
    passage.rewrite(&COUNTDOWN, |found| {
        let sign = if found.group(1) == "+" {
            "plus"
        } else {
            "moins"
        };
        Rewrite::Write(format!("J {sign} {}", found.group(2)))
    });
    passage.rewrite(&STROKES, |found| {
        let number = |group: usize| found.group(group).parse::<u64>().ok();
        // Quotation marks around a number, or thousands as the Swiss part them.
        let quoted =
            found.before.ends_with('\'') || found.after.starts_with(|c: char| c.is_alphanumeric());
        match (number(1), number(2)) {
            _ if quoted => Rewrite::Leave,
            (Some(minutes), None) => Rewrite::Say(counted(minutes, "minute")),
            (Some(minutes), Some(seconds)) => Rewrite::Say(format!(
                "{} {}",
                counted(minutes, "minute"),
                counted(seconds, "seconde")
            )),
            _ => Rewrite::Leave,
        }
    });
    passage.rewrite(&HOURS, clock);
    passage.rewrite(&COLONS, clock);
}

/// Groups: hours, minutes, seconds.
fn clock(found: &Found<'_>) -> Rewrite {
    let number = |group: usize| found.group(group).parse::<u64>().ok();
    let Some(hours) = number(1) else {
        return Rewrite::Leave;
    };
    // `1,5 h` is a measure.
    let before = found.before.strip_suffix([',', '.']);
    if before.is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit())) {
        return Rewrite::Leave;
    }
    let mut words = counted(hours, "heure");
    if let Some(minutes) = number(2).filter(|minutes| *minutes > 0) {
        words.push_str(&format!(" {}", cardinal(minutes, Gender::Feminine)));
    }
    if let Some(seconds) = number(3).filter(|seconds| *seconds > 0) {
        words.push_str(&format!(" et {}", counted(seconds, "seconde")));
    }
    Rewrite::Say(words)
}

fn counted(number: u64, noun: &str) -> String {
    let plural = if number > 1 { "s" } else { "" };
    format!("{} {noun}{plural}", cardinal(number, Gender::Feminine))
}

static ALWAYS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)24 ?(?:h|heures?) ?/ ?24(?: ?h\b)?|24/24(?: ?h\b)?|h ?24(?:/24)?")
});
static ALWAYS_ALL_WEEK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)24 ?h? ?/ ?7(?: ?j\b)?"));
static ALL_WEEK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)7 ?(?:j|jours?) ?/ ?7(?: ?j\b)?|7/7"));
/// `9h-12h`, `9-12h`, `8:30–9:30`: the stroke is spoken.
static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(\d{1,2} ?(?:h ?(?:[0-5]\d)?|:[0-5]\d)|\d{1,2}) ?[-–/] ?(\d{1,2} ?(?:h ?(?:[0-5]\d)?|:[0-5]\d))",
    )
});
static HALF: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(\d{1,2}) ?(?:h|heures?) ?1/2"));
static HALF_HOUR: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)1/2 ?(?:heure|h)"));
/// `1 à 2 h`: the first number has lost its hours, not their gender.
static ONE_TO_MORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)([2-5]?1) ((?:à|ou|et) \d{1,3} ?h(?: ?[0-5]\d)?)"));
/// `J-1`, the day before.
static COUNTDOWN: LazyLock<Regex> = LazyLock::new(|| pattern(r"J ?([-+]) ?(\d{1,3})"));
/// `45'`, `1'41"`.
static STROKES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(\d{1,3})'(?: ?([0-5]\d)(?:"|''))?"#));
static HOURS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(\d{1,3}) ?h(?: ?([0-5]\d)(?: ?(?:min|mn)\b| ?')?)?"));
static COLONS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?: ?h\b)?"));

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn hours_are_said_on_the_24_hour_clock() {
        for (text, words) in [
            ("14h30", "quatorze heures trente"),
            ("14 h 30", "quatorze heures trente"),
            ("14H30", "quatorze heures trente"),
            ("14:30", "quatorze heures trente"),
            ("9h00", "neuf heures"),
            ("8h00", "huit heures"),
            ("00h15", "zéro heure quinze"),
            ("02h40", "deux heures quarante"),
            ("1h", "une heure"),
            ("21h01", "vingt et une heures une"),
            ("4H00", "quatre heures"),
            ("2h30min", "deux heures trente"),
            ("14:30:05", "quatorze heures trente et cinq secondes"),
            ("48 h", "quarante-huit heures"),
            ("2h1/2", "deux heures et demie"),
            ("1/2 heure", "une demi-heure"),
            ("1 à 2 h", "une à deux heures"),
            ("1 et 2 h", "une et deux heures"),
            (
                "45', 1'41\"",
                "quarante-cinq minutes, une minute quarante et une secondes",
            ),
            ("1,5 h", "1,5 h"),
            ("J+2, J-1", "J plus 2, J moins 1"),
            ("vers 22h, puis", "vers vingt-deux heures, puis"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn ranges_are_said_with_their_word() {
        assert_eq!(said("9h-12h"), "neuf heures à douze heures");
        assert_eq!(said("9-12h"), "9 à douze heures");
        assert_eq!(said("8h30–9h30"), "huit heures trente à neuf heures trente");
    }

    #[test]
    fn around_the_clock() {
        assert_eq!(
            said("24h/24, 7j/7"),
            "vingt-quatre heures sur vingt-quatre, sept jours sur sept"
        );
        assert_eq!(
            said("7j/7 jusqu'à 14 h 30 minutes"),
            "sept jours sur sept jusqu'à quatorze heures trente minutes"
        );
        assert_eq!(said("24/24"), "vingt-quatre heures sur vingt-quatre");
        assert_eq!(said("24/7"), said("24h/24, 7j/7"));
    }

    #[test]
    fn hydrogen_is_not_an_hour() {
        for text in ["2 H2S", "12 habitants", "4:3", "99:99"] {
            assert_eq!(said(text), text);
        }
    }
}
