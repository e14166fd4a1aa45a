mod chromium;
mod envelope;
mod malformed;
mod sounds;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bulletin::{Language, SiteSlug};
use media::Codec;
use reqwest::StatusCode;
use serde_json::{Value, json};
use speech::upload::Decoder;
use store::Store;

use crate::support::{House, allo, eventually, find, run, take_turn};
use envelope::likeness;
use malformed::Fate;

const SITE: &str = "engrais-de-la-boucle";

#[test]
fn every_format_of_the_list_becomes_the_same_recording() {
    let _turn = take_turn();
    let house = House::open();
    let spoken = samples(&taken(&house, "audio/wav", sounds::WAV));
    for (name, kind, file) in [
        ("mp3", "audio/mpeg", sounds::MP3),
        ("m4a", "audio/mp4", sounds::M4A),
        ("m4a in fragments", "audio/mp4", sounds::FRAGMENTED_M4A),
        ("aac", "audio/aac", sounds::AAC),
        ("ogg with Vorbis", "audio/ogg", sounds::VORBIS_OGG),
        ("webm with Vorbis", "video/webm", sounds::VORBIS_WEBM),
        ("ogg with Opus", "audio/ogg;codecs=opus", sounds::OPUS_OGG),
        (
            "webm with Opus",
            "audio/webm;codecs=opus",
            sounds::OPUS_WEBM,
        ),
        (
            "webm with Opus in stereo",
            "audio/webm",
            sounds::OPUS_STEREO,
        ),
        ("mp4 with Opus", "audio/mp4", sounds::OPUS_MP4),
        ("flac", "application/octet-stream", sounds::FLAC),
    ] {
        let heard = samples(&taken(&house, kind, file));
        let (longer, shorter) = (heard.len().max(spoken.len()), heard.len().min(spoken.len()));
        assert!(
            longer - shorter < 8 * 120,
            "{name}: {} and {} samples",
            heard.len(),
            spoken.len()
        );
        let likeness = likeness(&spoken, &heard);
        assert!(likeness > 0.97, "{name}: {likeness}");
    }
}

#[test]
fn an_uploaded_recording_is_heard_on_the_line_to_the_octet() {
    let house = House::open();
    let (status, answer) = house.upload(SITE, "audio/webm;codecs=opus", sounds::OPUS_WEBM);
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["warnings"], json!([]));
    let person = Codec::Pcma.encode(&samples(&preview(&house, &answer)));

    let id = post(&house, &answer["id"]);
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let heard = house.dial("0805691282", "@0.3:#", Duration::from_secs(25));

    assert!(
        find(&octets, &person).is_some(),
        "the person's voice is the body"
    );
    assert!(
        octets.len() > person.len() + 16_000,
        "and a lead-in comes before it"
    );
    assert!(heard.has(&octets), "octet for octet");
    assert_eq!(heard.report.counts.lost, 0);
    let page = house.read("/rouen_metropole").1;
    assert!(
        page.contains("La torche est allumée"),
        "the text stands beside it"
    );
}

#[test]
fn what_a_browser_records_live_is_heard_on_the_line() {
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let voice = folder.path().join("voice.wav");
    std::fs::write(&voice, sounds::WAV).unwrap();
    let spoken = samples(&taken(&house, "audio/wav", sounds::WAV));
    let kinds = [
        "audio/webm;codecs=opus",
        "audio/mp4",
        "audio/ogg;codecs=opus",
    ];

    let takes = chromium::record(&voice, &kinds, 6);

    assert_eq!(takes[0].kind, "audio/webm;codecs=opus");
    let mut ids = Vec::new();
    for take in &takes {
        println!("{} in {} octets", take.kind, take.file.len());
        let (status, answer) = house.upload(SITE, &take.kind, &take.file);
        assert_eq!(status, StatusCode::CREATED, "{}: {answer}", take.kind);
        let heard = samples(&preview(&house, &answer));
        assert!(
            heard.len() > 8 * 5_000,
            "{}: {} samples",
            take.kind,
            heard.len()
        );
        let likeness = likeness(&spoken, &heard);
        assert!(likeness > 0.9, "{}: {likeness}", take.kind);
        ids.push(answer["id"].clone());
    }
    let id = post(&house, &ids[0]);
    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording(SITE, &id)
    });
    let heard = house.dial("0805691282", "@0.3:#", Duration::from_secs(20));
    assert!(heard.has(&octets));
}

