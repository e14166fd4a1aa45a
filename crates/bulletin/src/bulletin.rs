//! A site's words for the public, as a thread of entries in which nothing is overwritten.

use jiff::{SignedDuration, Timestamp};

use crate::{
    BulletinId, Draft, Entry, EntryKind, Event, Kind, Language, Lifetime, Nuisance, RecordingKey,
    Refusal, Site, SiteSlug, State, Territory, TerritorySlug, perception, text,
};

/// What a site posts for the public: a thread of entries that only grows.
///
/// The fields are open so that a store can bring one back; [`Bulletin::compose`] is the way to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// Its name in addresses.
    pub id: BulletinId,
    /// Who speaks.
    pub site: SiteSlug,
    /// Whom it concerns.
    pub territory: TerritorySlug,
    /// Why it was posted.
    pub kind: Kind,
    /// What happens, without repeats.
    pub events: Vec<Event>,
    /// What neighbours may be bothered by, without repeats.
    pub nuisances: Vec<Nuisance>,
    /// Language of every entry.
    pub language: Language,
    /// When the event begins or began.
    pub starts_at: Option<Timestamp>,
    /// End of the window, or the estimate for an unplanned event.
    pub ends_at: Option<Timestamp>,
    /// When the first entry was posted.
    pub posted_at: Timestamp,
    /// First instant at which it is no longer heard.
    pub expires_at: Timestamp,
    /// The thread, oldest first, numbered from 1 without gaps; never empty.
    pub entries: Vec<Entry>,
}

impl Bulletin {
    /// Applies the rules of publication to a draft and opens its thread.
    ///
    /// # Errors
    /// The first [`Refusal`] met, in this order: territory, text, lifetime, hours, perception.
    pub fn compose(
        id: BulletinId,
        site: &Site,
        territory: &Territory,
        draft: Draft,
        author: &str,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if site.territory != territory.slug {
            return Err(Refusal::WrongTerritory);
        }
        let text = text::checked(&draft.text)?;
        let expires_at = draft.lifetime.checked()?.expiry(now, &territory.zone);
        check_hours(&draft, expires_at, now)?;
        check_perception(&draft)?;
        let mut bulletin = Self {
            id,
            site: site.slug.clone(),
            territory: territory.slug.clone(),
            kind: draft.kind,
            events: without_repeats(draft.events),
            nuisances: without_repeats(draft.nuisances),
            language: draft.language,
            starts_at: draft.starts_at,
            ends_at: draft.ends_at,
            posted_at: now,
            expires_at,
            entries: vec![],
        };
        bulletin.append(EntryKind::First, text, author, now, false);
        Ok(bulletin)
    }

    /// Tells what has changed. A lifetime given with it counts from `now`; without one the expiry stays.
    ///
    /// # Errors
    /// A [`Refusal`] for the text or the lifetime; [`Refusal::Ended`], [`Refusal::Withdrawn`] or
    /// [`Refusal::Expired`] for a thread that is closed.
    pub fn update(
        &mut self,
        change: Update,
        territory: &Territory,
        author: &str,
        now: Timestamp,
    ) -> Result<Entry, Refusal> {
        self.check_open(now)?;
        if self.territory != territory.slug {
            return Err(Refusal::WrongTerritory);
        }
        let Update {
            text,
            under_control,
            lifetime,
        } = change;
        let text = text::checked(&text)?;
        if let Some(lifetime) = lifetime {
            self.expires_at = lifetime.checked()?.expiry(now, &territory.zone);
        }
        Ok(self.append(EntryKind::Update, text, author, now, under_control))
    }

    /// Sets right what was said; the earlier text stays readable. An ended bulletin can still be corrected,
    /// because what was said wrong goes on being heard and read.
    ///
    /// # Errors
    /// A [`Refusal`] for the text; [`Refusal::Withdrawn`] or [`Refusal::Expired`].
    pub fn correct(&mut self, text: &str, author: &str, now: Timestamp) -> Result<Entry, Refusal> {
        match self.check_open(now) {
            Ok(()) | Err(Refusal::Ended) => {}
            Err(refusal) => return Err(refusal),
        }
        let text = text::checked(text)?;
        let under_control = self.current().under_control;
        Ok(self.append(EntryKind::Correction, text, author, now, under_control))
    }

