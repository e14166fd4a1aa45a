//! The desk from the form to the line: what is written is kept, what is published was seen, and once.

use axum::http::StatusCode;
use bulletin::{Event, Kind, SiteSlug, State};
use store::{By, KeptDraft, Keys, Person, Role};

use crate::browser::Browser;
use crate::house::{ADMINISTRATOR, AUDITOR, Answer, House, MANAGER, OPERATOR};

const TEXT: &str = "La torche est allumée depuis 14 h 05, une fumée noire est visible.";

#[tokio::test]
async fn a_bulletin_goes_from_the_form_by_its_preview_to_the_page() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;

    let sent = browser
        .send_parts("/admin/post", &filled(&id, &[("do", "preview")]), None)
        .await;
    assert_eq!(leads_to(&sent), format!("/admin/post/{id}"));
    assert!(published(&house).await.is_empty());
    let preview = browser.get(&format!("/admin/post/{id}")).await;
    let page = preview.text();
    for words in [
        TEXT,
        "Torche, fumée",
        "66 caractères sur 1200",
        "Depuis",
        "sound.wav",
        "2\u{a0}secondes",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let sound = browser.get(&format!("/admin/post/{id}/sound.wav")).await;
    assert!(sound.body.starts_with(b"RIFF"));
    assert_eq!(sound.header("cache-control"), "no-store");

    let answer = decide(&mut browser, &id, &seal_of(&page)).await;

    assert_eq!(
        leads_to(&answer),
        format!("/admin/bulletins/{id}?published")
    );
    let [bulletin] = &published(&house).await[..] else {
        panic!("one bulletin");
    };
    assert_eq!(
        (bulletin.id.as_str(), bulletin.current().text.as_str()),
        (&*id, TEXT)
    );
    assert_eq!(bulletin.current().author, OPERATOR);
    assert_eq!(bulletin.events, [Event::Flaring, Event::Smoke]);
    assert!(house.get("/rouen_metropole").await.text().contains(TEXT));
    assert_eq!(house.store.pending_jobs().await.unwrap()[0].kind, "speak");
    let thread = browser.get(leads_to(&answer)).await.text();
    assert!(
        thread.contains("C’est publié.") && thread.contains("27\u{a0}minutes"),
        "{thread}"
    );
    assert!(house.store.desk_drafts().await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_published_without_its_preview_unless_it_is_an_emergency() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;
    let preview = format!("/admin/post/{id}");

    let hasty = browser
        .send_parts("/admin/post", &filled(&id, &[("do", "publish")]), None)
        .await;
    assert_eq!(leads_to(&hasty), preview);
    let unseen = decide(&mut browser, &id, "").await;
    assert_eq!(leads_to(&unseen), preview);
    let seen = seal_of(&browser.get(&preview).await.text());
    let changed = filled(&id, &[("do", "preview"), ("nuisances", "odour")]);
    browser.send_parts("/admin/post", &changed, None).await;
    let stale = decide(&mut browser, &id, &seen).await;
    assert_eq!(leads_to(&stale), preview, "it is not what was seen");
    assert!(published(&house).await.is_empty());

    let emergency = filled(&id, &[("do", "publish"), ("emergency", "yes")]);
    let answer = browser.send_parts("/admin/post", &emergency, None).await;

    assert_eq!(
        leads_to(&answer),
        format!("/admin/bulletins/{id}?published")
    );
    assert_eq!(published(&house).await.len(), 1);
}

#[tokio::test]
async fn a_double_click_a_repeat_and_the_back_button_publish_once() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;
    browser
        .send_parts("/admin/post", &filled(&id, &[]), None)
        .await;
    let seal = seal_of(&browser.get(&format!("/admin/post/{id}")).await.text());

    let (mut one, mut other) = (house.sign_in(OPERATOR).await, house.sign_in(OPERATOR).await);
    let clicks = tokio::join!(decide(&mut one, &id, &seal), decide(&mut other, &id, &seal));
    let again = decide(&mut browser, &id, &seal).await;
    let back = browser
        .send_parts(
            "/admin/post",
            &filled(&id, &[("emergency", "yes"), ("do", "publish")]),
            None,
        )
        .await;
    let old_preview = browser.get(&format!("/admin/post/{id}")).await;

    for answer in [&clicks.0, &clicks.1, &again, &back, &old_preview] {
        assert_eq!(leads_to(answer), format!("/admin/bulletins/{id}?published"));
    }
    assert_eq!(published(&house).await.len(), 1);
    assert_eq!(published(&house).await[0].entries.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_operators_who_each_click_five_times_at_once_are_published_once_each_in_one_order() {
    let house = House::new().await;
    let mut clicks = Vec::new();
    for _ in 0..20 {
        let mut browser = house.sign_in(OPERATOR).await;
        let id = fresh(&mut browser).await;
        let form = filled(&id, &[]);
        browser.send_parts("/admin/post", &form, None).await;
        let seal = seal_of(&browser.get(&format!("/admin/post/{id}")).await.text());
        for _ in 0..5 {
            let mut again = house.browser();
            again.cookie.clone_from(&browser.cookie);
            clicks.push((again, id.clone(), seal.clone()));
        }
    }
    let together = std::sync::Barrier::new(clicks.len());

    // A thread each, so that they are at it at the same time.
    std::thread::scope(|scope| {
        for (browser, id, seal) in &mut clicks {
            let (runtime, together) = (tokio::runtime::Handle::current(), &together);
            scope.spawn(move || {
                together.wait();
                let answer = runtime.block_on(decide(browser, id, seal));
                assert_eq!(
                    leads_to(&answer),
                    format!("/admin/bulletins/{id}?published")
                );
            });
        }
    });

    let mut asked: Vec<_> = clicks.iter().map(|(_, id, _)| id.as_str()).collect();
    asked.dedup();
    let heard = |all: Vec<bulletin::Bulletin>| -> Vec<String> {
        let rouen = bulletin::TerritorySlug::parse("rouen_metropole").unwrap();
        let told = bulletin::programme(&all, &rouen, house.now()).ongoing;
        told.iter().map(|one| one.id.to_string()).collect()
    };
    let order = heard(published(&house).await);
    let kept: std::collections::BTreeSet<_> = order.iter().map(String::as_str).collect();
    assert_eq!(kept, asked.iter().copied().collect());
    assert_eq!(order.len(), 20, "each once");
    let mut shuffled = published(&house).await;
    shuffled.reverse();
    assert_eq!(
        heard(shuffled),
        order,
        "in one order, however they are read"
    );
}

#[tokio::test]
async fn a_refused_form_names_the_field_and_keeps_every_word() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    for (change, field, cure) in [
        (
            ("text", "Panne de [unité], fumée."),
            "text",
            "Il reste un blanc à remplir",
        ),
        (("days", "40"), "days", "1 à 30 jours"),
        (
            ("ends_at", "2026-11-23T10:00"),
            "ends_at",
            "Corrigez l&#39;une des deux",
        ),
        (
            ("publish_at", "2027-11-23T10:00"),
            "publish_at",
            "trente jours",
        ),
    ] {
        let id = fresh(&mut browser).await;
        let mut fields = filled(&id, &[]);
        fields.retain(|(name, _)| *name != change.0);
        fields.push(change);
        let shown = submit(&mut browser, &fields).await;
        assert_eq!(leads_to(&shown), format!("/admin/post/{id}/edit"));
        let form = browser.get(leads_to(&shown)).await;
        assert_eq!(form.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = form.text();
        assert!(
            page.contains(&format!("href=\"#{field}\"")) && page.contains(cure),
            "{cure}: {page}"
        );
        assert!(
            page.contains(change.1) && page.contains("value=\"flaring\" checked"),
            "{page}"
        );
    }
    let id = fresh(&mut browser).await;
    let vague = [
        ("id", &*id),
        ("site", "raffinerie"),
        ("kind", "unplanned"),
        ("text", "Problème sur une unité."),
        ("language", "fr"),
    ];
    let shown = submit(&mut browser, &vague).await;
    let page = browser.get(leads_to(&shown)).await.text();
    assert!(page.contains("href=\"#events\""), "{page}");
    assert!(published(&house).await.is_empty());
}

#[tokio::test]
async fn a_login_that_has_ended_gives_the_text_back_and_one_click_after_signing_in_goes_on() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;
    house.set_clock("2026-11-24T13:32:00Z");

    let hostile = format!("{TEXT} <script>alert(1)</script>");
    let mut fields = filled(&id, &[("do", "preview")]);
    fields.retain(|(name, _)| *name != "text");
    fields.push(("text", &hostile));
    let answer = browser.send_parts("/admin/post", &fields, None).await;

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let page = answer.text();
    assert!(
        page.contains(TEXT) && page.contains("value=\"flaring\" checked"),
        "{page}"
    );
    assert!(page.contains(&format!("value=\"{id}\"")) && page.contains("/admin/sign-in"));
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(
        house.store.desk_drafts().await.unwrap().is_empty(),
        "a stranger writes nothing"
    );
    let mut again = house.sign_in(OPERATOR).await;
    let sent = again.send_parts("/admin/post", &fields, None).await;
    assert_eq!(leads_to(&sent), format!("/admin/post/{id}"));
}

#[tokio::test]
async fn a_model_fills_the_form() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let page = browser
        .get("/admin/post?site=raffinerie&model=siren_drill&lang=fr")
        .await
        .text();
    assert!(
        page.contains("Exercice : la sirène du site sonnera le [jour]"),
        "{page}"
    );
    for ticked in [
        "value=\"drill\" checked",
        "value=\"siren\" checked",
        "value=\"noise\" checked",
    ] {
        assert!(page.contains(ticked), "{ticked}");
    }
    let english = browser.get("/admin/post?model=flare&lang=en").await.text();
    assert!(english.contains("Our flare has been burning"), "{english}");
}

