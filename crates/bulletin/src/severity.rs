//! How severe an event is, as far as its site has said it.

use crate::vocabulary::vocabulary;
use crate::{Entry, EntryKind, Kind};

vocabulary! {
    /// What CAP 1.2 § 3.2.2 calls `severity`. No site gives its event a degree, so none is guessed: these are the two that
    /// can be told from what it does say.
    pub enum Severity {
        /// "Minimal to no known threat": announced, mastered, over.
        Minor = "minor", "mineure", "minor";
        /// It goes on, nobody announced it, and its site has not said that it masters it.
        Unknown = "unknown", "inconnue", "unknown";
    }
}

impl Severity {
    /// How severe an entry of a bulletin of this kind says that the event is.
    #[must_use]
    pub fn of(kind: Kind, entry: &Entry) -> Self {
        let is_over = matches!(entry.kind, EntryKind::End | EntryKind::Withdrawal);
        if is_over || kind.has_window() || entry.under_control {
            Self::Minor
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn only_what_goes_on_unannounced_and_not_mastered_is_of_unknown_severity() {
        let of = |kind, entry, under_control| Severity::of(kind, &an(entry, under_control));
        for kind in Kind::ALL {
            let first = of(*kind, EntryKind::First, false);
            assert_eq!(
                first == Severity::Unknown,
                *kind == Kind::Unplanned,
                "{kind:?}"
            );
        }
        for entry in [
            EntryKind::Update,
            EntryKind::Correction,
            EntryKind::Restoration,
        ] {
            assert_eq!(
                of(Kind::Unplanned, entry, false),
                Severity::Unknown,
                "{entry:?}"
            );
            assert_eq!(
                of(Kind::Unplanned, entry, true),
                Severity::Minor,
                "{entry:?}"
            );
        }
        for entry in [EntryKind::End, EntryKind::Withdrawal] {
            assert_eq!(
                of(Kind::Unplanned, entry, false),
                Severity::Minor,
                "{entry:?}"
            );
        }
    }

    fn an(kind: EntryKind, under_control: bool) -> Entry {
        Entry {
            number: 1,
            kind,
            text: "Une fumée est visible.".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            author: "anne".to_owned(),
            under_control,
            recording: None,
            on_networks: true,
        }
    }
}
