//! CAP messages that are too old to be in memory: their addresses hold for ever.
//!
//! No message is kept: each is written and signed anew, here as in memory, with the names of site, commune and territory,
//! the number of the line and the public address of that moment. Once a manager has changed one of them, a message that
//! was fetched before has other octets at the same address, and another signature.

use bulletin::{BulletinId, Site, Territory};

use super::cap;
use crate::app::App;
use crate::error::Error;
use crate::pages::site_of;
use crate::rendered::Rendered;

/// A file of a territory that is a message or a signature of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageFile {
    bulletin: BulletinId,
    /// The latest entry, unless one is named.
    number: Option<u32>,
    is_signature: bool,
}

impl MessageFile {
    /// Reads `{bulletin}.cap.xml` or `{bulletin}-{number}.cap.xml`, with `.sig` behind it for the signature.
    pub(crate) fn parse(file: &str) -> Option<Self> {
        let (message, is_signature) = match file.strip_suffix(".sig") {
            Some(message) => (message, true),
            None => (file, false),
        };
        let name = message.strip_suffix(".cap.xml")?;
        let (bulletin, number) = match name.split_once('-') {
            Some((bulletin, digits)) => (bulletin, Some(number(digits)?)),
            None => (name, None),
        };
        Some(Self {
            bulletin: BulletinId::parse(bulletin).ok()?,
            number,
            is_signature,
        })
    }

    /// Reads the bulletin from the store and writes the message anew: as it was, unless its site or something else
    /// that it names has been renamed since.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`].
    pub(crate) async fn fetch(
        &self,
        app: &App,
        territory: &Territory,
        sites: &[Site],
    ) -> Result<Rendered, Error> {
        let found = app.store.find_bulletin(&self.bulletin).await?;
        let bulletin = found
            .filter(|one| one.territory == territory.slug)
            .ok_or(Error::NotFound)?;
        let number = self.number.unwrap_or(bulletin.current().number);
        let entry = bulletin.entries.iter().find(|one| one.number == number);
        let entry = entry.ok_or(Error::NotFound)?;
        let site = site_of(sites, &bulletin.site, &territory.slug);
        let publisher = &app.publisher;
        let message = cap(&bulletin, entry, &site, territory, &publisher.public_url);
        Ok(if self.is_signature {
            super::signature((publisher.sign)(message.as_bytes()))
        } else {
            super::message(message)
        })
    }
}

/// One address for each number: no sign, no zero in front.
fn number(digits: &str) -> Option<u32> {
    let number: u32 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_is_named_by_its_bulletin_its_number_and_its_ending() {
        let read = |file| {
            let file = MessageFile::parse(file)?;
            Some((file.number, file.is_signature))
        };
        assert_eq!(read("abcdefghijkl.cap.xml"), Some((None, false)));
        assert_eq!(read("abcdefghijkl-2.cap.xml"), Some((Some(2), false)));
        assert_eq!(read("abcdefghijkl-2.cap.xml.sig"), Some((Some(2), true)));
        for other in [
            "abcdefghijkl",
            "abcdefghijkl.sig",
            "abcdefghijkl-.cap.xml",
            "abcdefghijkl-02.cap.xml",
            "abcdefghijkl-+2.cap.xml",
            "abcdefghijk-2.cap.xml",
            "abcdefghijkl-2.cap.xml.sig.sig",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_address_stops_the_program(file in "\\PC*(\\.cap\\.xml)?(\\.sig)?") {
            let _ = MessageFile::parse(&file);
        }
    }
}