#[tokio::test]
async fn what_plays_down_or_hides_an_exercise_is_warned_about_and_not_refused() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    for (text, kind, said) in [
        (
            "Torche allumée, aucun danger.",
            "unplanned",
            "« aucun danger »",
        ),
        (
            "Torche allumée, pas d’impact.",
            "unplanned",
            "« pas d&#39;impact »",
        ),
        (
            "Exercice de torche.",
            "unplanned",
            "serait pris pour un événement réel",
        ),
        (
            "Exercice de torche.",
            "drill",
            "Exercice ou essai : la page, la voix",
        ),
    ] {
        let id = fresh(&mut browser).await;
        let fields = [
            ("id", id.as_str()),
            ("site", "raffinerie"),
            ("kind", kind),
            ("events", "flaring"),
            ("text", text),
            ("language", "fr"),
            ("days", "9"),
        ];
        let shown = submit(&mut browser, &fields).await;
        let page = browser.get(leads_to(&shown)).await.text();
        assert!(page.contains(said), "{said}: {page}");
        let answer = decide(&mut browser, &id, &seal_of(&page)).await;
        assert!(leads_to(&answer).ends_with("?published"));
    }
    let drill = published(&house).await;
    let drill = drill.iter().find(|one| one.kind == Kind::Drill).unwrap();
    let page = house
        .get(&format!("/rouen_metropole/{}", drill.id))
        .await
        .text();
    assert!(page.contains("mark drill"), "the page marks it");
}

