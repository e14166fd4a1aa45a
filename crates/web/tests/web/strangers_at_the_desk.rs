//! What belongs to one territory or site, asked for at the desk by people of another: answered like what does not
//! exist, to the last octet. The addresses are those of the matrix of roles, with real things in the place of `{…}`.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, header};
use bulletin::{BackgroundPage, Event, Kind, Language, PageSlug, SiteSlug, TerritorySlug};
use store::{DeskDraft, DraftState, KeptDraft, Keys, Person, Role};

use crate::browser::form;
use crate::house::{ADMINISTRATOR, Answer, House, OPERATOR, by};
use crate::matrix::{ROWS, Row};

#[tokio::test]
async fn every_object_of_another_is_answered_at_the_desk_like_one_that_does_not_exist() {
    let house = House::new().await;
    let things = Things::of(&house).await;
    let mut strangers = vec![];
    for (role, site) in [
        (Role::Operator, Some("depot")),
        (Role::Manager, None),
        (Role::Auditor, None),
    ] {
        strangers.push(stranger(&house, role, site).await);
    }
    let administrator = house.sign_in(ADMINISTRATOR).await.cookie.unwrap();
    let (mut tried, mut seen) = (0, 0);
    for row in ROWS {
        for (theirs, nobodys) in things.addresses(row) {
            for cookie in &strangers {
                let theirs_answer = ask(&house, row, cookie, &theirs).await;
                let nothing = ask(&house, row, cookie, &nobodys).await;
                let place = format!("{} {theirs}", row.route);
                assert!(
                    [403, 404].contains(&nothing.status.as_u16()),
                    "{place}: {}",
                    nothing.status
                );
                assert_eq!(theirs_answer.status, nothing.status, "{place}");
                assert_eq!(theirs_answer.headers, nothing.headers, "{place}");
                assert_eq!(theirs_answer.text(), nothing.text(), "{place}");
                tried += 1;
            }
            if row.route.starts_with("GET ") && !theirs.contains("/le_havre/") {
                let known = ask(&house, row, &administrator, &theirs).await.status;
                seen += usize::from(known == 200);
            }
        }
    }
    println!("{tried} answers compared, {seen} pages are there for an administrator");
    assert!(tried >= 60 && seen >= 4, "{tried} {seen}");
}

#[tokio::test]
async fn a_search_for_what_is_anothers_finds_what_a_search_for_nothing_finds() {
    let house = House::new().await;
    let things = Things::of(&house).await;
    let bulletin = format!("bulletin%2F{}", things.bulletin);
    let havre = stranger(&house, Role::Auditor, None).await;
    for (address, theirs, nobodys) in [
        ("/admin/numbers?territory=", "rouen_metropole", "nulle_part"),
        (
            "/admin/numbers/quarters.csv?territory=",
            "rouen_metropole",
            "nulle_part",
        ),
        ("/admin/audit?site=", "raffinerie", "nulle-part"),
        ("/admin/audit.csv?site=", "raffinerie", "nulle-part"),
        ("/admin/audit.json?who=", "token%3At-raffinerie", "nobody"),
        (
            "/admin/audit?object=",
            bulletin.as_str(),
            "bulletin%2Fzzzzzzzzzzzz",
        ),
    ] {
        let row = &Row {
            route: "GET /",
            fields: &[],
            ..ROWS[0]
        };
        let found = ask(&house, row, &havre, &format!("{address}{theirs}")).await;
        let nothing = ask(&house, row, &havre, &format!("{address}{nobodys}")).await;
        // A page repeats what was asked for.
        let repeated = |answer: &Answer, name: &str| {
            let plain = name.replace("%2F", "/").replace("%3A", ":");
            answer.text().replace(name, "").replace(&plain, "")
        };
        assert_eq!(found.status, nothing.status, "{address}");
        assert!(
            repeated(&found, theirs) == repeated(&nothing, nobodys),
            "{address}"
        );
        assert!(!found.text().contains("fumée noire"), "{address}");
    }
}

#[tokio::test]
async fn a_login_of_somebody_else_is_not_found_whoever_asks() {
    let house = House::new().await;
    let of_operator = house.sign_in(OPERATOR).await;
    let logins = house.store.logins(OPERATOR).await.unwrap();
    let administrator = house.sign_in(ADMINISTRATOR).await.cookie.unwrap();
    let end = |id: &str| format!("/admin/account/logins/{id}/end");
    let row = ROWS
        .iter()
        .find(|row| row.route == "POST /account/logins/{id}/end")
        .unwrap();

    let theirs = ask(&house, row, &administrator, &end(&logins[0].id)).await;
    let nothing = ask(&house, row, &administrator, &end("nothing")).await;

    assert_eq!(theirs.status, 404);
    assert_eq!(
        (&theirs.headers, theirs.text()),
        (&nothing.headers, nothing.text())
    );
    assert_eq!(house.store.logins(OPERATOR).await.unwrap().len(), 1);
    drop(of_operator);
}

