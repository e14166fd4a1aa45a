//! What stands around every public page: its language and the way to the other, what it is for those who link to it,
//! and the pages that must be found from everywhere.

use bulletin::{Conformance, Language, Territory};

use super::both;
use crate::style;
use crate::words::pick;

/// The frame of a public page; the field `shell` of every template that extends `base.html`.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    language: Language,
    title: String,
    description: String,
    /// Where the page is in French; empty for a page that is at no address of its own.
    address: String,
    public_url: String,
    as_of: Option<String>,
    territory: Option<Home>,
}

/// The territory that a page belongs to, as its frame shows it.
#[derive(Clone, Debug)]
struct Home {
    slug: String,
    name: String,
    conformance: Conformance,
}

impl Shell {
    /// A page at an address.
    ///
    /// - `address`: in French, such as `/rouen_metropole`.
    /// - `public_url`: what comes before it, or nothing where nobody has said it.
    pub(crate) fn new(language: Language, address: &str, public_url: &str) -> Self {
        Self {
            language,
            title: String::new(),
            description: String::new(),
            address: address.to_owned(),
            public_url: public_url.to_owned(),
            as_of: None,
            territory: None,
        }
    }

    /// A page that is shown in place of another, in French.
    pub(crate) fn elsewhere(title: &str) -> Self {
        Self::new(Language::French, "", "").called(title)
    }

    /// The same, which says of when it is.
    pub(crate) fn aged(self, words: Option<&str>) -> Self {
        Self {
            as_of: words.map(str::to_owned),
            ..self
        }
    }

    /// Of when the page is, in words, once it is older than it should be.
    pub(crate) fn age(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// The same, with a title; the name of the service is added to it.
    pub(crate) fn called(self, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            ..self
        }
    }

    /// The same, with one sentence about it for those who link to it.
    pub(crate) fn about(self, description: &str) -> Self {
        Self {
            description: description.to_owned(),
            ..self
        }
    }

    /// The same, which belongs to a territory of whose pages an audit has said how accessible they are.
    pub(crate) fn of(self, territory: &Territory, conformance: Conformance) -> Self {
        Self {
            territory: Some(Home {
                slug: territory.slug.to_string(),
                name: territory.name.clone(),
                conformance,
            }),
            ..self
        }
    }

    /// The French or the English words.
    pub(crate) fn say<'a>(&self, french: &'a str, english: &'a str) -> &'a str {
        pick(self.language, french, english)
    }

    /// The language of the page, for its `lang`.
    pub(crate) fn lang(&self) -> &'static str {
        self.language.as_str()
    }

    /// The title of the window.
    pub(crate) fn title(&self) -> String {
        let names = [Some(self.title.as_str()), self.place_name(), Some("Allo")];
        let names: Vec<_> = names.into_iter().flatten().collect();
        names.join(" – ")
    }

    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// The address in the page's language of what is in French at `french`.
    pub(crate) fn to(&self, french: &str) -> String {
        both::address(self.language, french)
    }

    /// The address of a page of the territory, in the page's language; `""` is the territory itself.
    pub(crate) fn within(&self, rest: &str) -> String {
        let slug = self.territory.as_ref().map_or("", |home| &home.slug);
        self.to(&format!("/{slug}{rest}"))
    }

    /// The name of the territory.
    pub(crate) fn place_name(&self) -> Option<&str> {
        self.territory.as_ref().map(|home| home.name.as_str())
    }

    /// What every page says of its accessibility: `Accessibilité : non conforme`.
    pub(crate) fn accessibility(&self) -> String {
        let found = self
            .territory
            .as_ref()
            .map_or(Conformance::Unaudited, |home| home.conformance);
        let (subject, found) = match self.language {
            Language::French => ("Accessibilité\u{a0}:", found.as_french()),
            Language::English => ("Accessibility:", found.as_english()),
        };
        format!("{subject} {found}")
    }

    /// Whether the page is at an address, and so in the other language too.
    pub(crate) fn has_address(&self) -> bool {
        !self.address.is_empty()
    }

    /// This very page, in its language.
    pub(crate) fn here(&self) -> String {
        self.to(&self.address)
    }

    /// The same page in the other language: its tag, its own name, its address.
    pub(crate) fn other(&self) -> (&'static str, &'static str, String) {
        let (language, name) = match self.language {
            Language::French => (Language::English, "English"),
            Language::English => (Language::French, "Français"),
        };
        let address = both::address(language, &self.address);
        (language.as_str(), name, address)
    }

    /// This page in a language, with the host where it is known: `hreflang` and those who link want it whole.
    pub(crate) fn whole(&self, language: &str) -> String {
        let language = Language::parse(language).unwrap_or(self.language);
        let address = both::address(language, &self.address);
        format!("{}{address}", self.public_url)
    }

    /// Whether it is known under which host the page is reached.
    pub(crate) fn has_host(&self) -> bool {
        !self.public_url.is_empty()
    }

    /// That host, as in `https://allo.example`.
    pub(crate) fn host(&self) -> &str {
        &self.public_url
    }

    /// The language as OpenGraph names it, and the other one.
    pub(crate) fn locales(&self) -> [&'static str; 2] {
        match self.language {
            Language::French => ["fr_FR", "en_GB"],
            Language::English => ["en_GB", "fr_FR"],
        }
    }

    pub(crate) fn style(&self) -> &'static str {
        style::address()
    }
}
