//! What an operator has written is not lost, and what the desk says became of it is true.

use std::sync::Arc;

use axum::http::StatusCode;
use bulletin::{Site, SiteSlug};
use store::{By, DeskDraft, DraftState};
use web::NotRecorded;

use crate::browser::Browser;
use crate::house::{House, MANAGER, OPERATOR, wav};
use crate::posting::{decide, filled, fresh, leads_to, published, seal_of, value_of};

const OTHER: &str = "La torche est éteinte depuis 15 h, la fumée se dissipe.";

#[tokio::test]
async fn what_is_changed_after_the_back_button_becomes_a_correction_and_is_not_said_to_be_published()
 {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = publish(&mut browser, &[]).await;

    let answer = browser.send_parts("/admin/post", &changed(&id), None).await;

    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text();
    assert!(
        page.contains(OTHER) && page.contains("déjà publié"),
        "{page}"
    );
    assert_eq!(value_of(&page, "purpose"), "correct");
    assert_eq!(value_of(&page, "thread"), id);
    assert_ne!(value_of(&page, "id"), id);
    assert_eq!(published(&house).await[0].entries.len(), 1);
}

#[tokio::test]
async fn the_words_are_kept_whatever_becomes_of_the_sound_beside_them() {
    let mut house = House::new().await;
    let id = fresh(&mut house.sign_in(OPERATOR).await).await;
    let large = vec![0; 21 * 1024 * 1024];
    let mut browser = house.sign_in(OPERATOR).await;
    let answer = browser
        .send_parts("/admin/post", &filled(&id, &[]), Some(&large))
        .await;
    assert_eq!(leads_to(&answer), format!("/admin/post/{id}"));
    let page = browser.get(&format!("/admin/post/{id}/edit")).await.text();
    assert!(
        page.contains("une fumée noire est visible") && page.contains("href=\"#sound\""),
        "{page}"
    );

    house.serve_with(|app| {
        app.recorder =
            Arc::new(|_| Box::pin(async { Err(NotRecorded::Failed("no helper".into())) }));
    });
    let mut browser = house.sign_in(OPERATOR).await;
    let answer = browser
        .send_parts("/admin/post", &changed(&id), Some(&wav(&[7; 32])))
        .await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let page = browser.get(&format!("/admin/post/{id}/edit")).await.text();
    assert!(page.contains(OTHER), "{page}");
}

