//! Somebody who is signed in to the desk of a house, without the door: for what lies behind it.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bulletin::{Language, TerritorySlug};
use server::demo::Credentials;
use sha2::{Digest, Sha256};
use store::{By, Keys, NewLogin, Person, Role, Stage, Store};

/// Opens a login for somebody of a data folder; gives the value of the cookie `__Host-login`.
pub(crate) async fn open_login(data: &Path, email: &str) -> String {
    let store = Store::open(&data.join("allo.db")).await.expect("the rows");
    let number = DRAWN.fetch_add(1, Ordering::Relaxed);
    let now = jiff::Timestamp::now();
    let hash = Sha256::digest(format!("{email} {now} {number}"));
    let secret: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
    let login = NewLogin {
        id: secret[..12].to_owned(),
        hash: Sha256::digest(&secret).into(),
        email: email.to_owned(),
        stage: Stage::Open,
        opened_at: now,
        ends_at: now + Duration::from_secs(12 * 3_600),
        place: "127.0.0.1".to_owned(),
        browser: "a test".to_owned(),
        totp_proposed: None,
    };
    store.open_login(&login).await.expect("a login");
    store.close().await;
    secret
}

/// Adds somebody with a role to a demonstration, for Rouen, who comes in by [`open_login`] alone.
pub(crate) async fn hire(data: &Path, email: &str, role: Role) {
    let store = Store::open(&data.join("allo.db")).await.expect("the rows");
    let rouen = TerritorySlug::parse("rouen_metropole").expect("a slug");
    let person = Person {
        email: email.to_owned(),
        name: email.to_owned(),
        role,
        language: Language::French,
        sites: [].into(),
        territories: [rouen].into(),
    };
    store
        .insert_user(&person, &Keys::default(), by())
        .await
        .expect("a person");
    store.close().await;
}

/// Removes somebody.
pub(crate) async fn dismiss(data: &Path, email: &str) {
    let store = Store::open(&data.join("allo.db")).await.expect("the rows");
    web::remove(&store, email, by())
        .await
        .expect("they were there");
    store.close().await;
}

fn by() -> By<'static> {
    By {
        who: "test",
        at: jiff::Timestamp::now(),
    }
}

/// The address of the operator of a site of the demonstration; of its administrator without one.
pub(crate) fn address_of(data: &Path, site: Option<&str>) -> String {
    let credentials = Credentials::read(data).expect("the file of secrets");
    let Some(site) = site else {
        return credentials.admin.email;
    };
    let mut operators = credentials.operators.into_iter();
    let operator = operators.find(|operator| operator.site == site);
    operator.expect("an operator of the site").email
}

static DRAWN: AtomicU32 = AtomicU32::new(0);
