//! Signing in and out, through forms.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use store::{By, Person, Role, WantedActs};
use web::{Totp, invite, reset};

use crate::browser::{Browser, form};
use crate::house::{ADMINISTRATOR, Answer, House, MANAGER, OPERATOR, PASSWORD, TOTP};

#[tokio::test]
async fn a_password_and_a_code_open_the_desk_at_the_page_that_was_asked_for() {
    let house = House::new().await;
    let mut browser = house.browser();

    let door = browser.get("/admin/account?x=1").await;
    assert_eq!(door.status, StatusCode::SEE_OTHER);
    let address = door.header("location").to_owned();
    assert_eq!(address, "/admin/sign-in?next=/admin/account%3Fx%3D1");
    let page = browser.get(&address).await;
    assert!(page.text().contains("value=\"/admin/account?x=1\""));

    let answer = show_password(&mut browser, OPERATOR, PASSWORD).await;
    let address = "/admin/sign-in/code?next=/admin/account";
    assert_eq!(answer.header("location"), address);
    let half = browser.cookie.clone();
    let status = browser.get("/admin/account").await.status;
    assert_eq!(status, StatusCode::SEE_OTHER, "half is not in");

    let page = show_code(&mut browser, &code(&house)).await;
    assert_eq!(page.header("location"), "/admin/account");
    assert_ne!(browser.cookie, half, "another cookie than before");
    let page = browser.get("/admin/account").await;
    assert!(page.text().contains(OPERATOR));
    browser.cookie = half;
    let status = browser.get("/admin/sign-in/code").await.status;
    assert_eq!(
        status,
        StatusCode::SEE_OTHER,
        "that of before opens nothing"
    );
}

#[tokio::test]
async fn the_cookie_is_for_this_host_over_https_and_no_script_sees_it() {
    let house = House::new().await;
    let answer = show_password(&mut house.browser(), OPERATOR, PASSWORD).await;
    let set = answer.header("set-cookie");
    let (pair, attributes) = set.split_once("; ").unwrap();
    assert!(
        pair.starts_with("__Host-login=") && pair.len() > 60,
        "{set}"
    );
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Lax");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_words_in_the_same_time() {
    // Without the hash of nobody the unknown address would take a tenth, each time; a busy machine disturbs now one,
    // now the other.
    let mut ratio = 0.0;
    for _ in 0..10 {
        ratio = unknown_against_wrong().await;
        if (0.25..4.0).contains(&ratio) {
            return;
        }
    }
    panic!("an unknown address takes {ratio} times as long as a wrong password");
}

