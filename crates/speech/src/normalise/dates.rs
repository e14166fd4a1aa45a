//! Dates in figures, and the first of a month.

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{Gender, cardinal};
use super::ordinals::{MONTHS, day_of_month};
use super::passage::{Found, Passage, Rewrite, pattern};

/// `26/09/2019`, `26/09/19`, `26.09.2019`, `2019-09-26`, `26/09`, `26/09-28/09`, `1er mars`.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&RANGE, |found| {
        Rewrite::Write(format!("{} au {}", found.group(1), found.group(2)))
    });
    passage.rewrite(&ISO, |found| {
        date(found.group(3), found.group(2), Some(found.group(1)))
    });
    passage.rewrite(&FULL, |found| {
        date(found.group(1), found.group(2), Some(found.group(3)))
    });
    passage.rewrite(&DAY_AND_MONTH, day_and_month);
    passage.rewrite(&FIRST, |found| {
        Rewrite::Write(format!("premier {}", found.group(1)))
    });
}

fn date(day: &str, month: &str, year: Option<&str>) -> Rewrite {
    let name = month
        .parse::<usize>()
        .ok()
        .and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let day = day.parse().ok().and_then(day_of_month);
    let (Some(day), Some(name)) = (day, name) else {
        return Rewrite::Leave;
    };
    let year = year.and_then(|year| match (year.len(), year.parse::<u64>().ok()?) {
        (2, year) if year < 70 => Some(2000 + year),
        (2, year) => Some(1900 + year),
        (_, year) => Some(year),
    });
    Rewrite::Say(match year {
        Some(year) => format!("{day} {name} {}", cardinal(year, Gender::Masculine)),
        None => format!("{day} {name}"),
    })
}

/// `3/4` is three quarters unless something says that it is a day; `26/09` can only be a day.
fn day_and_month(found: &Found<'_>) -> Rewrite {
    let (day, month) = (found.group(1), found.group(2));
    let sure = month.len() == 2 || day.starts_with('0');
    let told = BEFORE_A_DAY.contains(&found.word_before().to_lowercase().as_str());
    if (sure || told) && !found.after.starts_with('/') && !found.before.ends_with('/') {
        date(day, month, None)
    } else {
        Rewrite::Leave
    }
}

static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(\d{1,2}/\d{1,2}(?:/\d{2,4})?) ?[-–] ?(\d{1,2}/\d{1,2}(?:/\d{2,4})?)")
});
static ISO: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{4})-(\d{2})-(\d{2})"));
static FULL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})"));
static DAY_AND_MONTH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d{1,2})/(\d{1,2})"));
static FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)1(?:er)? ((?:janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|",
        r"octobre|novembre|décembre|decembre))",
    ))
});
const BEFORE_A_DAY: [&str; 13] = [
    "le", "du", "au", "dès", "depuis", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
    "dimanche", "daté",
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
    fn months_are_named() {
        for (text, words) in [
            ("26/09/2019", "vingt-six septembre deux mille dix-neuf"),
            ("26/09/19", "vingt-six septembre deux mille dix-neuf"),
            ("3/11/2026", "trois novembre deux mille vingt-six"),
            ("01.02.2026", "premier février deux mille vingt-six"),
            ("2026-11-23", "vingt-trois novembre deux mille vingt-six"),
            ("26/09", "vingt-six septembre"),
            ("le 3/4", "le trois avril"),
            ("1er mars", "premier mars"),
            ("1 février", "premier février"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn ranges_are_said_with_their_word() {
        assert_eq!(
            said("du 26/09-28/09"),
            "du vingt-six septembre au vingt-huit septembre"
        );
    }

    #[test]
    fn what_is_no_day_is_left() {
        for text in ["3/4", "32/12", "26/13", "40/50/60", "1/2/3/4"] {
            assert_eq!(said(text), text);
        }
    }
}
