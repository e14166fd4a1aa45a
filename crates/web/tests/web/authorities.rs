//! Authorities: kept on their lists at the desk, asked by a link, shown where a bulletin stands.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use bulletin::{BulletinId, Contact, Means, Rank, TerritorySlug};
use sha2::{Digest, Sha256};
use store::{AcknowledgementLink, DispatchState};

use crate::house::{ADMINISTRATOR, AUDITOR, House, MANAGER, OPERATOR};

const CONTACTS: &str = "/admin/territories/rouen_metropole/contacts";

const CODIS: [(&str, &str); 9] = [
    ("authority", "fire_service"),
    ("name", "CODIS 76"),
    ("communes", ""),
    ("email", "codis@example.org"),
    ("webhook", "https://codis.example/allo"),
    ("second_email", "officier@example.org"),
    ("second_webhook", ""),
    ("telephone", "02 35 00 12 34"),
    ("language", "fr"),
];

#[tokio::test]
async fn a_manager_adds_changes_and_removes_a_contact_and_sees_its_key_once() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let page = manager.submit(CONTACTS, &CODIS).await.text();
    assert!(
        page.contains("C’est ajouté") && page.contains("whsec_"),
        "{page}"
    );
    assert!(
        page.contains("officier@example.org") && page.contains("Tous les sites"),
        "{page}"
    );
    let seen = manager.submit(&format!("{CONTACTS}/keys/seen"), &[]).await;
    assert!(!seen.text().contains("whsec_"));

    let codis = only_contact(&house).await;
    let address = format!("{CONTACTS}/{}", codis.id);
    let changed = changed_from(&CODIS, "communes", "Grand-Quevilly");
    let page = manager.submit(&address, &pairs(&changed)).await.text();
    assert!(page.contains("C’est enregistré"), "{page}");
    assert_eq!(only_contact(&house).await.communes, ["Grand-Quevilly"]);
    let list = manager.get(CONTACTS).await.text();
    assert!(
        list.contains("Engrais de l’Estuaire"),
        "the site it is told of: {list}"
    );

    let drawn = manager.submit(&format!("{address}/key"), &[]).await.text();
    assert!(drawn.contains("whsec_"), "{drawn}");
    let page = manager
        .submit(&format!("{address}/remove"), &[])
        .await
        .text();
    assert!(page.contains("C’est retiré"), "{page}");
    assert_eq!(manager.get(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_contact_that_would_be_told_nothing_and_addresses_that_are_none_are_refused_at_their_fields()
 {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    for (field, value, says) in [
        ("name", "", "Écrivez un nom"),
        ("email", "codis", "adresse électronique complète"),
        ("webhook", "http://codis.example/", "https://"),
        ("second_email", "a@b@c", "adresse électronique complète"),
        ("second_webhook", "javascript:alert(1)", "https://"),
        ("authority", "kings", "Choisissez une liste"),
    ] {
        let fields = replaced(&CODIS, field, value);
        let refused = manager.post(CONTACTS, &pairs(&fields)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let page = refused.text();
        assert!(page.contains(says), "{field}: {page}");
        assert!(
            page.contains(&format!("id=\"{field}-refusal\"")),
            "{field}: {page}"
        );
    }
    let nobody = replaced(&replaced(&CODIS, "email", ""), "webhook", "");
    let refused = manager.post(CONTACTS, &pairs(&nobody)).await.text();
    assert!(refused.contains("ne serait prévenu de rien"), "{refused}");
    assert!(house.store.contacts(&rouen()).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_was_overtaken_on_a_contact_is_told_and_an_auditor_only_reads() {
    let house = House::new().await;
    let mut first = house.sign_in(MANAGER).await;
    let mut second = house.sign_in(ADMINISTRATOR).await;
    first.submit(CONTACTS, &CODIS).await;
    let address = format!("{CONTACTS}/{}", only_contact(&house).await.id);
    let renamed = changed_from(&CODIS, "name", "CODIS de la Seine-Maritime");
    first.submit(&address, &pairs(&renamed)).await;

    let late = second
        .post(&address, &pairs(&changed_from(&CODIS, "name", "Pompiers")))
        .await;

    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        late.text()
            .contains("c’est maintenant «\u{a0}CODIS de la Seine-Maritime\u{a0}»")
    );
    let mut auditor = house.sign_in(AUDITOR).await;
    let page = auditor.get(&address).await.text();
    assert!(
        page.contains("codis@example.org") && !page.contains("<input"),
        "{page}"
    );
    let refused = auditor.post(&address, &pairs(&renamed)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut operator = house.sign_in(OPERATOR).await;
    assert_eq!(operator.get(&address).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_manager_says_of_what_a_list_is_told_and_after_how_many_minutes_somebody_else_is() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let address = format!("{CONTACTS}/lists/town_hall");
    let was = [
        ("was_planned", "on"),
        ("was_unplanned", "on"),
        ("was_drill", "on"),
        ("was_test", "on"),
        ("was_minutes", "10"),
    ];
    let fields = [&was[..], &[("unplanned", "on"), ("minutes", "4")]].concat();
    let page = manager.submit(&address, &fields).await.text();
    assert!(
        page.contains("Prévenus : inopiné. Second contact au bout de 4 min."),
        "{page}"
    );
    let again = [
        ("was_planned", ""),
        ("was_unplanned", "on"),
        ("was_drill", ""),
        ("was_test", ""),
        ("was_minutes", "4"),
        ("minutes", "241"),
    ];
    let refused = manager.post(&address, &again).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("de 1 à 240"));
}

#[tokio::test]
async fn looking_at_the_link_acknowledges_nothing_and_the_button_does_once() {
    let house = House::new().await;
    let (id, secret) = asked(&house, "fr").await;
    let address = format!("/acknowledge/{secret}");
    for _ in 0..2 {
        let page = house.get(&address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let page = page.text();
        assert!(
            page.contains("La torche brûle") && page.contains("J’ai lu ce message"),
            "{page}"
        );
        assert!(
            page.contains("CODIS 76") && !page.contains("codis@example.org"),
            "{page}"
        );
    }
    assert!(answer(&house, &id).await.is_none());
    let head = Request::head(&address).body(Body::empty()).unwrap();
    assert_eq!(house.send(head).await.status, StatusCode::OK);
    assert!(answer(&house, &id).await.is_none());

    let pressed = press(&house, &address, "name=adjudant+Martin").await;
    assert_eq!(pressed, StatusCode::SEE_OTHER);
    let page = house.get(&address).await.text();
    assert!(page.contains("Accusé de réception enregistré") && page.contains("adjudant Martin"));
    assert!(!page.contains("<form"), "{page}");
    house.wait(60);
    press(&house, &address, "name=somebody+else").await;
    let kept = answer(&house, &id).await.unwrap();
    assert_eq!(kept.name.as_deref(), Some("adjudant Martin"));
}

#[tokio::test]
async fn a_program_acknowledges_by_a_request_without_a_body_and_an_unknown_link_is_nothing() {
    let house = House::new().await;
    let (id, secret) = asked(&house, "en").await;
    let bare = Request::post(format!("/acknowledge/{secret}"));
    let answered = house.send(bare.body(Body::empty()).unwrap()).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    assert_eq!(answer(&house, &id).await.unwrap().name, None);
    let page = house.get(&format!("/acknowledge/{secret}")).await.text();
    assert!(
        page.contains("<html lang=\"en\">") && page.contains("Acknowledged"),
        "{page}"
    );

    for address in ["/acknowledge/nobodys", "/acknowledge/"] {
        assert_eq!(
            house.get(address).await.status,
            StatusCode::NOT_FOUND,
            "{address}"
        );
    }
    assert_eq!(
        press(&house, "/acknowledge/nobodys", "").await,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_is_too_long_is_no_name_and_acknowledges_nevertheless() {
    let longest = "a".repeat(80);
    for (name, kept) in [
        ("a".repeat(10_000), None),
        ("a".repeat(81), None),
        (longest.clone(), Some(longest)),
    ] {
        let house = House::new().await;
        let (id, secret) = asked(&house, "fr").await;
        let address = format!("/acknowledge/{secret}");
        let pressed = press(&house, &address, &format!("name={name}")).await;
        assert_eq!(pressed, StatusCode::SEE_OTHER);
        assert_eq!(answer(&house, &id).await.unwrap().name, kept);
    }
}

#[tokio::test]
async fn the_desk_shows_who_was_told_who_acknowledged_and_whom_to_telephone() {
    let house = House::new().await;
    let (id, secret) = asked(&house, "fr").await;
    let mut operator = house.sign_in(OPERATOR).await;
    let address = format!("/admin/bulletins/{id}");
    let page = operator.get(&address).await.text();
    assert!(page.contains("CODIS 76 : en cours"), "{page}");
    assert!(
        page.contains("accusé de réception attendu d’ici 14\u{a0}h\u{a0}42"),
        "{page}"
    );

    silence(&house, &id).await;
    silence(&house, &id).await;
    let page = operator.get(&address).await.text();
    assert!(page.contains("CODIS 76 : en défaut"), "{page}");
    assert!(
        page.contains("02 35 00 12 34") && page.contains("téléphonez-leur"),
        "{page}"
    );
    let alerts = operator.get("/admin/alerts").await.text();
    assert!(
        alerts.contains("CODIS 76 n’a pas accusé réception"),
        "{alerts}"
    );

    press(
        &house,
        &format!("/acknowledge/{secret}"),
        "name=adjudant+Martin",
    )
    .await;
    let page = operator.get(&address).await.text();
    assert!(
        page.contains("CODIS 76 : en place") && page.contains("(adjudant Martin)"),
        "{page}"
    );
    let file = operator.get(&format!("{address}/file")).await.text();
    assert!(
        file.contains("Autorités prévenues") && file.contains("adjudant Martin"),
        "{file}"
    );
    assert!(file.contains("contact.acknowledged"), "{file}");
    let file = operator.get(&format!("{address}/file.json")).await.json();
    let told = &file["authorities"][0];
    assert_eq!(told["name"], "CODIS 76");
    assert_eq!(told["acknowledged"]["name"], "adjudant Martin");
    assert_eq!(told["dispatches"][0]["state"], "sent");
}

/// A bulletin of which the first contact of the CODIS was told by mail, and the secret of the link in that.
async fn asked(house: &House, language: &'static str) -> (BulletinId, String) {
    let mut manager = house.sign_in(MANAGER).await;
    let fields = replaced(&replaced(&CODIS, "webhook", ""), "language", language);
    manager.submit(CONTACTS, &pairs(&fields)).await;
    let id = BulletinId::parse(&house.post_flare().await).unwrap();
    let claimed = house
        .store
        .claim_dispatch(Means::Mail, house.now(), Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let secret = "a-secret-that-was-mailed".to_owned();
    let link = AcknowledgementLink {
        bulletin: id.clone(),
        contact: claimed.contact.clone(),
        rank: Rank::First,
    };
    let hash = Sha256::digest(&secret).into();
    house
        .store
        .insert_acknowledgement_link(hash, &link, house.now())
        .await
        .unwrap();
    house
        .store
        .dispatch_sent(&claimed, house.now())
        .await
        .unwrap();
    let states = house.store.dispatches(&id).await.unwrap();
    assert!(states.iter().all(|one| one.state == DispatchState::Sent));
    (id, secret)
}

/// Lets the patience of the list pass, and what comes of it happen.
async fn silence(house: &House, id: &BulletinId) {
    house.wait(10 * 60);
    let store = &house.store;
    let due = store.due_silences(house.now()).await.unwrap();
    let bulletin = store.find_bulletin(id).await.unwrap().unwrap();
    let codis = only_contact(house).await;
    let lists = store.contact_lists(&rouen()).await.unwrap();
    let by = store::By {
        who: "service",
        at: house.now(),
    };
    let due = due[0].as_ref().unwrap();
    let done = store.follow_silence_up(due, &bulletin, &codis, &lists[0], by);
    assert!(done.await.unwrap());
}

async fn answer(house: &House, id: &BulletinId) -> Option<store::Answer> {
    let asked = house.store.acknowledgements(id).await.unwrap();
    asked[0].answer.clone()
}

async fn press(house: &House, address: &str, form: &str) -> StatusCode {
    let request = Request::post(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()));
    house.send(request.unwrap()).await.status
}

async fn only_contact(house: &House) -> Contact {
    let contacts = house.store.contacts(&rouen()).await.unwrap();
    assert_eq!(contacts.len(), 1);
    contacts[0].clone()
}

type Pairs = Vec<(String, String)>;

/// The fields of a form in which one has another value.
fn replaced<A: AsRef<str>, B: AsRef<str>>(fields: &[(A, B)], name: &str, value: &str) -> Pairs {
    let fields = fields.iter();
    let fields = fields.map(|(one, was)| match one.as_ref() {
        one if one == name => (one.to_owned(), value.to_owned()),
        one => (one.to_owned(), was.as_ref().to_owned()),
    });
    fields.collect()
}

/// The same, with what the page showed beside each.
fn changed_from(fields: &[(&str, &str)], name: &str, value: &str) -> Pairs {
    let was = fields.iter();
    let was = was.map(|(one, value)| (format!("was_{one}"), (*value).to_owned()));
    was.chain(replaced(fields, name, value)).collect()
}

fn pairs(fields: &Pairs) -> Vec<(&str, &str)> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn rouen() -> TerritorySlug {
    TerritorySlug::parse("rouen_metropole").unwrap()
}
