//! Bulletins as sites write them: what is accepted, what is refused, what is warned about.

use bulletin::{Event, Kind, Nuisance, Refusal, Warning, warnings};

use crate::support::{at, compose, draft};

const UNPLANNED: Kind = Kind::Unplanned;

#[test]
fn first_texts_that_name_a_perception_are_accepted() {
    for (name, kind, text) in FIRST_TEXTS {
        let posted = compose(draft(*kind, text), at("2026-11-23T14:30:00+01:00"));
        assert_eq!(
            posted.map(|it| it.current().text.clone()),
            Ok((*text).to_owned()),
            "{name}"
        );
    }
}

#[test]
fn first_texts_that_name_no_perception_are_refused() {
    for (name, text) in WITHOUT_PERCEPTION {
        let posted = compose(draft(UNPLANNED, text), at("2026-11-23T14:30:00+01:00"));
        assert_eq!(posted.err(), Some(Refusal::NoPerception), "{name}");
    }
}

#[test]
fn an_event_or_a_nuisance_of_the_form_names_the_perception_in_place_of_the_text() {
    for (_, text) in WITHOUT_PERCEPTION {
        let mut by_event = draft(UNPLANNED, text);
        by_event.events = vec![Event::Trip, Event::Odour];
        assert!(compose(by_event, at("2026-11-23T14:30:00Z")).is_ok());

        let mut by_nuisance = draft(UNPLANNED, text);
        by_nuisance.nuisances = vec![Nuisance::Noise];
        assert!(compose(by_nuisance, at("2026-11-23T14:30:00Z")).is_ok());
    }
}

#[test]
fn a_cause_or_no_expected_nuisance_names_no_perception() {
    let mut vague = draft(UNPLANNED, "Un problème est survenu sur une unité.");
    vague.events = vec![
        Event::Trip,
        Event::UtilityLoss,
        Event::Shutdown,
        Event::Other,
    ];
    vague.nuisances = vec![Nuisance::NoneExpected];
    let posted = compose(vague, at("2026-11-23T14:30:00Z"));
    assert_eq!(posted.err(), Some(Refusal::NoPerception));
}

#[test]
fn planned_events_drills_and_tests_need_name_no_perception() {
    for kind in [Kind::Planned, Kind::Drill, Kind::Test] {
        let posted = compose(
            draft(kind, "Travaux d'entretien."),
            at("2026-11-23T14:30:00Z"),
        );
        assert!(posted.is_ok(), "{kind:?}");
    }
}

#[test]
fn perceptions_are_recognised_without_accents_in_capitals_and_in_english() {
    for text in [
        "FUMEE NOIRE AU NORD",
        "Odeurs possibles",
        "Fume\u{301}e blanche",
        "Sirènes entendues",
        "Smoke can be seen from the river",
        "A loud hissing",
        "Feu maîtrisé",
    ] {
        let posted = compose(draft(UNPLANNED, text), at("2026-11-23T14:30:00Z"));
        assert!(posted.is_ok(), "{text}");
    }
}

#[test]
fn words_that_only_begin_alike_are_no_perceptions() {
    for text in [
        "Un événement est en cours.",
        "An event on one of our units.",
        "Le feuillet de contrôle manque.",
    ] {
        let posted = compose(draft(UNPLANNED, text), at("2026-11-23T14:30:00Z"));
        assert_eq!(posted.err(), Some(Refusal::NoPerception), "{text}");
    }
}

#[test]
fn words_that_play_an_unplanned_event_down_are_warned_about_and_not_refused() {
    let warned: Vec<(&str, Vec<&str>)> = FIRST_TEXTS
        .iter()
        .map(|(name, kind, text)| (*name, words(&warnings(&draft(*kind, text)))))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    assert_eq!(
        warned,
        [
            ("6 ammonia unit", vec!["sans gravité"]),
            ("8 power loss", vec!["personne n'a été blessé"]),
            ("20b pump fire", vec!["pas de victime"]),
            ("24 wrong first bulletin", vec!["aucun impact"]),
        ]
    );
}

#[test]
fn playing_down_is_noticed_in_any_spelling() {
    for text in [
        "Bruit SANS GRAVITE",
        "bruit sans  gravité",
        "Torche : pas d’impact",
    ] {
        assert_eq!(warnings(&draft(UNPLANNED, text)).len(), 1, "{text}");
    }
}

