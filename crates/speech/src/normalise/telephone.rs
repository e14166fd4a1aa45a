//! Telephone numbers in every French layout, said in the groups people note down.

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{Gender, leading_zeros};
use super::passage::{Found, Passage, Rewrite, pattern};

/// By pairs (`zéro deux, trente-cinq …`); free and shared-cost numbers as they are printed
/// (`zéro huit cent cinq, six cent quatre-vingt-onze …`); +33 and 0033 as the national number.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&COUNTRY_33, |found| {
        national(&format!("0{}", found.group(1)))
    });
    passage.rewrite(&NATIONAL, |found| national(found.group(0)));
    passage.rewrite(&FOREIGN, |found| {
        Rewrite::Say(format!("plus {}", in_groups(&groups_of(found.group(1)))))
    });
    passage.rewrite(&LONG, |found| {
        Rewrite::Say(in_groups(&groups_of(found.group(0))))
    });
    passage.rewrite(&DIRECTORY, directory);
    passage.rewrite(&SHORT, short);
    passage.rewrite(&SHORT_IN_PAIRS, short);
}

/// `written` has ten digits, the first a zero.
fn national(written: &str) -> Rewrite {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let groups = groups_of(written);
    let rest = match groups.first().map(|first| first.len()) {
        Some(1) => groups.get(2..),
        Some(4) => groups.get(1..),
        _ => None,
    };
    let rest = match rest {
        // `0800 041051`, `08 00 041 051`
        Some([six]) if six.len() == 6 => return free(&digits),
        None if groups.len() == 4 && groups.iter().all(|group| group.len() < 4) => {
            return free(&digits);
        }
        rest => rest,
    };
    let groups = match rest {
        _ if !digits.starts_with("08") => in_pairs(&digits),
        Some(rest) => [&digits[..4]]
            .into_iter()
            .chain(rest.iter().copied())
            .collect(),
        None if groups.len() == 1 => return free(&digits),
        None => in_pairs(&digits),
    };
    Rewrite::Say(in_groups(&groups))
}

/// As free numbers are printed: four, three, three.
fn free(digits: &str) -> Rewrite {
    Rewrite::Say(in_groups(&[&digits[..4], &digits[4..7], &digits[7..]]))
}

/// `118 712`; but `118 712,5 km` and `118 712 habitants` are quantities.
fn directory(found: &Found<'_>) -> Rewrite {
    let mut after = found.after.trim_start_matches(' ').chars();
    let ends = match after.next() {
        Some('.' | ',') => !after.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => ";:!?)»\n".contains(c),
        None => true,
    };
    let dialled = ["le", "au"].contains(&found.word_before().to_lowercase().as_str());
    let decimals = found.after.starts_with(',') && !ends;
    if decimals || !(ends || dialled) {
        return Rewrite::Leave;
    }
    let groups = in_groups(&groups_of(found.group(1)));
    Rewrite::Say(format!("cent dix-huit, {groups}"))
}

/// `le 3639`: a short number is dialled in pairs when the sentence says to dial it.
fn short(found: &Found<'_>) -> Rewrite {
    Rewrite::Write(format!(
        "{}{}, {}",
        found.group(1),
        found.group(2),
        found.group(3)
    ))
}

fn groups_of(written: &str) -> Vec<&str> {
    written
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect()
}

/// Pairs from the left, a group of three at the end of an odd number.
fn in_pairs(digits: &str) -> Vec<&str> {
    let (mut pairs, mut rest) = (Vec::new(), digits);
    while rest.len() > 3 {
        let (pair, more) = rest.split_at(2);
        pairs.push(pair);
        rest = more;
    }
    pairs.push(rest);
    pairs
}

/// Each group as a number with its zeros, long groups in pairs, a breath between.
fn in_groups(groups: &[&str]) -> String {
    let words: Vec<String> = groups
        .iter()
        .flat_map(|group| match group.len() {
            0..=3 => vec![*group],
            4 if group.starts_with("08") => vec![*group],
            _ => in_pairs(group),
        })
        .map(|group| leading_zeros(group, Gender::Masculine))
        .collect();
    words.join(", ")
}

