//! What programs read: feeds, CAP messages and calendars of each territory, finished like the pages.
//!
//! | address | holds |
//! |---|---|
//! | `/{territory}.atom`, `/{territory}/{kind}.atom`, `/{territory}/sites/{site}.atom` | Atom (RFC 4287) |
//! | `/{territory}.feed.json` | JSON Feed 1.1 |
//! | `/{territory}.ics` | iCalendar (RFC 5545) of announced events |
//! | `/{territory}/cap.atom` | the index of CAP messages |
//! | `/{territory}/{bulletin}-{number}.cap.xml`, `/{territory}/{bulletin}.cap.xml` | CAP 1.2 of one entry, of the latest |
//! | the same with `.sig` | its signature: Ed25519 (RFC 8032), 64 octets |
//! | `/signing-key.pem` | the key that verifies them |
//!
//! `.en` before the ending of the first, the second and the third line's first address gives English around the texts.
//! Each entry of a thread is an item of its own: whoever was told the beginning is told the end. Names are those of today:
//! a CAP message and its signature change when a manager renames the site.

mod archived;
mod atom;
mod calendar;
mod cap;
mod item;
mod json_feed;
mod xml;

use bulletin::{Bulletin, Kind, Language, Site, Territory};

pub(crate) use archived::MessageFile;
pub use cap::cap;
pub(crate) use item::{Item, title};

use crate::documents::Documents;
use crate::pages::site_of;
use crate::rendered::Rendered;
use crate::snapshot::Snapshot;

/// Renders every document of a snapshot.
pub(crate) fn render(snapshot: &Snapshot, documents: &mut Documents<'_>) {
    for (territory, members, _) in &snapshot.territories {
        let chronicle = Chronicle::new(snapshot, territory, members);
        chronicle.feeds(documents);
        chronicle.messages(documents);
    }
    let key = snapshot.publisher.key_pem.clone();
    let key = Rendered::document(key, "application/x-pem-file");
    documents.insert(KEY_ADDRESS.to_owned(), key);
}

/// A territory with what was told of it in the last weeks.
pub(crate) struct Chronicle<'a> {
    snapshot: &'a Snapshot,
    territory: &'a Territory,
    /// Its members, and those that were: an address that somebody follows holds.
    sites: Vec<Site>,
    /// Its bulletins of the last weeks, newest first, each under the name of its site.
    bulletins: Vec<(&'a Bulletin, Site)>,
}

impl<'a> Chronicle<'a> {
    fn new(snapshot: &'a Snapshot, territory: &'a Territory, members: &[Site]) -> Self {
        let names = snapshot.names(members);
        let of_territory = |one: &&Bulletin| one.territory == territory.slug;
        let recent = snapshot.recent.iter().filter(of_territory);
        let bulletins = recent
            .map(|one| (one, site_of(&names, &one.site, &territory.slug)))
            .collect();
        let mut sites = names;
        sites.retain(|site| site.territory == territory.slug);
        Self {
            snapshot,
            territory,
            sites,
            bulletins,
        }
    }

    /// An address of this territory with the ending of the language: `/rouen_metropole.en.atom`.
    fn address(&self, language: Language, ending: &str) -> String {
        format!("/{}{}.{ending}", self.territory.slug, suffix(language))
    }

    fn feeds(&self, documents: &mut Documents<'_>) {
        for &language in Language::ALL {
            let all = self.items(language, |_| true);
            let address = self.address(language, "atom");
            let feed = atom::feed(self, language, &self.name(language), &address, &all);
            documents.insert(address, feed);

            let address = self.address(language, "feed.json");
            documents.insert(
                address.clone(),
                json_feed::feed(self, language, &address, &all),
            );
            let address = self.address(language, "ics");
            documents.insert(address, calendar::calendar(self, language));
        }
        for &kind in Kind::ALL {
            let items = self.items(Language::French, |one| one.kind == kind);
            let title = format!("{} – {}", self.name(Language::French), kind.as_french());
            let address = format!("/{}/{}.atom", self.territory.slug, kind.as_str());
            let feed = atom::feed(self, Language::French, &title, &address, &items);
            documents.insert(address, feed);
        }
        for site in &self.sites {
            let items = self.items(Language::French, |one| one.site == site.slug);
            let title = format!("{} – {}", self.name(Language::French), site.name);
            let address = format!("/{}/sites/{}.atom", self.territory.slug, site.slug);
            let feed = atom::feed(self, Language::French, &title, &address, &items);
            documents.insert(address, feed);
        }
    }

    fn messages(&self, documents: &mut Documents<'_>) {
        let publisher = &self.snapshot.publisher;
        for (bulletin, site) in &self.bulletins {
            for entry in &bulletin.entries {
                let url = &publisher.public_url;
                let message = cap(bulletin, entry, site, self.territory, url);
                let signature = signature((publisher.sign)(message.as_bytes()));
                let message = self::message(message);
                if entry.number == bulletin.current().number {
                    let latest = format!("/{}/{}.cap.xml", self.territory.slug, bulletin.id);
                    documents.insert(format!("{latest}.sig"), signature.clone());
                    documents.insert(latest, message.clone());
                }
                let address = message_address(self.territory, bulletin, entry.number);
                documents.insert(format!("{address}.sig"), signature);
                documents.insert(address, message);
            }
        }
        let address = format!("/{}/cap.atom", self.territory.slug);
        let items = self.items(Language::French, |_| true);
        documents.insert(address.clone(), atom::index(self, &address, &items));
    }

    /// The entries of the bulletins that are wanted, newest first, as many as a feed holds.
    fn items(&self, language: Language, is_wanted: impl Fn(&Bulletin) -> bool) -> Vec<Item> {
        let wanted = self.bulletins.iter().filter(|(one, _)| is_wanted(one));
        let mut items: Vec<_> = wanted
            .flat_map(|(bulletin, site)| {
                let entries = bulletin.entries.iter();
                entries.map(|entry| Item::new(self, language, bulletin, entry, site))
            })
            .collect();
        items.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        items.truncate(MOST_ITEMS);
        items
    }

    fn name(&self, language: Language) -> String {
        match language {
            Language::French => format!(
                "Allo – {}\u{a0}: ce qui se passe dans les usines voisines",
                self.territory.name
            ),
            Language::English => format!(
                "Allo – {}: what goes on at the factories next door",
                self.territory.name
            ),
        }
    }

    /// What a document says of itself while the rows cannot be read; nothing as long as they can.
    fn as_of(&self, language: Language) -> Option<String> {
        self.snapshot.as_of(language, &self.territory.zone)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.snapshot.publisher.public_url)
    }
}

/// A CAP message, ready to be sent.
fn message(message: String) -> Rendered {
    Rendered::document(message, "application/cap+xml; charset=utf-8")
}

/// Its signature.
fn signature(signature: [u8; 64]) -> Rendered {
    Rendered::document(signature, "application/octet-stream")
}

/// Where the CAP message of an entry stands.
fn message_address(territory: &Territory, bulletin: &Bulletin, number: u32) -> String {
    format!("/{}/{}-{number}.cap.xml", territory.slug, bulletin.id)
}

/// `.en` for English: the ending of every English address.
pub(crate) fn suffix(language: Language) -> &'static str {
    match language {
        Language::French => "",
        Language::English => ".en",
    }
}

/// No territory has a hyphen in its name.
const KEY_ADDRESS: &str = "/signing-key.pem";
/// About a month of a busy territory.
const MOST_ITEMS: usize = 50;