#[tokio::test]
async fn a_person_s_voice_is_heard_in_the_place_of_the_text_and_a_bad_file_is_refused_beside_its_field()
 {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;
    let refused = browser
        .send_parts("/admin/post", &filled(&id, &[]), Some(b"x no sound"))
        .await;
    let form = browser.get(&format!("{}/edit", leads_to(&refused))).await;
    let page = form.text();
    assert_eq!(form.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.contains("href=\"#sound\"") && page.contains(TEXT),
        "{page}"
    );

    let file = crate::house::wav(&[7; 32]);
    browser
        .send_parts("/admin/post", &filled(&id, &[]), Some(&file))
        .await;
    let preview = browser.get(&format!("/admin/post/{id}")).await.text();
    assert!(preview.contains("Votre enregistrement"), "{preview}");
    let again = browser.get(&format!("/admin/post/{id}/edit")).await.text();
    assert!(again.contains("Garder l’enregistrement"), "{again}");
    decide(&mut browser, &id, &seal_of(&preview)).await;

    let bulletin = &published(&house).await[0];
    let key = bulletin.current().recording.clone().unwrap();
    let recording = house
        .store
        .find_recording(key.as_str())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(recording.pcma, file);
    let corrected = further(&mut browser, bulletin.id.as_str(), "correct", Some(&file)).await;
    assert!(leads_to(&corrected).ends_with("?published"));
    let updated = further(&mut browser, bulletin.id.as_str(), "update", Some(&file)).await;
    assert!(leads_to(&updated).ends_with("?published"));
    let bulletin = &published(&house).await[0];
    let heard = bulletin
        .entries
        .iter()
        .map(|entry| entry.recording.is_some());
    assert_eq!(heard.collect::<Vec<_>>(), [true, true, true]);
}

