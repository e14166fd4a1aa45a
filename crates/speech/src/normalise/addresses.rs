//! Web and e-mail addresses, handles and hashtags of pasted posts.

use std::sync::LazyLock;

use bulletin::Language;
use regex::Regex;

use super::numbers::{Gender, whole};
use super::passage::{Found, Passage, Rewrite, pattern};
use crate::Lexicon;

/// A short address is read out (`allo tiret industrie point com`), one with a path is left to the
/// page, where it can be clicked. A handle or hashtag stays as a plain word where a sentence needs
/// it ("le @Sdis76 est présent") and goes elsewhere.
pub(super) fn say(passage: &mut Passage, lexicon: &Lexicon) {
    passage.rewrite(&EMAIL, |found| {
        Rewrite::Say(in_words(found.group(1), lexicon))
    });
    passage.rewrite(&WEB, |found| web(found, lexicon));
    passage.rewrite(&HANDLE, |found| {
        let needed = ARTICLES.contains(&found.word_before().to_lowercase().as_str());
        // `#Torche allumée` is a sentence, `#Rouen` at its end is not.
        let goes_on = found.group(0).starts_with('#')
            && found
                .after
                .strip_prefix(' ')
                .is_some_and(|after| after.starts_with(char::is_lowercase));
        if needed || goes_on {
            Rewrite::Write(in_parts(found.group(1)))
        } else {
            Rewrite::Write(String::new())
        }
    });
}

/// Nobody notes down a long address while listening.
fn web(found: &Found<'_>, lexicon: &Lexicon) -> Rewrite {
    let whole = found.group(0);
    let stops = &whole[without_stops(whole).len()..];
    let (host, path) = match found.group(1) {
        "" => (found.group(3), found.group(4)),
        host => (host, found.group(2)),
    };
    let before = found.word_before().to_lowercase();
    match without_stops(path) {
        "" | "/" if !host.is_empty() => {
            Rewrite::Write(format!("{}{stops}", in_words(host, lexicon)))
        }
        _ if WANTING.contains(&before.as_str()) => {
            Rewrite::Write(format!("la page internet{stops}"))
        }
        _ => Rewrite::Write(stops.to_owned()),
    }
}

fn without_stops(address: &str) -> &str {
    address.trim_end_matches(['.', ',', ';', ':', '!', '?', ')'])
}

/// `Sdis76_Officiel` as "Sdis 76 Officiel", so that the lexicon finds its words.
fn in_parts(handle: &str) -> String {
    let mut parts = String::with_capacity(handle.len() + 4);
    let mut last = ' ';
    for c in handle.chars() {
        let parted = c.is_ascii_digit() != last.is_ascii_digit()
            || (c.is_uppercase() && last.is_lowercase());
        if parted {
            parts.push(' ');
        }
        parts.push(if c == '_' { ' ' } else { c });
        last = c;
    }
    parts.trim().to_owned()
}

fn in_words(address: &str, lexicon: &Lexicon) -> String {
    if let Some((words, length)) = lexicon.find_at(address, Language::French)
        && length == address.len()
    {
        return words;
    }
    let mut words = String::new();
    let mut number = String::new();
    for c in address.to_lowercase().chars().chain([' ']) {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            words.push_str(&format!(" {} ", whole(&number, Gender::Masculine)));
            number.clear();
        }
        match c {
            '.' => words.push_str(" point "),
            '-' => words.push_str(" tiret "),
            '_' => words.push_str(" souligné "),
            '@' => words.push_str(" arobase "),
            '+' => words.push_str(" plus "),
            c => words.push(c),
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:mailto:)?([A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24})",
    )
});
static WEB: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:(?:https?|ftp)://(?:www\.)?|www\.)([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::\d+)?((?:[/?#.,;:!)][^\s]*)?)",
        r"|",
        r"((?:[a-z0-9-]+\.)+(?:fr|com|org|net|eu|info))(/[^\s]*)?",
        r"|",
        r"(?:https?|ftp)://[^\s]*",
    ))
});
static HANDLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[@#]([\p{L}\d_]+)"));
/// After these a sentence wants something.
const WANTING: [&str; 8] = [
    "sur",
    "via",
    "à",
    "voir",
    "par",
    "consulter",
    "consultez",
    "visitez",
];
const ARTICLES: [&str; 27] = [
    "le", "la", "l", "les", "un", "une", "du", "de", "d", "des", "au", "aux", "à", "par", "avec",
    "chez", "pour", "sur", "dans", "en", "et", "ou", "notre", "nos", "votre", "ce", "cette",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut passage = Passage::new(text.to_owned());
        say(&mut passage, &Lexicon::default());
        passage.into_text()
    }

    #[test]
    fn short_addresses_are_read_out() {
        assert_eq!(
            said("www.allo-industrie.com"),
            "allo tiret industrie point com"
        );
        assert_eq!(
            said("Voir https://allo-industrie.com/."),
            "Voir allo tiret industrie point com."
        );
        assert_eq!(
            said("https://www.atmonormandie.fr, puis"),
            "atmonormandie point fr, puis"
        );
        assert_eq!(
            said("info76@allo-industrie.com."),
            "info soixante-seize arobase allo tiret industrie point com."
        );
    }

    #[test]
    fn long_addresses_are_left_to_the_page() {
        assert_eq!(
            said("Suite : https://example.org/b/4. Merci"),
            "Suite : . Merci"
        );
        assert_eq!(
            said("voir exemple.fr/a?b=1 ou ftp://x"),
            "voir la page internet ou x"
        );
        assert_eq!(
            said("Voir usine-du-cap.fr."),
            "Voir usine tiret du tiret cap point fr."
        );
    }

    #[test]
    fn handles_stay_where_the_sentence_needs_them() {
        assert_eq!(said("Le @Sdis76 est présent."), "Le Sdis 76 est présent.");
        assert_eq!(said("Fumée noire. #Rouen @Prefet76"), "Fumée noire.  ");
        assert_eq!(
            said("#Torche allumée à la @UsineDuCap"),
            "Torche allumée à la Usine Du Cap"
        );
    }

    #[test]
    fn a_lexicon_can_name_an_address() {
        let lexicon = Lexicon::default()
            .with("[[entry]]\nmatch='allo.fr'\nsay='notre site'")
            .unwrap();
        let mut passage = Passage::new("www.allo.fr".to_owned());
        say(&mut passage, &lexicon);
        assert_eq!(passage.into_text(), "notre site");
    }
}
