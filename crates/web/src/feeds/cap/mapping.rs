//! From the words of a bulletin to those of CAP 1.2 § 3.2: closed lists on both sides.

use bulletin::{Bulletin, Entry, EntryKind, Event, Kind, Severity};

/// `status`: an exercise or a test is never `Actual`.
pub(super) fn status(kind: Kind) -> &'static str {
    match kind {
        Kind::Planned | Kind::Unplanned => "Actual",
        Kind::Drill => "Exercise",
        Kind::Test => "Test",
    }
}

/// `msgType`. What was cancelled is gone for those who read CAP: said again, it is a new alert.
pub(super) fn message_type(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::First | EntryKind::Restoration => "Alert",
        EntryKind::Update | EntryKind::Correction | EntryKind::End => "Update",
        EntryKind::Withdrawal => "Cancel",
    }
}

/// `responseType`: to follow the news of what nobody announced; never to do anything.
pub(super) fn response_type(kind: Kind, entry: EntryKind) -> &'static str {
    match (entry, kind) {
        (EntryKind::End, _) => "AllClear",
        (EntryKind::Withdrawal, _) => "None",
        (_, Kind::Unplanned) => "Monitor",
        (_, Kind::Planned | Kind::Drill | Kind::Test) => "None",
    }
}

/// `severity`.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Minor => "Minor",
        Severity::Unknown => "Unknown",
    }
}

/// How far an event was when an entry was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Announced; its window begins later.
    Ahead,
    /// It goes on, and its site has not said that it masters it.
    Ongoing,
    /// It goes on as planned, or is mastered.
    Mastered,
    /// Ended or withdrawn.
    Over,
}

impl Stage {
    pub(super) fn of(bulletin: &Bulletin, entry: &Entry) -> Self {
        let is_ahead = bulletin.starts_at.is_some_and(|start| start > entry.at);
        match entry.kind {
            EntryKind::End | EntryKind::Withdrawal => Self::Over,
            _ if bulletin.kind.has_window() && is_ahead => Self::Ahead,
            _ if bulletin.kind.has_window() || entry.under_control => Self::Mastered,
            _ => Self::Ongoing,
        }
    }

    /// `Immediate` and `Expected` ask people to act, which no bulletin does.
    pub(super) fn urgency(self) -> &'static str {
        match self {
            Self::Ahead => "Future",
            Self::Ongoing | Self::Mastered => "Unknown",
            Self::Over => "Past",
        }
    }

    /// An announced event is likely; one that is told of is observed by its site.
    pub(super) fn certainty(self) -> &'static str {
        match self {
            Self::Ahead => "Likely",
            Self::Ongoing | Self::Mastered | Self::Over => "Observed",
        }
    }
}

/// `category`, at least one, without repeats, in the order in which the events are named.
pub(super) fn categories(events: &[Event]) -> Vec<&'static str> {
    let mut categories = Vec::new();
    for category in events.iter().map(|event| category(*event)) {
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    if categories.is_empty() {
        categories.push("Safety");
    }
    categories
}

fn category(event: Event) -> &'static str {
    match event {
        Event::Fire => "Fire",
        Event::Leak => "CBRNE",
        Event::Transport => "Transport",
        Event::Flaring
        | Event::SteamRelease
        | Event::GasVent
        | Event::Smoke
        | Event::Odour
        | Event::Spill => "Env",
        Event::ReliefValve
        | Event::Noise
        | Event::Bang
        | Event::Explosion
        | Event::Glow
        | Event::Siren
        | Event::Drill
        | Event::Test
        | Event::Shutdown
        | Event::Startup
        | Event::Maintenance
        | Event::UtilityLoss
        | Event::Trip
        | Event::Other => "Safety",
    }
}
