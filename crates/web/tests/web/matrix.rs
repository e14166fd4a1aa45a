//! Every role against every address of the desk. A route without a row here fails: add one, and think about each column.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::browser::form;
use crate::house::{ADMINISTRATOR, AUDITOR, House, MANAGER, OPERATOR};

/// What an operator of the refinery, a manager of Rouen, an administrator, an auditor of Rouen and nobody get.
pub(crate) struct Row {
    /// Method and route, as the router has it.
    pub(crate) route: &'static str,
    /// An address of the route.
    pub(crate) address: &'static str,
    /// The form that is sent.
    pub(crate) fields: &'static [(&'static str, &'static str)],
    pub(crate) statuses: [u16; 5],
}

const fn row(
    route: &'static str,
    address: &'static str,
    fields: &'static [(&'static str, &'static str)],
    statuses: [u16; 5],
) -> Row {
    Row {
        route,
        address,
        fields,
        statuses,
    }
}

/// Who is signed in shows the door no second time.
const DOOR: [u16; 5] = [303, 303, 303, 303, 200];
/// For everybody who is signed in.
const ALL: [u16; 5] = [200, 200, 200, 200, 303];
/// For those who look after a territory, or look at those who do.
const READ: [u16; 5] = [403, 200, 200, 200, 303];
/// Led elsewhere, signed in or not: to the page behind a form, or to the door.
const ON: [u16; 5] = [303; 5];

/// For whoever looks after a territory, or reads it.
const SEEN: [u16; 5] = [403, 200, 200, 200, 303];
/// For whoever looks after a territory.
const MANAGED: [u16; 5] = [403, 303, 303, 403, 303];
/// For those who post for a site.
const POSTS: [u16; 5] = [200, 403, 403, 403, 303];
/// There is nothing of that name.
const NOWHERE: [u16; 5] = [404, 404, 404, 404, 303];

