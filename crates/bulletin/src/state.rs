//! Where a bulletin stands at an instant; never stored, always derived from its entries and `now`.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Where a bulletin stands at an instant; see [`crate::Bulletin::state`] for how it is derived.
    pub enum State {
        /// Announced; its window has not begun.
        Scheduled = "scheduled", "prévu", "scheduled";
        /// It goes on.
        Ongoing = "ongoing", "en cours", "ongoing";
        /// Mastered, not yet over.
        UnderControl = "under_control", "maîtrisé", "under control";
        /// Back to normal; behind a key on the line, still on the page.
        Ended = "ended", "terminé", "ended";
        /// Withdrawn by its site; off the line, marked in the archive.
        Cancelled = "cancelled", "annulé", "cancelled";
        /// Past its lifetime; off the line, in the archive at the same address.
        Expired = "expired", "archivé", "archived";
    }
}
