//! How one name is said in a territory.

use crate::{Language, Refusal};

/// How one name is said in a territory's texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconEntry {
    /// In texts of which language.
    pub language: Language,
    /// As it is written.
    pub written: String,
    /// In letters that every voice reads right.
    pub say: String,
    /// Whether capitals must agree.
    pub match_case: bool,
}

impl LexiconEntry {
    /// Reads what a person typed.
    ///
    /// - `say`: letters of French and English, apostrophes, hyphens, spaces and stops; an empty one spells the name
    ///   letter by letter, and then capitals must agree.
    ///
    /// # Errors
    /// [`Refusal::Written`] and [`Refusal::Say`].
    pub fn compose(
        language: Language,
        written: &str,
        say: &str,
        match_case: bool,
    ) -> Result<Self, Refusal> {
        let (written, say) = (one_space(written), one_space(say));
        let length = written.chars().count();
        let fits = written.chars().any(char::is_alphanumeric) && length <= MOST_CHARACTERS;
        if !fits || written.chars().any(|c| c.is_control()) {
            return Err(Refusal::Written);
        }
        let is_spelled = say.is_empty();
        let say = if is_spelled { spelled(&written) } else { say };
        let allowed = |c: char| is_letter(c) || " '-.,;:?!".contains(c);
        if !say.chars().all(allowed)
            || !say.chars().any(is_letter)
            || say.chars().count() > 2 * MOST_CHARACTERS
        {
            return Err(Refusal::Say);
        }
        Ok(Self {
            language,
            written,
            say,
            match_case: match_case || is_spelled,
        })
    }
}

/// Typographic apostrophes straightened, and every run of blanks one space.
fn one_space(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace(['’', 'ʼ'], "'")
}

fn spelled(written: &str) -> String {
    let letters: Vec<_> = written
        .chars()
        .filter(|c| is_letter(*c))
        .map(String::from)
        .collect();
    letters.join(" ")
}

/// The letters that voices of both languages read.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || "àâäæçéèêëîïñôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÑÔÖŒÙÛÜŸ".contains(c)
}

/// The longest name, with room to spare.
const MOST_CHARACTERS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    fn compose(written: &str, say: &str) -> Result<LexiconEntry, Refusal> {
        LexiconEntry::compose(Language::French, written, say, false)
    }

    #[test]
    fn a_name_is_kept_as_texts_have_it_and_said_in_letters() {
        let entry = compose("  Grigny-l’Île ", "Grigni  l’île").unwrap();
        assert_eq!(
            (entry.written.as_str(), entry.say.as_str()),
            ("Grigny-l'Île", "Grigni l'île")
        );
        assert!(!entry.match_case);
    }

    #[test]
    fn a_name_without_a_way_to_say_it_is_spelled_in_capitals() {
        let entry = compose("UPO", " ").unwrap();
        assert_eq!((entry.say.as_str(), entry.match_case), ("U P O", true));
    }

    #[test]
    fn what_no_voice_could_say_is_refused_with_its_field() {
        for written in ["", " ", "…", "a\u{7}", &"a".repeat(81)] {
            assert_eq!(compose(written, "a"), Err(Refusal::Written), "{written:?}");
        }
        for say in ["H 2 S", "<play>", "…", "東", "-", &"a".repeat(161)] {
            assert_eq!(compose("Nom", say), Err(Refusal::Say), "{say:?}");
        }
        assert_eq!(compose("42", ""), Err(Refusal::Say), "nothing to spell");
    }
}
