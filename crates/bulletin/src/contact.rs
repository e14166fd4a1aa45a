//! The authorities that are told what sites post: who they are, which bulletins concern them, and what happens when
//! nobody there says that it was read.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::{
    Authority, Bulletin, EmailAddress, Kind, Language, State, TerritorySlug, WebhookAddress, text,
};

/// An authority that is told: a control room, a duty officer of the prefecture, a town hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its name in rows and addresses.
    pub id: ContactId,
    /// Whose list it stands on.
    pub territory: TerritorySlug,
    /// Which of the lists.
    pub authority: Authority,
    /// What people call it: "CODIS 76".
    pub name: String,
    /// The communes whose sites concern it; without one every site of the territory does.
    pub communes: Vec<String>,
    /// The language of what it is sent, around the words of the site.
    pub language: Language,
    /// By which number the desk reaches it when all else is silent; may be empty.
    pub telephone: String,
    /// Where it is told.
    pub first: Reach,
    /// Where somebody else of it is told when nobody has acknowledged; may be empty.
    pub second: Reach,
}

impl Contact {
    /// Whether what a site in `commune` posts concerns it. Case, accents, hyphens and blanks do not count, and `St` and
    /// `Ste` are `Saint` and `Sainte`.
    #[must_use]
    pub fn is_concerned_by(&self, commune: &str) -> bool {
        let commune = plain(commune);
        self.communes.is_empty() || self.communes.iter().any(|one| plain(one) == commune)
    }

    /// Where it is told at its turn.
    #[must_use]
    pub fn reach(&self, rank: Rank) -> &Reach {
        match rank {
            Rank::First => &self.first,
            Rank::Second => &self.second,
        }
    }
}

/// The name of a contact in rows and addresses: twelve small letters or digits that nobody chose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactId(String);

impl ContactId {
    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 12
            && text
                .bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// By which means somebody is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// A mailbox that somebody reads day and night.
    pub email: Option<EmailAddress>,
    /// A program.
    pub webhook: Option<WebhookAddress>,
}

impl Reach {
    /// Whether nobody is reached by it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.email.is_none() && self.webhook.is_none()
    }

    /// The means there are.
    pub fn means(&self) -> impl Iterator<Item = Means> {
        let email = self.email.as_ref().map(|_| Means::Mail);
        let webhook = self.webhook.as_ref().map(|_| Means::Webhook);
        email.into_iter().chain(webhook)
    }
}

/// A way to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Means {
    /// E-mail.
    Mail,
    /// A request to a program.
    Webhook,
}

impl Means {
    /// The word of rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    /// Reads the word that [`Means::as_str`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Mail, Self::Webhook];
        all.into_iter().find(|means| means.as_str() == word)
    }
}

/// Whose turn it is at a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Told at once.
    First,
    /// Told when nobody has acknowledged in time.
    Second,
}

impl Rank {
    /// The word of rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
        }
    }

    /// Reads the word that [`Rank::as_str`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::First, Self::Second];
        all.into_iter().find(|rank| rank.as_str() == word)
    }
}

/// How the contacts of one kind are told in a territory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactList {
    /// Which list.
    pub authority: Authority,
    /// The kinds of bulletins that are told; without one, none is.
    pub kinds: Vec<Kind>,
    /// How long somebody may stay silent before somebody else is told.
    pub patience: Patience,
}

impl ContactList {
    /// A list as it is before a manager changes it: every kind, ten minutes.
    #[must_use]
    pub fn new(authority: Authority) -> Self {
        Self {
            authority,
            kinds: Kind::ALL.to_vec(),
            patience: Patience::default(),
        }
    }

    /// Whether its contacts are told of bulletins of this kind.
    #[must_use]
    pub fn tells(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// When a silence about a bulletin of this kind is over, if it began at `since`; `None` for what can wait until
    /// somebody comes to the office: what was announced, and tests. A drill is followed up like the real thing.
    #[must_use]
    pub fn silent_until(&self, kind: Kind, since: Timestamp) -> Option<Timestamp> {
        let is_urgent = matches!(kind, Kind::Unplanned | Kind::Drill);
        is_urgent.then(|| {
            let end = since.saturating_add(self.patience.duration());
            end.unwrap_or(Timestamp::MAX)
        })
    }
}

/// Minutes within which somebody is to acknowledge, 1 to 240.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    minutes: u8,
}

impl Patience {
    /// Reads so many minutes.
    #[must_use]
    pub fn from_minutes(minutes: u8) -> Option<Self> {
        (1..=240).contains(&minutes).then_some(Self { minutes })
    }

    /// How many minutes.
    #[must_use]
    pub fn minutes(self) -> u8 {
        self.minutes
    }

    fn duration(self) -> SignedDuration {
        SignedDuration::from_mins(self.minutes.into())
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self { minutes: 10 }
    }
}

/// Who has been silent so far about a bulletin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The first, who has been told.
    OfFirst,
    /// The first and the second, who has been told too.
    OfSecond,
    /// Everybody there is: only a person with a telephone can help.
    OfAll,
}

