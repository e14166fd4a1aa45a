//! What stands around every page of the desk: its places, who is signed in, until when.

use axum::http::{HeaderMap, header};
use bulletin::Language;
use store::Role;

use super::Login;
use crate::style;
use crate::words::{self, pick};

/// The frame of a page; the field `frame` of every template that extends `admin/base.html`.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    language: Language,
    member: Option<Member>,
}

/// Who is signed in, as the frame shows them.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) links: Vec<Link>,
    /// The hour at which the login ends if nothing is done.
    pub(crate) ends: String,
    /// Seconds until then.
    pub(crate) seconds: i64,
    /// What nobody has seen yet and this person should.
    pub(crate) alerts: Vec<String>,
}

/// A line of the navigation.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) address: &'static str,
    pub(crate) words: &'static str,
    pub(crate) is_here: bool,
}

impl Frame {
    /// The frame of a page for somebody who is signed in.
    pub(crate) fn new(login: &Login, here: Place) -> Self {
        let language = login.language;
        let seconds = login.ends.duration_since(login.now).as_secs().max(0);
        let links = PLACES
            .iter()
            .filter(|(.., roles)| roles.contains(&login.role));
        Self {
            language,
            member: Some(Member {
                name: login.name.clone(),
                role: pick(language, login.role.french(), login.role.english()),
                links: links
                    .map(|&(place, address, french, english, _)| Link {
                        address,
                        words: pick(language, french, english),
                        is_here: place == here,
                    })
                    .collect(),
                ends: words::clock(login.language, login.ends, &login.zone),
                seconds,
                alerts: login.alerts.clone(),
            }),
        }
    }

    /// The frame of a page for whoever has not signed in, in the first language that their browser asks for.
    pub(crate) fn outside(headers: &HeaderMap) -> Self {
        let wished = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let is_english = wished.trim_start().to_ascii_lowercase().starts_with("en");
        Self {
            language: if is_english {
                Language::English
            } else {
                Language::French
            },
            member: None,
        }
    }

    /// The frame of a page for nobody knows whom.
    pub(crate) fn unknown() -> Self {
        Self {
            language: Language::French,
            member: None,
        }
    }

    /// The French or the English words, as the reader wishes.
    pub(crate) fn say<'a>(&self, french: &'a str, english: &'a str) -> &'a str {
        pick(self.language, french, english)
    }

    /// The language of the page, for its `lang`.
    pub(crate) fn language(&self) -> &'static str {
        self.language.as_str()
    }

    pub(crate) fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }

    pub(crate) fn style(&self) -> &'static str {
        style::address()
    }

    pub(crate) fn desk_style(&self) -> &'static str {
        style::desk_address()
    }

    pub(crate) fn script(&self) -> &'static str {
        style::script_address()
    }
}

/// Where in the desk a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    dead_code,
    reason = "each page of the desk takes the place that was kept for it"
)]
pub(crate) enum Place {
    /// The first page.
    Home,
    /// Posting.
    Post,
    /// What was posted, and where it stands.
    Bulletins,
    /// Sites, numbers and words of a territory.
    Territory,
    /// Members and their people.
    People,
    /// What callers did.
    Numbers,
    /// The log of what was changed.
    Acts,
    /// What should be looked at.
    Alerts,
    /// The nodes of the service.
    Nodes,
    /// Keys for programs.
    Tokens,
    /// One's own account.
    Account,
    /// None of those.
    Elsewhere,
}

/// The navigation: a place, its address, its name in French and in English, and for whom it is.
const PLACES: &[(Place, &str, &str, &str, &[Role])] = &[
    (Place::Home, "/admin", "Accueil", "Home", &Role::ALL),
    (
        Place::Post,
        "/admin/post",
        "Publier",
        "Post",
        &[Role::Operator],
    ),
    (
        Place::Bulletins,
        "/admin/bulletins",
        "Bulletins",
        "Bulletins",
        &Role::ALL,
    ),
    (
        Place::Numbers,
        "/admin/numbers",
        "Chiffres",
        "Numbers",
        &Role::ALL,
    ),
    (
        Place::Alerts,
        "/admin/alerts",
        "Alertes",
        "Alerts",
        &Role::ALL,
    ),
    (
        Place::Acts,
        "/admin/audit",
        "Journal des actes",
        "Audit log",
        &[Role::Manager, Role::Administrator, Role::Auditor],
    ),
    (
        Place::Territory,
        "/admin/territories",
        "Territoires",
        "Territories",
        &[Role::Manager, Role::Administrator, Role::Auditor],
    ),
    (
        Place::Tokens,
        "/admin/tokens",
        "Jetons",
        "Tokens",
        &Role::ALL,
    ),
    (
        Place::Nodes,
        "/admin/nodes",
        "Nœuds",
        "Nodes",
        &[Role::Administrator],
    ),
    (
        Place::Account,
        "/admin/account",
        "Mon compte",
        "My account",
        &Role::ALL,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_french_unless_the_browser_asks_for_english_first() {
        for (wished, language) in [
            ("", "fr"),
            ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
            ("en-GB,en;q=0.9", "en"),
            ("de", "fr"),
        ] {
            let headers = HeaderMap::from_iter([(
                header::ACCEPT_LANGUAGE,
                wished.parse().expect("a plain header"),
            )]);
            assert_eq!(Frame::outside(&headers).language(), language, "{wished}");
        }
    }
}
