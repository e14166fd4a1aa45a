//! Signing in and out, through forms.

use axum::http::StatusCode;
use web::Totp;

use crate::browser::Browser;
use crate::house::{Answer, House, OPERATOR, PASSWORD, TOTP};

#[tokio::test]
async fn a_password_and_a_code_open_the_desk_at_the_page_that_was_asked_for() {
    let house = House::new().await;
    let mut browser = house.browser();

    let door = browser.get("/admin/account?x=1").await;
    assert_eq!(door.status, StatusCode::SEE_OTHER);
    assert_eq!(
        door.header("location"),
        "/admin/sign-in?next=/admin/account%3Fx%3D1"
    );
    let page = browser.get(door.header("location")).await;
    assert!(
        page.text().contains("value=\"/admin/account?x=1\""),
        "{}",
        page.text()
    );

    let answer = show_password(&mut browser, OPERATOR, PASSWORD).await;
    assert_eq!(
        answer.header("location"),
        "/admin/sign-in/code?next=/admin/account"
    );
    let half = browser.cookie.clone();
    assert_eq!(
        browser.get("/admin/account").await.status,
        StatusCode::SEE_OTHER,
        "half is not in"
    );

    let code = Totp::of(&TOTP).code(house.now());
    let fields = [("code", code.as_str()), ("next", "/admin/account")];
    let page = browser.submit("/admin/sign-in/code", &fields).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains(OPERATOR));
    assert_ne!(browser.cookie, half, "the cookie of before opens nothing");
}

async fn show_password(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    let fields = [
        ("email", email),
        ("password", password),
        ("next", "/admin/account"),
    ];
    browser.post("/admin/sign-in", &fields).await
}
