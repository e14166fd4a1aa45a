//! Dates in figures, and the first of a month.

use std::sync::LazyLock;

use regex::Regex;

use super::abbreviations::ends_sentence;
use super::numbers::{Gender, cardinal};
use super::ordinals::{MONTHS, day_of_month};
use super::passage::{Found, Passage, Rewrite, pattern};

/// `26/09/2019`, `26/09/19`, `26.09.2019`, `2019-09-26`, `26/09`, `26/09-28/09`, `1er mars`,
/// `27-28 mars`, `lun. 3 nov.`.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&SHORT_DAY, |found| {
        // `mer` and `mar` are words, too: without a stop, a whole date must follow.
        let dated = found.group(0).contains('.') || found.after.starts_with('/');
        let day = DAYS
            .iter()
            .filter(|_| dated)
            .find(|day| starts(day, found.group(1)));
        day.map_or(Rewrite::Leave, |day| {
            Rewrite::Write(format!("{day} {}", found.group(2)))
        })
    });
    passage.rewrite(&SHORT_MONTH, |found| {
        let month = MONTHS.iter().find(|month| starts(month, found.group(2)));
        let ends = found.group(0).ends_with('.') && ends_sentence(found.after);
        let stop = if ends { "." } else { "" };
        month.map_or(Rewrite::Leave, |month| {
            Rewrite::Write(format!("{} {month}{stop}", found.group(1)))
        })
    });
    passage.rewrite(&DAYS_OF_A_MONTH, days_of_a_month);
    passage.rewrite(&FIRST_OF_SEVERAL, |found| {
        Rewrite::Write(format!("premier {}", found.group(1)))
    });
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

/// `27-28 mars`: "les vingt-sept et vingt-huit", "du trois au dix-sept".
fn days_of_a_month(found: &Found<'_>) -> Rewrite {
    let day = |group: usize| found.group(group).parse::<u64>().ok();
    let (Some(from), Some(to)) = (day(1), day(2)) else {
        return Rewrite::Leave;
    };
    let (Some(first), Some(last)) = (day_of_month(from), day_of_month(to)) else {
        return Rewrite::Leave;
    };
    let before = found.word_before().to_lowercase();
    let (lead, link) = match before.as_str() {
        _ if from >= to => return Rewrite::Leave,
        "les" | "des" | "aux" if from + 1 == to => ("", "et"),
        "les" | "des" | "aux" | "du" | "le" => ("", "au"),
        _ => ("du ", "au"),
    };
    Rewrite::Write(format!("{lead}{first} {link} {last} {}", found.group(3)))
}

/// Whether a short form stands for a word, with or without its accents.
fn starts(word: &str, short: &str) -> bool {
    let plain = |text: &str| {
        text.to_lowercase()
            .replace(['é', 'û'], "")
            .replace(['e', 'u'], "")
    };
    let word_has = plain(word).starts_with(&plain(short));
    word_has && word.chars().next() == short.to_lowercase().chars().next()
}

/// `3/4` is three quarters unless something says that it is a day; `26/09` can only be a day.
fn day_and_month(found: &Found<'_>) -> Rewrite {
    let (day, month) = (found.group(1), found.group(2));
    // `1/10` is a tenth.
    let sure = (month.len() == 2 && day != "1") || day.starts_with('0');
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
static FIRST: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?i)1(?:er)? ({NAMES})")));
static SHORT_DAY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(lun|mar|mer|jeu|ven|vend|sam|dim)(?:\. ?| )(\d{1,2}(?:er)?)"));
static SHORT_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(\d{1,2}(?:er)?) (janv|jan|févr|fév|fevr|fev|avr|juill|juil|sept|oct|nov|déc|dec)\b\.?",
    )
});
static DAYS_OF_A_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)(\d{{1,2}})(?:er)? ?[-–] ?(\d{{1,2}}) ({NAMES})"
    ))
});
/// `du 1 au 3 mars`, `du 1 au 15/12`.
static FIRST_OF_SEVERAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)1 ((?:(?:au|et|ou) \d{{1,2}} )(?:{NAMES})|au \d{{1,2}}/\d{{1,2}})"
    ))
});
const NAMES: &str = "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|\
                     novembre|décembre|decembre";
const DAYS: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];
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
    fn days_of_one_month_have_their_words() {
        for (text, words) in [
            ("les 27-28 mars", "les vingt-sept et vingt-huit mars"),
            ("27-29 mars", "du vingt-sept au vingt-neuf mars"),
            ("du 1-3 mai", "du premier au trois mai"),
            ("du 1 au 3 mai", "du premier au 3 mai"),
            ("du 1 au 15/12", "du premier au quinze décembre"),
            ("30-2 mars", "30-2 mars"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn short_days_and_months_are_written_out() {
        assert_eq!(said("lun. 3 nov."), "lundi 3 novembre.");
        assert_eq!(said("dim. 6 dec. puis"), "dimanche 6 décembre puis");
        assert_eq!(
            said("le 3 sept. au soir, j'en ai sept."),
            "le 3 septembre au soir, j'en ai sept."
        );
        assert_eq!(said("du lun 30/11"), "du lundi trente novembre");
        assert_eq!(said("la mer 3 fois"), "la mer 3 fois");
        assert_eq!(said("1er fév. puis"), "premier février puis");
        assert_eq!(said("4 juil. et 5 juill. ou"), "4 juillet et 5 juillet ou");
    }

    #[test]
    fn what_is_no_day_is_left() {
        for text in ["3/4", "1/10", "32/12", "26/13", "40/50/60", "1/2/3/4"] {
            assert_eq!(said(text), text);
        }
    }
}
