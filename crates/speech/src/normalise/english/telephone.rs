//! Telephone numbers in English texts, digit by digit in the groups they are written in.

use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{digits, whole};
use crate::normalise::passage::{Found, Passage, Rewrite, pattern};

/// `0 805 691 282`, `+33 2 35 00 12 34`; `112` where it is dialled.
pub(super) fn say(passage: &mut Passage) {
    passage.rewrite(&NUMBER, |found| {
        let figures = found.group(0).chars().filter(char::is_ascii_digit).count();
        if figures < 9 {
            return Rewrite::Leave;
        }
        let plus = if found.group(0).starts_with('+') {
            "plus "
        } else {
            ""
        };
        Rewrite::Say(format!("{plus}{}", in_groups(found.group(0))))
    });
    passage.rewrite(&EMERGENCY, emergency);
}

/// The single zero or the prefix before a group belongs to it.
fn in_groups(written: &str) -> String {
    let mut groups: Vec<String> = Vec::new();
    for group in written
        .split(|c: char| !c.is_ascii_digit())
        .filter(|one| !one.is_empty())
    {
        match groups.last_mut() {
            Some(last) if last == "0" => last.push_str(group),
            _ => groups.push(group.to_owned()),
        }
    }
    if let [alone] = &groups[..]
        && alone.len() == 10
    {
        let free = alone.starts_with("08");
        let cuts: &[usize] = if free { &[4, 7] } else { &[2, 4, 6, 8] };
        let mut parts = Vec::new();
        let mut from = 0;
        for cut in cuts.iter().copied().chain([alone.len()]) {
            parts.push(digits(&alone[from..cut]));
            from = cut;
        }
        return parts.join(", ");
    }
    let words: Vec<String> = groups.iter().map(|group| digits(group)).collect();
    words.join(", ")
}

/// `112 people` are counted, `dial 112` is dialled.
fn emergency(found: &Found<'_>) -> Rewrite {
    let before = found.word_before().to_lowercase();
    let counted = found.after.strip_prefix(' ').is_some_and(|after| {
        let word = after.split(' ').next().unwrap_or_default();
        word.starts_with(char::is_alphabetic) && !JOINING.contains(&word)
    });
    match !counted && DIALLED.contains(&before.as_str()) {
        true if found.group(0).len() == 3 => Rewrite::Say(digits(found.group(0))),
        true => Rewrite::Say(whole(found.group(0))),
        false => Rewrite::Leave,
    }
}

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:\+\d{1,3}|0[ .-]?\d)(?:[ .-]?\d{1,4}){2,6}"));
static EMERGENCY: LazyLock<Regex> = LazyLock::new(|| pattern(r"11[2-9]|1[578]"));
const DIALLED: [&str; 10] = [
    "dial", "call", "text", "ring", "phone", "number", "or", "and", "to", "on",
];
const JOINING: [&str; 8] = ["or", "and", "in", "if", "for", "from", "at", "by"];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage);
        passage.into_text()
    }

    #[test]
    fn numbers_are_said_in_their_groups() {
        for (text, words) in [
            (
                "0805 691 282",
                "zero eight zero five, six nine one, two eight two",
            ),
            (
                "0 805 691 282",
                "zero eight zero five, six nine one, two eight two",
            ),
            (
                "0805691282",
                "zero eight zero five, six nine one, two eight two",
            ),
            (
                "02 35 00 12 34",
                "zero two, three five, zero zero, one two, three four",
            ),
            (
                "+33 2 35 00 12 34",
                "plus three three, two, three five, zero zero, one two, three four",
            ),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn emergency_numbers_are_dialled_and_people_counted() {
        assert_eq!(said("dial 18 or 112"), "dial eighteen or one one two");
        assert_eq!(said("text 114."), "text one one four.");
        assert_eq!(said("and 112 people"), "and 112 people");
        assert_eq!(said("unit 112"), "unit 112");
        assert_eq!(said("9:00-12:00"), "9:00-12:00");
    }
}
