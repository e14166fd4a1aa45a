//! What a neighbour may be bothered by.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a neighbour may be bothered by while the event lasts.
    pub enum Nuisance {
        /// Something to hear.
        Noise = "noise", "bruit", "noise";
        /// Something to smell.
        Odour = "odour", "odeur", "odour";
        /// Something to see: flame, light, smoke.
        Visual = "visual", "gêne visuelle (flamme, lumière, fumée)", "sight (flame, light, smoke)";
        /// Something that settles: soot, dust.
        Deposit = "deposit", "retombées (suie, poussières)", "deposits (soot, dust)";
        /// Roads closed or busy.
        Traffic = "traffic", "circulation", "traffic";
        /// The site expects no nuisance.
        NoneExpected = "none_expected", "aucune gêne attendue", "none expected";
    }
}