pub(crate) const ROWS: &[Row] = &[
    // Signing in.
    row("GET /", "/admin", &[], ALL),
    row("GET /sign-in", "/admin/sign-in", &[], DOOR),
    row(
        "POST /sign-in",
        "/admin/sign-in",
        &[("email", "x@y"), ("password", "z")],
        [422; 5],
    ),
    row("POST /sign-out", "/admin/sign-out", &[], ON),
    row("GET /sign-in/code", "/admin/sign-in/code", &[], ON),
    row(
        "POST /sign-in/code",
        "/admin/sign-in/code",
        &[("code", "123456")],
        ON,
    ),
    row(
        "GET /sign-in/authenticator",
        "/admin/sign-in/authenticator",
        &[],
        ON,
    ),
    row(
        "POST /sign-in/authenticator",
        "/admin/sign-in/authenticator",
        &[("code", "123456")],
        ON,
    ),
    row("GET /link/{secret}", "/admin/link/nobodys", &[], [404; 5]),
    row(
        "POST /link/{secret}",
        "/admin/link/nobodys",
        &[("password", "x")],
        [404; 5],
    ),
    row("GET /account", "/admin/account", &[], ALL),
    row(
        "POST /account/language",
        "/admin/account/language",
        &[("language", "fr")],
        ON,
    ),
    row("POST /account/stay", "/admin/account/stay", &[], ON),
    row(
        "POST /account/logins/end-others",
        "/admin/account/logins/end-others",
        &[],
        ON,
    ),
    row(
        "POST /account/logins/{id}/end",
        "/admin/account/logins/nobodys/end",
        &[],
        [404, 404, 404, 404, 303],
    ),
    row(
        "GET /account/recovery-codes",
        "/admin/account/recovery-codes",
        &[],
        ALL,
    ),
    row(
        "POST /account/recovery-codes",
        "/admin/account/recovery-codes",
        &[],
        ON,
    ),
    row("GET /kept", "/admin/kept", &[], ALL),
    row("POST /kept/forget", "/admin/kept/forget", &[], ON),
    row(
        "POST /account/recovery-codes/kept",
        "/admin/account/recovery-codes/kept",
        &[],
        ON,
    ),
    // Posting, and what was posted.
    row("GET /post", "/admin/post", &[], POSTS),
    row("POST /post", "/admin/post", &[], [415, 415, 415, 415, 303]),
    row("GET /post/{id}", "/admin/post/nobodys", &[], NOWHERE),
    row(
        "GET /post/{id}/edit",
        "/admin/post/nobodys/edit",
        &[],
        NOWHERE,
    ),
    row(
        "GET /post/{id}/sound.wav",
        "/admin/post/nobodys/sound.wav",
        &[],
        NOWHERE,
    ),
    row(
        "POST /post/{id}/publish",
        "/admin/post/nobodys/publish",
        &[("do", "publish")],
        NOWHERE,
    ),
    row("GET /bulletins", "/admin/bulletins", &[], ALL),
    row(
        "GET /bulletins/{id}",
        "/admin/bulletins/nobodys",
        &[],
        NOWHERE,
    ),
    row(
        "GET /bulletins/{id}/{act}",
        "/admin/bulletins/nobodys/update",
        &[],
        NOWHERE,
    ),
    row(
        "POST /bulletins/{id}/{act}",
        "/admin/bulletins/nobodys/withdraw",
        &[("key", "aaaaaaaaaaaa")],
        NOWHERE,
    ),
    row(
        "GET /dictated/{site}/{id}",
        "/admin/dictated/raffinerie/nobodys",
        &[],
        [404, 403, 403, 403, 303],
    ),
    row(
        "POST /dictated/{site}/{id}",
        "/admin/dictated/raffinerie/nobodys",
        &[("do", "use")],
        [404, 403, 403, 403, 303],
    ),
    // Tokens.
    row("GET /tokens", "/admin/tokens", &[], ALL),
    row(
        "POST /tokens",
        "/admin/tokens",
        &[("site", "raffinerie"), ("label", "x"), ("scope", "read")],
        [403, 303, 303, 403, 303],
    ),
    row("POST /tokens/kept", "/admin/tokens/kept", &[], ON),
    row(
        "POST /tokens/{id}/revoke",
        "/admin/tokens/nobodys/revoke",
        &[],
        [404, 404, 404, 404, 303],
    ),
    // Numbers, acts, alerts, the file of an event.
    row("GET /numbers", "/admin/numbers", &[], ALL),
    row(
        "GET /numbers/{table}",
        "/admin/numbers/quarters.csv?territory=rouen_metropole",
        &[],
        ALL,
    ),
    row("GET /audit", "/admin/audit", &[], READ),
    row("GET /audit.csv", "/admin/audit.csv", &[], READ),
    row("GET /audit.json", "/admin/audit.json", &[], READ),
    row(
        "GET /bulletins/{id}/file",
        "/admin/bulletins/nobodys/file",
        &[],
        [404, 404, 404, 404, 303],
    ),
    row(
        "GET /bulletins/{id}/file.json",
        "/admin/bulletins/nobodys/file.json",
        &[],
        [404, 404, 404, 404, 303],
    ),
    row("GET /alerts", "/admin/alerts", &[], ALL),
    row(
        "POST /alerts/{id}/seen",
        "/admin/alerts/1/seen",
        &[],
        [404, 404, 404, 404, 303],
    ),
    row("GET /nodes", "/admin/nodes", &[], [403, 403, 200, 403, 303]),
    // Territories.
    row("GET /territories", "/admin/territories", &[], SEEN),
    row(
        "POST /territories",
        "/admin/territories",
        &[],
        [403, 403, 422, 403, 303],
    ),
    row(
        "GET /territories/{territory}",
        "/admin/territories/rouen_metropole",
        &[],
        SEEN,
    ),
    row(
        "GET /territories/{territory}/sites",
        "/admin/territories/rouen_metropole/sites",
        &[],
        SEEN,
    ),
    row(
        "GET /territories/{territory}/imprint",
        "/admin/territories/rouen_metropole/imprint",
        &[],
        SEEN,
    ),
    row(
        "POST /territories/{territory}/imprint",
        "/admin/territories/rouen_metropole/imprint",
        &[],
        [403, 409, 409, 403, 303],
    ),
    row(
        "GET /territories/{territory}/pages",
        "/admin/territories/rouen_metropole/pages",
        &[],
        SEEN,
    ),
    row(
        "POST /territories/{territory}/pages",
        "/admin/territories/rouen_metropole/pages",
        &[],
        [403, 422, 422, 403, 303],
    ),
    row(
        "GET /territories/{territory}/pages/{page}",
        "/admin/territories/rouen_metropole/pages/nulle-part",
        &[],
        [403, 404, 404, 404, 303],
    ),
    row(
        "POST /territories/{territory}/pages/{page}",
        "/admin/territories/rouen_metropole/pages/nulle-part",
        &[("do", "remove")],
        [403, 404, 404, 403, 303],
    ),
    row(
        "POST /territories/{territory}/sites/{site}/place",
        "/admin/territories/rouen_metropole/sites/raffinerie/place",
        &[],
        MANAGED,
    ),
    row(
        "GET /territories/{territory}/numbers",
        "/admin/territories/rouen_metropole/numbers",
        &[],
        SEEN,
    ),
    row(
        "GET /territories/{territory}/line",
        "/admin/territories/rouen_metropole/line",
        &[],
        SEEN,
    ),
    row(
        "GET /territories/{territory}/lexicon",
        "/admin/territories/rouen_metropole/lexicon",
        &[],
        SEEN,
    ),
    row(
        "GET /territories/{territory}/people",
        "/admin/territories/rouen_metropole/people",
        &[],
        SEEN,
    ),
    row(
        "POST /territories/{territory}/sites",
        "/admin/territories/rouen_metropole/sites",
        &[],
        [403, 422, 422, 403, 303],
    ),
    row(
        "POST /territories/{territory}/numbers",
        "/admin/territories/rouen_metropole/numbers",
        &[],
        [403, 409, 409, 403, 303],
    ),
    row(
        "POST /territories/{territory}/line",
        "/admin/territories/rouen_metropole/line",
        &[],
        MANAGED,
    ),
    row(
        "POST /territories/{territory}/lexicon",
        "/admin/territories/rouen_metropole/lexicon",
        &[],
        [403, 422, 422, 403, 303],
    ),
    row(
        "POST /territories/{territory}/people",
        "/admin/territories/rouen_metropole/people",
        &[],
        [403, 422, 422, 403, 303],
    ),
    row(
        "POST /territories/{territory}/people/change",
        "/admin/territories/rouen_metropole/people/change",
        &[("do", "seen")],
        MANAGED,
    ),
    row(
        "GET /territories/{territory}/sites/{site}",
        "/admin/territories/rouen_metropole/sites/raffinerie",
        &[],
        SEEN,
    ),
    row(
        "POST /territories/{territory}/sites/{site}",
        "/admin/territories/rouen_metropole/sites/raffinerie",
        &[],
        [403, 409, 409, 403, 303],
    ),
    row(
        "POST /territories/{territory}/sites/{site}/approval",
        "/admin/territories/rouen_metropole/sites/raffinerie/approval",
        &[],
        MANAGED,
    ),
    row(
        "POST /territories/{territory}/sites/{site}/telephone",
        "/admin/territories/rouen_metropole/sites/raffinerie/telephone",
        &[("do", "remove")],
        MANAGED,
    ),
    row(
        "POST /territories/{territory}/sites/{site}/close",
        "/admin/territories/rouen_metropole/sites/nulle-part/close",
        &[],
        [403, 404, 404, 403, 303],
    ),
    row(
        "POST /territories/{territory}/sites/{site}/open",
        "/admin/territories/rouen_metropole/sites/nulle-part/open",
        &[],
        [403, 404, 404, 403, 303],
    ),
    row(
        "GET /territories/{territory}/words/{sentence}/{language}",
        "/admin/territories/rouen_metropole/words/greeting/fr",
        &[],
        SEEN,
    ),
    row(
        "POST /territories/{territory}/words/{sentence}/{language}",
        "/admin/territories/rouen_metropole/words/greeting/fr",
        &[],
        MANAGED,
    ),
    row(
        "POST /territories/{territory}/words/{sentence}/{language}/recording",
        "/admin/territories/rouen_metropole/words/greeting/fr/recording",
        &[],
        [403, 415, 415, 403, 303],
    ),
    row(
        "GET /territories/{territory}/lexicon/entry",
        "/admin/territories/rouen_metropole/lexicon/entry?language=fr&written=x",
        &[],
        [403, 404, 404, 404, 303],
    ),
    row(
        "POST /territories/{territory}/lexicon/entry",
        "/admin/territories/rouen_metropole/lexicon/entry",
        &[("do", "remove")],
        MANAGED,
    ),
    row(
        "GET /territories/{territory}/contacts",
        "/admin/territories/rouen_metropole/contacts",
        &[],
        SEEN,
    ),
    row(
        "POST /territories/{territory}/contacts",
        "/admin/territories/rouen_metropole/contacts",
        &[],
        [403, 422, 422, 403, 303],
    ),
    row(
        "GET /territories/{territory}/contacts/{contact}",
        "/admin/territories/rouen_metropole/contacts/nobodynobody",
        &[],
        [403, 404, 404, 404, 303],
    ),
    row(
        "POST /territories/{territory}/contacts/{contact}",
        "/admin/territories/rouen_metropole/contacts/nobodynobody",
        &[],
        [403, 404, 404, 403, 303],
    ),
    row(
        "POST /territories/{territory}/contacts/{contact}/key",
        "/admin/territories/rouen_metropole/contacts/nobodynobody/key",
        &[],
        [403, 404, 404, 403, 303],
    ),
    row(
        "POST /territories/{territory}/contacts/{contact}/remove",
        "/admin/territories/rouen_metropole/contacts/nobodynobody/remove",
        &[],
        [403, 404, 404, 403, 303],
    ),
    row(
        "POST /territories/{territory}/contacts/keys/seen",
        "/admin/territories/rouen_metropole/contacts/keys/seen",
        &[],
        MANAGED,
    ),
    row(
        "GET /territories/{territory}/contacts/lists/{authority}",
        "/admin/territories/rouen_metropole/contacts/lists/fire_service",
        &[],
        SEEN,
    ),
    row(
        "POST /territories/{territory}/contacts/lists/{authority}",
        "/admin/territories/rouen_metropole/contacts/lists/fire_service",
        &[],
        [403, 409, 409, 403, 303],
    ),
    row(
        "GET /territories/{territory}/listen",
        "/admin/territories/rouen_metropole/listen?language=fr&text=a",
        &[],
        SEEN,
    ),
];

