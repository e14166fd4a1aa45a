use std::time::Duration;

use crate::support::{House, eventually, listen};

#[test]
fn two_territories_never_hear_each_others_bulletins() {
    let house = House::open();
    let rouen = posted(
        &house,
        "huiles-du-fleuve",
        "Odeur de levure, rive gauche, bruit de pompe.",
    );
    let havre = posted(
        &house,
        "raffinerie-du-cap",
        "Bruit de compresseur près du canal.",
    );

    std::thread::scope(|calls| {
        for (number, theirs, others) in [
            ("0805691282", &rouen, &havre),
            ("+33805691282", &rouen, &havre),
            ("33805691282", &rouen, &havre),
            ("0033805691282", &rouen, &havre),
            ("0800101092", &havre, &rouen),
        ] {
            let target = house.target(number);
            calls.spawn(move || {
                let heard = listen(&target, "@0.2:#", Duration::from_secs(20));
                assert!(heard.has(theirs), "{number}");
                assert!(!heard.has(others), "{number}");
            });
        }
    });

    let (_, page) = house.read("/le_havre");
    assert!(page.contains("compresseur") && !page.contains("levure"));
}

#[test]
fn an_unknown_number_gets_the_menu_and_a_key_leads_to_a_territory() {
    let house = House::open();
    let rouen = posted(
        &house,
        "huiles-du-fleuve",
        "Odeur de levure, bruit de pompe.",
    );
    let havre = posted(
        &house,
        "raffinerie-du-cap",
        "Bruit de compresseur près du canal.",
    );

    let [first, second] = ["@2:1,@2.6:#", "@2:2,@2.6:#"].map(|keys| {
        let target = house.target("0261910001");
        std::thread::spawn(move || listen(&target, keys, Duration::from_secs(22)))
    });
    let [first, second] = [first, second].map(|call| call.join().expect("a call"));

    assert_ne!(
        first.has(&rouen),
        first.has(&havre),
        "the first key leads to one of them"
    );
    assert_ne!(
        second.has(&rouen),
        second.has(&havre),
        "the second key leads to one of them"
    );
    assert_ne!(first.has(&rouen), second.has(&rouen), "and not to the same");
}

fn posted(house: &House, site: &str, text: &str) -> Vec<u8> {
    let answer = house.post(site, text);
    let id = answer["id"].as_str().expect("an id").to_owned();
    eventually("the recording", Duration::from_secs(5), || {
        house.recording(site, &id)
    })
}
