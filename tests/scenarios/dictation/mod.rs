mod likeness;
mod relay;
mod secrecy;

use std::path::Path;
use std::time::Duration;

use likeness::likeness;
use media::Codec;
use relay::Relay;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::Settings;
use server::config::DictationTable;
use server::demo::Credentials;
use speech::{Pcm, level, wav};

use crate::scenarios::baresip::keys::Baresip;
use crate::scenarios::baresip::modules;
use crate::support::{House, eventually, free_port};

const PRIVATE: &str = "0261910060";
/// Of a recording of seven seconds, the samples that are compared, and those of the key and of the silence behind it.
const COMPARED: usize = 40_000;
const SILENCED: usize = 6_400;

#[test]
fn what_a_telephone_posts_is_published_heard_and_downloadable_and_intelligible_with_a_packet_of_twenty_lost()
 {
    let house = house();
    let spoken = a_minute_of_speech();
    let (clean, lossy) = std::thread::scope(|threads| {
        let clean = threads.spawn(|| dictated(&house, "huiles-du-fleuve", &spoken, 0));
        let lossy = threads.spawn(|| dictated(&house, "raffinerie-du-meandre", &spoken, 5));
        (clean.join().unwrap(), lossy.join().unwrap())
    });

    let heard = house.dial("0805691282", "#,#", Duration::from_secs(40));
    assert!(
        heard.has(&clean) && heard.has(&lossy),
        "the next caller hears both"
    );

    // Before each stands the lead-in of the built-in voice; behind it the silence that takes the place of the last key.
    let [clean, lossy] = [clean, lossy].map(|octets| {
        let decoded = Codec::Pcma.decoder().decode(&octets);
        let end = decoded.len() - SILENCED;
        decoded[end - COMPARED..end].to_vec()
    });
    let said = as_the_line_says_it(spoken);
    let (whole, holed) = (likeness(&said, &clean), likeness(&said, &lossy));
    let levels = [&clean, &lossy].map(|sound| level::active_level_dbov(sound, 8_000).unwrap().dbov);
    println!("without loss {whole:?}, with loss {holed:?}, levels {levels:?} dBov");
    assert!(
        levels.iter().all(|level| (-28.0..=-24.0).contains(level)),
        "{levels:?}"
    );
    assert!(whole.loudness > 0.95 && whole.samples > 0.9, "{whole:?}");
    assert!(
        holed.loudness > whole.loudness - 0.05,
        "{holed:?} against {whole:?}"
    );
    assert!(
        holed.samples > whole.samples - 0.1,
        "{holed:?} against {whole:?}"
    );
}

#[test]
fn who_hangs_up_before_confirming_publishes_nothing_and_finds_a_draft() {
    let house = house();
    let site = "huiles-du-fleuve";
    let before = texts(&house);
    let folder = tempfile::tempdir().unwrap();
    let mut phone = phone(folder.path(), &a_minute_of_speech());
    phone.does("dial", &house.target(PRIVATE));
    phone.waits_for("CALL_ESTABLISHED");
    signs_in(&mut phone, &house, site);
    presses(&mut phone, "11#");
    std::thread::sleep(Duration::from_secs(3));
    phone.does("hangup", "");
    phone.waits_for("CALL_CLOSED");
    phone.quits();

    let draft = eventually("the draft", Duration::from_secs(10), || {
        let (_, list) = house.send(Method::GET, "/api/v1/drafts", site, &Value::Null);
        list["drafts"].get(0).cloned()
    });
    assert_eq!(
        (&draft["kind"], &draft["events"]),
        (&json!("unplanned"), &json!(["flaring"]))
    );
    let duration = draft["duration_ms"].as_u64().unwrap();
    assert!((1_500..4_500).contains(&duration), "{duration} ms");
    let heard = house.download(site, draft["recording"].as_str().unwrap());
    assert!(level::active_level_dbov(&wav::read(&heard).unwrap().samples, 8_000).is_some());
    assert_eq!(texts(&house), before, "nothing is published");

    let path = format!("/api/v1/drafts/{}", draft["id"].as_str().unwrap());
    let (status, _) = house.send(Method::DELETE, &path, site, &Value::Null);
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(house.find(site, &format!("{path}/recording")), None);
}

