//! What is said of a bulletin and of a territory, in words ready for a voice.
//!
//! A bulletin is a lead-in with its facts and a body with the site's text. The lead-in exists twice,
//! for the day on which it was posted and for the days after, so that nothing is spoken anew at
//! midnight.

mod explain;
mod facts;
mod line;
mod moments;
mod phrases;

use bulletin::{Bulletin, Language, Site, Territory};

use crate::{Lexicon, NormaliseError, Spoken, normalise};
use explain::explained;
use facts::{Facts, Said};
pub use line::sentence;
use phrases::Phrases;

/// The recordings of a bulletin's latest entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulletinScript {
    /// Lead-in for the day of posting: who, where, what, since when, "Publié aujourd'hui à …"
    pub today: Spoken,
    /// Lead-in for later days: the same, with the days by their names.
    pub dated: Spoken,
    /// The site's own text, and [`Self::closing`] behind it.
    pub body: Spoken,
    /// What follows the text: the facts again after a long one, "C'était un exercice." For a body
    /// that a person recorded; `None` when nothing follows.
    pub closing: Option<Spoken>,
}

/// Says a bulletin's latest entry ([`Bulletin::current`]).
///
/// What must be understood comes first: site and commune, what is perceived, since when or until
/// when, whether it is under control. A drill begins with "Exercice." and ends with "C'était un
/// exercice.", a test likewise; a planned event gives its exact hours, so that nobody takes another
/// site's noise for it. A text of more than half a minute is followed by the facts once more. Dates
/// are those of the territory's zone, without the year unless it is another one than the entry's.
///
/// # Errors
/// [`NormaliseError`] when the text or the site's name cannot be spoken.
pub fn bulletin(
    bulletin: &Bulletin,
    site: &Site,
    territory: &Territory,
    lexicon: &Lexicon,
) -> Result<BulletinScript, NormaliseError> {
    let lexicon = lexicon.within(&territory.slug);
    let facts = Facts::of(bulletin, site, territory, &lexicon)?;
    let text = explained(&bulletin.current().text, bulletin.language);
    let text = normalise(&text, bulletin.language, &lexicon)?;
    let closing = facts.closing(&text);
    let mut body = Sentences::default();
    body.add(text.as_str());
    body.add(&closing);
    Ok(BulletinScript {
        today: facts.lead_in(Said::OnItsDay)?,
        dated: facts.lead_in(Said::Later)?,
        body: body.into_spoken()?,
        closing: Spoken::from_words(&closing),
    })
}

/// The recordings of a territory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerritoryScript {
    /// Who answers, for whom, that it is free, and whom to call in an emergency; spoken briskly to
    /// stay within 6 s.
    pub greeting: Spoken,
    /// "Pour Rouen Métropole," before "tapez un".
    pub menu: Spoken,
    /// How many members have declared nothing; in the place of the house's `no_event`. `None` for a
    /// territory without sites.
    pub no_event: Option<Spoken>,
}

/// Says what callers of a territory hear of it; `sites` counts its members.
///
/// # Errors
/// [`NormaliseError`] when its name cannot be spoken.
pub fn territory(
    territory: &Territory,
    sites: usize,
    language: Language,
    lexicon: &Lexicon,
) -> Result<TerritoryScript, NormaliseError> {
    let lexicon = lexicon.within(&territory.slug);
    let (spoken, written) = (&territory.spoken_name, &territory.name);
    let name = name_of(spoken, written, language, &lexicon)?;
    let phrases = Phrases::of(language);
    let words = |text: String| Spoken::from_words(&text).ok_or(NormaliseError::Nothing);
    Ok(TerritoryScript {
        greeting: words(phrases.greeting(&name))?.briskly(),
        menu: words(phrases.choice(&name))?,
        no_event: (sites > 0)
            .then(|| words(phrases.no_event(sites)))
            .transpose()?,
    })
}

/// The spoken name, or the written one where none was given.
fn name_of(
    spoken: &str,
    written: &str,
    language: Language,
    lexicon: &Lexicon,
) -> Result<String, NormaliseError> {
    let name =
        normalise(spoken, language, lexicon).or_else(|_| normalise(written, language, lexicon))?;
    Ok(name
        .as_str()
        .trim_end_matches(['.', ',', ';', ':', '?', '!'])
        .to_owned())
}

/// Sentences on their way to one text; empty ones leave no trace.
#[derive(Default)]
struct Sentences(String);

impl Sentences {
    fn add(&mut self, sentence: &str) {
        let sentence = sentence.trim();
        if sentence.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(sentence);
        if !sentence.ends_with(['.', '?', '!']) {
            self.0.push('.');
        }
    }

