//! What a caller must hear for what an operator writes: every pitfall known from real bulletins.

use bulletin::Language;
use speech::{Lexicon, NormaliseError, normalise};

#[test]
fn hours_and_dates() {
    hear(&[
        (
            "14h30, 9h00, 00h15, 1h",
            "quatorze heures trente, neuf heures, zéro heure quinze, une heure",
        ),
        (
            "14h30, 8h00, 02h40",
            "quatorze heures trente, huit heures, deux heures quarante",
        ),
        ("14:30", "quatorze heures trente"),
        ("9h-12h", "neuf heures à douze heures"),
        ("15 à 20", "quinze à vingt"),
        ("26/09/2019", "vingt-six septembre deux mille dix-neuf"),
        ("3/11/2026", "trois novembre deux mille vingt-six"),
        ("26/09", "vingt-six septembre"),
        ("le 1er mars", "le premier mars"),
        ("1er février", "premier février"),
        (
            "du 26/09 au 28/09",
            "du vingt-six septembre au vingt-huit septembre",
        ),
        (
            "Dans la nuit du 2 au 3 mars, vers 1h",
            "Dans la nuit du deux au trois mars, vers une heure",
        ),
        ("À 12h20", "À douze heures vingt"),
        (
            "24h/24, 7j/7",
            "vingt-quatre heures sur vingt-quatre, sept jours sur sept",
        ),
    ]);
}

#[test]
fn telephone_numbers() {
    let free = "zéro huit cent cinq, six cent quatre-vingt-onze, deux cent quatre-vingt-deux";
    hear(&[
        ("0805 691 282", free),
        ("0 805 691 282", free),
        ("+33 805 691 282", free),
        (
            "0 805 123 456",
            "zéro huit cent cinq, cent vingt-trois, quatre cent cinquante-six",
        ),
        (
            "0 800 00 76 76",
            "zéro huit cents, zéro zéro, soixante-seize, soixante-seize",
        ),
        (
            "02 35 00 12 34",
            "zéro deux, trente-cinq, zéro zéro, douze, trente-quatre",
        ),
        (
            "02 35 58 12 34",
            "zéro deux, trente-cinq, cinquante-huit, douze, trente-quatre",
        ),
        (
            "06.12.34.56.78",
            "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit",
        ),
        (
            "Appelez le 03 87 91 73 00.",
            "Appelez le zéro trois, quatre-vingt-sept, quatre-vingt-onze, soixante-treize, zéro zéro.",
        ),
        (
            "faites le 18 ou le 112",
            "faites le dix-huit ou le cent douze",
        ),
    ]);
}

#[test]
fn numbers_signs_and_units() {
    hear(&[
        ("n° 3, N°3", "numéro trois, numéro trois"),
        ("N° vert", "numéro vert"),
        ("-5 °C", "moins cinq degrés"),
        ("Il fait -5 °C dehors.", "Il fait moins cinq degrés dehors."),
        ("20°C", "vingt degrés"),
        ("850 °C", "huit cent cinquante degrés"),
        (
            "µg/m3, µg/m³",
            "microgrammes par mètre cube, microgrammes par mètre cube",
        ),
        (
            "m³, m², mg/m³",
            "mètres cubes, mètres carrés, milligrammes par mètre cube",
        ),
        (
            "12 m3, 10 000 m2",
            "douze mètres cubes, dix mille mètres carrés",
        ),
        (
            "1 500 m, 30 min, 100 dB",
            "mille cinq cents mètres, trente minutes, cent décibels",
        ),
        (
            "3 km, 5 %, 2,5",
            "trois kilomètres, cinq pour cent, deux virgule cinq",
        ),
        (
            "12,7 bar, 65 %",
            "douze virgule sept bars, soixante-cinq pour cent",
        ),
        (
            "3 µg/L, 85 dB(A), 10 ppm, 50 km/h",
            "trois microgrammes par litre, quatre-vingt-cinq décibels, dix parties par million, cinquante kilomètres à l'heure",
        ),
        ("1,5 t", "un virgule cinq tonne"),
        ("30 s, tél., 10 €", "trente secondes, téléphone, dix euros"),
        ("20 min. environ", "vingt minutes environ"),
        ("+ 40", "plus quarante"),
        ("+ 40 %", "plus quarante pour cent"),
    ]);
}

