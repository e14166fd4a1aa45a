//! Every public page is there twice: French first, English at the same address with `.en` behind it.

use bulletin::Language;

/// The same thing in both languages.
#[derive(Clone, Debug)]
pub(crate) struct Both<T> {
    french: T,
    english: T,
}

impl<T> Both<T> {
    /// Makes it once for each language.
    pub(crate) fn of(mut make: impl FnMut(Language) -> T) -> Self {
        Self {
            french: make(Language::French),
            english: make(Language::English),
        }
    }

    /// The one for readers of a language.
    pub(crate) fn told(&self, language: Language) -> &T {
        match language {
            Language::French => &self.french,
            Language::English => &self.english,
        }
    }
}

/// The last part of an address, and the language that it asks for: `archives.en` is `archives` in English.
pub(crate) fn asked(part: &str) -> (&str, Language) {
    match part.strip_suffix(ENGLISH) {
        Some(name) => (name, Language::English),
        None => (part, Language::French),
    }
}

/// The address of a page in a language, made of its French one; a search behind `?` stays behind it.
pub(crate) fn address(language: Language, french: &str) -> String {
    let (path, search) = match french.find('?') {
        Some(at) => french.split_at(at),
        None => (french, ""),
    };
    match (language, path) {
        (Language::French, _) => french.to_owned(),
        (Language::English, "/") => format!("/en{search}"),
        (Language::English, _) => format!("{path}{ENGLISH}{search}"),
    }
}

/// No slug and no id has a stop in it.
const ENGLISH: &str = ".en";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_in_english_at_its_address_with_en_behind_it() {
        for (french, english) in [
            ("/", "/en"),
            ("/rouen_metropole", "/rouen_metropole.en"),
            ("/a/archives?avant=3", "/a/archives.en?avant=3"),
        ] {
            assert_eq!(address(Language::French, french), french);
            assert_eq!(address(Language::English, french), english);
        }
        assert_eq!(asked("archives.en"), ("archives", Language::English));
        assert_eq!(asked("archives"), ("archives", Language::French));
    }
}