    /// Closes the thread, with "Retour à la normale." unless other words are given.
    ///
    /// # Errors
    /// A [`Refusal`] for the text; [`Refusal::Ended`], [`Refusal::Withdrawn`] or [`Refusal::Expired`].
    pub fn end(
        &mut self,
        text: Option<&str>,
        author: &str,
        now: Timestamp,
    ) -> Result<Entry, Refusal> {
        self.check_open(now)?;
        let usual = match self.language {
            Language::French => "Retour à la normale.",
            Language::English => "Back to normal.",
        };
        let text = text::checked(text.unwrap_or(usual))?;
        Ok(self.append(EntryKind::End, text, author, now, true))
    }

    /// Takes the bulletin off the line; the page keeps it, marked "annulé".
    ///
    /// # Errors
    /// A [`Refusal`] for the reason; [`Refusal::Ended`], [`Refusal::Withdrawn`] or [`Refusal::Expired`].
    pub fn withdraw(
        &mut self,
        reason: Option<&str>,
        author: &str,
        now: Timestamp,
    ) -> Result<Entry, Refusal> {
        self.check_open(now)?;
        let usual = match self.language {
            Language::French => "Ce bulletin est retiré.",
            Language::English => "This bulletin is withdrawn.",
        };
        let text = text::checked(reason.unwrap_or(usual))?;
        let under_control = self.current().under_control;
        Ok(self.append(EntryKind::Withdrawal, text, author, now, under_control))
    }

    /// Undoes a withdrawal within [`UNDO`] of it: the words from before it, and their recording, are said again.
    ///
    /// The withdrawal stays in the thread. Meanwhile the bulletin was off the line; from the new entry on it is heard
    /// as before.
    ///
    /// # Errors
    /// [`Refusal::NothingToUndo`] later than that, or when the latest entry is no withdrawal; [`Refusal::Expired`].
    pub fn restore(&mut self, author: &str, now: Timestamp) -> Result<Entry, Refusal> {
        if now >= self.expires_at {
            return Err(Refusal::Expired);
        }
        let [.., before, withdrawal] = &self.entries[..] else {
            return Err(Refusal::NothingToUndo);
        };
        let late = now.duration_since(withdrawal.at) > UNDO;
        if withdrawal.kind != EntryKind::Withdrawal || late {
            return Err(Refusal::NothingToUndo);
        }
        let before = before.clone();
        let kind = EntryKind::Restoration;
        let entry = self.append(kind, before.text, author, now, before.under_control);
        Ok(match before.recording {
            Some(recording) => self.attach_recording(recording),
            None => entry,
        })
    }

    /// Gives the entry that was just made a person's recording of its words, and returns that entry.
    ///
    /// Only before the entry is stored: what was published keeps the sound it was published with.
    pub fn attach_recording(&mut self, recording: RecordingKey) -> Entry {
        let latest = self.latest_mut();
        latest.recording = Some(recording);
        latest.clone()
    }

    /// Keeps the entry that was just made off social networks, and returns that entry.
    ///
    /// Only before the entry is stored: it is told at once.
    pub fn keep_off_networks(&mut self) -> Entry {
        let latest = self.latest_mut();
        latest.on_networks = false;
        latest.clone()
    }

