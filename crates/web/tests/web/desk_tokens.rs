//! The page of tokens: made and shown once, listed, revoked; each role sees what is its own.

use axum::http::StatusCode;
use bulletin::{Site, SiteSlug, TerritorySlug};

use crate::browser::Browser;
use crate::house::{ADMINISTRATOR, AUDITOR, Answer, House, MANAGER, OPERATOR, flare};

const TOKENS: &str = "/admin/tokens";

#[tokio::test]
async fn a_manager_makes_a_token_that_is_shown_once_posts_and_is_refused_once_revoked() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;

    let page = make(&mut manager, "raffinerie", "Salle de contrôle", "post").await;
    let token = token_on(&page).expect("the token");
    assert!(token.len() >= 37, "160 bits: {token}");
    let again = manager.get(TOKENS).await;
    assert_eq!(token_on(&again).as_ref(), Some(&token), "until it is kept");
    let kept = manager.submit("/admin/tokens/kept", &[]).await;
    assert_eq!(token_on(&kept), None);
    assert!(kept.text().contains("Salle de contrôle"));
    assert!(kept.text().contains("N’a jamais servi"));

    let post = || house.post(&token, "/api/v1/bulletins", flare().to_string());
    assert_eq!(post().await.status, StatusCode::CREATED);

    let id = newest(&house).await;
    let page = manager
        .submit(&format!("/admin/tokens/{id}/revoke"), &[])
        .await;
    assert!(page.text().contains("n’ouvre plus rien"));
    assert_eq!(post().await.status, StatusCode::UNAUTHORIZED);

    let acts = house.store.acts(&store::WantedActs::default(), 10).await;
    let words: Vec<_> = acts
        .unwrap()
        .into_iter()
        .map(|(_, act)| (act.what, act.who))
        .collect();
    for what in ["token.added", "token.revoked"] {
        assert!(
            words.contains(&(what.to_owned(), MANAGER.to_owned())),
            "{words:?}"
        );
    }
    let rows = format!("{:?}", house.store.tokens().await.unwrap());
    assert!(!rows.contains(&token), "the token itself is nowhere");
}

#[tokio::test]
async fn a_token_is_shown_to_the_login_that_made_it_and_to_no_other() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    make(&mut manager, "raffinerie", "Salle", "read").await;
    for other in [MANAGER, ADMINISTRATOR, OPERATOR, AUDITOR] {
        let page = house.sign_in(other).await.get(TOKENS).await;
        assert_eq!(token_on(&page), None, "{other}");
    }
}

#[tokio::test]
async fn each_role_sees_the_tokens_of_its_own_sites_and_only_two_may_change_them() {
    let house = House::new().await;
    for (who, seen, hidden, may_change) in [
        (
            OPERATOR,
            &["t-raffinerie"][..],
            &["t-engrais", "t-depot"][..],
            false,
        ),
        (AUDITOR, &["t-raffinerie", "t-engrais"], &["t-depot"], false),
        (MANAGER, &["t-raffinerie", "t-engrais"], &["t-depot"], true),
        (
            ADMINISTRATOR,
            &["t-raffinerie", "t-engrais", "t-depot"],
            &[],
            true,
        ),
    ] {
        let page = house.sign_in(who).await.get(TOKENS).await.text();
        for id in seen {
            assert!(page.contains(&format!("({id})")), "{who} sees {id}");
        }
        for id in hidden {
            assert!(!page.contains(id), "{who} does not see {id}");
        }
        assert_eq!(page.contains("/revoke\""), may_change, "{who}");
        assert_eq!(page.contains("name=\"label\""), may_change, "{who}");
    }
}

#[tokio::test]
async fn what_is_anothers_is_refused_like_what_does_not_exist() {
    let house = House::new().await;
    for (who, others, other_site) in [
        (OPERATOR, &["t-engrais", "t-depot"][..], "engrais"),
        (AUDITOR, &["t-depot"], "depot"),
        (MANAGER, &["t-depot"], "depot"),
    ] {
        let mut browser = house.sign_in(who).await;
        let nothing = browser.post("/admin/tokens/nothing/revoke", &[]).await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        for id in others {
            let theirs = browser
                .post(&format!("/admin/tokens/{id}/revoke"), &[])
                .await;
            assert_alike(&theirs, &nothing);
        }
        let theirs = browser
            .post(TOKENS, &fields(other_site, "Salle", "post"))
            .await;
        let nobodys = browser
            .post(TOKENS, &fields("nowhere", "Salle", "post"))
            .await;
        assert_alike(&theirs, &nobodys);
        assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    }
    for who in [OPERATOR, AUDITOR] {
        let mut browser = house.sign_in(who).await;
        let own = browser.post("/admin/tokens/t-raffinerie/revoke", &[]).await;
        let new = browser
            .post(TOKENS, &fields("raffinerie", "Salle", "post"))
            .await;
        assert_eq!(
            (own.status, new.status),
            (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN)
        );
    }
    let tokens = house.store.tokens().await.unwrap();
    assert_eq!(tokens.len(), 3, "none was made");
    assert!(tokens.iter().all(|token| token.revoked_at.is_none()));
}

#[tokio::test]
async fn a_name_that_cannot_be_read_is_refused_with_what_to_write() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let long = "x".repeat(61);
    for label in ["", "  ", "a\u{0}b", "a\u{1b}[31m", "a\u{202e}b", &long] {
        let page = manager
            .post(TOKENS, &fields("engrais", label, "read"))
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{label:?}");
        let page = page.text();
        assert!(page.contains("role=\"alert\"") && page.contains("1 à 60"));
        assert!(
            page.contains("value=\"engrais\" selected"),
            "the rest stays chosen"
        );
    }
    assert_eq!(house.store.tokens().await.unwrap().len(), 3);
}

#[tokio::test]
async fn names_that_mean_harm_are_text() {
    let house = House::new().await;
    let site = Site {
        slug: SiteSlug::parse("raffinerie").unwrap(),
        territory: TerritorySlug::parse("rouen_metropole").unwrap(),
        name: "<b>Raffinerie</b>".to_owned(),
        spoken_name: "Raffinerie".to_owned(),
        commune: String::new(),
    };
    house
        .store
        .upsert_site(&site, crate::house::by())
        .await
        .unwrap();
    let mut manager = house.sign_in(MANAGER).await;
    let page = make(&mut manager, "raffinerie", "<script>\"'&]]>", "read").await;
    let page = page.text();
    assert!(!page.contains("<script>\"") && !page.contains("<b>Raffinerie"));
    assert!(page.contains("&#60;script&#62;"), "shown as it was written");
}

async fn make(browser: &mut Browser<'_>, site: &str, label: &str, scope: &str) -> Answer {
    browser.submit(TOKENS, &fields(site, label, scope)).await
}

fn fields<'a>(site: &'a str, label: &'a str, scope: &'a str) -> [(&'a str, &'a str); 3] {
    [("site", site), ("label", label), ("scope", scope)]
}

/// The token that a page shows.
fn token_on(page: &Answer) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once("<code>")?;
    let (token, _) = rest.split_once("</code>")?;
    token.starts_with("allo_").then(|| token.to_owned())
}

/// The token that was made last.
async fn newest(house: &House) -> String {
    let tokens = house.store.tokens().await.unwrap();
    tokens
        .into_iter()
        .find(|it| !it.id.starts_with("t-"))
        .unwrap()
        .id
}

fn assert_alike(one: &Answer, other: &Answer) {
    assert_eq!((one.status, &one.headers), (other.status, &other.headers));
    assert_eq!(one.text(), other.text());
}