impl Silence {
    /// The word of rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OfFirst => "first",
            Self::OfSecond => "second",
            Self::OfAll => "all",
        }
    }

    /// Reads the word that [`Silence::as_str`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::OfFirst, Self::OfSecond, Self::OfAll];
        all.into_iter().find(|one| one.as_str() == word)
    }

    /// What comes of a silence that has lasted too long at this contact.
    #[must_use]
    pub fn goes_on(self, contact: &Contact) -> Self {
        match self {
            Self::OfFirst if !contact.second.is_empty() => Self::OfSecond,
            _ => Self::OfAll,
        }
    }
}

impl Bulletin {
    /// Whether there is still something that an authority could act on.
    #[must_use]
    pub fn goes_on(&self, now: Timestamp) -> bool {
        matches!(
            self.state(now),
            State::Scheduled | State::Ongoing | State::UnderControl
        )
    }
}

/// A commune's name without what people write in several ways.
fn plain(commune: &str) -> String {
    let folded = text::folded(commune);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let words = words.map(|word| match word {
        "st" => "saint",
        "ste" => "sainte",
        other => other,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_town_hall_is_concerned_by_the_sites_of_its_communes_however_they_are_written() {
        let hall = contact(&["Saint-Étienne-du-Rouvray", "Petit-Couronne"], "");
        for commune in [
            "Petit-Couronne",
            "petit couronne",
            "PETIT–COURONNE ",
            "St Etienne du Rouvray",
        ] {
            assert!(hall.is_concerned_by(commune), "{commune}");
        }
        for other in ["Grand-Couronne", "Couronne", "", "Petit-Couronne-sur-Seine"] {
            assert!(!hall.is_concerned_by(other), "{other}");
        }
        assert!(contact(&[], "").is_concerned_by("Anywhere"));
    }

    #[test]
    fn the_second_contact_follows_a_silence_of_the_first_and_then_only_a_telephone_helps() {
        let with_second = contact(&[], "maire@example.org");
        assert_eq!(Silence::OfFirst.goes_on(&with_second), Silence::OfSecond);
        assert_eq!(Silence::OfSecond.goes_on(&with_second), Silence::OfAll);
        assert_eq!(Silence::OfFirst.goes_on(&contact(&[], "")), Silence::OfAll);
    }

    #[test]
    fn only_what_happens_and_drills_are_followed_up() {
        let list = ContactList {
            patience: Patience::from_minutes(5).unwrap(),
            ..ContactList::new(Authority::FireService)
        };
        let posted: Timestamp = "2026-11-23T13:32:00Z".parse().unwrap();
        let due: Timestamp = "2026-11-23T13:37:00Z".parse().unwrap();
        for (kind, until) in [
            (Kind::Unplanned, Some(due)),
            (Kind::Drill, Some(due)),
            (Kind::Planned, None),
            (Kind::Test, None),
        ] {
            assert_eq!(list.silent_until(kind, posted), until, "{kind:?}");
        }
    }

    #[test]
    fn a_list_tells_what_its_manager_ticked_and_waits_one_to_240_minutes() {
        let mut list = ContactList::new(Authority::TownHall);
        assert!(Kind::ALL.iter().all(|kind| list.tells(*kind)));
        list.kinds = vec![Kind::Unplanned];
        assert!(list.tells(Kind::Unplanned) && !list.tells(Kind::Planned));
        assert_eq!(list.patience.minutes(), 10);
        for minutes in [0, 241] {
            assert_eq!(Patience::from_minutes(minutes), None, "{minutes}");
        }
    }

    #[test]
    fn every_word_of_rows_reads_back_as_itself() {
        for means in [Means::Mail, Means::Webhook] {
            assert_eq!(Means::parse(means.as_str()), Some(means));
        }
        for rank in [Rank::First, Rank::Second] {
            assert_eq!(Rank::parse(rank.as_str()), Some(rank));
        }
        for silence in [Silence::OfFirst, Silence::OfSecond, Silence::OfAll] {
            assert_eq!(Silence::parse(silence.as_str()), Some(silence));
        }
        for authority in Authority::ALL {
            assert_eq!(Authority::parse(authority.as_str()), Some(*authority));
        }
        assert!(ContactId::parse("abcdefghijk2").is_some());
        for bad in [
            "",
            "abcdefghijk",
            "abcdefghijkLM",
            "abcdefghijk/",
            "abcdefghijké",
        ] {
            assert_eq!(ContactId::parse(bad), None, "{bad}");
        }
    }

    fn contact(communes: &[&str], second: &str) -> Contact {
        Contact {
            id: ContactId::parse("aaaaaaaaaaaa").unwrap(),
            territory: TerritorySlug::parse("rouen_metropole").unwrap(),
            authority: Authority::TownHall,
            name: "Mairie".into(),
            communes: communes.iter().map(ToString::to_string).collect(),
            language: Language::French,
            telephone: String::new(),
            first: Reach::default(),
            second: Reach {
                email: EmailAddress::parse(second).ok(),
                webhook: None,
            },
        }
    }
}
