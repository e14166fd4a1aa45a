use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{House, eventually, keep_picture, run, take_turn, walk};

#[test]
fn residents_read_the_pages_without_script_on_a_bad_network_in_the_dark_and_on_paper() {
    let _turn = take_turn();
    let house = House::open();
    let posted = house.post(
        "huiles-du-fleuve",
        "Bruit de vapeur près du quai. Prochain point vers 18h30.",
    );
    let id = posted["id"].as_str().expect("an id");
    eventually("the recording", Duration::from_secs(10), || {
        house.recording("huiles-du-fleuve", id)
    });
    let programme = house.read_json("/rouen_metropole.json");
    let texts = texts(&programme);
    assert!(texts.len() >= 4, "{programme}");
    let input = json!({ "url": house.url(""), "id": id, "texts": texts });

    let walked = walk("public_pages", &input);

    let number = |name: &str| walked[name].as_f64().expect("a number");
    let (octets, painted) = (number("octets"), number("painted"));
    println!("{octets} octets with styles; first words after {painted:.0} ms");
    assert!(octets <= 50_000.0, "{octets} octets");
    assert!(painted < 2_000.0, "first words after {painted} ms");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (language, words) in [("fr", FRENCH), ("en", ENGLISH)] {
        let printed = printed(&root.join(format!("target/screenshots/public-{language}.pdf")));
        let wanted = texts.iter().map(String::as_str).chain(words);
        for text in wanted {
            assert!(printed.contains(&bare(text)), "{text}: {printed}");
        }
    }
    for (name, width) in [
        ("territory", 1280),
        ("territory", 320),
        ("english", 1280),
        ("dark", 320),
        ("archive", 1280),
        ("bulletin", 320),
        ("site", 320),
        ("explained", 1280),
        ("statement", 320),
    ] {
        let name = format!("public-{name}-{width}.png");
        keep_picture(&root.join("target/screenshots").join(&name), &name);
    }
}

/// What paper says beside the texts.
const FRENCH: [&str; 6] = [
    "Raffinerie du Méandre, Petit-Couronne",
    "Vérifié",
    "heure de Paris",
    "0805 691 282",
    "Prochaines nouvelles",
    "Information, pas alerte.",
];
const ENGLISH: [&str; 6] = [
    "Raffinerie du Méandre, Petit-Couronne",
    "Checked",
    "Paris time",
    "0805 691 282",
    "Next news",
    "Information, not alert.",
];

/// Every text of every thread that the page shows.
fn texts(programme: &Value) -> Vec<String> {
    let lists = [&programme["ongoing"], &programme["ended"]];
    let bulletins = lists.into_iter().filter_map(Value::as_array).flatten();
    let threads = bulletins.filter_map(|one| one["thread"].as_array());
    let entries = threads.flatten();
    let texts = entries.filter_map(|entry| entry["text"].as_str());
    texts.map(str::to_owned).collect()
}

/// What is to be read on paper.
fn printed(pdf: &Path) -> String {
    let read = run(Command::new("pdftotext").arg("-raw").arg(pdf).arg("-"));
    assert!(read.status.success(), "{read:?}");
    bare(&String::from_utf8(read.stdout).expect("UTF-8"))
}

/// Without blanks, which lines of paper and of a screen put elsewhere, and without ligatures.
fn bare(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    text.replace('ﬁ', "fi").replace('ﬂ', "fl")
}