    /// Where the bulletin stands, the first that applies: past its lifetime, withdrawn, ended (said so, or the
    /// window of an announced event is over), scheduled, under control, ongoing.
    ///
    /// An unplanned event is never scheduled, whatever its hours: a mistyped date must not put it last.
    pub fn state(&self, now: Timestamp) -> State {
        let is_over = self.ends_at.is_some_and(|end| end <= now);
        let is_ahead = self.starts_at.is_some_and(|start| start > now);
        if now >= self.expires_at {
            State::Expired
        } else if self.is_withdrawn() {
            State::Cancelled
        } else if self.has(EntryKind::End) || (self.kind.has_window() && is_over) {
            State::Ended
        } else if self.kind.has_window() && is_ahead {
            State::Scheduled
        } else if self.current().under_control {
            State::UnderControl
        } else {
            State::Ongoing
        }
    }

    /// What the line speaks: the latest entry.
    pub fn current(&self) -> &Entry {
        self.entries
            .last()
            .expect("compose appends the first entry and nothing takes one away")
    }

    /// When the latest entry was posted.
    pub fn updated_at(&self) -> Timestamp {
        self.current().at
    }

    /// How long after its beginning an event was told; `None` when it was told before, or its hour is unknown.
    pub fn posting_delay(&self) -> Option<SignedDuration> {
        let delay = self.posted_at.duration_since(self.starts_at?);
        (!delay.is_negative()).then_some(delay)
    }

    fn latest_mut(&mut self) -> &mut Entry {
        self.entries
            .last_mut()
            .expect("compose appends the first entry and nothing takes one away")
    }

    /// Whether the last word about its withdrawal is that it is withdrawn.
    fn is_withdrawn(&self) -> bool {
        let mut latest_first = self.entries.iter().rev().map(|entry| entry.kind);
        let told = latest_first
            .find(|kind| matches!(kind, EntryKind::Withdrawal | EntryKind::Restoration));
        told == Some(EntryKind::Withdrawal)
    }

    fn has(&self, kind: EntryKind) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind)
    }

    fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state(now) {
            State::Scheduled | State::Ongoing | State::UnderControl => Ok(()),
            State::Ended => Err(Refusal::Ended),
            State::Cancelled => Err(Refusal::Withdrawn),
            State::Expired => Err(Refusal::Expired),
        }
    }

    fn append(
        &mut self,
        kind: EntryKind,
        text: String,
        author: &str,
        at: Timestamp,
        under_control: bool,
    ) -> Entry {
        let number = self.entries.last().map_or(1, |last| last.number + 1);
        let entry = Entry {
            number,
            kind,
            text,
            at,
            author: author.to_owned(),
            under_control,
            recording: None,
            on_networks: true,
        };
        self.entries.push(entry.clone());
        entry
    }
}

/// What an operator adds to an open thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The words for residents, under the same rules as a first text but for the perception.
    pub text: String,
    /// True when the site masters the event; false puts it back to ongoing.
    pub under_control: bool,
    /// A new lifetime, from the update on.
    pub lifetime: Option<Lifetime>,
}

/// How long a withdrawal can be undone: time to see that it was the wrong bulletin.
pub const UNDO: SignedDuration = SignedDuration::from_secs(60);

fn check_hours(draft: &Draft, expires_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if let (Some(start), Some(end)) = (draft.starts_at, draft.ends_at)
        && end <= start
    {
        return Err(Refusal::EndsBeforeStart);
    }
    if !draft.kind.has_window() {
        return Ok(());
    }
    if draft.ends_at.is_some_and(|end| end < now) {
        return Err(Refusal::AlreadyOver);
    }
    if draft.starts_at.is_some_and(|start| start >= expires_at) {
        return Err(Refusal::ExpiresBeforeStart);
    }
    Ok(())
}

fn check_perception(draft: &Draft) -> Result<(), Refusal> {
    let told = draft.kind != Kind::Unplanned
        || draft.events.iter().any(|event| event.is_perceptible())
        || draft
            .nuisances
            .iter()
            .any(|it| *it != Nuisance::NoneExpected)
        || perception::is_named_in(&draft.text);
    if told {
        Ok(())
    } else {
        Err(Refusal::NoPerception)
    }
}

fn without_repeats<T: PartialEq>(words: Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(words.len());
    for word in words {
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept
}
