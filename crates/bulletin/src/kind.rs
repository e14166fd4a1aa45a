//! Why a bulletin was posted: chosen once, never changed.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Why a bulletin was posted; decides its place in the programme and its first spoken words.
    pub enum Kind {
        /// Works, stop, restart, announced flaring: its exact hours are spoken.
        Planned = "planned", "programmé", "planned";
        /// Something happens: first in the programme.
        Unplanned = "unplanned", "inopiné", "unplanned";
        /// An emergency or evacuation drill: begins with "Exercice" everywhere.
        Drill = "drill", "exercice", "drill";
        /// A test of a siren, an alarm or this line: begins with "Ceci est un essai" everywhere.
        Test = "test", "essai technique", "test";
    }
}

impl Kind {
    /// True when the bulletin is about a window known in advance: it is announced, and over when its window is.
    pub fn has_window(self) -> bool {
        self != Self::Unplanned
    }
}