/// Times both in turn as often as the door lets anybody, and compares the fastest; their words must be the same.
async fn unknown_against_wrong() -> f64 {
    let house = House::new().await;
    let mut browser = house.browser();
    let mut pages = vec![];
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..5 {
        for (email, fastest) in [OPERATOR, "nobody@allo.example"].iter().zip(&mut fastest) {
            let start = Instant::now();
            let answer = show_password(&mut browser, email, "wrong wrong wrong").await;
            *fastest = start.elapsed().min(*fastest);
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            pages.push(answer.text().replace(email, "ADDRESS"));
        }
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert!(pages[0].contains("ne vont pas ensemble"), "{}", pages[0]);
    fastest[1].as_secs_f64() / fastest[0].as_secs_f64()
}

#[tokio::test]
async fn a_code_works_once_and_the_one_before_it_never_again() {
    let house = House::new().await;
    let (now, mut first, mut second) = (code(&house), house.browser(), house.browser());
    show_password(&mut first, OPERATOR, PASSWORD).await;
    show_password(&mut second, OPERATOR, PASSWORD).await;
    let earlier = Totp::of(&TOTP).code(house.now() - std::time::Duration::from_secs(30));

    let opened = show_code(&mut first, &now).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    for used in [&now, &earlier] {
        let refused = show_code(&mut second, used).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.text().contains("a déjà servi"),
            "{}",
            refused.text()
        );
    }
    house.wait(30);
    let opened = show_code(&mut second, &code(&house)).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_invitation_works_once_asks_for_a_good_password_and_for_an_authenticator() {
    let house = House::new().await;
    let link = invite(&house.store, &anne(), by(&house))
        .await
        .unwrap()
        .path;
    let mut browser = house.browser();

    let page = browser.get(&link).await;
    assert!(page.text().contains("Bienvenue Anne"), "{}", page.text());
    for (password, again, words) in [
        ("court", "court", "moins de 12 caractères"),
        (
            "motdepasse2026",
            "motdepasse2026",
            "que l’on essaie en premier",
        ),
        (PASSWORD, "other other other", "ne sont pas les mêmes"),
    ] {
        let refused = choose(&mut browser, &link, password, again).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(words), "{}", refused.text());
        assert!(
            !refused.text().contains(password),
            "no page repeats a password"
        );
    }
    let chosen = choose(&mut browser, &link, PASSWORD, PASSWORD).await;
    assert_eq!(
        chosen.header("location"),
        "/admin/sign-in/authenticator?next=/admin"
    );
    let status = browser.get("/admin").await.status;
    assert_eq!(
        status,
        StatusCode::SEE_OTHER,
        "not in without a second factor"
    );
    let used = choose(&mut house.browser(), &link, PASSWORD, PASSWORD).await;
    assert_eq!(used.status, StatusCode::NOT_FOUND);

    let page = browser.get("/admin/sign-in/authenticator").await.text();
    let secret = between(&page, "id=\"secret\">", "<").replace(' ', "");
    assert!(page.contains(&format!(
        "otpauth://totp/Allo:anne@allo.example?secret={secret}"
    )));
    let again = browser.get("/admin/sign-in/authenticator").await.text();
    assert!(
        again.contains("id=\"secret\""),
        "the page may be opened again"
    );
    let wrong = [("code", "000000"), ("next", "/admin")];
    let refused = browser.post("/admin/sign-in/authenticator", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let proof = Totp::parse(&secret).unwrap().code(house.now());
    let fields = [("code", proof.as_str()), ("next", "/admin")];
    let codes = browser
        .submit("/admin/sign-in/authenticator", &fields)
        .await
        .text();
    assert_eq!(codes.matches("<li><code>").count(), 10, "{codes}");
    let kept = [("next", "/admin")];
    let home = browser
        .submit("/admin/account/recovery-codes/kept", &kept)
        .await;
    assert!(home.text().contains("Bonjour Anne"));
    let gone = browser.get("/admin/account/recovery-codes").await.text();
    assert!(!gone.contains("<li><code>"), "shown once");
}

#[tokio::test]
async fn a_link_expires_and_another_one_takes_its_place() {
    let house = House::new().await;
    let first = reset(&house.store, OPERATOR, false, by(&house))
        .await
        .unwrap();
    let second = reset(&house.store, OPERATOR, false, by(&house))
        .await
        .unwrap();
    let mut browser = house.browser();
    assert_eq!(browser.get(&first.path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&second.path).await.status, StatusCode::OK);
    house.wait(24 * 3_600);
    assert_eq!(
        browser.get(&second.path).await.status,
        StatusCode::NOT_FOUND
    );
    let late = choose(&mut browser, &second.path, PASSWORD, PASSWORD).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reset_does_not_skip_the_second_factor_and_ends_every_login() {
    let house = House::new().await;
    let mut elsewhere = house.sign_in(OPERATOR).await;
    let link = reset(&house.store, OPERATOR, false, by(&house))
        .await
        .unwrap();
    let still = elsewhere.get("/admin").await.status;
    assert_eq!(still, StatusCode::OK, "who finds a link ends nothing");

    let mut browser = house.browser();
    let other = "brouillard violon girafe";
    let chosen = choose(&mut browser, &link.path, other, other).await;
    assert_eq!(chosen.header("location"), "/admin/sign-in/code?next=/admin");
    assert_eq!(browser.get("/admin").await.status, StatusCode::SEE_OTHER);
    assert_eq!(elsewhere.get("/admin").await.status, StatusCode::SEE_OTHER);
    let opened = show_code(&mut browser, &code(&house)).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    let old = show_password(&mut house.browser(), OPERATOR, PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_recovery_code_works_once_in_place_of_a_code() {
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let page = browser
        .submit("/admin/account/recovery-codes", &[])
        .await
        .text();
    let typed = between(&page, "<li><code>", "<")
        .to_uppercase()
        .replace(' ', "-");
    let mut browser = house.browser();

    show_password(&mut browser, OPERATOR, PASSWORD).await;
    let opened = show_code(&mut browser, &typed).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    let page = browser
        .get("/admin/account")
        .await
        .text()
        .replace('\u{a0}', " ");
    assert!(page.contains("Il vous en reste : 9."), "{page}");
    let mut browser = house.browser();
    show_password(&mut browser, OPERATOR, PASSWORD).await;
    let refused = show_code(&mut browser, &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_login_is_over_after_half_an_hour_without_use_and_after_twelve_hours_of_use() {
    let house = House::new().await;
    let mut idle = house.sign_in(OPERATOR).await;
    house.wait(30 * 60 - 1);
    assert_eq!(idle.get("/admin").await.status, StatusCode::OK);
    house.wait(30 * 60);
    assert_eq!(idle.get("/admin").await.status, StatusCode::SEE_OTHER);

    let mut busy = house.sign_in(OPERATOR).await;
    for _ in 0..12 * 3 - 1 {
        house.wait(20 * 60);
        let page = busy.get("/admin").await;
        assert_eq!(page.status, StatusCode::OK);
    }
    let page = busy.get("/admin").await.text();
    assert!(
        page.contains("data-seconds=\"1200\""),
        "twenty minutes are left: {page}"
    );
    house.wait(20 * 60);
    assert_eq!(busy.get("/admin").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_sent_after_the_login_was_over_is_kept_for_its_writer_and_sent_again() {
    let house = House::new().await;
    let mut browser = house.sign_in(MANAGER).await;
    house.wait(31 * 60);
    let typed = [
        ("language", "en"),
        ("note", "Torche <b>visible</b> & bruit"),
    ];
    let answer = browser.post("/admin/account/language", &typed).await;
    assert_eq!(answer.header("location"), "/admin/sign-in?next=/admin/kept");

    let mut other = house.sign_in(OPERATOR).await;
    let page = other.get("/admin/kept").await.text();
    assert!(page.contains("Rien n’est gardé"), "{page}");
    let mut browser = house.sign_in(MANAGER).await;
    let page = browser.get("/admin/kept").await.text();
    assert!(
        page.contains("action=\"/admin/account/language\""),
        "{page}"
    );
    assert!(page.contains("Torche &#60;b&#62;visible"), "{page}");
    assert!(page.contains("name=\"language\" value=\"en\""), "{page}");
    browser.submit("/admin/account/language", &typed).await;
    browser.submit("/admin/kept/forget", &[]).await;
    let page = browser.get("/admin/kept").await.text();
    assert!(page.contains("Nothing is kept"), "{page}");
}

#[tokio::test]
async fn a_person_sees_their_logins_and_ends_them_one_by_one_or_all_others() {
    let house = House::new().await;
    let (mut here, mut there) = (house.sign_in(OPERATOR).await, house.sign_in(OPERATOR).await);
    let (mut third, mut ada) = (
        house.sign_in(OPERATOR).await,
        house.sign_in(ADMINISTRATOR).await,
    );
    let page = here.get("/admin/account").await.text();
    let mine = between(&page, "(celle-ci)", "</li>");
    let mine = between(&mine, "/admin/account/logins/", "/end").to_owned();
    let ends: Vec<_> = page
        .split("action=\"/admin/account/logins/")
        .skip(1)
        .filter_map(|rest| rest.split_once("/end\""))
        .map(|(id, _)| id.to_owned())
        .filter(|id| *id != mine)
        .collect();
    assert_eq!(ends.len(), 2, "{page}");

    let of_another = format!("/admin/account/logins/{mine}/end");
    assert_eq!(
        ada.post(&of_another, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(here.get("/admin").await.status, StatusCode::OK);
    here.submit(&format!("/admin/account/logins/{}/end", ends[0]), &[])
        .await;
    let open = [
        there.get("/admin").await.status,
        third.get("/admin").await.status,
    ];
    assert_eq!(
        open.iter()
            .filter(|status| **status == StatusCode::OK)
            .count(),
        1
    );
    here.submit("/admin/account/logins/end-others", &[]).await;
    for other in [&mut there, &mut third] {
        assert_eq!(other.get("/admin").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(here.get("/admin").await.status, StatusCode::OK);

    let cookie = here.cookie.clone();
    here.submit("/admin/sign-out", &[]).await;
    assert_eq!(here.cookie, None);
    here.cookie = cookie;
    let status = here.get("/admin").await.status;
    assert_eq!(
        status,
        StatusCode::SEE_OTHER,
        "it is ended, not only forgotten"
    );
}

#[tokio::test]
async fn after_five_wrong_passwords_the_account_rests_and_nothing_is_compared() {
    let house = House::new().await;
    for email in [OPERATOR, "nobody@allo.example"] {
        let mut browser = house.browser();
        for _ in 0..5 {
            let wrong = show_password(&mut browser, email, "wrong wrong wrong").await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let resting = show_password(&mut browser, email, PASSWORD).await;
        assert_eq!(resting.status, StatusCode::TOO_MANY_REQUESTS, "{email}");
        assert_eq!(resting.header("retry-after"), "30");
        assert!(resting.text().contains("recommencez dans 30 s"));
    }
    let mut browser = house.browser();
    let other = show_password(&mut browser, MANAGER, PASSWORD).await;
    assert_eq!(other.status, StatusCode::SEE_OTHER, "nobody else rests");
    house.wait(31);
    let back = show_password(&mut browser, OPERATOR, PASSWORD).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn codes_cannot_be_guessed_and_the_account_rests_across_logins() {
    let house = House::new().await;
    let mut browser = house.browser();
    for _ in 0..5 {
        show_password(&mut browser, OPERATOR, PASSWORD).await;
        let wrong = show_code(&mut browser, "000000").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    show_password(&mut browser, OPERATOR, PASSWORD).await;
    let resting = show_code(&mut browser, &code(&house)).await;
    assert_eq!(resting.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_client_that_writes_x_forwarded_for_stays_one_client() {
    let house = House::new().await;
    let mut resting = 0;
    for guess in 0..40 {
        let email = format!("guess{guess}@allo.example");
        let body = form(&[("email", &email), ("password", "wrong")]);
        let request = Request::post("/admin/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-forwarded-for", format!("203.0.113.{guess}"));
        let answer = house.send(request.body(Body::from(body)).unwrap()).await;
        resting += u32::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(resting, 10, "thirty accounts may be tried from one address");
}

#[tokio::test]
async fn the_audit_log_tells_who_came_in_and_who_did_not_and_repeats_no_secret() {
    let house = House::new().await;
    let mut browser = house.browser();
    show_password(&mut browser, OPERATOR, "wrong wrong wrong").await;
    show_password(&mut browser, "typed-in-the-wrong-field", "x").await;
    show_password(&mut browser, OPERATOR, PASSWORD).await;
    show_code(&mut browser, "999999").await;
    show_code(&mut browser, &code(&house)).await;
    browser.submit("/admin/sign-out", &[]).await;

    let acts = house.store.acts(&WantedActs::default(), 6).await.unwrap();
    let told: Vec<_> = acts
        .iter()
        .rev()
        .map(|(_, act)| (act.what.as_str(), act.who.as_str(), act.object.as_str()))
        .filter(|(what, ..)| what.starts_with("login."))
        .collect();
    let of_operator = "user/operator@allo.example";
    assert_eq!(
        told,
        [
            ("login.refused", OPERATOR, of_operator),
            ("login.refused", "unknown", "login"),
            ("login.refused", OPERATOR, of_operator),
            ("login.opened", OPERATOR, of_operator),
            ("login.ended", OPERATOR, of_operator),
        ]
    );
    let all = format!("{acts:?}");
    for secret in ["wrong wrong", "typed-in", PASSWORD, "999999"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_person_chooses_the_language_of_their_pages() {
    let house = House::new().await;
    let mut browser = house.sign_in(MANAGER).await;
    let page = browser
        .submit("/admin/account/language", &[("language", "en")])
        .await;
    assert!(page.text().contains("<html lang=\"en\">"));
    assert!(page.text().contains("My account"));
    let refused = browser
        .post("/admin/account/language", &[("language", "de")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_desk_has_its_own_policy_and_the_public_page_keeps_its_own() {
    let house = House::new().await;
    let desk = house.get("/admin/sign-in").await;
    let public = house.get("/").await;
    let policy = |answer: &Answer| answer.header("content-security-policy").to_owned();
    assert!(policy(&desk).contains("script-src 'self';"));
    assert!(policy(&public).contains("script-src 'none';"));
    assert_eq!(desk.header("cache-control"), "no-store");
    assert_eq!(desk.header("referrer-policy"), "same-origin");
    for file in ["href=\"/assets/", "src=\"/assets/"] {
        let page = desk.text();
        let name = between(&page, file, "\"");
        assert_eq!(
            house.get(&format!("/assets/{name}")).await.status,
            StatusCode::OK
        );
    }
    let script = between(&desk.text(), "src=\"", "\"").to_owned();
    let script = house.get(&script).await;
    assert!(
        script.body.len() < 5_000,
        "{} octets of script",
        script.body.len()
    );
}

async fn show_password(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    let fields = [
        ("email", email),
        ("password", password),
        ("next", "/admin/account"),
    ];
    browser.post("/admin/sign-in", &fields).await
}

async fn show_code(browser: &mut Browser<'_>, code: &str) -> Answer {
    let fields = [("code", code), ("next", "/admin/account")];
    browser.post("/admin/sign-in/code", &fields).await
}

async fn choose(browser: &mut Browser<'_>, link: &str, password: &str, again: &str) -> Answer {
    browser
        .post(link, &[("password", password), ("again", again)])
        .await
}

fn code(house: &House) -> String {
    Totp::of(&TOTP).code(house.now())
}

fn anne() -> Person {
    Person {
        email: "anne@allo.example".to_owned(),
        name: "Anne".to_owned(),
        role: Role::Operator,
        language: bulletin::Language::French,
        sites: [bulletin::SiteSlug::parse("raffinerie").unwrap()].into(),
        territories: [].into(),
    }
}

fn by(house: &House) -> By<'static> {
    By {
        who: ADMINISTRATOR,
        at: house.now(),
    }
}

/// What stands between two marks.
fn between(text: &str, from: &str, to: &str) -> String {
    let rest = text.split_once(from).map(|(_, rest)| rest);
    let found = rest.and_then(|rest| rest.split_once(to));
    found
        .unwrap_or_else(|| panic!("{from} … {to} in {text}"))
        .0
        .to_owned()
}
