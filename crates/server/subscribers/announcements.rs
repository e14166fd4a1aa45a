//! Entries as mails tell them, put together from the rows, each once for all its readers.

use std::collections::HashMap;

use bulletin::{BulletinId, DialledNumber, Territory};
use notify::{Announcement, Sender};
use store::Store;

/// The entries that one portion of mails is about.
pub(super) struct Announcements<'a> {
    store: &'a Store,
    public_url: &'a str,
    read: HashMap<(BulletinId, u32), Option<Announcement>>,
}

impl<'a> Announcements<'a> {
    pub(super) fn new(store: &'a Store, public_url: &'a str) -> Self {
        Self {
            store,
            public_url,
            read: HashMap::new(),
        }
    }

    /// An entry with all that is told of it; `None` when there is no such entry any more.
    ///
    /// # Errors
    /// Of the store.
    pub(super) async fn find(
        &mut self,
        about: &(BulletinId, u32),
    ) -> Result<Option<Announcement>, store::Error> {
        if let Some(known) = self.read.get(about) {
            return Ok(known.clone());
        }
        let found = self.read_anew(about).await?;
        self.read.insert(about.clone(), found.clone());
        Ok(found)
    }

    async fn read_anew(
        &self,
        (id, number): &(BulletinId, u32),
    ) -> Result<Option<Announcement>, store::Error> {
        let Some(bulletin) = self.store.find_bulletin(id).await? else {
            return Ok(None);
        };
        let territories = self.store.territories().await?;
        let territory = territories
            .into_iter()
            .find(|it| it.slug == bulletin.territory);
        let sites = self.store.registered_sites().await?;
        let site = sites.into_iter().find(|it| it.site.slug == bulletin.site);
        let entry = bulletin
            .entries
            .iter()
            .find(|it| it.number == *number)
            .cloned();
        Ok(match (territory, site, entry) {
            (Some(territory), Some(site), Some(entry)) => Some(Announcement {
                sender: sender(&territory, self.public_url),
                bulletin,
                entry,
                site: site.site,
                territory,
                sound: None,
            }),
            _ => None,
        })
    }
}

/// How readers of a territory reach more.
pub(super) fn sender(territory: &Territory, public_url: &str) -> Sender {
    Sender {
        public_url: public_url.to_owned(),
        number: territory.numbers.first().map(DialledNumber::as_printed),
    }
}