#[test]
fn a_warning_quotes_the_words_and_says_what_to_write() {
    let warning = &warnings(&draft(UNPLANNED, "Bruit sans gravité."))[0];
    assert!(warning.as_french().starts_with("« sans gravité »"));
    assert!(warning.as_english().contains("sans gravité"));
}

#[test]
fn an_exercise_posted_as_a_real_event_is_noticed_and_one_posted_as_such_is_not() {
    let text = "Exercice de nos pompiers : sirène et fumée possibles.";
    assert_eq!(warnings(&draft(UNPLANNED, text)), [Warning::Exercise]);
    assert_eq!(warnings(&draft(Kind::Drill, text)), []);
    let mut named = draft(UNPLANNED, "La sirène sonne.");
    named.events = vec![Event::Siren, Event::Test];
    assert_eq!(warnings(&named), [Warning::Exercise]);
}

fn words(warnings: &[Warning]) -> Vec<&'static str> {
    warnings
        .iter()
        .map(|warning| match warning {
            Warning::Minimises { words } => *words,
            Warning::Exercise => "exercise",
        })
        .collect()
}

/// Texts after real bulletins; every sentence is ours, every site is invented.
const FIRST_TEXTS: &[(&str, Kind, &str)] = &[
    (
        "1 night stop",
        UNPLANNED,
        "Dans la nuit du 2 au 3 mars, vers 1h, un de nos ateliers s'est mis à l'arrêt de lui-même à la suite d'une panne. Sa mise en sécurité s'accompagne d'un échappement de vapeur que l'on peut entendre depuis les communes voisines. Nos équipes maîtrisent la situation. Nous prions les riverains d'excuser ce bruit.",
    ),
    (
        "2 service test",
        Kind::Test,
        "Ceci est un essai, aucun événement n'a lieu. Travaux d'entretien imaginaires les 27 et 28 mars : une torche pourra se voir par moments depuis l'extérieur du site.",
    ),
    (
        "6 ammonia unit",
        UNPLANNED,
        "POI et sirène déclenchés vers 15h00 sur l'unité ammoniac. Une soupape s'est ouverte ; le bruit entendu est sans gravité. Notre cellule de crise est réunie. Situation sous contrôle depuis 15h10.",
    ),
    (
        "8 power loss",
        UNPLANNED,
        "Une perte d'alimentation électrique a privé le site de vapeur. Faute de vapeur, nos torches brûlent avec beaucoup de fumée noire, que l'on voit de très loin. Le POI est en place et les secours sont à nos côtés. Vers 22h, l'événement était maîtrisé. Personne n'a été blessé. Nous restons mobilisés.",
    ),
    (
        "9 one line",
        UNPLANNED,
        "Dérèglement passager d'une unité : fumée noire et bruit au-dehors.",
    ),
    (
        "10 planned stop",
        Kind::Planned,
        "Nos unités de production seront arrêtées ce week-end, comme prévu.",
    ),
    (
        "11 evacuation drill",
        Kind::Drill,
        "Exercice : ce matin nous évacuons le site, ses alarmes vont sonner.",
    ),
    (
        "12 gas supply",
        UNPLANNED,
        "L'arrivée principale de gaz naturel du site est interrompue. Les chaudières puis le vapocraqueur se sont arrêtés. Pour évacuer les produits en toute sécurité, la torche est en service ; par manque de vapeur, elle dégage une fumée noire visible de loin. Nos équipes travaillent au rétablissement du gaz, qui permettra de redémarrer les unités une à une.",
    ),
    (
        "14 planned flaring",
        Kind::Planned,
        "Un entretien prévu de longue date commence mercredi. La torche pourra s'allumer par moments pendant une semaine, avec un bruit un peu plus fort que d'habitude.",
    ),
    (
        "15 weekly",
        Kind::Planned,
        "Plateforme du Méandre, informations de la semaine du 28 avril au 4 mai. Nos opérations entraîneront de nombreux échappements de vapeur, audibles de jour comme de nuit dans les communes les plus proches. Mardi 29 avril, nos pompiers s'entraînent sur de vrais feux : de la fumée pourra se voir depuis la route. Vendredi 2 mai, de 14h à 18h, un exercice de secours mobilisera des véhicules à l'intérieur du site ; il sera reconduit chaque vendredi après-midi. Ces exercices ne demandent aucune action de votre part. Aucune autre gêne pour l'oreille, l'œil ou le nez n'est attendue à ce jour. Si vous constatez un fait inhabituel, ou si vous souhaitez être rappelé, nos équipes vous répondent à toute heure. Vous pouvez entendre ce bulletin et poser vos questions au N° vert : 02 61 91 00 15. Prochaine information vendredi prochain, avant midi, sur cette même ligne et dans les mairies.",
    ),
    (
        "16 south flare",
        UNPLANNED,
        "Une unité s'est déréglée : torche sud allumée, sans produit toxique. Bruit et panache possibles, pour une durée inconnue à cette heure.",
    ),
    (
        "17 siren drill",
        Kind::Drill,
        "Exercice : la sirène PPI sonnera entre 8h30 et 9h30 à Port-Mérieux, Saint-Aubert, Saint-Luc, La Chapelle-aux-Saules, Mercy et Doulains. Vous n'avez rien à faire.",
    ),
    (
        "18 siren test",
        Kind::Test,
        "Essai de la sirène PPI cet après-midi ; elle s'entendra à Saint-Aubert et à Port-Mérieux. Il s'agit d'un exercice.",
    ),
    (
        "19 tank",
        UNPLANNED,
        "À 12h20, un incident a touché un bac d'eau et d'hydrocarbures. Il a été maîtrisé en 40 min environ. L'odeur peut rester plusieurs jours. Elle vous gêne ? Appelez le 02 61 91 00 19. Nous vous tiendrons informés.",
    ),
    (
        "20 white smoke",
        UNPLANNED,
        "Depuis 9h30 environ, une épaisse fumée blanche sort d'un bac de pétrole brut. Sirènes et POI ont été déclenchés. La situation est stable avant midi.",
    ),
    (
        "20b pump fire",
        UNPLANNED,
        "Précisions sur l'événement en cours : à 4H00, feu sur une pompe, attaqué par nos propres moyens. Sirène POI actionnée à 4h10, autorités et SDIS prévenus. Il n'y a pas de victime. Un autre point suivra dans la matinée.",
    ),
    (
        "21 cracker",
        UNPLANNED,
        "Point de 7h50 : une difficulté sur le vapocraqueur nous oblige à torcher. La flamme est bien visible, elle éclaire le ciel et s'entend aux alentours. Nous ne savons pas encore combien de temps cela va durer. Pour toute gêne, vous pouvez nous joindre gratuitement, jour et nuit, au 02 61 91 00 21. Merci.",
    ),
    (
        "22 north-west flare",
        Kind::Planned,
        "Bonjour, ici la raffinerie du Méandre, vendredi 28 avril. La torche de l'angle nord-ouest peut fumer ou gronder pendant douze heures. Il n'y a pas lieu de s'inquiéter.",
    ),
    (
        "23 alarm test",
        Kind::Test,
        "Ici le site des Engrais de l'Estuaire, vendredi 28 avril. Ceci est un essai : comme chaque semaine, nous vérifions nos alarmes, pendant une heure au plus.",
    ),
    (
        "24 wrong first bulletin",
        UNPLANNED,
        "Nous torchons depuis cet après-midi à la suite d'un incident sur une unité, et nos équipes y travaillent. Vous pouvez voir une flamme plus haute qu'à l'ordinaire. À cette heure, aucun impact n'est connu à l'extérieur de la raffinerie.",
    ),
];

/// True and useless: a neighbour learns neither what to see, nor what to hear, nor what to smell.
const WITHOUT_PERCEPTION: &[(&str, &str)] = &[
    (
        "3 ammonia in the air",
        "Nous plaçons nos installations en situation sûre afin de protéger les personnes présentes sur le site et le voisinage. La teneur de l'air en ammoniac (NH3) est contrôlée en continu, dedans comme au dehors.",
    ),
    (
        "7 anomaly",
        "Anomalie sur une de nos unités, POI déclenché vers 10h40.",
    ),
];
