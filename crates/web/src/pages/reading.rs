//! Who reads what, and when: what every page of a territory is rendered with.

use bulletin::{Bulletin, Imprint, Language, Site, Territory};
use jiff::Timestamp;

use super::both::{self, Both};
use super::{Card, Shell, site_of};
use crate::snapshot::Speech;

/// A page of a territory in the making.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) language: Language,
    pub(crate) territory: &'a Territory,
    /// Every site that a bulletin may name.
    pub(crate) sites: &'a [Site],
    pub(crate) public_url: &'a str,
    /// Of when it is, in words, once it is older than it should be.
    pub(crate) as_of: &'a Both<Option<String>>,
    pub(crate) imprint: &'a Imprint,
    pub(crate) now: Timestamp,
}

impl<'a> Reading<'a> {
    /// The French or the English words.
    pub(crate) fn say<'b>(&self, french: &'b str, english: &'b str) -> &'b str {
        crate::words::pick(self.language, french, english)
    }

    /// The address of a page of the territory, in the reader's language.
    ///
    /// - `rest`: what it has behind the territory in French, such as `/archives`.
    pub(crate) fn address(&self, rest: &str) -> String {
        both::address(self.language, &format!("/{}{rest}", self.territory.slug))
    }

    /// The frame of a page of the territory.
    ///
    /// - `rest`: what its address in French has behind the territory, such as `/archives`.
    pub(crate) fn shell(&self, rest: &str) -> Shell {
        let address = format!("/{}{rest}", self.territory.slug);
        Shell::new(self.language, &address, self.public_url)
            .of(self.territory, self.imprint.conformance)
            .aged(self.as_of.told(self.language).as_deref())
    }

    /// A bulletin in words.
    pub(crate) fn card(&self, bulletin: &Bulletin, speech: &Speech) -> Card {
        let site = self.site(bulletin);
        Card::told(
            self.language,
            bulletin,
            &site,
            self.territory,
            speech,
            self.now,
        )
    }

    /// The site that posted a bulletin.
    pub(crate) fn site(&self, bulletin: &Bulletin) -> Site {
        site_of(self.sites, &bulletin.site, &self.territory.slug)
    }
}
