//! Names and texts that mean harm, on every page, table and document of the desk: there they are text.

use axum::http::StatusCode;
use bulletin::{Site, SiteSlug, Territory, TerritorySlug};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use store::{NewToken, Scope};

use crate::house::{ADMINISTRATOR, House, REFINERY, by, flare_with};
use crate::matrix::ROWS;
use crate::strangers_at_the_desk::Things;

/// Of a page, a spreadsheet, an attribute and an XML document.
const NAME: &str = "=cmd|'/C calc'!A0 <script>alert(1)</script> &]]> \"x";

#[tokio::test]
async fn names_and_texts_that_mean_harm_are_text_on_every_page_table_and_document_of_the_desk() {
    let house = House::new().await;
    name_everything(&house).await;
    let posted = house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("text", format!("{NAME}\nsuite").into()),
        )
        .await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text());
    let things = Things::with(&house, posted.json()["id"].as_str().unwrap()).await;
    let mut administrator = house.sign_in(ADMINISTRATOR).await;

    let mut shown = [0; 3];
    for row in ROWS.iter().filter(|row| row.route.starts_with("GET ")) {
        let addresses = things.addresses(row).into_iter().map(|(theirs, _)| theirs);
        for address in addresses.chain([row.address.to_owned()]) {
            let answer = administrator.get(&address).await;
            let kind = answer.header("content-type").to_owned();
            if kind.starts_with("text/html") {
                let text = answer.text();
                assert!(!text.contains("<script>alert"), "{address}");
                assert!(!text.contains("&]]>"), "{address}");
                shown[0] += usize::from(text.contains("&#60;script&#62;alert(1)"));
            } else if kind.starts_with("text/csv") {
                let text = answer.text();
                for cell in cells(&text) {
                    assert!(!cell.starts_with(['=', '@', '\t']), "{address}: {cell}");
                }
                shown[1] += usize::from(text.contains("<script>alert(1)"));
            } else if kind.starts_with("application/json") {
                let document = answer.json().to_string();
                shown[2] += usize::from(document.contains("<script>alert(1)"));
            }
        }
    }
    let [pages, tables, documents] = shown;
    assert!(
        pages >= 3 && tables >= 1 && documents >= 1,
        "seen on {shown:?} pages, tables and documents"
    );
}

#[test]
fn cells_are_read_as_a_spreadsheet_reads_them() {
    assert_eq!(
        cells("a,\"b,\"\"c\"\"\nd\",'=e\r\nf,,\r\n"),
        ["a", "b,\"c\"\nd", "'=e", "f", "", ""]
    );
}

/// Gives territory, site and token such a name.
async fn name_everything(house: &House) {
    let territories = house.store.territories().await.unwrap();
    let rouen = territories
        .into_iter()
        .find(|it| it.slug.as_str() == "rouen_metropole")
        .unwrap();
    let territory = Territory {
        name: NAME.to_owned(),
        zone: TimeZone::get("Europe/Paris").unwrap(),
        ..rouen
    };
    house
        .store
        .upsert_territory(&territory, by())
        .await
        .unwrap();
    let site = Site {
        slug: SiteSlug::parse("raffinerie").unwrap(),
        territory: TerritorySlug::parse("rouen_metropole").unwrap(),
        name: NAME.to_owned(),
        spoken_name: "Raffinerie".to_owned(),
        commune: NAME.to_owned(),
    };
    house.store.upsert_site(&site, by()).await.unwrap();
    let token = NewToken {
        id: "hostile".to_owned(),
        site: site.slug,
        hash: Sha256::digest("another").into(),
        label: NAME.to_owned(),
        scope: Scope::Read,
    };
    house.store.insert_token(&token, by()).await.unwrap();
    house.refresh().await;
}

/// The cells of a CSV document (RFC 4180).
fn cells(text: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (vec![], String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells
}