    fn into_text(self) -> String {
        self.0
    }

    fn into_spoken(self) -> Result<Spoken, NormaliseError> {
        Spoken::from_words(&self.0).ok_or(NormaliseError::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use bulletin::{
        BulletinId, Draft, Event, Kind, Lifetime, Nuisance, RecordingKey, SiteSlug, TerritorySlug,
        Update,
    };
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;

    fn rouen() -> Territory {
        Territory {
            slug: TerritorySlug::parse("rouen_metropole").unwrap(),
            name: "Rouen Métropole".to_owned(),
            spoken_name: "Rouen Métropole".to_owned(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
            numbers: vec![],
        }
    }

    fn refinery() -> Site {
        Site {
            slug: SiteSlug::parse("raffinerie-du-meandre").unwrap(),
            territory: rouen().slug,
            name: "Raffinerie du Méandre".to_owned(),
            spoken_name: String::new(),
            commune: "Val-de-Seine".to_owned(),
        }
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Posted on Monday 23 November 2026 at 14:30 in Paris.
    fn posted(change: impl FnOnce(&mut Draft)) -> Bulletin {
        let mut draft = Draft {
            kind: Kind::Unplanned,
            events: vec![Event::Flaring],
            nuisances: vec![],
            text: "Torche allumée depuis 14h10.".to_owned(),
            language: Language::French,
            starts_at: None,
            ends_at: None,
            lifetime: Lifetime::default(),
        };
        change(&mut draft);
        let id = BulletinId::from_random([7; 8]);
        let now = instant("2026-11-23T13:30:00Z");
        Bulletin::compose(id, &refinery(), &rouen(), draft, "astreinte", now).unwrap()
    }

    fn said(posted: &Bulletin) -> [String; 3] {
        let script = bulletin(posted, &refinery(), &rouen(), &Lexicon::built_in()).unwrap();
        [script.today, script.dated, script.body].map(|words| words.as_str().to_owned())
    }

    #[test]
    fn a_first_message_gives_site_commune_and_what_is_perceived_then_the_text() {
        assert_eq!(
            said(&posted(|_| {})),
            [
                "Raffinerie du Méandre, à Val-de-Seine. Torche. Publié aujourd'hui à quatorze heures trente.",
                "Raffinerie du Méandre, à Val-de-Seine. Torche. Publié lundi vingt-trois novembre à quatorze heures trente.",
                "Torche allumée depuis quatorze heures dix.",
            ]
        );
    }

    #[test]
    fn an_update_says_so_and_that_all_is_under_control() {
        let mut bulletin = posted(|_| {});
        let change = Update {
            text: "Le débit baisse.".to_owned(),
            under_control: true,
            lifetime: None,
        };
        let later = instant("2026-11-24T00:15:00Z");
        bulletin
            .update(change, &rouen(), "astreinte", later)
            .unwrap();
        let [today, dated, body] = said(&bulletin);
        assert_eq!(
            today,
            "Raffinerie du Méandre, à Val-de-Seine. Mise à jour. Torche. La situation est maîtrisée. Publié aujourd'hui à une heure quinze."
        );
        assert!(
            dated.ends_with("Publié mardi vingt-quatre novembre à une heure quinze."),
            "{dated}"
        );
        assert_eq!(body, "Le débit baisse.");
    }

    #[test]
    fn what_is_perceived_is_a_list_of_nouns_without_repeats() {
        let what = |events: &[Event], nuisances: &[Nuisance]| {
            let posted = posted(|draft| {
                draft.events = events.to_vec();
                draft.nuisances = nuisances.to_vec();
            });
            let [today, ..] = said(&posted);
            today.split(". ").nth(1).unwrap().to_owned()
        };
        let (noise, visual) = (Nuisance::Noise, Nuisance::Visual);
        assert_eq!(
            what(&[Event::Flaring, Event::Smoke], &[visual, noise]),
            "Torche, fumée et bruit"
        );
        assert_eq!(what(&[Event::Noise], &[noise]), "Bruit");
        assert_eq!(what(&[Event::Trip, Event::Odour], &[]), "Odeur");
        assert_eq!(what(&[], &[visual]), "Lumière ou fumée visible");
    }

    #[test]
    fn a_commune_is_joined_as_french_joins_it() {
        let phrases = Phrases::of(Language::French);
        for (commune, words) in [
            ("Rouen", "à Rouen"),
            ("Le Havre", "au Havre"),
            ("Les Authieux", "aux Authieux"),
            ("La Bouille", "à La Bouille"),
        ] {
            assert_eq!(phrases.in_commune(commune), words);
        }
        let mut plant = refinery();
        plant.name = "Usine de Val-de-Seine".to_owned();
        let words = bulletin(&posted(|_| {}), &plant, &rouen(), &Lexicon::built_in()).unwrap();
        assert!(
            words
                .today
                .as_str()
                .starts_with("Usine de Val-de-Seine. Torche."),
            "told once"
        );
    }

    #[test]
    fn a_long_text_is_followed_by_its_facts() {
        let long = posted(|draft| {
            draft.text =
                "L'arrivée de gaz naturel est interrompue et nos équipes travaillent. ".repeat(6);
            draft.starts_at = Some(instant("2026-11-23T12:05:00Z"));
            draft.ends_at = Some(instant("2026-11-23T18:00:00Z"));
        });
        let [_, _, body] = said(&long);
        assert!(
            body.ends_with("équipes travaillent. En résumé: Raffinerie du Méandre, à Val-de-Seine. Torche. Début lundi vingt-trois novembre à treize heures cinq. Fin attendue lundi vingt-trois novembre à dix-neuf heures."),
            "{body}"
        );
        let short = posted(|draft| draft.text = "La torche est allumée, elle fume.".repeat(4));
        assert!(!said(&short)[2].contains("En résumé"));
    }

    #[test]
    fn a_plan_known_by_its_letters_is_told_once() {
        let [_, _, body] = said(&posted(|draft| {
            draft.text = "POI déclenché, fumée visible. Le POI dure.".to_owned();
        }));
        assert_eq!(
            body,
            "P O I, plan d'opération interne, déclenché, fumée visible. Le P O I dure."
        );
    }

    #[test]
    fn corrections_ends_and_withdrawals_are_named() {
        let later = instant("2026-11-23T23:00:00Z");
        let mut corrected = posted(|_| {});
        corrected
            .correct("La torche est éteinte.", "astreinte", later)
            .unwrap();
        assert!(
            said(&corrected)[0].contains("Rectificatif. Torche. Publié aujourd'hui à zéro heure.")
        );
        let mut ended = posted(|_| {});
        ended.end(None, "astreinte", later).unwrap();
        let [today, _, body] = said(&ended);
        assert!(today.contains("Terminé. Torche. Publié"), "{today}");
        assert_eq!(body, "Retour à la normale.");
        let mut withdrawn = posted(|_| {});
        withdrawn.withdraw(None, "astreinte", later).unwrap();
        assert!(said(&withdrawn)[0].contains("Annulé. Torche. Publié"));
    }

    #[test]
    fn a_persons_recording_changes_nothing_of_what_is_said_around_it() {
        let mut bulletin = posted(|draft| draft.starts_at = Some(instant("2026-11-23T13:10:00Z")));
        let spoken = said(&bulletin);
        assert!(spoken[0].contains("Début à quatorze heures dix."));
        bulletin.attach_recording(RecordingKey::parse(&"a".repeat(64)).unwrap());
        assert_eq!(said(&bulletin), spoken);
    }

    #[test]
    fn a_planned_event_gives_its_exact_hours() {
        let window = |start: &str, end: &str| {
            let planned = posted(|draft| {
                draft.kind = Kind::Planned;
                draft.text = "Travaux.".to_owned();
                draft.starts_at = Some(instant(start));
                draft.ends_at = Some(instant(end));
            });
            let [today, dated, body] = said(&planned);
            assert_eq!(body, "Travaux.");
            let (hours, _) = today.split_once(" Publié").unwrap();
            assert!(dated.starts_with(hours), "the same on every day");
            hours.rsplit_once("Torche. ").unwrap().1.to_owned()
        };
        assert_eq!(
            window("2026-11-24T07:30:00Z", "2026-11-24T08:30:00Z"),
            "Prévu mardi vingt-quatre novembre, de huit heures trente à neuf heures trente."
        );
        assert_eq!(
            window("2026-11-23T21:00:00Z", "2026-12-01T05:00:00Z"),
            "Prévu du lundi vingt-trois novembre à vingt-deux heures au mardi premier décembre à six heures."
        );
        assert!(
            window("2026-11-24T07:30:00Z", "2027-01-02T05:00:00Z")
                .contains("deux janvier deux mille vingt-sept")
        );
    }

    #[test]
    fn drills_and_tests_begin_and_end_with_what_they_are() {
        let of_kind = |kind: Kind, text: &str| {
            let posted = posted(|draft| {
                draft.kind = kind;
                draft.text = text.to_owned();
            });
            bulletin(&posted, &refinery(), &rouen(), &Lexicon::built_in()).unwrap()
        };
        let drill = of_kind(Kind::Drill, "Sirène.");
        assert!(
            drill
                .today
                .as_str()
                .starts_with("Exercice. Raffinerie du Méandre")
        );
        assert_eq!(drill.body.as_str(), "Sirène. C'était un exercice.");
        assert_eq!(drill.closing.unwrap().as_str(), "C'était un exercice.");
        let test = of_kind(Kind::Test, "Sirène.");
        assert!(
            test.dated
                .as_str()
                .starts_with("Ceci est un essai. Raffinerie")
        );
        assert_eq!(test.body.as_str(), "Sirène. C'était un essai.");
        let long = of_kind(
            Kind::Drill,
            &"Nos pompiers s'entraînent sur de vrais feux. ".repeat(9),
        );
        let closing = long.closing.unwrap();
        assert!(
            closing.as_str().starts_with("En résumé: Raffinerie"),
            "{closing}"
        );
        assert!(
            closing.as_str().contains("Val-de-Seine. Exercice. Torche."),
            "{closing}"
        );
        assert_eq!(of_kind(Kind::Unplanned, "Sirène.").closing, None);
    }

    #[test]
    fn an_event_that_began_before_its_message_says_when() {
        let late = posted(|draft| draft.starts_at = Some(instant("2026-11-23T12:05:00Z")));
        let [today, dated, _] = said(&late);
        assert!(
            today.ends_with("Torche. Début à treize heures cinq. Publié aujourd'hui à quatorze heures trente, une heure vingt-cinq après le début."),
            "{today}"
        );
        assert!(
            dated.contains("Début lundi vingt-trois novembre à treize heures cinq. Publié lundi"),
            "{dated}"
        );
        let night = posted(|draft| draft.starts_at = Some(instant("2026-11-22T22:45:00Z")));
        let begun = "Début dimanche vingt-deux novembre à vingt-trois heures quarante-cinq.";
        assert!(said(&night)[0].contains(begun));
        let soon = posted(|draft| draft.starts_at = Some(instant("2026-11-23T13:25:00Z")));
        assert!(
            !said(&soon)[0].contains("après le début"),
            "five minutes are needed to write"
        );
    }

    #[test]
    fn english_bulletins_have_english_words() {
        let english = posted(|draft| {
            draft.language = Language::English;
            draft.text = "A flare is visible since 14:10.".to_owned();
        });
        assert_eq!(
            said(&english),
            [
                "Raffinerie du Méandre, in Val-de-Seine. Flare. Posted today at fourteen thirty.",
                "Raffinerie du Méandre, in Val-de-Seine. Flare. Posted on Monday the twenty-third of November at fourteen thirty.",
                "A flare is visible since fourteen ten.",
            ]
        );
    }

    #[test]
    fn a_territory_greets_with_its_name_and_the_emergency_numbers() {
        let script = territory(&rouen(), 23, Language::French, &Lexicon::built_in()).unwrap();
        let greeting = script.greeting.as_str();
        for said in [
            "Rouen Métropole",
            "information",
            "gratuite",
            "dix-huit",
            "cent douze",
            "cent quatorze",
        ] {
            assert!(greeting.contains(said), "{greeting}");
        }
        assert_eq!(script.menu.as_str(), "Pour Rouen Métropole,");
        let english = territory(&rouen(), 1, Language::English, &Lexicon::built_in()).unwrap();
        assert_eq!(english.menu.as_str(), "For Rouen Métropole,");
        assert!(english.greeting.as_str().contains("one one two"));
    }

    #[test]
    fn a_territory_tells_how_many_members_have_declared_nothing() {
        let said = |sites, language| {
            let script = territory(&rouen(), sites, language, &Lexicon::built_in()).unwrap();
            script
                .no_event
                .map(|words| words.to_string())
                .unwrap_or_default()
        };
        let none = said(23, Language::French);
        assert!(
            none.starts_with("Aucun des vingt-trois sites membres n'a déclaré d'événement."),
            "{none}"
        );
        assert!(none.contains("ne couvre pas les autres sites"));
        assert!(said(1, Language::French).starts_with("Le site membre n'a déclaré aucun"));
        assert!(said(21, Language::English).starts_with("None of the twenty-one member sites"));
        assert_eq!(said(0, Language::French), "");
    }

    #[test]
    fn a_name_of_the_territory_is_said_as_its_lexicon_wants() {
        let lexicon = Lexicon::built_in()
            .with("[[entry]]\nmatch='Méandre'\nsay='Méhandre'\nscope='rouen_metropole'")
            .unwrap();
        let script = bulletin(&posted(|_| {}), &refinery(), &rouen(), &lexicon).unwrap();
        assert!(
            script
                .today
                .as_str()
                .starts_with("Raffinerie du Méhandre, à")
        );
    }
}
