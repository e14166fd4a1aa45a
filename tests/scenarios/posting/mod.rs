use std::path::Path;
use std::time::{Duration, Instant};

use media::Codec;
use serde_json::{Value, json};
use store::{By, DeskDraft, DraftState, NewJob, Store};

use crate::support::{House, eventually, take_turn, walk};

const SITE: &str = "engrais-de-la-boucle";

#[test]
fn an_operator_posts_in_under_a_minute_by_eight_actions_and_what_was_previewed_is_what_the_line_says()
 {
    let _turn = take_turn();
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let [wav, octets] = ["preview.wav", "line.pcma"].map(|name| folder.path().join(name));
    let later = jiff::Timestamp::now() + Duration::from_secs(2 * 3_600);
    let later = later.in_tz("Europe/Paris").unwrap();

    let found = walk(
        "posting",
        &json!({
            "url": house.url(""),
            "cookie": house.sign_in(Some(SITE)),
            "token": house.token(SITE),
            "wav": wav,
            "octets": octets,
            "later": later.strftime("%Y-%m-%dT%H:%M").to_string(),
        }),
    );

    println!("from signed in to published: {}", found["walk"]);
    let counted = |what: &str| found["walk"][what].as_u64().expect("a whole number");
    assert!(counted("actions") <= 8, "{found}");
    assert!(counted("ms") < 60_000, "{found}");
    let id = found["posted"].as_str().expect("an id");
    let document = house.read_json("/rouen_metropole.json");
    let ended = document["ended"].as_array().unwrap();
    let posted = ended.iter().find(|one| one["id"] == id).expect("it ended");
    let kinds = posted["thread"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["first", "update", "correction", "end"]);
    let spoken = found["spoken"].as_str().unwrap();
    assert!(spoken.contains("quatorze heures dix"), "{spoken}");

    let preview = samples(&std::fs::read(&wav).unwrap());
    let line = Codec::Pcma
        .decoder()
        .decode(&std::fs::read(&octets).unwrap());
    let same = (0..160).map(|padding| same_end(&preview, &line[..line.len() - padding]));
    let same = same.max().unwrap();
    assert!(same > 5 * 8_000, "the text sounds the same: {same} samples");

    let restored = found["restored"].as_str().expect("an id");
    let octets = eventually("its sound", Duration::from_secs(5), || {
        house.recording(SITE, restored)
    });
    let heard = house.dial("0805691282", "@0.3:#", Duration::from_secs(25));
    assert!(heard.has(&octets), "octet for octet");
}

#[test]
fn a_voice_recorded_in_the_browser_is_on_the_line_and_every_page_is_for_everybody() {
    let _turn = take_turn();
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let voice = folder.path().join("voice.wav");
    std::fs::write(&voice, VOICE).unwrap();
    let bulletin = house.post(SITE, "Un bruit de vapeur est audible depuis 14h.");

    let found = walk(
        "posting_voice",
        &json!({
            "url": house.url(""),
            "cookie": house.sign_in(Some(SITE)),
            "bulletin": bulletin["id"],
            "microphone": voice,
        }),
    );

    let id = found["recorded"].as_str().expect("an id");
    let document = house.read_json("/rouen_metropole.json");
    let same = |one: &&Value| one["text"] == "Un bruit de vapeur s’entend depuis 14h30.";
    let ongoing = document["ongoing"].as_array().unwrap();
    assert_eq!(ongoing.iter().filter(same).count(), 1, "published once");
    let octets = eventually("its sound", Duration::from_secs(5), || {
        house.recording(SITE, id)
    });
    assert!(
        octets.len() > 8 * 7_000,
        "a lead-in and four seconds of a voice"
    );
    let heard = house.dial("0805691282", "@0.3:#,@12:#", Duration::from_secs(40));
    assert!(heard.has(&octets), "octet for octet");
}

#[test]
fn a_scheduled_bulletin_is_published_at_its_hour_also_when_that_came_while_the_program_was_stopped()
{
    let mut house = House::open();
    let soon = jiff::Timestamp::now() + Duration::from_millis(500);
    schedule(&house, "aaaaaaaaaaab", "La torche brûle à son heure.", soon);
    eventually("the bulletin", Duration::from_secs(8), || {
        let page = house.read("/rouen_metropole").1;
        page.contains("brûle à son heure").then_some(())
    });
    house.stop();
    schedule(
        &house,
        "aaaaaaaaaaac",
        "La torche brûle après la panne.",
        soon,
    );

    house.start(Path::new(env!("CARGO_BIN_EXE_allo")));

    eventually("the other", Duration::from_secs(8), || {
        let page = house.read("/rouen_metropole").1;
        page.contains("après la panne").then_some(())
    });
}

#[test]
fn a_voice_that_fails_is_red_on_the_page_of_its_bulletin_within_ten_seconds_with_what_to_do() {
    let mut house = House::open();
    let cookie = house.sign_in(Some(SITE));
    house.stop();
    house.start(Path::new("/bin/false"));
    let posted = Instant::now();
    let bulletin = house.post(
        SITE,
        "Un sifflement que personne n'a encore lu est audible.",
    );
    let at = format!("/admin/bulletins/{}", bulletin["id"].as_str().unwrap());

    let page = eventually("a red light", Duration::from_secs(10), || {
        let page = house.desk(&cookie, &at).1;
        let told = page.contains("Enregistrez votre voix par une mise à jour");
        (told && page.contains("light red")).then_some(page)
    });

    println!("red after {} ms", posted.elapsed().as_millis());
    assert!(page.contains("Quelque chose ne va pas"), "{page}");
}

/// Writes a draft for a noise with its hour, and the job of that, as the desk does.
fn schedule(house: &House, id: &str, text: &str, at: jiff::Timestamp) {
    let form = json!({ "site": SITE, "kind": "unplanned", "text": text, "language": "fr" });
    let draft = DeskDraft {
        id: id.into(),
        site: bulletin::SiteSlug::parse(SITE).unwrap(),
        author: "operator@example.org".into(),
        state: DraftState::Scheduled,
        publish_at: Some(at),
        recording: None,
        form: form.to_string(),
        note: String::new(),
        at,
    };
    let job = NewJob {
        kind: web::PUBLISH.into(),
        payload: json!({ "draft": id }).to_string(),
        run_at: at,
        unique: None,
    };
    let by = By { who: "test", at };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&house.data().join("allo.db")).await.unwrap();
        store
            .save_desk_draft(&draft, None, &[job], by)
            .await
            .unwrap();
        store.close().await;
    });
}

/// How many samples at the ends of two sounds are the same. The line fills its packets up with silence.
fn same_end(one: &[i16], other: &[i16]) -> usize {
    let pairs = one.iter().rev().zip(other.iter().rev());
    pairs.take_while(|(one, other)| one == other).count()
}

/// The samples of a WAV of our own.
fn samples(wav: &[u8]) -> Vec<i16> {
    let octets = wav[44..].as_chunks::<2>().0;
    octets.iter().copied().map(i16::from_le_bytes).collect()
}

const VOICE: &[u8] = include_bytes!("../uploads/sounds/voice.wav");
