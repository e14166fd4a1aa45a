//! What an operator should read twice before posting.

use crate::{Draft, Event, Kind, text};

/// A remark on a draft that does not prevent its posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Words that play the event down, which nobody can know when it begins.
    Minimises {
        /// The words found, as a French or English reader would write them.
        words: &'static str,
    },
    /// An event said to be real whose events or text speak of an exercise.
    Exercise,
}

impl Warning {
    /// The remark for French readers.
    pub fn as_french(&self) -> String {
        match self {
            Self::Minimises { words } => format!(
                "« {words} » : au début d'un événement, cela se révèle parfois faux. Dites plutôt ce que l'on perçoit et quand vous redonnerez des nouvelles."
            ),
            Self::Exercise => "Ce bulletin est « inopiné » et parle d'un exercice ou d'un essai : il serait pris pour un événement réel. Choisissez le motif « exercice » ou « essai technique ».".into(),
        }
    }

    /// The remark for English readers.
    pub fn as_english(&self) -> String {
        match self {
            Self::Minimises { words } => format!(
                "“{words}”: when an event begins, this sometimes proves wrong. Rather say what is perceived and when more news will come."
            ),
            Self::Exercise => "This bulletin is “unplanned” and speaks of an exercise or a test: it would be taken for a real event. Choose the kind “exercise” or “test”.".into(),
        }
    }
}

/// Reads the first text of an unplanned event for words that play it down.
///
/// Planned events, drills and tests get no warning: there the site does know.
pub fn warnings(draft: &Draft) -> Vec<Warning> {
    if draft.kind != Kind::Unplanned {
        return vec![];
    }
    let spoken = text::folded(&draft.text);
    let minimises = MINIMISING
        .iter()
        .filter(|words| spoken.contains(&text::folded(words)))
        .map(|words| Warning::Minimises { words });
    let mut remarks: Vec<_> = minimises.collect();
    let is_exercise = |event: &Event| matches!(event, Event::Drill | Event::Test);
    if draft.events.iter().any(is_exercise) || spoken.contains("exercice") {
        remarks.push(Warning::Exercise);
    }
    remarks
}

/// Found in first bulletins that had to be corrected later.
const MINIMISING: [&str; 34] = [
    "sans gravité",
    "sans impact",
    "sans danger",
    "sans risque",
    "sans conséquence",
    "sans incidence",
    "aucune gravité",
    "aucun impact",
    "aucun danger",
    "aucun risque",
    "aucune conséquence",
    "aucune incidence",
    "aucun blessé",
    "aucune victime",
    "pas d'impact",
    "pas de danger",
    "pas de risque",
    "pas de conséquence",
    "pas de blessé",
    "pas de victime",
    "pas dangereu",
    "rien de grave",
    "pas grave",
    "personne n'a été blessé",
    "pas lieu de s'inquiéter",
    "ne vous inquiétez pas",
    "no impact",
    "no danger",
    "no risk",
    "no injur",
    "not serious",
    "not dangerous",
    "nobody was hurt",
    "harmless",
];
