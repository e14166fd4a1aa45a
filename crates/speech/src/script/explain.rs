//! Plans that residents do not know by their letters, told once.

use std::borrow::Cow;

use bulletin::Language;

/// Puts what `POI` and `PPI` mean in brackets behind the first of each, unless the text does.
pub(super) fn explained(text: &str, language: Language) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for (letters, french, english) in PLANS {
        let meaning = match language {
            Language::French => french,
            Language::English => english,
        };
        // Whoever writes "plan" has said what it is.
        if text.to_lowercase().contains(known(language, letters)) {
            continue;
        }
        if let Some(end) = end_of_word(&text, letters)
            && !text[end..].trim_start().starts_with('(')
        {
            text = Cow::Owned(format!("{} ({meaning}){}", &text[..end], &text[end..]));
        }
    }
    text
}

/// Where the first of these letters ends that stand alone as a word.
fn end_of_word(text: &str, letters: &str) -> Option<usize> {
    text.match_indices(letters).find_map(|(start, found)| {
        let end = start + found.len();
        let touches =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "-_@#./".contains(c));
        let before = touches(text[..start].chars().next_back());
        // A full stop ends a sentence; letters right behind it make an address.
        let rest = &text[end..];
        let after = rest.starts_with(|c: char| c.is_alphanumeric() || "-_@#/".contains(c))
            || rest
                .strip_prefix('.')
                .is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
        (!before && !after).then_some(end)
    })
}

fn known(language: Language, letters: &str) -> &'static str {
    match (language, letters) {
        (Language::French, "POI") => "plan d'op",
        (Language::French, _) => "plan particulier",
        (Language::English, _) => "emergency plan",
    }
}

const PLANS: [(&str, &str, &str); 2] = [
    (
        "POI",
        "plan d'opération interne",
        "the site's emergency plan",
    ),
    (
        "PPI",
        "plan particulier d'intervention",
        "the authorities' emergency plan",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_told_once() {
        for (text, told) in [
            (
                "Le POI est levé. Fin du POI.",
                "Le POI (plan d'opération interne) est levé. Fin du POI.",
            ),
            (
                "Sirène PPI.",
                "Sirène PPI (plan particulier d'intervention).",
            ),
            (
                "Le POI (plan interne) est levé.",
                "Le POI (plan interne) est levé.",
            ),
            (
                "Le plan d'opération interne, ou POI, est levé.",
                "Le plan d'opération interne, ou POI, est levé.",
            ),
            (
                "Le POINT est fait sur poi.fr/POI, @POI_76.",
                "Le POINT est fait sur poi.fr/POI, @POI_76.",
            ),
        ] {
            assert_eq!(explained(text, Language::French), told);
        }
        assert_eq!(
            explained("The POI has been lifted.", Language::English),
            "The POI (the site's emergency plan) has been lifted."
        );
    }
}
