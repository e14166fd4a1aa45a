//! Short names that stand in addresses: of a territory and of a site.

use std::fmt;

use crate::Refusal;

/// A territory's name in addresses and rows: 2 to 40 of `a`–`z`, `0`–`9`, `_`, such as `rouen_metropole`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerritorySlug(String);

impl TerritorySlug {
    /// Reads a slug; words that already are an address of the web pages (`admin`, `api`…) are not free.
    ///
    /// # Errors
    /// [`Refusal::TerritorySlug`] for any other character or length, and for a reserved word.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if is_slug(text, "_") && !RESERVED.contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::TerritorySlug)
        }
    }

    /// The slug as written in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TerritorySlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A site's name in addresses and rows: 2 to 40 of `a`–`z`, `0`–`9`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteSlug(String);

impl SiteSlug {
    /// Reads a slug.
    ///
    /// # Errors
    /// [`Refusal::SiteSlug`] for any other character or length.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if is_slug(text, "_-") {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::SiteSlug)
        }
    }

    /// The slug as written in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a page that explains, in addresses and rows: 2 to 40 of `a`–`z`, `0`–`9`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageSlug(String);

impl PageSlug {
    /// Reads a slug.
    ///
    /// # Errors
    /// [`Refusal::PageSlug`] for any other character or length.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if is_slug(text, "_-") {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::PageSlug)
        }
    }

    /// The slug as written in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PageSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// First path segments that belong to the web pages, where a territory's slug would never be reached.
const RESERVED: [&str; 15] = [
    "acknowledge",
    "admin",
    "api",
    "assets",
    "audio",
    "badge",
    "embed",
    "en",
    "fr",
    "healthz",
    "login",
    "metrics",
    "qr",
    "readyz",
    "static",
];

fn is_slug(text: &str, also: &str) -> bool {
    (2..=40).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || also.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn territory_slugs_are_two_to_forty_of_lower_case_digits_and_underscore() {
        for good in ["rouen_metropole", "le_havre", "27", &"a".repeat(40)] {
            assert_eq!(
                TerritorySlug::parse(good)
                    .as_ref()
                    .map(TerritorySlug::as_str),
                Ok(good)
            );
        }
        for bad in [
            "",
            "a",
            "Rouen",
            "le-havre",
            "étang",
            "a b",
            "a/..",
            &"a".repeat(41),
        ] {
            assert_eq!(
                TerritorySlug::parse(bad),
                Err(Refusal::TerritorySlug),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_territory_cannot_hide_behind_a_page_of_the_web() {
        assert_eq!(TerritorySlug::parse("admin"), Err(Refusal::TerritorySlug));
    }

    #[test]
    fn site_slugs_also_take_a_hyphen() {
        assert!(SiteSlug::parse("raffinerie-du-meandre").is_ok());
        assert_eq!(SiteSlug::parse("méandre"), Err(Refusal::SiteSlug));
    }
}