#[tokio::test]
async fn a_thread_is_updated_mastered_corrected_and_ended_each_by_its_preview() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let mut browser = house.sign_in(OPERATOR).await;
    for (act, state) in [
        ("update", State::UnderControl),
        ("correct", State::UnderControl),
        ("end", State::Ended),
    ] {
        let answer = further(&mut browser, &id, act, None).await;
        assert_eq!(
            leads_to(&answer),
            format!("/admin/bulletins/{id}?published"),
            "{act}"
        );
        let bulletin = &published(&house).await[0];
        assert_eq!(bulletin.state(house.now()), state, "{act}");
    }
    let late = browser
        .get(&format!("/admin/bulletins/{id}/update"))
        .await
        .text();
    let fields = [
        ("id", id_in(&late)),
        ("purpose", "update"),
        ("thread", &*id),
        ("site", "raffinerie"),
        ("text", "Suite."),
    ];
    let shown = submit(&mut browser, &fields).await;
    let page = browser.get(leads_to(&shown)).await.text();
    assert!(page.contains("Ce bulletin est terminé"), "{page}");
}

#[tokio::test]
async fn a_withdrawal_is_confirmed_takes_off_at_once_and_is_undone_by_a_further_entry_within_a_minute()
 {
    let house = House::new().await;
    let id = house.post_flare().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let at = format!("/admin/bulletins/{id}");
    let confirm = browser.get(&format!("{at}/withdraw")).await.text();
    let key = value_of(&confirm, "key");
    let withdraw = [("key", key.as_str()), ("text", "Mauvais site.")];

    let answer = browser.post(&format!("{at}/withdraw"), &withdraw).await;
    let twice = browser.post(&format!("{at}/withdraw"), &withdraw).await;

    assert_eq!(leads_to(&answer), format!("{at}?withdrawn"));
    assert_eq!(
        leads_to(&twice),
        format!("{at}?withdrawn"),
        "done once, answered alike"
    );
    assert!(
        !house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("La torche brûle")
    );
    let page = browser.get(&at).await.text();
    assert!(page.contains("Annuler le retrait"), "{page}");
    let undo = [("key", &*value_of(&page, "key"))];
    let answer = browser.post(&format!("{at}/undo"), &undo).await;
    assert_eq!(leads_to(&answer), format!("{at}?restored"));
    let bulletin = &published(&house).await[0];
    assert_eq!(bulletin.state(house.now()), State::Ongoing);
    assert_eq!(bulletin.entries.len(), 3, "nothing is overwritten");
    assert!(
        house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("La torche brûle")
    );

    let again = [(
        "key",
        &*value_of(&browser.get(&format!("{at}/withdraw")).await.text(), "key"),
    )];
    browser.post(&format!("{at}/withdraw"), &again).await;
    house.set_clock("2026-11-23T13:33:01Z");
    let page = browser.get(&at).await.text();
    assert!(!page.contains("Annuler le retrait"), "a minute is over");
    let late = browser
        .post(&format!("{at}/undo"), &[("key", "aaaaaaaaaaaa")])
        .await;
    assert_eq!(leads_to(&late), format!("{at}?late"));
}

