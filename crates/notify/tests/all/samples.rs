//! Bulletins to tell, and what channels are given.

use std::sync::Arc;
use std::time::Duration;

use bulletin::{
    Bulletin, BulletinId, Draft, Entry, Event, Kind, Language, Lifetime, Site, SiteSlug, Territory,
    TerritorySlug, Update,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use notify::{Announcement, Channel, Failure, Home, Receipt, Secret, Sender, Tools};
use tempfile::TempDir;

pub(crate) const TEXT: &str =
    "Torche visible depuis 14 h 10, sans gêne attendue. Prochain point à 16 h.";

/// The first text of an event at 14:32 in Rouen.
pub(crate) fn first() -> Announcement {
    of(Kind::Unplanned, TEXT)
}

pub(crate) fn of(kind: Kind, text: &str) -> Announcement {
    let (site, territory) = (site(), territory());
    let draft = Draft {
        kind,
        events: vec![Event::Flaring],
        nuisances: vec![],
        text: text.to_owned(),
        language: Language::French,
        starts_at: None,
        ends_at: None,
        lifetime: Lifetime::default(),
    };
    let id = BulletinId::parse("abcdefghijkl").unwrap();
    let bulletin = Bulletin::compose(
        id,
        &site,
        &territory,
        draft,
        "op",
        at("2026-11-26T13:32:00Z"),
    )
    .unwrap();
    let entry = bulletin.current().clone();
    Announcement {
        bulletin,
        entry,
        site,
        territory,
        sender: Sender {
            public_url: "https://allo.example".to_owned(),
            number: Some("0805 691 282".to_owned()),
        },
        sound: None,
    }
}

/// The same event, told on.
pub(crate) fn update(announcement: &Announcement) -> Announcement {
    let mut later = announcement.clone();
    let change = Update {
        text: "La torche baisse.".to_owned(),
        under_control: false,
        lifetime: None,
    };
    let told = later.bulletin.update(
        change,
        &later.territory.clone(),
        "op",
        at("2026-11-26T14:05:00Z"),
    );
    later.entry = told.unwrap();
    later
}

/// The same event, over.
pub(crate) fn end(announcement: &Announcement) -> Announcement {
    let mut later = announcement.clone();
    let entry: Entry = later
        .bulletin
        .end(None, "op", at("2026-11-26T15:00:00Z"))
        .unwrap();
    later.entry = entry;
    later
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A channel's folder and secrets, with little patience.
pub(crate) struct House {
    pub(crate) folder: TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn home(&self) -> Home {
        Home {
            patience: Duration::from_millis(2000),
            ..Home::new("test", self.folder.path().join("channels"))
        }
    }

    /// As [`House::home`], for servers that say nothing.
    pub(crate) fn hasty(&self) -> Home {
        Home {
            patience: Duration::from_millis(150),
            ..self.home()
        }
    }

    /// A file that only its owner reads.
    pub(crate) fn secret(&self, name: &str, text: &str) -> Secret {
        use std::os::unix::fs::PermissionsExt;

        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        Secret::File(path)
    }
}

/// Tells a first text, what follows and the end, each with the receipts of those before it; gives the first two.
pub(crate) async fn tell_a_thread(channel: &impl Channel) -> [Receipt; 2] {
    let first = first();
    let told = channel.tell(&first, &[]).await.unwrap();
    let update = update(&first);
    let again = channel.tell(&update, std::slice::from_ref(&told)).await;
    let receipts = [told, again.unwrap()];
    channel.tell(&end(&update), &receipts).await.unwrap();
    receipts
}

/// What channels are given besides; a document is only its bulletin's name.
pub(crate) fn tools() -> Tools {
    Tools {
        cap: Arc::new(|it| Ok(format!("<alert>{}</alert>", it.bulletin.id))),
    }
}

/// What a failure says, when it is for later.
pub(crate) fn later(failure: Failure) -> (String, Option<u64>) {
    match failure {
        Failure::Later { why, after } => (why, after.map(|after| after.as_secs())),
        Failure::Never { why } => panic!("never: {why}"),
    }
}

/// What a failure says, when it is for good.
pub(crate) fn never(failure: Failure) -> String {
    match failure {
        Failure::Never { why } => why,
        Failure::Later { why, .. } => panic!("later: {why}"),
    }
}

fn site() -> Site {
    Site {
        slug: SiteSlug::parse("raffinerie-du-meandre").unwrap(),
        territory: TerritorySlug::parse("rouen_metropole").unwrap(),
        name: "Raffinerie du Méandre".into(),
        spoken_name: String::new(),
        commune: "Val-de-Seine".into(),
    }
}

fn territory() -> Territory {
    Territory {
        slug: TerritorySlug::parse("rouen_metropole").unwrap(),
        name: "Rouen Métropole".into(),
        spoken_name: String::new(),
        zone: TimeZone::get("Europe/Paris").unwrap(),
        numbers: vec![],
    }
}
