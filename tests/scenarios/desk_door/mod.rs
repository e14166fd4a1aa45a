use reqwest::StatusCode;

use crate::support::House;

#[test]
fn the_operators_of_a_demonstration_are_at_the_desk_at_once() {
    let house = House::open();
    let cookie = house.sign_in(Some("raffinerie-du-meandre"));

    let (status, page) = house.desk(&cookie, "/admin");

    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("raffinerie-du-meandre"));
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
    assert!(page.contains("rouen_metropole"), "{page}");

    house.dismiss("aude@allo.example");

    let (_, door) = house.desk(&cookie, "/admin");
    assert!(door.contains("name=\"password\""));
}
