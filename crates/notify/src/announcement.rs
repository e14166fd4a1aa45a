//! What is to be told: one entry of a bulletin, with all that a channel may say of it.

use std::sync::Arc;

use bulletin::{Bulletin, Entry, Site, Territory};

/// One entry of a bulletin, with the names and addresses that its words leave out.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The whole thread as it stands; it may have grown since this entry.
    pub bulletin: Bulletin,
    /// The entry to be told.
    pub entry: Entry,
    /// Who speaks.
    pub site: Site,
    /// Whom it concerns.
    pub territory: Territory,
    /// How readers reach more.
    pub sender: Sender,
    /// What the line says, for networks that take sound; none while it is not spoken yet.
    pub sound: Option<Sound>,
}

/// A recording for people's players.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// A whole file.
    pub octets: Arc<[u8]>,
    /// Its media type, such as `audio/wav`.
    pub media_type: &'static str,
}

impl Announcement {
    /// Names this announcement for ever, for receivers that drop what they have had: `BULLETIN-ENTRY`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}-{}", self.bulletin.id, self.entry.number)
    }

    /// The address of the event on the public page.
    #[must_use]
    pub fn link(&self) -> String {
        let Sender { public_url, .. } = &self.sender;
        format!("{public_url}/{}/{}", self.territory.slug, self.bulletin.id)
    }
}

/// Where people who want to know more go.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The address of the public page, without a `/` at its end.
    pub public_url: String,
    /// The telephone number of the territory, as it is written for people ("0805 691 282"), if it has one.
    pub number: Option<String>,
}
