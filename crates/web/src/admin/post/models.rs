//! Texts to begin with: what sites post most often, with blanks to fill in between square brackets.

use bulletin::{Event, Kind, Language, Nuisance};

/// A text to begin with, and what is ticked with it.
#[derive(Debug)]
pub(crate) struct Model {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    /// What it is for, in French and in English.
    pub(crate) title: [&'static str; 2],
    pub(crate) kind: Kind,
    pub(crate) events: &'static [Event],
    pub(crate) nuisances: &'static [Nuisance],
    french: &'static str,
    english: &'static str,
}

impl Model {
    /// The model of that name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// The text with its blanks.
    pub(crate) fn text(&self, language: Language) -> &'static str {
        match language {
            Language::French => self.french,
            Language::English => self.english,
        }
    }
}

/// The first blank that is left in a text, brackets and all.
pub(crate) fn blank_in(text: &str) -> Option<&str> {
    let start = text.find('[')?;
    let length = text[start..].find(']')?;
    Some(&text[start..=start + length])
}

/// All of them, the most urgent first.
pub(crate) const MODELS: &[Model] = &[
    Model {
        name: "flare",
        title: ["Torche", "Flare"],
        kind: Kind::Unplanned,
        events: &[Event::Flaring],
        nuisances: &[Nuisance::Visual, Nuisance::Noise],
        french: "Notre torche est allumée depuis [heure] à la suite de [cause]. La flamme est visible de loin et peut s’accompagner d’un grondement. Nos équipes interviennent. Prochain point vers [heure].",
        english: "Our flare has been burning since [hour] because of [cause]. The flame can be seen from far away and may rumble. Our teams are at work. More news at about [hour].",
    },
    Model {
        name: "smoke",
        title: ["Fumée", "Smoke"],
        kind: Kind::Unplanned,
        events: &[Event::Smoke],
        nuisances: &[Nuisance::Visual],
        french: "Une fumée [couleur] sort de [installation] depuis [heure]. Elle se dirige vers [direction]. Nos équipes interviennent. Prochain point vers [heure].",
        english: "[colour] smoke has been coming from [plant] since [hour]. It drifts towards [direction]. Our teams are at work. More news at about [hour].",
    },
    Model {
        name: "odour",
        title: ["Odeur", "Odour"],
        kind: Kind::Unplanned,
        events: &[Event::Odour],
        nuisances: &[Nuisance::Odour],
        french: "Une odeur de [produit ou description] peut se sentir autour du site depuis [heure]. Nous en cherchons la cause. Prochain point vers [heure].",
        english: "A smell of [product or description] may be noticed around the site since [hour]. We are looking for its cause. More news at about [hour].",
    },
    Model {
        name: "noise",
        title: ["Bruit", "Noise"],
        kind: Kind::Unplanned,
        events: &[Event::Noise],
        nuisances: &[Nuisance::Noise],
        french: "Un bruit de [description] s’entend depuis [heure] ; il vient de [installation]. Il devrait durer jusqu’à [heure]. Nous prions les riverains de nous en excuser.",
        english: "A noise of [description] has been heard since [hour]; it comes from [plant]. It should last until [hour]. We apologise to our neighbours.",
    },
    Model {
        name: "steam",
        title: ["Rejet de vapeur, soupape", "Steam, relief valve"],
        kind: Kind::Unplanned,
        events: &[Event::SteamRelease, Event::ReliefValve],
        nuisances: &[Nuisance::Noise, Nuisance::Visual],
        french: "Une soupape s’est ouverte à [heure] sur [installation]. Un panache blanc de vapeur est visible et bruyant. Prochain point vers [heure].",
        english: "A relief valve opened at [hour] on [plant]. A white and loud plume of steam can be seen. More news at about [hour].",
    },
    Model {
        name: "fire",
        title: ["Incendie", "Fire"],
        kind: Kind::Unplanned,
        events: &[Event::Fire, Event::Smoke],
        nuisances: &[Nuisance::Visual, Nuisance::Odour],
        french: "Un feu s’est déclaré à [heure] dans [installation]. La fumée est visible de [lieu]. Nos pompiers interviennent et les secours sont prévenus. Suivez les consignes des autorités. Prochain point vers [heure].",
        english: "A fire broke out at [hour] in [plant]. The smoke can be seen from [place]. Our firefighters are at work and the emergency services are informed. Follow the instructions of the authorities. More news at about [hour].",
    },
    Model {
        name: "siren",
        title: ["Sirène, plan d’opération interne", "Siren, emergency plan"],
        kind: Kind::Unplanned,
        events: &[Event::Siren],
        nuisances: &[Nuisance::Noise],
        french: "La sirène du site a sonné à [heure] : notre POI est déclenché à la suite de [cause]. Le personnel est à l’abri. Suivez les consignes des autorités. Prochain point vers [heure].",
        english: "The siren of the site sounded at [hour]: our emergency plan was started because of [cause]. The staff are in shelter. Follow the instructions of the authorities. More news at about [hour].",
    },
    Model {
        name: "siren_drill",
        title: ["Exercice de sirène", "Siren exercise"],
        kind: Kind::Drill,
        events: &[Event::Siren, Event::Drill],
        nuisances: &[Nuisance::Noise],
        french: "Exercice : la sirène du site sonnera le [jour] entre [heure] et [heure] à [communes]. Vous n’avez rien à faire.",
        english: "Exercise: the siren of the site will sound on [day] between [hour] and [hour] in [towns]. You need not do anything.",
    },
    Model {
        name: "drill",
        title: ["Exercice de secours", "Rescue exercise"],
        kind: Kind::Drill,
        events: &[Event::Drill],
        nuisances: &[Nuisance::Traffic],
        french: "Exercice : nos équipes s’entraînent le [jour] de [heure] à [heure]. Des véhicules de secours et de la fumée pourront se voir de [lieu]. Vous n’avez rien à faire.",
        english: "Exercise: our teams train on [day] from [hour] to [hour]. Rescue vehicles and smoke may be seen from [place]. You need not do anything.",
    },
    Model {
        name: "alarm_test",
        title: ["Essai d’alarme", "Alarm test"],
        kind: Kind::Test,
        events: &[Event::Siren, Event::Test],
        nuisances: &[Nuisance::Noise],
        french: "Ceci est un essai : nos alarmes sonneront le [jour] vers [heure], pendant [durée] au plus.",
        english: "This is a test: our alarms will sound on [day] at about [hour], for [duration] at most.",
    },
    Model {
        name: "planned_flaring",
        title: ["Torche prévue", "Planned flaring"],
        kind: Kind::Planned,
        events: &[Event::Flaring, Event::Maintenance],
        nuisances: &[Nuisance::Visual, Nuisance::Noise],
        french: "Pour [travaux], notre torche pourra être allumée du [jour] au [jour]. La flamme sera visible de loin, de jour comme de nuit.",
        english: "For [works], our flare may burn from [day] to [day]. The flame will be seen from far away, by day and by night.",
    },
    Model {
        name: "shutdown",
        title: ["Arrêt ou redémarrage", "Shutdown or restart"],
        kind: Kind::Planned,
        events: &[Event::Shutdown, Event::Startup],
        nuisances: &[Nuisance::Noise, Nuisance::Visual],
        french: "Nous arrêtons [unité] à partir du [jour] pour [raison]. Des échappements de vapeur seront audibles. Le redémarrage est prévu le [jour].",
        english: "We stop [unit] from [day] on for [reason]. Releases of steam will be heard. It is planned to start again on [day].",
    },
];

