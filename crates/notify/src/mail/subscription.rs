//! What subscribers are written: the question whether it was they who asked, the link to their choices, and bulletins.

use bulletin::{EmailAddress, Language, Territory};

use super::story::pick;
use super::{Mail, story, subject};
use crate::{Announcement, Sender};

/// Somebody who is written to, and the addresses by which they decide about that.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Where.
    pub to: EmailAddress,
    /// Their name in rows, which stands in the names of their mails too.
    pub id: String,
    /// In which language.
    pub language: Language,
    /// The page that asks them to confirm.
    pub confirm: String,
    /// The page of what they have chosen.
    pub choices: String,
    /// The page that ends it, and the address to which their mail program posts to end it.
    pub unsubscribe: String,
}

/// Asks whether it was they who asked: the only mail before they have said so.
///
/// - `key`: names this mail; see [`Mail::key`].
#[must_use]
pub fn confirmation(reader: &Reader, territory: &Territory, sender: &Sender, key: &str) -> Mail {
    let say = |french, english| pick(reader.language, french, english);
    let name = &territory.name;
    let text = match reader.language {
        Language::French => format!(
            "Quelqu’un, vous sans doute, a demandé que cette adresse reçoive les informations des sites industriels de {name}.\n\n\
             Pour confirmer, ouvrez cette page et appuyez sur le bouton :\n{}\n\n\
             Sans confirmation sous deux jours, cette adresse est effacée et rien d’autre ne vous est écrit. \
             Si ce n’était pas vous, ignorez ce message.",
            reader.confirm
        ),
        Language::English => format!(
            "Somebody, probably you, has asked that this address be sent what the industrial sites of {name} announce.\n\n\
             To confirm, open this page and press the button:\n{}\n\n\
             Without that this address is deleted after two days and you are written nothing else. \
             If it was not you, leave this message alone.",
            reader.confirm
        ),
    };
    Mail {
        to: reader.to.clone(),
        subject: format!(
            "{} – {name}",
            say("Confirmez votre abonnement", "Confirm your subscription")
        ),
        text: format!("{text}\n\n{}", house(reader.language, sender, territory)),
        language: reader.language,
        key: key.to_owned(),
        follows: vec![],
        unsubscribe: None,
    }
}

/// For somebody who asks again and is subscribed already: the way to their choices.
#[must_use]
pub fn reminder(reader: &Reader, territory: &Territory, sender: &Sender, key: &str) -> Mail {
    let say = |french, english| pick(reader.language, french, english);
    let name = &territory.name;
    let text = match reader.language {
        Language::French => format!(
            "Cette adresse est déjà abonnée aux informations des sites industriels de {name}. \
             Rien n’a été changé.\n\nPour changer ce que vous recevez :\n{}\n\nPour vous désabonner :\n{}",
            reader.choices, reader.unsubscribe
        ),
        Language::English => format!(
            "This address already receives what the industrial sites of {name} announce. \
             Nothing has been changed.\n\nTo change what you receive:\n{}\n\nTo unsubscribe:\n{}",
            reader.choices, reader.unsubscribe
        ),
    };
    Mail {
        to: reader.to.clone(),
        subject: format!("{} – {name}", say("Votre abonnement", "Your subscription")),
        text: format!("{text}\n\n{}", house(reader.language, sender, territory)),
        language: reader.language,
        key: key.to_owned(),
        follows: vec![],
        unsubscribe: Some(reader.unsubscribe.clone()),
    }
}

/// Tells an entry of a bulletin; the mails of one event make one thread.
#[must_use]
pub fn bulletin(reader: &Reader, announcement: &Announcement) -> Mail {
    let Announcement {
        bulletin,
        entry,
        territory,
        ..
    } = announcement;
    let key = |number: u32| format!("{}-{number}.{}", bulletin.id, reader.id);
    let end = match reader.language {
        Language::French => format!(
            "Vous recevez ce message parce que vous vous êtes abonné aux informations de {}.\n\
             Changer ce que vous recevez : {}\nVous désabonner : {}",
            territory.name, reader.choices, reader.unsubscribe
        ),
        Language::English => format!(
            "You receive this message because you have subscribed to what is announced in {}.\n\
             Change what you receive: {}\nUnsubscribe: {}",
            territory.name, reader.choices, reader.unsubscribe
        ),
    };
    Mail {
        to: reader.to.clone(),
        subject: subject(announcement, reader.language),
        text: format!("{}\n\n-- \n{end}", story(announcement, reader.language)),
        language: reader.language,
        key: key(entry.number),
        follows: (1..entry.number).map(key).collect(),
        unsubscribe: Some(reader.unsubscribe.clone()),
    }
}

/// Who writes, and what they never ask for.
fn house(language: Language, sender: &Sender, territory: &Territory) -> String {
    let page = format!("{}/{}", sender.public_url, territory.slug);
    match language {
        Language::French => format!(
            "La page : {page}\nNous ne demandons jamais ni mot de passe, ni paiement, ni pièce jointe à ouvrir."
        ),
        Language::English => format!(
            "The page: {page}\nWe never ask for a password, for money, or to open an attachment."
        ),
    }
}