#[tokio::test]
async fn a_scheduled_bulletin_is_published_at_its_hour_once_and_one_that_no_longer_fits_goes_back()
{
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let mut ids = vec![];
    for (kind, ends_at) in [("unplanned", ""), ("planned", "2026-11-23T14:50")] {
        let id = fresh(&mut browser).await;
        let mut fields = filled(&id, &[("publish_at", "2026-11-23T14:45")]);
        fields.retain(|(name, _)| *name != "kind");
        fields.extend([("kind", kind), ("ends_at", ends_at)]);
        browser.send_parts("/admin/post", &fields, None).await;
        let page = browser.get(&format!("/admin/post/{id}")).await.text();
        assert!(
            page.contains("Programmer") && page.contains("14\u{a0}h\u{a0}45"),
            "{page}"
        );
        let answer = decide(&mut browser, &id, &seal_of(&page)).await;
        assert_eq!(leads_to(&answer), "/admin/bulletins?scheduled");
        ids.push(id);
    }
    let jobs = house.store.pending_jobs().await.unwrap();
    let job = jobs.iter().find(|job| job.kind == web::PUBLISH).unwrap();
    assert_eq!(job.run_at, "2026-11-23T13:45:00Z".parse().unwrap());
    let list = browser.get("/admin/bulletins?scheduled").await.text();
    assert!(
        list.contains("sera publié à son heure") && list.contains("Programmés"),
        "{list}"
    );
    web::publish_scheduled(&house.app, &ids[0]).await.unwrap();
    assert!(published(&house).await.is_empty(), "not before its hour");

    house.set_clock("2026-11-23T13:45:01Z");
    for _ in 0..2 {
        web::publish_scheduled(&house.app, &ids[0]).await.unwrap();
    }
    let bulletins = published(&house).await;
    assert_eq!(bulletins.len(), 1);
    assert_eq!(bulletins[0].posted_at, house.now());

    house.set_clock("2026-11-23T14:00:00Z");
    web::publish_scheduled(&house.app, &ids[1]).await.unwrap();
    assert_eq!(published(&house).await.len(), 1, "its window is over");
    let list = browser.get("/admin/bulletins").await.text();
    assert!(
        list.contains("Brouillons") && list.contains("déjà terminé"),
        "{list}"
    );
}

#[tokio::test]
async fn where_a_site_asks_for_it_another_person_approves() {
    let house = House::new().await;
    second_operator(&house).await;
    let mut manager = house.sign_in(MANAGER).await;
    let set = manager
        .post(
            "/admin/territories/rouen_metropole/sites/raffinerie/approval",
            &[("approval", "on")],
        )
        .await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;
    browser
        .send_parts("/admin/post", &filled(&id, &[]), None)
        .await;
    let page = browser.get(&format!("/admin/post/{id}")).await.text();
    assert!(page.contains("Demander l’approbation"), "{page}");
    let seal = seal_of(&page);

    let asked = decide(&mut browser, &id, &seal).await;
    let alone = decide(&mut browser, &id, &seal).await;
    assert_eq!(leads_to(&asked), "/admin/bulletins?waiting");
    assert_eq!(leads_to(&alone), format!("/admin/post/{id}"));
    assert!(
        published(&house).await.is_empty(),
        "the author alone publishes nothing"
    );

    let mut other = house.sign_in("second@allo.example").await;
    let list = other.get("/admin/bulletins").await.text();
    assert!(list.contains("En attente d’approbation"), "{list}");
    let answer = decide(&mut other, &id, &seal).await;
    assert_eq!(
        leads_to(&answer),
        format!("/admin/bulletins/{id}?published")
    );
    assert_eq!(published(&house).await[0].current().author, OPERATOR);

    let urgent = fresh(&mut browser).await;
    let fields = filled(&urgent, &[("emergency", "yes"), ("do", "publish")]);
    let answer = browser.send_parts("/admin/post", &fields, None).await;
    assert!(
        leads_to(&answer).ends_with("?published"),
        "an emergency does not wait"
    );
}

#[tokio::test]
async fn two_who_change_one_draft_lose_neither_of_their_texts() {
    let house = House::new().await;
    second_operator(&house).await;
    let mut anne = house.sign_in(OPERATOR).await;
    let mut second = house.sign_in("second@allo.example").await;
    let id = fresh(&mut anne).await;
    let edit = format!("/admin/post/{id}/edit");
    anne.send_parts("/admin/post", &filled(&id, &[]), None)
        .await;
    let seen = value_of(&second.get(&edit).await.text(), "seen");

    house.wait(1);
    let seen_by_anne = value_of(&anne.get(&edit).await.text(), "seen");
    let hers = filled(
        &id,
        &[("text", "Le mot de la première."), ("seen", &seen_by_anne)],
    );
    anne.send_parts("/admin/post", &hers, None).await;
    let his = filled(&id, &[("text", "Le mot du second."), ("seen", &seen)]);
    let answer = second.send_parts("/admin/post", &his, None).await;

    assert_eq!(answer.status, StatusCode::CONFLICT);
    let page = answer.text();
    assert!(page.contains("Le mot de la première."), "{page}");
    assert!(
        page.contains(OPERATOR) && page.contains("Le mot du second."),
        "{page}"
    );
    let kept = house.store.find_desk_draft(&id).await.unwrap().unwrap();
    assert!(
        kept.form.contains("Le mot de la première."),
        "{}",
        kept.form
    );

    let seen = value_of(&page, "seen");
    let his = filled(&id, &[("text", "Le mot des deux."), ("seen", &seen)]);
    let answer = second.send_parts("/admin/post", &his, None).await;
    assert_eq!(leads_to(&answer), format!("/admin/post/{id}"));
    let kept = house.store.find_desk_draft(&id).await.unwrap().unwrap();
    assert!(kept.form.contains("Le mot des deux."), "{}", kept.form);
}