/// Texts that close an event, offered where one is ended.
pub(crate) const ENDINGS: &[[&str; 2]] = &[
    ["Retour à la normale.", "Back to normal."],
    [
        "La torche est éteinte depuis [heure]. Retour à la normale.",
        "The flare has been out since [hour]. Back to normal.",
    ],
    [
        "L’événement est terminé depuis [heure]. L’odeur peut rester sensible quelques heures. Nous prions les riverains de nous en excuser.",
        "The event has been over since [hour]. The smell may remain for a few hours. We apologise to our neighbours.",
    ],
    [
        "L’exercice est terminé. Nous remercions les riverains de leur compréhension.",
        "The exercise is over. We thank our neighbours for their understanding.",
    ],
];

#[cfg(test)]
mod tests {
    use bulletin::{Draft, Lifetime, warnings};

    use super::*;

    #[test]
    fn there_are_ten_models_and_more_each_with_a_name_of_its_own_and_blanks_in_both_languages() {
        assert!(MODELS.len() >= 10);
        for model in MODELS {
            let found = Model::find(model.name).unwrap();
            assert_eq!(found.title, model.title);
            for language in Language::ALL {
                assert!(blank_in(model.text(*language)).is_some(), "{}", model.name);
            }
        }
    }

    #[test]
    fn no_model_is_warned_about() {
        for model in MODELS {
            for language in Language::ALL {
                let draft = Draft {
                    kind: model.kind,
                    events: model.events.to_vec(),
                    nuisances: model.nuisances.to_vec(),
                    text: model.text(*language).to_owned(),
                    language: *language,
                    starts_at: None,
                    ends_at: None,
                    lifetime: Lifetime::default(),
                };
                assert_eq!(warnings(&draft), [], "{}", model.name);
            }
        }
    }

    #[test]
    fn a_blank_is_found_and_a_filled_text_has_none() {
        assert_eq!(blank_in("Depuis [heure] vers [lieu]."), Some("[heure]"));
        assert_eq!(blank_in("Depuis 14 h."), None);
        assert_eq!(blank_in("Un ] puis un [."), None);
    }
}