#[test]
fn an_update_and_a_correction_are_heard_as_recorded_too() {
    let house = House::open();
    let (_, answer) = house.upload(SITE, "audio/flac", sounds::FLAC);
    let person = Codec::Pcma.encode(&samples(&preview(&house, &answer)));
    let first = house.post(SITE, "Fumée noire au nord.");
    let id = first["id"].as_str().unwrap();
    for action in ["updates", "correct"] {
        let body = json!({ "text": "La torche est allumée.", "recording": answer["id"] });
        house.act(SITE, id, action, &body);
        eventually(action, Duration::from_secs(5), || {
            let octets = house.recording(SITE, id)?;
            find(&octets, &person).map(|_| ())
        });
    }
}

#[test]
fn a_drill_in_a_persons_voice_ends_with_the_words_that_it_was_one() {
    let house = House::open();
    let (_, answer) = house.upload(SITE, "audio/flac", sounds::FLAC);
    let person = Codec::Pcma.encode(&samples(&preview(&house, &answer)));
    let body = json!({
        "site": SITE, "kind": "drill", "text": "Exercice : la torche est allumée depuis ce matin.",
        "recording": answer["id"],
    });
    let (status, posted) = house.send(reqwest::Method::POST, "/api/v1/bulletins", SITE, &body);
    assert_eq!(status, StatusCode::CREATED, "{posted}");
    let id = posted["id"].as_str().expect("an id");

    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording(SITE, id)
    });

    let place = find(&octets, &person).expect("the person's words");
    let behind = octets.len() - place - person.len();
    assert!(
        behind > 8_000,
        "a second of \"C'était un exercice.\", not {behind} octets"
    );
}

#[test]
fn a_recording_is_posted_from_a_terminal() {
    let house = House::open();
    let file = house.data().join("voice.flac");
    std::fs::write(&file, sounds::FLAC).unwrap();
    let post = |file: &Path| {
        run(allo()
            .args(["post", "--site", SITE, "--event", "flaring", "--recording"])
            .arg(file)
            .args(["--url", &house.url(""), "--data"])
            .arg(house.data())
            .arg("La torche est allumée."))
    };

    let posted = post(&file);

    assert!(
        posted.status.success(),
        "{}",
        String::from_utf8_lossy(&posted.stderr)
    );
    let answer: Value = serde_json::from_slice(&posted.stdout).expect("JSON");
    let id = answer["id"].as_str().expect("an id");
    let person = as_row(&mastered()).pcma;
    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording(SITE, id)
    });
    assert!(find(&octets, &person).is_some());
    let refused = post(&house.data().join("allo.db"));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && words.contains("wav, mp3, m4a"),
        "{words}"
    );
}

