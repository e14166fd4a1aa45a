//! Hours and days in English texts; figures alone are day, month, year, as in France.

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{cardinal, ordinal, whole};
use crate::normalise::passage::{Found, Passage, Rewrite, pattern};

/// `14:30`, `2:30 pm`, `9:00-12:00`, `3 November`, `27-28 March`, `Nov 30th`, `05/12/2026`.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&HOURS, |found| {
        Rewrite::Write(format!("{} to {}", found.group(1), found.group(2)))
    });
    passage.rewrite(&CLOCK, clock);
    passage.rewrite(&ISO, |found| {
        date(found.group(3), found.group(2), found.group(1))
    });
    passage.rewrite(&FIGURES, |found| {
        date(found.group(1), found.group(2), found.group(3))
    });
    passage.rewrite(&SEVERAL_DAYS, several_days);
    passage.rewrite(&DAY_FIRST, |found| {
        named(found, found.group(1), found.group(2), found.group(3))
    });
    passage.rewrite(&MONTH_FIRST, |found| {
        named(found, found.group(2), found.group(1), found.group(3))
    });
}

fn clock(found: &Found<'_>) -> Rewrite {
    let (hours, minutes, half) = (found.group(1), found.group(2), found.group(3));
    // A stop parts hours from minutes in the mornings and afternoons only; `3.50 km` is a length.
    let stopped = found.group(0).contains('.') && half.is_empty();
    let decimal = found.before.ends_with(['.', ',']) || found.after.starts_with(',');
    let goes_on = found
        .after
        .chars()
        .nth(1)
        .is_some_and(|c| c.is_ascii_digit());
    if (minutes.is_empty() && half.is_empty()) || stopped || (decimal && goes_on) {
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
    let stop = match found.group(0).ends_with('.') && found.after.is_empty() {
        true => ".",
        false => "",
    };
    Rewrite::Say(format!("{hours}{minutes}{half}{stop}"))
}

fn date(day: &str, month: &str, year: &str) -> Rewrite {
    let month = month
        .parse::<usize>()
        .ok()
        .and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match (month, day.parse()) {
        (Some(month), Ok(day @ 1..=31)) => {
            Rewrite::Say(format!("the {} of {month} {}", ordinal(day), whole(year)))
        }
        _ => Rewrite::Leave,
    }
}

/// `27 to 28 March`.
fn several_days(found: &Found<'_>) -> Rewrite {
    let (Some(from), Some(to)) = (day(found.group(1)), day(found.group(3))) else {
        return Rewrite::Leave;
    };
    let link = match found.group(2).trim() {
        "and" | "&" => "and",
        _ => "to",
    };
    let the = the(found);
    Rewrite::Write(format!(
        "{the}{from} {link} the {to} of {}",
        full(found.group(4))
    ))
}

fn named(found: &Found<'_>, number: &str, month: &str, year: &str) -> Rewrite {
    let Some(number) = day(number) else {
        return Rewrite::Leave;
    };
    let year = match year {
        "" => String::new(),
        year => format!(" {}", whole(year)),
    };
    Rewrite::Say(format!("{}{number} of {}{year}", the(found), full(month)))
}

fn the(found: &Found<'_>) -> &'static str {
    match found.word_before().to_lowercase().as_str() {
        "the" => "",
        _ => "the ",
    }
}

fn day(number: &str) -> Option<String> {
    number
        .parse()
        .ok()
        .filter(|day| (1..=31).contains(day))
        .map(ordinal)
}

fn full(month: &str) -> &'static str {
    let short = month.to_lowercase();
    let found = MONTHS.iter().find(|name| {
        name.to_lowercase()
            .starts_with(&short[..3.min(short.len())])
    });
    found.copied().unwrap_or_default()
}

static HOURS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(\d{1,2}:[0-5]\d(?: ?[ap]m)?|\d{1,2} ?[ap]m) ?[-–] ?(\d{1,2}(?::[0-5]\d)? ?[ap]m|\d{1,2}:[0-5]\d)",
    )
});
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)([01]?\d|2[0-4])(?:[:.h]([0-5]\d))?(?: ?(am|pm|a\.m\.|p\.m\.)| ?h(?:ours|rs)?\b)?",
    )
});
static ISO: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{4})-(\d{2})-(\d{2})"));
static FIGURES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})"));
static SEVERAL_DAYS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(\d{{1,2}})(?:st|nd|rd|th)?( ?[-–] ?| to | and | & )(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? ({NAMES})\.?"
    ))
});
static DAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({NAMES})\b(?:,? (\d{{4}}))?"
    ))
});
static MONTH_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"({NAMES})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?"
    ))
});
const NAMES: &str = "January|February|March|April|May|June|July|August|September|October|November|\
                     December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec";
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn hours_have_words() {
        for (text, words) in [
            ("14:30", "fourteen thirty"),
            ("10:00", "ten hundred hours"),
            ("7.30 am", "seven thirty A M"),
            ("by 5 p.m.", "by five P M."),
            ("9:00-12:00", "nine hundred hours to twelve hundred hours"),
            ("2 pm - 4 pm", "two P M to four P M"),
            ("14h30", "fourteen thirty"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn days_have_words() {
        for (text, words) in [
            ("3 November", "the third of November"),
            ("the 3rd of Nov", "the third of November"),
            (
                "Nov 30th, 2026",
                "the thirtieth of November two thousand and twenty-six",
            ),
            (
                "05/12/2026",
                "the fifth of December two thousand and twenty-six",
            ),
            (
                "27-28 March",
                "the twenty-seventh to the twenty-eighth of March",
            ),
            (
                "27 and 28 March",
                "the twenty-seventh and the twenty-eighth of March",
            ),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn lengths_and_counts_are_no_hours() {
        for text in ["3.50 km", "12", "1,200", "2.5", "March past"] {
            assert_eq!(said(text), text);
        }
    }
}
