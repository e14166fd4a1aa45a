mod commands;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{House, allo, run, take_turn, walk};

#[test]
fn the_operators_of_a_demonstration_are_at_the_desk_at_once() {
    let house = House::open();
    let cookie = house.sign_in(Some("raffinerie-du-meandre"));

    let (status, page) = house.desk(&cookie, "/admin");

    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("Raffinerie du Méandre"), "{page}");
    let (status, door) = house.submit(&cookie, "/admin/sign-out", &[]);
    assert_eq!(status, StatusCode::OK);
    assert!(door.contains("name=\"password\""));
}

#[test]
fn somebody_who_was_removed_is_out_with_their_next_click() {
    let house = House::open();
    let cookie = house.hire("aude@allo.example", store::Role::Auditor);
    let (status, page) = house.desk(&cookie, "/admin");
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Rouen Métropole"), "{page}");

    house.dismiss("aude@allo.example");

    let (_, door) = house.desk(&cookie, "/admin");
    assert!(door.contains("name=\"password\""));
}

#[test]
fn first_sign_in_by_invitation_at_320_and_1280_px_by_keys_alone_and_without_javascript() {
    let _turn = take_turn();
    let house = House::open();
    let invitations = ["anne", "bruno", "chloe"].map(|name| invite(&house, name));
    let input = json!({
        "url": house.url(""),
        "invitations": invitations,
        "password": "girafe violon brouillard",
    });

    let walked = walk("door", &input);

    assert_eq!(walked["visits"], 3);
}

/// As an administrator without a browser does it.
fn invite(house: &House, name: &str) -> Value {
    let email = format!("{name}@allo.example");
    let mut command = allo();
    command.args(["user", "add", &email, "--name", name, "--role", "operator"]);
    command.args([
        "--site",
        "raffinerie-du-meandre",
        "--public-url",
        &house.url(""),
    ]);
    let invited = run(command.arg("--data").arg(house.data()));
    assert!(invited.status.success(), "{invited:?}");
    let link = String::from_utf8(invited.stdout).expect("UTF-8");
    json!({ "email": email, "link": link.trim() })
}
