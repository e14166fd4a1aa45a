use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use media::Codec;
use speech::wav;

use crate::support::{House, allo, eventually, run};

const SITE: &str = "huiles-du-fleuve";
const TERRITORY: &str = "rouen_metropole";
const TEXT: &str = "Bruit sur la plateforme Xylorga.";

#[test]
fn a_lexicon_changed_while_the_service_runs_is_heard_in_the_next_bulletin() {
    let house = House::open();
    let before = spoken(&house);
    assert!(holds(&before, &said(&house)), "the built-in lexicon alone");

    write(
        house.data(),
        "[[entry]]\nmatch = \"Xylorga\"\nsay = \"Silorgât\"\n",
    );
    let after = spoken(&house);

    let wanted = said(&house);
    assert!(holds(&after, &wanted), "as the new entry wants");
    assert!(!holds(&before, &wanted), "and not before");
}

#[test]
fn a_lexicon_with_a_fault_is_told_with_its_line_and_silences_nobody() {
    let house = House::open();
    let built_in = said(&house);
    write(
        house.data(),
        "[[entry]]\nmatch = \"Xylorga\"\nsay = \"Silorga 2\"\n",
    );

    let checked = check(house.data());

    assert!(!checked.status.success());
    let told = text(&checked);
    assert!(
        told.contains("line 1, entry “Xylorga”: `say` may hold letters"),
        "{told}"
    );
    assert!(told.contains("spoken without its lexicon"), "{told}");
    assert!(holds(&spoken(&house), &built_in), "spoken all the same");
}

#[test]
fn a_check_lists_each_name_with_its_words_and_phonemes_and_tests_it() {
    let house = House::open();
    write(
        house.data(),
        "[[entry]]\nmatch = \"Xylorga\"\nsay = \"Silorga\"\nipa = \"silɔʁɡˈa\"\n",
    );
    let well = check(house.data());
    let told = text(&well);
    assert!(well.status.success(), "{told}");
    assert!(told.contains("Xylorga\tSilorga\tsilɔʁɡˈa"), "{told}");
    assert!(
        told.contains("Raffinerie du Méandre\tRaffinerie du Méandre\t"),
        "{told}"
    );
    assert!(
        told.contains("Grand-Quevilly\tGrand Quévilli\t"),
        "the commune: {told}"
    );

    write(
        house.data(),
        "[[entry]]\nmatch = \"www.usine.fr\"\nsay = \"notre usine\"\n\
         [[entry]]\nmatch = \"Xylorga\"\nsay = \"Xylor parking\"\nipa = \"a\"\n",
    );
    let doubtful = check(house.data());
    let told = text(&doubtful);
    assert!(!doubtful.status.success(), "{told}");
    assert!(
        told.contains("an address, a handle or another entry comes first"),
        "{told}"
    );
    assert!(told.contains("takes it for English"), "{told}");
    assert!(told.contains("`ipa` is a; listen"), "{told}");
}

#[test]
fn a_report_shows_texts_words_and_phonemes_of_standard_input() {
    let mut report = allo()
        .args(["say", "--report", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = report.stdin.take().expect("a pipe");
    input
        .write_all("-5 °C dehors à 14h30.\n\nRejet de SO2,\nparking fermé.\n".as_bytes())
        .expect("it reads");
    drop(input);
    let told = report.wait_with_output().expect("it ends");

    assert!(told.status.success());
    let told = text(&told);
    for line in [
        "written   -5 °C dehors à 14h30.",
        "spoken    moins cinq degrés dehors à quatorze heures trente.",
        "phonemes  mwˈɛ̃ sˈɛ̃k dəɡʁˈe",
        "written   Rejet de SO2,\n          parking fermé.",
        "look      espeak-ng takes a word for English",
    ] {
        assert!(told.contains(line), "{line}\nin\n{told}");
    }
}

#[test]
fn a_text_that_begins_with_a_hyphen_is_spoken_from_an_argument_and_from_standard_input() {
    let argument = run(allo().args(["say", "--spoken", "-m Fumée noire"]));
    assert_eq!(text(&argument).trim(), "m Fumée noire");
    let mut piped = allo()
        .args(["say", "--spoken", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = piped.stdin.take().expect("a pipe");
    input
        .write_all("- Fumée noire".as_bytes())
        .expect("it reads");
    drop(input);
    let told = piped.wait_with_output().expect("it ends");
    assert_eq!(text(&told).trim(), "Fumée noire");
}

/// The octets that callers hear of a new bulletin with our text.
fn spoken(house: &House) -> Vec<u8> {
    let answer = house.post(SITE, TEXT);
    let id = answer["id"].as_str().expect("an id").to_owned();
    eventually("the recording", Duration::from_secs(20), || {
        house.recording(SITE, &id)
    })
}

/// The octets of the text alone, as `allo say` speaks it now.
fn said(house: &House) -> Vec<u8> {
    let file = house.data().join("said.wav");
    let done = run(allo()
        .args(["say", TEXT, "--territory", TERRITORY, "-o"])
        .arg(&file)
        .arg("--data")
        .arg(house.data()));
    assert!(done.status.success(), "{}", text(&done));
    let sound = wav::read(&std::fs::read(&file).expect("the file")).expect("a WAV file");
    Codec::Pcma.encode(&sound.samples)
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

fn write(data: &Path, lexicon: &str) {
    let folder = data.join("lexicon");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{TERRITORY}.toml")), lexicon).expect("the lexicon");
}

fn check(data: &Path) -> Output {
    run(allo()
        .args(["lexicon", "check", "--territory", TERRITORY, "--data"])
        .arg(data))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
