//! What a territory explains to its residents, beside what happens: why a flare burns, what a siren means.

use crate::{Language, PageSlug, Refusal, name, text};

/// A page that explains, written by the manager of a territory, in French and perhaps in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackgroundPage {
    /// Name in addresses and rows.
    pub slug: PageSlug,
    /// What it is about.
    pub title: String,
    /// Its paragraphs, with an empty line between them.
    pub text: String,
    /// The title in English; empty where nobody has translated the page.
    pub title_en: String,
    /// The text in English; empty likewise.
    pub text_en: String,
}

impl BackgroundPage {
    /// # Errors
    /// [`Refusal::Name`] for a title; those of a text; [`Refusal::HalfTranslated`] for one of the two in English.
    pub fn compose(
        slug: PageSlug,
        french: (&str, &str),
        english: (&str, &str),
    ) -> Result<Self, Refusal> {
        let (title_en, text_en) = match (english.0.trim(), english.1.trim()) {
            ("", "") => (String::new(), String::new()),
            ("", _) | (_, "") => return Err(Refusal::HalfTranslated),
            (title, lines) => (name(title)?, text::written(lines)?),
        };
        Ok(Self {
            slug,
            title: name(french.0)?,
            text: text::written(french.1)?,
            title_en,
            text_en,
        })
    }

    /// Title and text for readers of a language, and the language they are in: French where nobody has translated.
    pub fn told(&self, language: Language) -> (&str, &str, Language) {
        match language {
            Language::English if !self.text_en.is_empty() => {
                (&self.title_en, &self.text_en, Language::English)
            }
            _ => (&self.title, &self.text, Language::French),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_french_until_somebody_has_translated_all_of_it() {
        let slug = || PageSlug::parse("pourquoi-la-torche-brule").unwrap();
        let french = ("Pourquoi la torche brûle", "Pour votre sécurité.");
        let page = BackgroundPage::compose(slug(), french, ("", " ")).unwrap();
        assert_eq!(
            page.told(Language::English),
            (french.0, french.1, Language::French)
        );

        let english = ("Why the flare burns", "For your safety.");
        let page = BackgroundPage::compose(slug(), french, english).unwrap();
        assert_eq!(
            page.told(Language::English),
            (english.0, english.1, Language::English)
        );
        assert_eq!(page.told(Language::French).0, french.0);

        let half = BackgroundPage::compose(slug(), french, ("Why", ""));
        assert_eq!(half, Err(Refusal::HalfTranslated));
        let empty = BackgroundPage::compose(slug(), ("Titre", " "), ("", ""));
        assert_eq!(empty, Err(Refusal::PageEmpty));
    }
}
