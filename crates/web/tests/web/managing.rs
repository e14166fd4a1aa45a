//! Managing a territory at the desk: what is changed, what is refused, and what two managers at once see.

use axum::http::StatusCode;
use bulletin::TerritorySlug;
use store::{Act, WantedActs};

use crate::browser::Browser;
use crate::house::{ADMINISTRATOR, AUDITOR, Answer, House, MANAGER, OPERATOR, REFINERY, flare};

const ROUEN: &str = "/admin/territories/rouen_metropole";

#[tokio::test]
async fn a_manager_adds_changes_closes_and_opens_a_site() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let fields = [
        ("name", "Société d’Œuvres"),
        ("spoken_name", "la Société d'Œuvres"),
        ("commune", "Oissel"),
    ];

    let page = manager.submit(&at("/sites"), &fields).await.text();
    assert!(
        page.contains("C’est ajouté") && page.contains("societe-d-oeuvres"),
        "{page}"
    );
    assert!(
        page.contains(
            r#"src="/admin/territories/rouen_metropole/listen?language=fr&#38;text=la%20Soci"#
        ),
        "{page}"
    );
    assert!(
        house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("Société d’Œuvres")
    );

    let site = at("/sites/societe-d-oeuvres");
    let changed = [
        ("name", "Œuvres du Fleuve"),
        ("was_name", "Société d’Œuvres"),
        ("spoken_name", ""),
        ("was_spoken_name", "la Société d'Œuvres"),
        ("commune", "Oissel"),
        ("was_commune", "Oissel"),
    ];
    let page = manager.submit(&site, &changed).await.text();
    assert!(page.contains("<h1>Œuvres du Fleuve"), "{page}");
    let page = manager.submit(&format!("{site}/close"), &[]).await.text();
    assert!(page.contains("Le site est fermé"));
    assert!(
        !house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("Œuvres du Fleuve")
    );
    let page = manager.submit(&format!("{site}/open"), &[]).await.text();
    assert!(page.contains("Le site est rouvert"));

    let words: Vec<_> = acts(&house)
        .await
        .into_iter()
        .map(|act| (act.what, act.who))
        .collect();
    for what in ["site.added", "site.changed", "site.closed", "site.reopened"] {
        assert!(
            words.contains(&(what.to_owned(), MANAGER.to_owned())),
            "{what}: {words:?}"
        );
    }
    let jobs = house.store.pending_jobs().await.unwrap();
    assert!(
        jobs.iter().any(|job| job.kind == "speak-anew"),
        "names are said anew"
    );
}

#[tokio::test]
async fn a_site_with_a_bulletin_that_goes_on_is_not_closed_and_says_what_to_do() {
    let house = House::new().await;
    house.post_flare().await;
    let mut manager = house.sign_in(MANAGER).await;

    let refused = manager.post(&at("/sites/raffinerie/close"), &[]).await;

    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("mettez-y fin ou retirez-le"));
    let posted = house
        .post(REFINERY, "/api/v1/bulletins", flare().to_string())
        .await;
    assert_eq!(posted.status, StatusCode::CREATED);
}