#[tokio::test]
async fn what_is_not_one_s_own_is_not_there() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;
    browser
        .send_parts("/admin/post", &filled(&id, &[("do", "draft")]), None)
        .await;
    let foreign = house
        .post(
            crate::house::FERTILISER,
            "/api/v1/bulletins",
            crate::house::flare_with("site", "engrais".into()),
        )
        .await;
    let foreign = foreign.json()["id"].as_str().unwrap().to_owned();
    for site in ["engrais", "depot", "nowhere"] {
        let mut fields = filled(&id, &[]);
        fields.retain(|(name, _)| *name != "site");
        fields.push(("site", site));
        let refused = submit(&mut browser, &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{site}");
    }
    for act in ["update", "withdraw"] {
        let refused = browser
            .get(&format!("/admin/bulletins/{foreign}/{act}"))
            .await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{act}");
    }
    let refused = browser
        .post(
            &format!("/admin/bulletins/{foreign}/withdraw"),
            &[("key", "aaaaaaaaaaaa")],
        )
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let mut thread = filled(&id, &[("purpose", "update"), ("thread", &foreign)]);
    thread.retain(|(name, _)| *name != "kind");
    let shown = submit(&mut browser, &thread).await;
    assert_eq!(
        browser.get(leads_to(&shown)).await.status,
        StatusCode::NOT_FOUND
    );
    let mut auditor = house.sign_in(AUDITOR).await;
    assert_eq!(auditor.get("/admin/bulletins").await.status, StatusCode::OK);
    assert_eq!(
        auditor
            .get(&format!("/admin/bulletins/{foreign}"))
            .await
            .status,
        StatusCode::OK
    );
    for path in [
        format!("/admin/post/{id}"),
        format!("/admin/bulletins/{foreign}/withdraw"),
        "/admin/post".into(),
    ] {
        assert_eq!(
            auditor.get(&path).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let mut administrator = house.sign_in(ADMINISTRATOR).await;
    assert_eq!(
        administrator.get(&format!("/admin/post/{id}")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn where_it_stands_is_red_with_what_to_do_when_something_fails() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let at = format!("/admin/bulletins/{id}");
    let page = browser.get(&at).await.text();
    assert!(
        page.contains("C’est en route") && page.contains("light amber"),
        "{page}"
    );
    house.set_clock("2026-11-23T13:32:09Z");
    let slow = browser.get(&at).await.text();
    assert!(
        slow.contains("light red") && slow.contains("Enregistrez votre voix"),
        "{slow}"
    );
    house.speak(&id, 1).await;
    house
        .store
        .set_speech_state(&format!("bulletin/{id}/1"), "ready", "")
        .await
        .unwrap();
    let well = browser.get(&at).await.text();
    assert!(
        well.contains("Tout est en ordre") && !well.contains("light red"),
        "{well}"
    );
    house.concerns.lock().unwrap().push(web::Concern {
        name: "line".into(),
        ok: false,
        vital: true,
        detail: "a thread stands still".into(),
    });
    let ill = browser.get(&at).await.text();
    assert!(
        ill.contains("Quelque chose ne va pas") && ill.contains("prévenez tout de suite"),
        "{ill}"
    );
}

#[tokio::test]
async fn what_was_dictated_by_telephone_is_taken_into_the_form() {
    let house = House::new().await;
    let site = SiteSlug::parse("raffinerie").unwrap();
    let dictated = KeptDraft {
        id: "nuit".into(),
        kind: Kind::Unplanned,
        event: Event::Smoke,
        at: house.now(),
        duration_ms: 4_000,
    };
    let wav = crate::house::wav(&[3; 64]);
    house
        .store
        .save_draft(&site, &dictated, Some(&wav))
        .await
        .unwrap();
    let mut browser = house.sign_in(OPERATOR).await;
    let list = browser.get("/admin/bulletins").await.text();
    assert!(
        list.contains("Dictés par téléphone") && list.contains("/admin/dictated/raffinerie/nuit")
    );
    assert_eq!(
        browser.get("/admin/dictated/raffinerie/nuit").await.body,
        wav
    );

    let form = browser
        .submit("/admin/dictated/raffinerie/nuit", &[("do", "use")])
        .await
        .text();

    assert!(
        form.contains("value=\"smoke\" checked") && form.contains("Garder l’enregistrement"),
        "{form}"
    );
    let id = id_in(&form).to_owned();
    browser
        .send_parts("/admin/post", &filled(&id, &[]), None)
        .await;
    let again = browser
        .submit("/admin/dictated/raffinerie/nuit", &[("do", "use")])
        .await
        .text();
    assert_eq!(id_in(&again), id, "it is taken once");
    assert!(again.contains(TEXT.split(' ').next().unwrap()), "{again}");
    assert_eq!(house.store.desk_drafts().await.unwrap().len(), 1);
}

/// Opens an empty form; the name of its draft.
pub(crate) async fn fresh(browser: &mut Browser<'_>) -> String {
    let page = browser.get("/admin/post").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    value_of(&page.text(), "id")
}

fn id_in(page: &str) -> &str {
    let start = page.find("name=\"id\" value=\"").unwrap() + 17;
    &page[start..start + 12]
}

/// A form that nothing is wrong with.
pub(crate) fn filled<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("id", id),
        ("purpose", "first"),
        ("site", "raffinerie"),
        ("kind", "unplanned"),
        ("events", "flaring"),
        ("events", "smoke"),
        ("nuisances", "noise"),
        ("text", TEXT),
        ("language", "fr"),
        ("starts_at", "2026-11-23T14:05"),
        ("days", "9"),
    ];
    fields.extend_from_slice(more);
    fields
}

/// Sends a form and goes on to where a refused one leads.
async fn submit(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Answer {
    let kept = browser.send_parts("/admin/post", fields, None).await;
    if kept.status != StatusCode::SEE_OTHER {
        return kept;
    }
    let shown = browser.get(leads_to(&kept)).await;
    if shown.status == StatusCode::SEE_OTHER {
        shown
    } else {
        kept
    }
}

/// Adds an entry to a thread, by its form and its preview.
async fn further(
    browser: &mut Browser<'_>,
    thread: &str,
    act: &str,
    file: Option<&[u8]>,
) -> Answer {
    let page = browser
        .get(&format!("/admin/bulletins/{thread}/{act}"))
        .await
        .text();
    let id = value_of(&page, "id");
    let fields = [
        ("id", id.as_str()),
        ("purpose", act),
        ("thread", thread),
        ("site", "raffinerie"),
        ("language", "fr"),
        ("text", "La situation est maîtrisée depuis 15 h."),
        ("under_control", "yes"),
    ];
    browser.send_parts("/admin/post", &fields, file).await;
    let preview = browser.get(&format!("/admin/post/{id}")).await.text();
    decide(browser, &id, &seal_of(&preview)).await
}

pub(crate) async fn decide(browser: &mut Browser<'_>, id: &str, seal: &str) -> Answer {
    let fields = [("seal", seal), ("do", "publish")];
    browser
        .post(&format!("/admin/post/{id}/publish"), &fields)
        .await
}

pub(crate) async fn published(house: &House) -> Vec<bulletin::Bulletin> {
    house.store.live_bulletins(house.now()).await.unwrap()
}

async fn second_operator(house: &House) {
    let person = Person {
        email: "second@allo.example".into(),
        name: "Second".into(),
        role: Role::Operator,
        language: bulletin::Language::French,
        sites: [SiteSlug::parse("raffinerie").unwrap()].into(),
        territories: [].into(),
    };
    let by = By {
        who: "test",
        at: house.now(),
    };
    house
        .store
        .insert_user(&person, &Keys::default(), by)
        .await
        .unwrap();
}

pub(crate) fn leads_to(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location")
}

pub(crate) fn seal_of(page: &str) -> String {
    value_of(page, "seal")
}

/// The value of a hidden field.
pub(crate) fn value_of(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let start = page
        .find(&field)
        .unwrap_or_else(|| panic!("{name} in {page}"))
        + field.len();
    page[start..].split('"').next().unwrap().to_owned()
}