#[tokio::test]
async fn what_a_site_has_posted_is_read_at_the_desk_after_it_is_closed() {
    let house = House::new().await;
    let id = publish(&mut house.sign_in(OPERATOR).await, &[]).await;
    close(&house).await;

    let mut manager = house.sign_in(MANAGER).await;
    for path in ["", "/file", "/file.json"] {
        let answer = manager.get(&format!("/admin/bulletins/{id}{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    }
    let form = house.sign_in(OPERATOR).await.get("/admin/post").await;
    assert_eq!(form.status, StatusCode::FORBIDDEN, "it posts nothing more");
}

#[tokio::test]
async fn what_was_scheduled_for_a_site_that_is_closed_goes_back_to_its_author_and_not_on_the_air_later()
 {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = publish(&mut browser, &[("publish_at", "2026-11-23T14:45")]).await;
    close(&house).await;
    house.set_clock("2026-11-23T13:45:01Z");

    web::publish_scheduled(&house.app, &id).await.unwrap();

    let draft = house.store.find_desk_draft(&id).await.unwrap().unwrap();
    assert_eq!((draft.state, draft.publish_at), (DraftState::Draft, None));
    assert!(!draft.note.is_empty());
    assert!(published(&house).await.is_empty());
}

#[tokio::test]
async fn a_job_that_is_run_again_after_its_bulletin_was_published_lets_go_of_the_draft() {
    let house = House::new().await;
    let thread = publish(&mut house.sign_in(OPERATOR).await, &[]).await;
    let mut browser = house.sign_in(OPERATOR).await;
    let page = browser
        .get(&format!("/admin/bulletins/{thread}/end"))
        .await
        .text();
    let id = value_of(&page, "id");
    let fields = [
        ("id", id.as_str()),
        ("purpose", "end"),
        ("thread", &thread),
        ("site", "raffinerie"),
        ("language", "fr"),
        ("text", "Tout est revenu à la normale."),
        ("publish_at", "2026-11-23T14:45"),
    ];
    browser.send_parts("/admin/post", &fields, None).await;
    let preview = browser.get(&format!("/admin/post/{id}")).await.text();
    decide(&mut browser, &id, &seal_of(&preview)).await;
    let scheduled = house.store.find_desk_draft(&id).await.unwrap().unwrap();
    house.set_clock("2026-11-23T13:45:01Z");
    web::publish_scheduled(&house.app, &id).await.unwrap();

    // As after a kill between the bulletin and the end of its draft.
    save(&house, &scheduled).await;
    web::publish_scheduled(&house.app, &id).await.unwrap();

    assert_eq!(house.store.find_desk_draft(&id).await.unwrap(), None);
    assert_eq!(published(&house).await[0].entries.len(), 2);
}

#[tokio::test]
async fn an_emergency_passes_the_second_person_only_when_it_is_published_at_once_and_leaves_its_act()
 {
    let house = House::new().await;
    house
        .store
        .set_approval(&site(&house).await, true, by(&house))
        .await
        .unwrap();
    let mut browser = house.sign_in(OPERATOR).await;

    let later = fresh(&mut browser).await;
    let fields = filled(
        &later,
        &[
            ("emergency", "yes"),
            ("publish_at", "2026-11-23T14:45"),
            ("do", "publish"),
        ],
    );
    let answer = browser.send_parts("/admin/post", &fields, None).await;
    assert_eq!(leads_to(&answer), "/admin/bulletins?waiting");
    let now = fresh(&mut browser).await;
    let fields = filled(&now, &[("emergency", "yes"), ("do", "publish")]);
    let answer = browser.send_parts("/admin/post", &fields, None).await;
    assert!(leads_to(&answer).ends_with("?published"));

    let acts = house
        .store
        .acts(&store::WantedActs::default(), 100)
        .await
        .unwrap();
    let of = |id: &str| {
        let of = acts
            .iter()
            .filter(|(_, act)| act.object == format!("desk-draft/{id}"));
        of.map(|(_, act)| act.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(&later), ["desk-draft.waiting"]);
    assert_eq!(of(&now), ["desk-draft.emergency"]);
}

#[tokio::test]
async fn a_reason_that_cannot_be_said_is_refused_at_its_field_and_the_withdrawal_can_still_be_made()
{
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = publish(&mut browser, &[]).await;
    let at = format!("/admin/bulletins/{id}/withdraw");
    let key = value_of(&browser.get(&at).await.text(), "key");

    let refused = browser.post(&at, &[("key", &key), ("text", "… !?")]).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(
        page.contains("value=\"… !?\"") && page.contains("aucun mot à lire"),
        "{page}"
    );
    let key = value_of(&page, "key");
    let done = browser
        .post(&at, &[("key", &key), ("text", "Mauvais site.")])
        .await;
    assert_eq!(leads_to(&done), format!("/admin/bulletins/{id}?withdrawn"));
}

/// Fills in a form, looks at its preview and publishes, or schedules; gives the name of the draft.
async fn publish(browser: &mut Browser<'_>, more: &[(&str, &str)]) -> String {
    let id = fresh(browser).await;
    browser
        .send_parts("/admin/post", &filled(&id, more), None)
        .await;
    let preview = browser.get(&format!("/admin/post/{id}")).await.text();
    let answer = decide(browser, &id, &seal_of(&preview)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    id
}

/// The form with other words.
fn changed(id: &str) -> Vec<(&str, &str)> {
    let mut fields = filled(id, &[("do", "preview")]);
    fields.retain(|(name, _)| *name != "text");
    fields.push(("text", OTHER));
    fields
}

async fn site(house: &House) -> Site {
    let raffinerie = SiteSlug::parse("raffinerie").unwrap();
    let sites = house.store.sites().await.unwrap();
    sites
        .into_iter()
        .find(|site| site.slug == raffinerie)
        .unwrap()
}

async fn close(house: &House) {
    let site = site(house).await;
    house.store.close_site(&site, &[], by(house)).await.unwrap();
}

async fn save(house: &House, draft: &DeskDraft) {
    house
        .store
        .save_desk_draft(draft, None, &[], by(house))
        .await
        .unwrap();
}

fn by(house: &House) -> By<'static> {
    By {
        who: "test",
        at: house.now(),
    }
}