/// Dictates for some seconds, publishes, and gives what can be downloaded of it then.
fn dictated(house: &House, site: &str, spoken: &Pcm, loses: u32) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::open(house.sip(), loses);
    let mut phone = phone(folder.path(), spoken);
    phone.does("dial", &format!("sip:{PRIVATE}@{}", relay.sip));
    phone.waits_for("CALL_ESTABLISHED");
    signs_in(&mut phone, house, site);
    presses(&mut phone, "11#");
    std::thread::sleep(Duration::from_secs(7));
    presses(&mut phone, "#");
    std::thread::sleep(Duration::from_secs(3));
    presses(&mut phone, "1");
    phone.waits_for("CALL_CLOSED");
    phone.quits();
    let (lost, passed) = relay.account();
    let share = 100 * lost / (lost + passed);
    assert!(share.abs_diff(loses) <= 2, "{lost} of {}", lost + passed);

    let (text, id) = posted_by(house, site);
    assert!(text.contains("signale : torche allumée."), "{text}");
    assert!(text.contains("à écouter au 0805 691 282"), "{text}");
    eventually("the recording", Duration::from_secs(20), || {
        house.recording(site, &id)
    })
}

fn house() -> House {
    let number = Some(vec![PRIVATE.to_owned()]);
    let settings = Settings {
        dictation: DictationTable { number },
        ..Settings::default()
    };
    House::open_with(settings, |_| {})
}

fn signs_in(phone: &mut Baresip, house: &House, site: &str) {
    let credentials = Credentials::read(house.data()).unwrap();
    let mut operators = credentials.operators.into_iter();
    let operator = operators.find(|one| one.site == site).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    presses(phone, &format!("{}#{}#", operator.code, operator.pin));
    // The PIN is compared with its hash, which takes a moment on purpose; the answer has time for several choices.
    std::thread::sleep(Duration::from_secs(4));
}

/// At a person's pace.
fn presses(phone: &mut Baresip, keys: &str) {
    for key in keys.chars() {
        phone.does("sndcode", &key.to_string());
        std::thread::sleep(Duration::from_millis(400));
    }
}

/// The text and the id of the bulletin of a site that was posted by telephone.
fn posted_by(house: &House, site: &str) -> (String, String) {
    eventually("the bulletin", Duration::from_secs(10), || {
        let programme = house.read_json("/api/v1/territories/rouen_metropole/programme");
        programme["ongoing"].as_array()?.iter().find_map(|one| {
            let (id, text) = (one["id"].as_str()?, one["text"].as_str()?);
            let is_it = one["site"]["slug"] == site && text.contains(" signale : ");
            is_it.then(|| (text.to_owned(), id.to_owned()))
        })
    })
}

/// What can be read of both territories.
fn texts(house: &House) -> Vec<String> {
    let programme = |slug| house.read_json(&format!("/api/v1/territories/{slug}/programme"));
    let both = ["rouen_metropole", "le_havre"].map(programme);
    let ongoing = both
        .iter()
        .flat_map(|one| one["ongoing"].as_array().unwrap());
    ongoing.map(|one| one["id"].to_string()).collect()
}

/// The house's own sentences one after the other: a voice, and no two seconds alike.
fn a_minute_of_speech() -> Pcm {
    let mut samples = vec![];
    for prompt in speech::prompts::of(bulletin::Language::French)
        .iter()
        .filter(|prompt| prompt.text.len() > 60)
    {
        samples.extend(Codec::Pcma.decoder().decode(prompt.sound().pcma));
    }
    assert!(samples.len() > 8_000 * 50, "{} samples", samples.len());
    samples.truncate(8_000 * 60);
    Pcm {
        samples,
        sample_rate: 8_000,
    }
}

/// The same through the filters of the line, whose phase would count as unlikeness.
fn as_the_line_says_it(spoken: Pcm) -> Vec<i16> {
    let take = speech::Take::new(spoken).expect("a minute");
    let mastered = take.master(bulletin::Language::French).expect("speech");
    mastered.recording.phone
}

/// A telephone without sound card or screen that speaks a file.
fn phone(folder: &Path, spoken: &Pcm) -> Baresip {
    std::fs::write(folder.join("spoken.wav"), wav::write(spoken)).unwrap();
    let (port, control) = (free_port(), free_port());
    let config = format!(
        "sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\nrtp_ports 20000-32000\n\
         audio_source aufile,{spoken}\naudio_player aubridge,ear\naudio_alert aubridge,alert\n\
         jitter_buffer_delay 1-50\nmodule_path {modules}\n\
         module g711.so\nmodule aufile.so\nmodule aubridge.so\n\
         module_app account.so\nmodule_app menu.so\n\
         module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\n",
        spoken = folder.join("spoken.wav").display(),
        modules = modules().display(),
    );
    std::fs::write(folder.join("config"), config).unwrap();
    let account = format!("<sip:operator@127.0.0.1:{port}>;regint=0;audio_codecs=PCMA\n");
    std::fs::write(folder.join("accounts"), account).unwrap();
    std::fs::write(folder.join("contacts"), "").unwrap();
    Baresip::start(folder, control)
}