#[tokio::test]
async fn who_was_overtaken_is_told_what_changed_loses_nothing_and_may_try_again() {
    let house = House::new().await;
    let mut first = house.sign_in(MANAGER).await;
    let mut second = house.sign_in(ADMINISTRATOR).await;
    let crisis = |was: &'static str, text: &'static str| [("crisis", text), ("was_crisis", was)];
    first
        .submit(&at("/line"), &crisis("", "Fermez vos fenêtres."))
        .await;

    let late = second
        .post(&at("/line"), &crisis("", "Restez chez vous."))
        .await;

    assert_eq!(late.status, StatusCode::CONFLICT);
    let page = late.text();
    assert!(
        page.contains("Restez chez vous.</textarea>"),
        "what was typed: {page}"
    );
    assert!(
        page.contains("c’était rien, c’est maintenant «\u{a0}Fermez vos fenêtres.\u{a0}»"),
        "{page}"
    );
    assert!(
        page.contains(r#"name="was_crisis" value="Fermez vos fenêtres.""#),
        "{page}"
    );
    second
        .submit(
            &at("/line"),
            &crisis("Fermez vos fenêtres.", "Restez chez vous."),
        )
        .await;
    let settings = house.store.line_settings().await.unwrap();
    assert_eq!(
        settings[&rouen()].crisis.as_ref().unwrap().text,
        "Restez chez vous."
    );
}

#[tokio::test]
async fn a_crisis_sentence_that_no_voice_can_say_is_refused_at_its_field_and_a_good_one_can_be_heard_first()
 {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;

    let refused = manager.post(&at("/line"), &[("crisis", "indicible")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(
        page.contains(r##"<a href="#crisis">Phrase de crise</a>"##),
        "{page}"
    );
    assert!(page.contains("Cela ne se dit pas.") && page.contains(r#"aria-invalid="true""#));

    let heard = manager
        .post(
            &at("/line"),
            &[("crisis", "Fermez tout."), ("do", "listen")],
        )
        .await;
    assert_eq!(heard.status, StatusCode::OK);
    let page = heard.text();
    assert!(
        page.contains("rien n’est encore enregistré") && page.contains("text=Fermez%20tout."),
        "{page}"
    );
    assert!(house.store.line_settings().await.unwrap().is_empty());
    let sound = manager
        .get(&at("/listen?language=fr&text=Fermez%20tout."))
        .await;
    assert_eq!(
        (sound.status, sound.header("content-type")),
        (StatusCode::OK, "audio/wav")
    );

    manager
        .submit(
            &at("/line"),
            &[
                ("crisis", "Fermez tout."),
                ("authorities", "on"),
                ("residents", "500 000"),
            ],
        )
        .await;
    let settings = &house.store.line_settings().await.unwrap()[&rouen()];
    assert!(settings.authorities && settings.residents == 500_000);
}

#[tokio::test]
async fn every_spelling_of_a_number_is_one_and_that_of_another_territory_is_refused_in_words() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let with = |numbers: &'static str, was: &'static str| {
        [
            ("name", "Rouen Métropole"),
            ("was_name", "Rouen Métropole"),
            ("spoken_name", "Rouen Métropole"),
            ("was_spoken_name", "Rouen Métropole"),
            ("numbers", numbers),
            ("was_numbers", was),
        ]
    };
    let before = "0805 691 282";
    let page = manager
        .submit(
            &at("/numbers"),
            &with("+33 (0)2 35 00 12 34\r\n0235001234, 0805691282", before),
        )
        .await;
    assert!(
        page.text()
            .contains("02 35 00 12 34\n0805 691 282</textarea>"),
        "{}",
        page.text()
    );

    let now = "02 35 00 12 34\n0805 691 282";
    for (numbers, why) in [
        ("0800 101 092", "mène déjà à un autre territoire"),
        ("0805 691", "n&#39;est pas un numéro de téléphone complet"),
    ] {
        let refused = manager.post(&at("/numbers"), &with(numbers, now)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.text().contains(why),
            "{numbers}: {}",
            refused.text()
        );
        assert!(refused.text().contains(&format!("{numbers}</textarea>")));
    }
}

#[tokio::test]
async fn a_name_is_added_to_the_lexicon_heard_changed_and_removed() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let entry = |say: &'static str| [("written", "Xylorga"), ("say", say), ("language", "fr")];

    for (say, why) in [
        ("H 2 S", "en lettres seulement"),
        ("indicible", "Cela ne se dit pas"),
    ] {
        let refused = manager.post(&at("/lexicon"), &entry(say)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(why), "{say}: {}", refused.text());
    }
    let page = manager
        .submit(&at("/lexicon"), &entry("Silorga"))
        .await
        .text();
    assert!(
        page.contains("listen?language=fr&#38;text=Xylorga"),
        "{page}"
    );
    let twice = manager.post(&at("/lexicon"), &entry("Zilorga")).await;
    assert!(twice.text().contains("a déjà une entrée"));

    let of = [
        ("of_language", "fr"),
        ("of_written", "Xylorga"),
        ("was_say", "Silorga"),
        ("was_written", "Xylorga"),
        ("was_language", "fr"),
    ];
    let changed = [&of[..], &entry("Zilorga")].concat();
    let page = manager.submit(&at("/lexicon/entry"), &changed).await.text();
    assert!(page.contains("<strong>Zilorga</strong>"), "{page}");
    let late = manager
        .post(
            &at("/lexicon/entry"),
            &[&of[..], &entry("Kilorga")].concat(),
        )
        .await;
    assert_eq!(
        late.status,
        StatusCode::CONFLICT,
        "it was Silorga when this page was opened"
    );
    let page = manager
        .submit(
            &at("/lexicon/entry"),
            &[&of[..], &[("do", "remove")]].concat(),
        )
        .await;
    assert!(page.text().contains("Aucune entrée"));
    let lexicon: Vec<_> = acts(&house)
        .await
        .into_iter()
        .filter(|act| act.what == "lexicon.changed")
        .collect();
    assert_eq!(lexicon.len(), 3);
    assert!(lexicon[1].before.as_ref().unwrap().contains("Silorga"));
    assert!(lexicon[1].after.as_ref().unwrap().contains("Zilorga"));
}

#[tokio::test]
async fn a_new_pin_is_shown_once_to_who_asked_for_it() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let telephone = at("/sites/raffinerie/telephone");

    let page = manager
        .submit(&telephone, &[("code", "4711"), ("do", "key")])
        .await
        .text();
    assert!(
        page.contains("<code>246810</code>") && page.contains("<code>4711</code>"),
        "{page}"
    );
    let other = house
        .sign_in(ADMINISTRATOR)
        .await
        .get(&at("/sites/raffinerie"))
        .await;
    assert!(!other.text().contains("246810"));
    let page = manager.submit(&telephone, &[("do", "seen")]).await.text();
    assert!(!page.contains("246810") && page.contains("<strong>4711</strong>"));
    for (code, why) in [("9999", "Un autre site a ce code"), ("1", "3 à 8 chiffres")] {
        let refused = manager
            .post(&telephone, &[("code", code), ("do", "key")])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(why), "{code}");
    }
    let told = format!("{:?}", acts(&house).await);
    assert!(told.contains("telephone.changed") && !told.contains("246810"));
    let page = manager.submit(&telephone, &[("do", "remove")]).await.text();
    assert!(page.contains("ne publie plus par téléphone"));
}

#[tokio::test]
async fn a_site_asks_for_a_second_person_when_its_manager_says_so() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let approval = at("/sites/raffinerie/approval");
    let site = bulletin::SiteSlug::parse("raffinerie").unwrap();

    manager.submit(&approval, &[("approval", "on")]).await;
    assert!(house.store.asks_approval(&site).await.unwrap());
    manager.submit(&approval, &[]).await;
    assert!(!house.store.asks_approval(&site).await.unwrap());
}

#[tokio::test]
async fn a_territory_says_words_of_its_own_by_text_or_by_a_person() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let words = at("/words/closing/fr");

    let page = manager
        .submit(&words, &[("text", "C'est tout pour Rouen.")])
        .await
        .text();
    assert!(page.contains("Lue par la voix"), "{page}");
    let sent = manager
        .upload(
            &format!("{words}/recording"),
            &[("text", "Voilà."), ("was_text", "C'est tout pour Rouen.")],
            b"sound",
        )
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let own = house.store.own_words().await.unwrap();
    assert_eq!(own[&rouen()][0].text, "Voilà.");
    let key = own[&rouen()][0].recording.clone().unwrap();
    assert!(
        house
            .store
            .find_recording(key.as_str())
            .await
            .unwrap()
            .is_some()
    );
    let refused = manager
        .upload(
            &format!("{words}/recording"),
            &[("text", "Voilà."), ("was_text", "Voilà.")],
            b"x",
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("n’est pas un enregistrement"));

    manager
        .submit(&words, &[("text", ""), ("was_text", "Voilà.")])
        .await;
    assert!(house.store.own_words().await.unwrap().is_empty());
    for sentence in ["once_more", "ended_intro", "ended_none", "goodbye"] {
        let words = at(&format!("/words/{sentence}/en"));
        manager.submit(&words, &[("text", "Well.")]).await;
        let own = house.store.own_words().await.unwrap();
        assert_eq!(own[&rouen()].last().unwrap().text, "Well.", "{sentence}");
        manager
            .submit(&words, &[("text", ""), ("was_text", "Well.")])
            .await;
    }
    assert_eq!(
        manager.get(&at("/words/greeting/en")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_administrator_adds_a_territory_to_learn_in_whose_bulletins_are_seen_and_heard_at_the_desk_alone()
 {
    let house = House::new().await;
    let mut administrator = house.sign_in(ADMINISTRATOR).await;
    let both = [
        ("name", "École"),
        ("slug", "ecole_2"),
        ("zone", "Europe/Paris"),
        ("training", "on"),
        ("numbers", "0235001234"),
    ];
    let refused = administrator.post("/admin/territories", &both).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("n’a pas de numéro"));
    let page = administrator
        .submit("/admin/territories", &both[..4])
        .await
        .text();
    assert!(page.contains("Territoire d’entraînement"), "{page}");

    let school = house.open_school().await;
    let posted = house
        .post(school.token, "/api/v1/bulletins", school.flare())
        .await;
    let id = posted.json()["id"].as_str().unwrap().to_owned();
    house.speak(&id, 1).await;
    let page = administrator.get("/admin/territories/ecole").await.text();
    assert!(
        page.contains("fumée noire") && page.contains(&format!("/audio/{id}-1-")),
        "{page}"
    );
    assert_eq!(
        house.get(&format!("/ecole/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_manager_invites_gives_another_link_and_removes_and_leaves_those_of_others_alone() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let people = at("/people");
    let anne = [
        ("email", "Anne@Exemple.fr"),
        ("name", "Anne"),
        ("role", "operator"),
        ("language", "fr"),
    ];

    let refused = manager.post(&people, &anne).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("au moins un site"));
    let page = manager
        .submit(&people, &[&anne[..], &[("site", "raffinerie")]].concat())
        .await
        .text();
    assert!(
        page.contains("/admin/link/") && page.contains("anne@exemple.fr"),
        "{page}"
    );
    assert!(page.contains("N’a pas encore répondu"));
    let page = manager
        .submit(&at("/people/change"), &[("do", "seen")])
        .await
        .text();
    assert!(!page.contains("/admin/link/"), "once");
    let again = manager
        .submit(
            &at("/people/change"),
            &[("do", "reset"), ("email", "anne@exemple.fr")],
        )
        .await;
    assert!(again.text().contains("/admin/link/"));
    let page = manager
        .submit(
            &at("/people/change"),
            &[("do", "remove"), ("email", "anne@exemple.fr")],
        )
        .await;
    assert!(!page.text().contains("Anne</h2>"));

    let elsewhere = [&anne[..2], &[("role", "operator"), ("site", "depot")]].concat();
    let refused = manager.post(&people, &elsewhere).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a site of another territory is none"
    );
    let to_administer = [
        &anne[..2],
        &[("role", "administrator"), ("site", "raffinerie")],
    ]
    .concat();
    let refused = manager.post(&people, &to_administer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (email, status) in [
        (ADMINISTRATOR, 404),
        (MANAGER, 403),
        ("nobody@allo.example", 404),
    ] {
        let refused = manager
            .post(&at("/people/change"), &[("do", "remove"), ("email", email)])
            .await;
        assert_eq!(refused.status, status, "{email}");
        assert!(
            house.store.find_user(email).await.unwrap().is_some()
                == (status != 404 || email == ADMINISTRATOR)
        );
    }
}

#[tokio::test]
async fn what_belongs_to_another_territory_is_as_what_does_not_exist() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    for path in ["", "/sites", "/line", "/lexicon", "/people", "/numbers"] {
        let other = manager
            .get(&format!("/admin/territories/le_havre{path}"))
            .await;
        let none = manager
            .get(&format!("/admin/territories/nulle_part{path}"))
            .await;
        assert_eq!(
            (other.status, none.status),
            (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
            "{path}"
        );
        assert_eq!(other.text(), none.text(), "{path}");
    }
    assert_eq!(
        manager.get(&at("/sites/depot")).await.status,
        StatusCode::NOT_FOUND
    );
    let stolen = [("name", "Vol"), ("slug", "depot"), ("commune", "Rouen")];
    let refused = manager.post(&at("/sites"), &stolen).await;
    assert!(
        refused.text().contains("a déjà cet identifiant"),
        "{}",
        refused.text()
    );
    let page = house.sign_in(AUDITOR).await.get(&at("/line")).await.text();
    assert!(
        !page.contains("<textarea") && page.contains("Phrase de crise"),
        "an auditor reads"
    );
    assert_eq!(
        house.sign_in(OPERATOR).await.get(ROUEN).await.status,
        StatusCode::FORBIDDEN
    );
}

fn at(rest: &str) -> String {
    format!("{ROUEN}{rest}")
}

fn rouen() -> TerritorySlug {
    TerritorySlug::parse("rouen_metropole").unwrap()
}

async fn acts(house: &House) -> Vec<Act> {
    let acts = house.store.acts(&WantedActs::default(), 100).await;
    acts.unwrap().into_iter().map(|(_, act)| act).collect()
}

impl Browser<'_> {
    /// Sends a form with a file.
    async fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n",
        );
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--b--\r\n");
        self.send(path, "multipart/form-data; boundary=b", body)
            .await
    }
}
