use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use crate::support::{House, allo, keep_picture, run, take_turn, walk};

#[test]
fn every_word_in_bold_of_the_guide_is_seen_on_its_way_and_every_picture_taken() {
    let _turn = take_turn();
    let house = House::open();
    let manager = house.hire("manager@allo.example", store::Role::Manager);
    let invited = run(allo()
        .args(["user", "add", "anne@allo.example", "--name", "Anne"])
        .args(["--role", "operator", "--site", "raffinerie-du-meandre"])
        .args(["--public-url", &house.url(""), "--data"])
        .arg(house.data()));
    assert!(invited.status.success(), "{invited:?}");
    let link = String::from_utf8(invited.stdout).expect("UTF-8");
    let input = json!({
        "url": house.url(""), "link": link.trim(), "password": "girafe violon brouillard",
        "manager": manager,
    });

    let walked = walk("operator_guide", &input);

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(root.join("docs/guide/operator.md")).expect("the guide");
    let (french, _) = guide.split_once("## In English").expect("both languages");
    let words = plain(walked["words"].as_str().expect("words"));
    let missing: Vec<_> = between(french, "**", "**")
        .filter(|label| !words.contains(&plain(label)))
        .collect();
    assert!(missing.is_empty(), "not seen on any page: {missing:?}");

    let pictures: BTreeSet<_> = between(&guide, "../images/", ")").collect();
    assert!(pictures.len() >= 6, "{pictures:?}");
    for picture in pictures {
        let taken = picture
            .replace("operator-", "guide-")
            .replace(".png", "-760.png");
        let taken = root.join("target/screenshots").join(taken);
        assert!(
            taken.is_file(),
            "{} is no picture of the walk",
            taken.display()
        );
        keep_picture(&taken, picture);
    }
}

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(from)?;
        let (found, after) = after.split_once(to)?;
        rest = after;
        Some(found)
    })
}

/// One kind of blank, and small letters.
fn plain(text: &str) -> String {
    let words: Vec<_> = text
        .split(char::is_whitespace)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").to_lowercase()
}