#[test]
fn acronyms_and_formulae() {
    hear(&[
        ("POI, PPI", "P O I, P P I"),
        ("Le POI est levé.", "Le P O I est levé."),
        ("P.O.I.", "P O I."),
        (
            "ICPE, SDIS, ARS, COV, DREAL",
            "I C P E, sdisse, A R S, C O V, dréal",
        ),
        (
            "Seveso, HAROPA, ZIP, CCI, LAT",
            "Sévéso, Aropa, zipe, C C I, latte",
        ),
        (
            "POI, PPI, VMC, CHU, HSE, FM, GRV",
            "P O I, P P I, V M C, C H U, H S E, F M, G R V",
        ),
        ("INERIS, HAP", "inérisse, H A P"),
        ("H2S, NH3, C2H4", "H deux S, N H trois, C deux H quatre"),
        (
            "H2S, SO2, NH3, CO2, CH4",
            "H deux S, S O deux, N H trois, C O deux, C H quatre",
        ),
        (
            "NOx, PM2,5",
            "oxydes d'azote, particules fines deux virgule cinq",
        ),
        (
            "RN 15, D982, ZI",
            "R N quinze, D neuf cent quatre-vingt-deux, Z I",
        ),
        (
            "A131, RD18E, T-204B, GN8",
            "A cent trente et un, R D dix-huit E, T deux cent quatre B, G N huit",
        ),
        ("La D 110 est fermée", "La D cent dix est fermée"),
        ("vent de N-NO, E-SE", "vent de nord nord-ouest, est sud-est"),
    ]);
}

#[test]
fn names_and_titles() {
    hear(&[
        (
            "Grand-Quevilly, LyondellBasell, Borealis",
            "Grand Quévilli, Lionnedèle Bazèle, Boréalisse",
        ),
        ("Petroineos, TotalEnergies", "Pétro Inéosse, Total énergies"),
        ("Lubrizol, Yara", "Lubrizole, Yara"),
        ("Exxon Mobil", "Exonne Mobile"),
        ("Gonfreville-l'Orcher", "Gonfreville l'Orché"),
        ("Gonfreville-l’Orcher", "Gonfreville l'Orché"),
        ("M. Dupont, Mme Dupont", "monsieur Dupont, madame Dupont"),
        ("art. 5, resp.", "article cinq, responsable."),
    ]);
}

#[test]
fn addresses_and_pasted_posts() {
    hear(&[
        ("www.allo-industrie.com", "allo tiret industrie point com"),
        (
            "écrire à contact@exemple.fr",
            "écrire à contact arobase exemple point fr",
        ),
        ("Suite : https://example.org/b/4", "Suite"),
        ("Torche allumée 🔥🔥 #Rouen @Prefet76", "Torche allumée"),
        (
            "Le @Sdis76 est présent.",
            "Le sdisse soixante-seize est présent.",
        ),
        ("-5 camions de pompiers", "moins cinq camions de pompiers"),
        ("- Fumée noire", "Fumée noire"),
        ("-Fumée noire", "Fumée noire"),
    ]);
}

#[test]
fn whole_bulletins() {
    hear(&[
        (
            "Retour à la normale. La fuite a été maîtrisée vers 4h00. Le POI, déclenché à 3h00, a été levé à 15h40.",
            "Retour à la normale. La fuite a été maîtrisée vers quatre heures. Le P O I, déclenché à trois heures, a été levé à quinze heures quarante.",
        ),
        (
            "Rectificatif : il y a eu un rejet d'H2S plus de 40 min avant notre annonce. Deux personnes sont décédées et 35 sont blessées.",
            "Rectificatif: il y a eu un rejet d'H deux S plus de quarante minutes avant notre annonce. Deux personnes sont décédées et trente-cinq sont blessées.",
        ),
        (
            "La teneur de l'air en ammoniac (NH3) est contrôlée en continu, dedans comme au dehors.",
            "La teneur de l'air en ammoniac, N H trois, est contrôlée en continu, dedans comme au dehors.",
        ),
        (
            "Exercice : la sirène PPI sonnera entre 8h30 et 9h30 à Vernon, Saint-Marcel.",
            "Exercice: la sirène P P I sonnera entre huit heures trente et neuf heures trente à Vernon, Saint-Marcel.",
        ),
        (
            "Pour toute gêne, vous pouvez nous joindre gratuitement, jour et nuit, au 0800-0223363. Merci.",
            "Pour toute gêne, vous pouvez nous joindre gratuitement, jour et nuit, au zéro huit cents, zéro deux, vingt-trois, trois cent soixante-trois. Merci.",
        ),
        (
            "EXERCICE POI CE MATIN. NE PAS S'INQUIÉTER",
            "exercice P O I ce matin. Ne pas s'inquiéter",
        ),
        (
            "SIRENE PPI : ESSAI MENSUEL LE 1ER MERCREDI A 12H00",
            "sirène P P I: essai mensuel le premier mercredi a douze heures",
        ),
        (
            "L'unité U-100 redémarre ; bruit ≈ 70 dB(A) 24h/24, 7j/7 jusqu'au 05/12/2026, 1er étage.",
            "L'unité U cent redémarre; bruit environ soixante-dix décibels vingt-quatre heures sur vingt-quatre, sept jours sur sept jusqu'au cinq décembre deux mille vingt-six, premier étage.",
        ),
        (
            "0,5 ppm en SO2 (< 5 ppm) à 3 km, vent de NO à 15-20 km/h ; 2 x 500 m3 ; 1 blessée.",
            "zéro virgule cinq partie par million en S O deux, moins de cinq parties par million, à trois kilomètres, vent de nord-ouest de quinze à vingt kilomètres à l'heure; deux fois cinq cents mètres cubes; une blessée.",
        ),
    ]);
}

