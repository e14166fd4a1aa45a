use bulletin::Authority;
use serde_json::{Value, json};
use store::Role;

use crate::support::{House, take_turn, walk};

#[test]
fn every_page_that_a_link_leads_to_is_for_everybody_at_320_and_1280_px() {
    let _turn = take_turn();
    let house = House::open();
    house.post("raffinerie-du-meandre", "Une odeur de gaz est perceptible.");
    let territories = house.read_json("/api/v1/territories");
    let mut names = vec![];
    collect_slugs(&territories, &mut names);
    let sites = server::demo::Credentials::read(house.data()).expect("the file of secrets");
    names.extend(sites.operators.into_iter().map(|one| one.site));
    names.extend(Authority::ALL.iter().map(|one| one.as_str().to_owned()));
    let input = json!({
        "url": house.url(""),
        "names": names,
        "people": {
            "reader": "",
            "operator": house.sign_in(Some("raffinerie-du-meandre")),
            "manager": house.hire("mado@allo.example", Role::Manager),
            "auditor": house.hire("aude@allo.example", Role::Auditor),
            "administrator": house.sign_in(None),
        },
    });

    let looked = walk("every_page", &input);

    let pages = |who: &str| looked[who].as_array().map_or(0, Vec::len);
    for (who, least) in [
        ("reader", 4),
        ("operator", 8),
        ("manager", 15),
        ("auditor", 6),
        ("administrator", 15),
    ] {
        assert!(pages(who) >= least, "{who}: {}", looked[who]);
    }
}

fn collect_slugs(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| collect_slugs(one, names)),
        Value::Object(fields) => {
            names.extend(
                fields
                    .get("slug")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            fields.values().for_each(|one| collect_slugs(one, names));
        }
        _ => {}
    }
}