#[test]
fn malformed_files_are_taken_or_refused_as_listed_while_a_caller_hears_every_packet() {
    let _turn = take_turn();
    let house = House::open();
    let target = house.target("0805691282");
    let caller =
        std::thread::spawn(move || crate::support::listen(&target, "", Duration::from_secs(20)));
    let cases = malformed::cases();
    assert!(cases.len() >= 30, "{}", cases.len());

    let mut wrong = Vec::new();
    for (name, file, fate) in &cases {
        let (status, answer) = house.upload(SITE, "audio/wav", file);
        let word = if status == StatusCode::CREATED {
            "taken"
        } else {
            code(&answer)
        };
        let as_listed = match fate {
            Fate::Taken => word == "taken",
            Fate::Refused(codes) => codes.contains(&word),
        };
        if !as_listed {
            wrong.push(format!("{name}: {word} ({status}), not {fate:?}"));
        } else if word != "taken"
            && (status != 422 || answer["detail"].as_str().is_none_or(|it| it.len() < 30))
        {
            wrong.push(format!("{name}: {status} {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let heard = caller.join().expect("the call is placed");
    assert_eq!(heard.report.counts.lost, 0);
    assert_eq!(heard.report.counts.timestamp_steps, 0);
}

#[test]
fn no_file_takes_more_than_64_mb_or_20_s_to_decode() {
    let _turn = take_turn();
    let decoder = Decoder {
        program: env!("CARGO_BIN_EXE_allo").into(),
        arguments: vec!["decode-helper".into()],
        timeout: Duration::from_secs(60),
    };
    let good = sounds::ALL
        .iter()
        .map(|file| ("a good file", file.to_vec()));
    let cases = malformed::cases();
    let bad = cases.into_iter().map(|(name, file, _)| (name, file));
    let mut ended = Vec::new();
    let (mut most_kib, mut most_ms) = (0, 0);
    for (name, file) in good.chain(bad) {
        // A helper that is ended has met its limits: they hold it below these.
        let Some(spent) = decoder.decode(&file).spent else {
            ended.push(name);
            continue;
        };
        assert!(spent.peak_kib > 1_000, "{name}: {spent:?}");
        assert!(spent.peak_kib <= 64 * 1024, "{name}: {spent:?}");
        assert!(spent.cpu_ms <= 20_000, "{name}: {spent:?}");
        (most_kib, most_ms) = (most_kib.max(spent.peak_kib), most_ms.max(spent.cpu_ms));
    }
    println!("at most {most_kib} KiB and {most_ms} ms; ended: {ended:?}");
    assert!(ended.len() <= 3, "{ended:?}");
}

#[test]
fn the_helper_has_locked_itself_in_before_it_reads_an_octet() {
    let mut helper = allo()
        .arg("decode-helper")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the helper starts");
    let process = |file: &str| {
        let path = format!("/proc/{}/{file}", helper.id());
        std::fs::read_to_string(path).expect("the helper waits for its file")
    };
    let limit = |name: &str| {
        let limits = process("limits");
        let line = limits.lines().find_map(|line| line.strip_prefix(name));
        let soft = line.and_then(|rest| rest.split_whitespace().next());
        soft.map(str::to_owned).unwrap_or_default()
    };

    // The limit of processes is the last one that it sets.
    eventually("the cage", Duration::from_secs(10), || {
        (limit("Max processes") == "0").then_some(())
    });

    for (name, most) in [
        ("Max cpu time", "20"),
        ("Max file size", "0"),
        ("Max open files", "0"),
        ("Max core file size", "0"),
    ] {
        assert_eq!(limit(name), most, "{name}");
    }
    let addresses: u64 = limit("Max address space").parse().expect("a number");
    let status = process("status");
    let mapped = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let mapped: u64 = mapped
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    assert!(
        addresses <= mapped * 1024 + 48 * 1024 * 1024,
        "{addresses} with {mapped} kB mapped"
    );
    helper.kill().expect("it ends");
    helper.wait().expect("it has ended");
}

#[test]
fn a_recording_that_is_lost_is_read_by_the_voice() {
    let house = House::open();
    let broken = store::Recording {
        pcmu: vec![],
        ..as_row(&mastered())
    };
    keep(&house, &broken);

    let id = post(&house, &broken.key.as_str().into());

    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording(SITE, &id)
    });
    assert!(octets.len() > 16_000, "lead-in and text, by the voice");
    let heard = house.dial("0805691282", "@0.3:#", Duration::from_secs(15));
    assert!(heard.has(&octets));
    assert!(find(&octets, &broken.pcma).is_none());
    let path = format!("/api/v1/bulletins/{id}");
    let (_, state) = house.send(reqwest::Method::GET, &path, SITE, &Value::Null);
    assert_eq!(state["speech"], "ready");
    let detail = state["speech_detail"].as_str().expect("the site is told");
    assert!(detail.contains("lost"), "{detail}");
}

#[test]
fn a_voice_that_is_dead_leaves_a_recording_on_the_air_unless_it_is_a_drill() {
    let mut house = House::open();
    house.stop();
    house.start(Path::new("/bin/false"));
    let recording = as_row(&mastered());
    keep(&house, &recording);

    let id = post(&house, &recording.key.as_str().into());

    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording(SITE, &id)
    });
    assert!(find(&octets, &recording.pcma).is_some());
    let heard = house.dial("0805691282", "@0.3:#", Duration::from_secs(14));
    assert!(heard.has(&octets));
    let drill = json!({
        "site": SITE, "kind": "drill", "text": "Exercice : la torche est allumée depuis ce matin.",
        "recording": recording.key,
    });
    let (_, drill) = house.send(reqwest::Method::POST, "/api/v1/bulletins", SITE, &drill);
    let drill = drill["id"].as_str().expect("an id").to_owned();
    eventually("the state of the drill", Duration::from_secs(10), || {
        let path = format!("/api/v1/bulletins/{drill}");
        let (_, state) = house.send(reqwest::Method::GET, &path, SITE, &Value::Null);
        (state["speech"] == "failed").then_some(())
    });
    assert_eq!(
        house.recording(SITE, &drill),
        None,
        "a drill is told to be one, or not heard"
    );
    house.stop();
    house.start(Path::new(env!("CARGO_BIN_EXE_allo")));
    eventually("its lead-in", Duration::from_secs(90), || {
        let spoken = house.recording(SITE, &id)?;
        (spoken.len() > octets.len() + 8_000).then_some(())
    });
}