/// What the refinery of Rouen has.
pub(crate) struct Things {
    bulletin: String,
}

impl Things {
    async fn of(house: &House) -> Self {
        let bulletin = house.post_flare().await;
        house.speak(&bulletin, 1).await;
        Self::with(house, &bulletin).await
    }

    /// With a bulletin that the refinery has posted.
    pub(crate) async fn with(house: &House, bulletin: &str) -> Self {
        let site = SiteSlug::parse("raffinerie").unwrap();
        let draft = KeptDraft {
            id: DICTATED.into(),
            kind: Kind::Unplanned,
            event: Event::Flaring,
            at: house.now(),
            duration_ms: 4_200,
        };
        let kept = house.store.save_draft(&site, &draft, Some(b"RIFF")).await;
        kept.unwrap();
        let written = DeskDraft {
            id: WRITTEN.into(),
            site,
            author: OPERATOR.into(),
            state: DraftState::Draft,
            publish_at: None,
            recording: None,
            form: "{}".into(),
            note: String::new(),
            at: house.now(),
        };
        let kept = house.store.save_desk_draft(&written, None, &[], by()).await;
        assert!(kept.unwrap());
        let page = BackgroundPage::compose(
            PageSlug::parse(EXPLAINED).unwrap(),
            ("La torche", "Elle brûle."),
            ("", ""),
        );
        let rouen = TerritorySlug::parse("rouen_metropole").unwrap();
        house
            .store
            .replace_background_page(&rouen, None, Some(&page.unwrap()), by())
            .await
            .unwrap();
        Self {
            bulletin: bulletin.to_owned(),
        }
    }

    /// Addresses of a route with something of the refinery or of Rouen, each with one of nobody's.
    pub(crate) fn addresses(&self, row: &Row) -> Vec<(String, String)> {
        let (_, path) = row.route.split_once(' ').unwrap();
        let named = [
            ("/bulletins/{id}", self.bulletin.as_str(), "zzzzzzzzzzzz"),
            ("/post/{id}", WRITTEN, "zzzzzzzzzzzz"),
            ("/tokens/{id}", "t-raffinerie", "nothing"),
            ("/territories/{territory}", "rouen_metropole", "nulle_part"),
        ];
        let mut addresses = vec![];
        for (pattern, theirs, nobodys) in named {
            let Some(rest) = path.strip_prefix(pattern) else {
                continue;
            };
            let rest = known(rest);
            let (start, _) = pattern.split_once('{').unwrap();
            let address = |name: &str| format!("/admin{start}{name}{rest}");
            addresses.push((address(theirs), address(nobodys)));
            if rest.starts_with("/sites/raffinerie") {
                let own = address("le_havre");
                let nobodys = own.replace("/sites/raffinerie", "/sites/nulle-part");
                addresses.push((own, nobodys));
            }
        }
        if let Some(rest) = path.strip_prefix("/dictated/{site}/{id}") {
            let address = |site: &str, id: &str| format!("/admin/dictated/{site}/{id}{rest}");
            addresses.push((
                address("raffinerie", DICTATED),
                address("nulle-part", "zzzzzzzzzzzz"),
            ));
        }
        addresses
    }
}

/// The parameters behind the first one.
fn known(rest: &str) -> String {
    rest.replace("{site}", "raffinerie")
        .replace("{page}", EXPLAINED)
        .replace("{act}", "update")
        .replace("{sentence}", "greeting")
        .replace("{language}", "fr")
}

/// The cookie of somebody of Le Havre.
async fn stranger(house: &House, role: Role, site: Option<&str>) -> String {
    let sites: BTreeSet<_> = site
        .iter()
        .map(|slug| SiteSlug::parse(slug).unwrap())
        .collect();
    let havre = TerritorySlug::parse("le_havre").unwrap();
    let person = Person {
        email: format!("{}@havre.example", role.as_str()),
        name: "Camille".to_owned(),
        role,
        language: Language::French,
        territories: if sites.is_empty() {
            [havre].into()
        } else {
            BTreeSet::new()
        },
        sites,
    };
    let keys = Keys::default();
    house.store.insert_user(&person, &keys, by()).await.unwrap();
    house.sign_in(&person.email).await.cookie.unwrap()
}

async fn ask(house: &House, row: &Row, cookie: &str, address: &str) -> Answer {
    let (method, _) = row.route.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let body = Body::from(form(row.fields));
    house.send(request.body(body).unwrap()).await
}

const DICTATED: &str = "aaaaaaaaaaaa";
const WRITTEN: &str = "bbbbbbbbbbbb";
const EXPLAINED: &str = "la-torche";