const WHO: [Option<&str>; 5] = [
    Some(OPERATOR),
    Some(MANAGER),
    Some(ADMINISTRATOR),
    Some(AUDITOR),
    None,
];

#[test]
fn every_route_of_the_desk_has_its_row_and_no_row_is_left_over() {
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.route.to_owned()).collect();
    assert_eq!(routes(), rows);
}

#[tokio::test]
async fn every_role_gets_what_its_row_says() {
    let house = House::new().await;
    let mut wrong = vec![];
    for row in ROWS {
        for (who, status) in WHO.iter().zip(row.statuses) {
            let answer = send(&house, row, *who, &[]).await;
            if answer != status {
                wrong.push(format!("{} as {who:?}: {answer}, not {status}", row.route));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_everywhere_and_changes_nothing() {
    let house = House::new().await;
    let foreign = [
        [(header::ORIGIN.as_str(), "https://evil.example")],
        [(header::ORIGIN.as_str(), "null")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ];
    for row in ROWS.iter().filter(|row| !row.route.starts_with("GET ")) {
        for headers in &foreign {
            let (status, changed) = watch(&house, row, Some(ADMINISTRATOR), headers).await;
            assert_eq!(status, 403, "{} {headers:?}", row.route);
            assert!(!changed, "{} {headers:?} changed a row", row.route);
        }
    }
}

#[tokio::test]
async fn looking_at_a_page_changes_nothing() {
    let house = House::new().await;
    for row in ROWS.iter().filter(|row| row.route.starts_with("GET ")) {
        for who in WHO {
            let (_, changed) = watch(&house, row, who, &[]).await;
            assert!(!changed, "{} as {who:?} changed a row", row.route);
        }
    }
}

/// Sends the request of a row; gives the status.
async fn send(house: &House, row: &Row, who: Option<&str>, headers: &[(&str, &str)]) -> u16 {
    let cookie = cookie(house, who).await;
    ask(house, row, cookie.as_deref(), headers).await.as_u16()
}

/// The same; also tells whether any row of the database was written.
async fn watch(
    house: &House,
    row: &Row,
    who: Option<&str>,
    headers: &[(&str, &str)],
) -> (u16, bool) {
    let cookie = cookie(house, who).await;
    let before = house.octets_on_disk();
    let status = ask(house, row, cookie.as_deref(), headers).await;
    (status.as_u16(), house.octets_on_disk() != before)
}

async fn cookie(house: &House, who: Option<&str>) -> Option<String> {
    match who {
        Some(email) => house.sign_in(email).await.cookie,
        None => None,
    }
}

async fn ask(
    house: &House,
    row: &Row,
    cookie: Option<&str>,
    headers: &[(&str, &str)],
) -> StatusCode {
    let (method, _) = row.route.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(row.address);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let body = Body::from(form(row.fields));
    house.send(request.body(body).unwrap()).await.status
}

/// Every route of the desk, read from where it is made: the router itself does not tell.
fn routes() -> BTreeSet<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![sources.join("admin.rs")];
    let mut folders = vec![sources.join("admin")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap());
    texts.flat_map(|text| routes_of(&text)).collect()
}

fn routes_of(text: &str) -> Vec<String> {
    let mut routes = vec![];
    for call in text.split(".route(").skip(1) {
        let call = &call[..end_of(call)];
        let path = call.trim_start().strip_prefix('"');
        let (path, handlers) = path
            .and_then(|rest| rest.split_once('"'))
            .unwrap_or_else(|| panic!("a route is written with its path: {call}"));
        if path == "/{*rest}" {
            continue;
        }
        let before = routes.len();
        for method in ["get", "post", "put", "patch", "delete"] {
            let at_start = format!("{method}(");
            let is_used = handlers.match_indices(&at_start).any(|(at, _)| {
                !handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
            });
            if is_used {
                routes.push(format!("{} {path}", method.to_uppercase()));
            }
        }
        assert!(
            routes.len() > before,
            "no method is found for {path}: {call}"
        );
    }
    routes
}

/// Where the arguments of a call end.
fn end_of(call: &str) -> usize {
    let mut open = 1;
    let end = call.char_indices().find(|(_, c)| {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        open == 0
    });
    end.map_or(call.len(), |(at, _)| at)
}

#[test]
fn a_route_is_found_with_its_methods_however_it_is_written() {
    let text = "Router::new()\n.route(\"/a/{id}\", get(show).post(change))\n.route(\n\"/b\",\n\
                axum::routing::delete(forget).layer(limit(1)),\n)";
    assert_eq!(
        routes_of(text),
        ["GET /a/{id}", "POST /a/{id}", "DELETE /b"]
    );
}