#[test]
fn hostile_texts_are_harmless() {
    hear(&[
        (
            "<play file=\"/etc/passwd\">bonjour",
            "play file égale, etc, passwd bonjour",
        ),
        ("<genfile file='x'>", "genfile file égale x"),
        ("[[_^_en]] bonjour", "en bonjour"),
        ("\u{1b}bon\u{0}jour\u{8}", "bon jour"),
        ("-m bonjour", "m bonjour"),
        (
            "bon\u{202e}jour\u{2066} \u{feff}le\u{200d} monde",
            "bonjour le monde",
        ),
        ("\\ ` { } | ~ ^ $ ok", "environ ok"),
    ]);
    for nothing in ["", "   ", "😀😀", "...!!!", "<<<>>>", "\u{202e}", "東京"] {
        assert_eq!(said(nothing), Err(NormaliseError::Nothing), "{nothing:?}");
    }
}

#[test]
fn a_text_is_as_long_as_a_line_would_read_and_no_longer() {
    assert_eq!(said(&"a".repeat(10_000)), Err(NormaliseError::TooLong));
    assert_eq!(said(&"7".repeat(3000)), Err(NormaliseError::TooLong));
    assert!(said(&"fumée ".repeat(600)).is_ok());
}

#[test]
fn realistic_bulletins_in_french() {
    let rows = table(include_str!("../golden/fr.txt"));
    assert!(rows.len() >= 60, "{} rows", rows.len());
    hear_in(Language::French, &rows);
}

#[test]
fn realistic_bulletins_in_english() {
    hear_in(Language::English, &table(include_str!("../golden/en.txt")));
}

/// The rows of a table: a line as written, with `\n` for a new one, then `-> ` and what is said.
fn table(file: &str) -> Vec<(String, &str)> {
    let lines: Vec<&str> = file
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let rows = lines.chunks(2).map(|row| match row {
        [written, said] => {
            let said = said.strip_prefix("-> ");
            let said = said.unwrap_or_else(|| panic!("no words for: {written}"));
            (written.replace("\\n", "\n"), said)
        }
        _ => panic!("a row of one line: {row:?}"),
    });
    rows.collect()
}

fn hear(rows: &[(&str, &str)]) {
    let rows: Vec<_> = rows
        .iter()
        .map(|(written, said)| ((*written).to_owned(), *said))
        .collect();
    hear_in(Language::French, &rows);
}

/// Every mismatch at once: one run shows what a change of a rule did.
fn hear_in(language: Language, rows: &[(String, &str)]) {
    let lexicon = Lexicon::built_in();
    let said = |text: &str| normalise(text, language, &lexicon).map(|words| words.to_string());
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(written, wanted)| said(written).as_deref() != Ok(*wanted))
        .map(|(written, wanted)| {
            format!("{written}\n  wanted {wanted}\n  said   {:?}", said(written))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn said(text: &str) -> Result<String, NormaliseError> {
    normalise(text, Language::French, &Lexicon::built_in()).map(|words| words.as_str().to_owned())
}
