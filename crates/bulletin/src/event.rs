//! What happens on the site, in the words the sites themselves use.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What happens on the site; a bulletin may name several.
    pub enum Event {
        /// Gas burnt at the flare stack.
        Flaring = "flaring", "torche", "flaring";
        /// A relief valve or bursting disc opened.
        ReliefValve = "relief_valve", "soupape", "relief valve";
        /// Steam let out to the air.
        SteamRelease = "steam_release", "rejet de vapeur", "steam release";
        /// Gas vented to the air.
        GasVent = "gas_vent", "mise à l'évent", "gas vent";
        /// Smoke or a plume.
        Smoke = "smoke", "fumée", "smoke";
        /// A smell.
        Odour = "odour", "odeur", "odour";
        /// A lasting noise.
        Noise = "noise", "bruit", "noise";
        /// One loud report.
        Bang = "bang", "détonation", "bang";
        /// An explosion.
        Explosion = "explosion", "explosion", "explosion";
        /// A flame or light in the sky.
        Glow = "glow", "flamme ou lueur", "flame or glow";
        /// A fire.
        Fire = "fire", "incendie", "fire";
        /// A leak of gas or liquid.
        Leak = "leak", "fuite", "leak";
        /// A liquid spilt.
        Spill = "spill", "déversement", "spill";
        /// A siren sounds.
        Siren = "siren", "sirène", "siren";
        /// An emergency or evacuation drill.
        Drill = "drill", "exercice", "drill";
        /// A test of an alarm or of equipment.
        Test = "test", "essai", "test";
        /// A unit stops.
        Shutdown = "shutdown", "arrêt d'unité", "shutdown";
        /// A unit starts again.
        Startup = "startup", "redémarrage", "startup";
        /// Maintenance or works.
        Maintenance = "maintenance", "maintenance ou travaux", "maintenance or works";
        /// Electricity, steam or water failed: a cause, not a perception.
        UtilityLoss = "utility_loss", "perte d'électricité ou de vapeur", "loss of electricity or steam";
        /// A unit tripped or went out of order: a cause, not a perception.
        Trip = "trip", "déclenchement ou avarie", "trip or breakdown";
        /// A wagon, tanker or pipeline.
        Transport = "transport", "transport (wagon, citerne, canalisation)", "transport (wagon, tanker, pipeline)";
        /// None of these.
        Other = "other", "autre", "other";
    }
}

impl Event {
    /// True when the word itself tells a neighbour what to expect; causes such as a trip do not.
    ///
    /// A leak or a spill counts: its first bulletin must not wait for somebody to describe the smell.
    pub fn is_perceptible(self) -> bool {
        !matches!(
            self,
            Self::Drill
                | Self::Test
                | Self::Shutdown
                | Self::Startup
                | Self::Maintenance
                | Self::UtilityLoss
                | Self::Trip
                | Self::Transport
                | Self::Other
        )
    }
}