/// Uploads a file that must be taken; its preview.
fn taken(house: &House, kind: &str, file: &[u8]) -> Vec<u8> {
    let (status, answer) = house.upload(SITE, kind, file);
    assert_eq!(status, StatusCode::CREATED, "{kind}: {answer}");
    preview(house, &answer)
}

/// What callers would hear, as the site gets it.
fn preview(house: &House, answer: &Value) -> Vec<u8> {
    let id = answer["id"].as_str().expect("an id");
    house.download(SITE, &format!("/api/v1/recordings/{id}"))
}

fn samples(wav: &[u8]) -> Vec<i16> {
    let pcm = speech::wav::read(wav).expect("a WAV");
    assert_eq!(pcm.sample_rate, 8_000);
    pcm.samples
}

/// Posts the words of the recording as a bulletin; its id.
fn post(house: &House, recording: &Value) -> String {
    let body = json!({
        "site": SITE, "kind": "unplanned", "events": ["flaring"],
        "text": "La torche est allumée depuis ce matin.",
        "recording": recording,
    });
    let (status, answer) = house.send(reqwest::Method::POST, "/api/v1/bulletins", SITE, &body);
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer["id"].as_str().expect("an id").to_owned()
}

fn code(answer: &Value) -> &str {
    let kind = answer["type"].as_str().unwrap_or_default();
    kind.rsplit(':').next().unwrap_or_default()
}

/// The voice of the folder, mastered here.
fn mastered() -> speech::Recording {
    let pcm = speech::wav::read(sounds::WAV).expect("a WAV");
    let take = speech::Take::new(pcm).expect("sound");
    take.master(Language::French).expect("a voice").recording
}

fn as_row(recording: &speech::Recording) -> store::Recording {
    store::Recording {
        key: recording.key(),
        text: String::new(),
        engine: recording.engine.clone(),
        master_wav: recording.web_wav(),
        pcma: Codec::Pcma.encode(&recording.phone),
        pcmu: Codec::Pcmu.encode(&recording.phone),
        g722: Some(Codec::G722.encode(&recording.wide)),
        duration_ms: recording.duration_ms(),
    }
}

/// Puts a recording of the site into the house's own rows.
fn keep(house: &House, recording: &store::Recording) {
    let site = SiteSlug::parse(SITE).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&house.data().join("allo.db")).await.unwrap();
        let now = jiff::Timestamp::now();
        store.save_take(&site, recording, now).await.unwrap();
        store.close().await;
    });
}