static COUNTRY_33: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\(?(?:\+|\b00)33\)?[ .-]?(?:\(0\)[ .-]?)?([1-9](?:[ .-]?\d){8})"));
static NATIONAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\(0[1-9]\)(?: ?\d\d){4}|0[1-9](?:[ .-]\d\d){4}|0[1-9](?:/\d\d){4}|0[1-9]\d{8}",
        r"|0[1-79]\d\d(?:[ .-]\d\d){3}|0[1-79]\d\d(?:[ .-]\d{3}){2}|0[ .-]?9\d\d(?:[ .-]\d\d){3}",
        r"|0[ .-]?8\d\d(?:[ .-]\d{6})|08[ .-]\d\d(?:[ .-]\d{3}){2}",
        r"|0[ .-]?8\d\d(?:[ .-]\d{3}){2}|0[ .-]?8\d\d(?:[ .-]\d\d){3}",
    ))
});
/// Another country's, with its plus.
static FOREIGN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\+(\d{1,4}(?:[ .-]\d{1,4}){2,6}|\d{8,15})"));
/// A longer number than ours with its prefix apart, as in the Netherlands.
static LONG: LazyLock<Regex> = LazyLock::new(|| pattern(r"0\d{2,4}[ -]\d{6,8}"));
/// Directory services, 118 and three digits.
static DIRECTORY: LazyLock<Regex> = LazyLock::new(|| pattern(r"118 ?(\d{3})"));
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)((?:appel\w*|compos\w*|joindre|joignable|contact\w*|faites|numéro)(?: [\p{L}']+){0,3} )([13]\d)[ .]?(\d\d)",
    )
});

static SHORT_IN_PAIRS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)((?:le|au) )(3[2-9]) (\d\d)"));

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn geographic_numbers_are_said_by_pairs_however_written() {
        for text in [
            "02 35 00 12 34",
            "0235001234",
            "02.35.00.12.34",
            "02-35-00-12-34",
            "+33 2 35 00 12 34",
            "+33235001234",
            "0033 2 35 00 12 34",
            "+33 (0)2 35 00 12 34",
            "(+33) 2 35 00 12 34",
            "(02) 35 00 12 34",
            "0235 00 12 34",
            "0235 001 234",
            "02 35-00.12 34",
        ] {
            assert_eq!(
                said(text),
                "zéro deux, trente-cinq, zéro zéro, douze, trente-quatre",
                "{text}"
            );
        }
        assert_eq!(
            said("06.12.34.56.78."),
            "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit."
        );
    }

    #[test]
    fn free_numbers_are_said_as_printed() {
        let free = "zéro huit cent cinq, six cent quatre-vingt-onze, deux cent quatre-vingt-deux";
        for text in [
            "0805 691 282",
            "0 805 691 282",
            "0805691282",
            "+33 805 691 282",
            "+33805691282",
            "0.805.691.282",
            "0805 691282",
            "08 05 691 282",
        ] {
            assert_eq!(said(text), free, "{text}");
        }
        assert_eq!(
            said("0 800 00 76 76"),
            "zéro huit cents, zéro zéro, soixante-seize, soixante-seize"
        );
        assert_eq!(
            said("08 05 69 12 82"),
            "zéro huit, zéro cinq, soixante-neuf, douze, quatre-vingt-deux"
        );
    }

    #[test]
    fn other_countries_and_short_numbers() {
        assert_eq!(
            said("0800-0223363"),
            "zéro huit cents, zéro deux, vingt-trois, trois cent soixante-trois"
        );
        assert_eq!(
            said("+32 2 123 45 67"),
            "plus trente-deux, deux, cent vingt-trois, quarante-cinq, soixante-sept"
        );
        assert_eq!(said("Appelez le 3639"), "Appelez le 36, 39");
        assert_eq!(said("ou au 36 39"), "ou au 36, 39");
    }

    #[test]
    fn directory_services_are_no_quantities() {
        let spoken = "cent dix-huit, sept cent douze";
        assert_eq!(said("118 712"), spoken);
        assert_eq!(
            said("Renseignements : 118712."),
            format!("Renseignements : {spoken}.")
        );
        assert_eq!(said("le 118 712 répond"), format!("le {spoken} répond"));
        for quantity in [
            "118712,0 km",
            "118 712 habitants",
            "118000 €",
            "118 712.5 t",
        ] {
            assert_eq!(said(quantity), quantity);
        }
    }

    #[test]
    fn dates_and_plain_numbers_are_not_dialled() {
        for text in ["01/02/2026 14:30", "10 000 000", "112", "1 500 000 000"] {
            assert_eq!(said(text), text);
        }
    }
}
