//! What is said of a bulletin and of a territory, in words ready for a voice.
//!
//! A bulletin is a lead-in and a body. The lead-in exists twice, for the day on which it was posted
//! and for the days after, so that nothing is spoken anew at midnight.

mod moments;
mod phrases;

use bulletin::{Bulletin, Language, Site, Territory};
use jiff::Zoned;

use crate::{Lexicon, NormaliseError, Spoken, normalise};
use phrases::Phrases;

/// The three recordings of a bulletin's latest entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulletinScript {
    /// Lead-in for the day of posting: "Raffinerie du Méandre. Publié aujourd'hui à …"
    pub today: Spoken,
    /// Lead-in for later days: "Raffinerie du Méandre. Publié lundi vingt-trois novembre à …"
    pub dated: Spoken,
    /// Window of a planned event, state, and the site's own text.
    pub body: Spoken,
}

/// Says a bulletin's latest entry ([`Bulletin::current`]).
///
/// A drill begins with "Exercice.", a test with "Ceci est un essai."; a planned event gives its
/// exact hours, so that nobody takes another site's noise for it. Dates are those of the
/// territory's zone, without the year unless it is another one than the entry's. A person's recording holds
/// the words alone, so its hours and state are said in the lead-in.
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
    let phrases = Phrases::of(bulletin.language);
    let entry = bulletin.current();
    let at = entry.at.to_zoned(territory.zone.clone());
    let name = name_of(&site.spoken_name, &site.name, bulletin.language, &lexicon)?;
    let mut facts = Sentences::default();
    facts.add(&hours(bulletin, &at, phrases));
    if entry.under_control && phrases::is_live(entry.kind) {
        facts.add(phrases.under_control());
    }
    let facts = facts.0;
    let lead = |moment: String| {
        let mut sentences = Sentences::default();
        sentences.add(phrases.kind(bulletin.kind));
        sentences.add(&name);
        sentences.add(phrases.entry(entry.kind));
        sentences.add(&phrases.posted(&moment));
        if entry.recording.is_some() {
            sentences.add(&facts);
        }
        sentences.into_spoken()
    };

    let mut body = Sentences::default();
    if entry.recording.is_none() {
        body.add(&facts);
    }
    body.add(normalise(&entry.text, bulletin.language, &lexicon)?.as_str());
    Ok(BulletinScript {
        today: lead(phrases.today_at(&at))?,
        dated: lead(phrases.day_at(&at, &at))?,
        body: body.into_spoken()?,
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
}

/// Says a territory's name where callers hear it, in French.
///
/// # Errors
/// [`NormaliseError`] when its name cannot be spoken.
pub fn territory(
    territory: &Territory,
    lexicon: &Lexicon,
) -> Result<TerritoryScript, NormaliseError> {
    let lexicon = lexicon.within(&territory.slug);
    let name = name_of(
        &territory.spoken_name,
        &territory.name,
        Language::French,
        &lexicon,
    )?;
    let words = |text: String| Spoken::from_words(&text).ok_or(NormaliseError::Nothing);
    Ok(TerritoryScript {
        greeting: words(format!(
            "Allo Industrie {name}, information gratuite; urgences dix-huit, cent douze ou cent quatorze."
        ))?
        .briskly(),
        menu: words(format!("Pour {name},"))?,
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

/// The window of what is planned, or since when the rest goes on; nothing once it is over.
fn hours(bulletin: &Bulletin, at: &Zoned, phrases: Phrases) -> String {
    if !phrases::is_live(bulletin.current().kind) {
        return String::new();
    }
    let zoned =
        |instant: Option<jiff::Timestamp>| instant.map(|it| it.to_zoned(at.time_zone().clone()));
    match (
        bulletin.kind.has_window(),
        zoned(bulletin.starts_at),
        zoned(bulletin.ends_at),
    ) {
        (true, Some(start), Some(end)) => phrases.planned(&start, &end, at),
        (true, Some(start), None) => phrases.planned_from(&start, at),
        (true, None, Some(end)) => phrases.planned_until(&end, at),
        (false, Some(start), _) => phrases.began(&start, at),
        _ => String::new(),
    }
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

    fn into_spoken(self) -> Result<Spoken, NormaliseError> {
        Spoken::from_words(&self.0).ok_or(NormaliseError::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use bulletin::{
        BulletinId, Draft, Event, Kind, Lifetime, RecordingKey, SiteSlug, TerritorySlug, Update,
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
    fn a_first_message_gives_site_and_hour_then_the_text() {
        assert_eq!(
            said(&posted(|_| {})),
            [
                "Raffinerie du Méandre. Publié aujourd'hui à quatorze heures trente.",
                "Raffinerie du Méandre. Publié lundi vingt-trois novembre à quatorze heures trente.",
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
            "Raffinerie du Méandre. Mise à jour. Publié aujourd'hui à une heure quinze."
        );
        assert!(
            dated.ends_with("Publié mardi vingt-quatre novembre à une heure quinze."),
            "{dated}"
        );
        assert_eq!(body, "La situation est maîtrisée. Le débit baisse.");
    }

    #[test]
    fn corrections_ends_and_withdrawals_are_named() {
        let later = instant("2026-11-23T23:00:00Z");
        let mut corrected = posted(|_| {});
        corrected
            .correct("La torche est éteinte.", "astreinte", later)
            .unwrap();
        assert!(said(&corrected)[0].contains("Rectificatif. Publié aujourd'hui à zéro heure."));
        let mut ended = posted(|_| {});
        ended.end(None, "astreinte", later).unwrap();
        let [today, _, body] = said(&ended);
        assert!(today.contains("Terminé. Publié"), "{today}");
        assert_eq!(body, "Retour à la normale.");
        let mut withdrawn = posted(|_| {});
        withdrawn.withdraw(None, "astreinte", later).unwrap();
        assert!(said(&withdrawn)[0].contains("Annulé. Publié"));
    }

    #[test]
    fn the_lead_in_of_a_persons_recording_says_hours_and_state() {
        let mut bulletin = posted(|draft| draft.starts_at = Some(instant("2026-11-23T13:10:00Z")));
        let [_, _, spoken] = said(&bulletin);
        let hours = spoken.strip_suffix(" Torche allumée depuis quatorze heures dix.");
        let hours = hours.expect("since when, then the text").to_owned();
        bulletin.attach_recording(RecordingKey::parse(&"a".repeat(64)).unwrap());

        let [today, dated, body] = said(&bulletin);

        for lead_in in [today, dated] {
            assert!(lead_in.ends_with(&hours), "{lead_in}");
        }
        assert_eq!(body, "Torche allumée depuis quatorze heures dix.");
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
            said(&planned)[2].clone()
        };
        assert_eq!(
            window("2026-11-24T07:30:00Z", "2026-11-24T08:30:00Z"),
            "Prévu mardi vingt-quatre novembre, de huit heures trente à neuf heures trente. Travaux."
        );
        assert_eq!(
            window("2026-11-23T21:00:00Z", "2026-12-01T05:00:00Z"),
            "Prévu du lundi vingt-trois novembre à vingt-deux heures au mardi premier décembre à six heures. Travaux."
        );
        assert!(
            window("2026-11-24T07:30:00Z", "2027-01-02T05:00:00Z")
                .contains("deux janvier deux mille vingt-sept")
        );
    }

    #[test]
    fn drills_and_tests_begin_with_what_they_are() {
        let drill = posted(|draft| draft.kind = Kind::Drill);
        assert!(said(&drill)[0].starts_with("Exercice. Raffinerie du Méandre."));
        let test = posted(|draft| draft.kind = Kind::Test);
        assert!(said(&test)[1].starts_with("Ceci est un essai. Raffinerie"));
    }

    #[test]
    fn an_event_that_began_before_its_message_says_when() {
        let late = posted(|draft| draft.starts_at = Some(instant("2026-11-23T12:05:00Z")));
        assert!(
            said(&late)[2].starts_with("Début à treize heures cinq. Torche"),
            "{:?}",
            said(&late)
        );
        let night = posted(|draft| draft.starts_at = Some(instant("2026-11-22T22:45:00Z")));
        assert!(
            said(&night)[2].starts_with(
                "Début dimanche vingt-deux novembre à vingt-trois heures quarante-cinq."
            )
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
                "Raffinerie du Méandre. Posted today at fourteen thirty.",
                "Raffinerie du Méandre. Posted on Monday the twenty-third of November at fourteen thirty.",
                "A flare is visible since fourteen ten.",
            ]
        );
    }

    #[test]
    fn a_territory_greets_with_its_name_and_the_emergency_numbers() {
        let script = territory(&rouen(), &Lexicon::built_in()).unwrap();
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
    }

    #[test]
    fn a_name_of_the_territory_is_said_as_its_lexicon_wants() {
        let lexicon = Lexicon::built_in()
            .with("[[entry]]\nmatch='Méandre'\nsay='Méhandre'\nscope='rouen_metropole'")
            .unwrap();
        let script = bulletin(&posted(|_| {}), &refinery(), &rouen(), &lexicon).unwrap();
        assert!(script.today.as_str().starts_with("Raffinerie du Méhandre."));
    }
}
