//! What residents notice of an event, as they would say it on the telephone.

use crate::vocabulary::vocabulary;
use crate::{Bulletin, Event, Nuisance};

vocabulary! {
    /// What residents notice, in the order of the keys that say it.
    pub enum Noticed {
        /// Something heard that is no siren.
        Noise = "noise", "bruit", "noise";
        /// Something smelt.
        Smell = "smell", "odeur", "smell";
        /// A flame, a light, smoke or steam.
        FlameOrSmoke = "flame_or_smoke", "flamme ou fumée", "flame or smoke";
        /// A siren.
        Siren = "siren", "sirène", "siren";
    }
}

impl Noticed {
    /// As what a bulletin's event is noticed, by its events and nuisances; nothing where it names only causes.
    #[must_use]
    pub fn of(bulletin: &Bulletin) -> Vec<Self> {
        let events = bulletin
            .events
            .iter()
            .flat_map(|event| Self::of_event(*event));
        let nuisances = bulletin.nuisances.iter();
        let nuisances = nuisances.filter_map(|nuisance| Self::of_nuisance(*nuisance));
        let named: Vec<_> = events.copied().chain(nuisances).collect();
        let all = Self::ALL.iter().copied();
        all.filter(|one| named.contains(one)).collect()
    }

    fn of_event(event: Event) -> &'static [Self] {
        match event {
            Event::Flaring | Event::Explosion => &[Self::Noise, Self::FlameOrSmoke],
            Event::ReliefValve | Event::Noise | Event::Bang => &[Self::Noise],
            Event::SteamRelease => &[Self::Noise, Self::FlameOrSmoke],
            Event::GasVent => &[Self::Noise, Self::Smell],
            Event::Smoke | Event::Fire => &[Self::Smell, Self::FlameOrSmoke],
            Event::Odour | Event::Leak | Event::Spill => &[Self::Smell],
            Event::Glow => &[Self::FlameOrSmoke],
            Event::Siren => &[Self::Siren],
            Event::Drill
            | Event::Test
            | Event::Shutdown
            | Event::Startup
            | Event::Maintenance
            | Event::UtilityLoss
            | Event::Trip
            | Event::Transport
            | Event::Other => &[],
        }
    }

    fn of_nuisance(nuisance: Nuisance) -> Option<Self> {
        match nuisance {
            Nuisance::Noise => Some(Self::Noise),
            Nuisance::Odour => Some(Self::Smell),
            Nuisance::Visual => Some(Self::FlameOrSmoke),
            Nuisance::Deposit | Nuisance::Traffic | Nuisance::NoneExpected => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_can_be_perceived_can_be_noticed() {
        for event in Event::ALL {
            assert_eq!(
                Noticed::of_event(*event).is_empty(),
                !event.is_perceptible(),
                "{event:?}"
            );
        }
    }
}
