mod sipp;
mod talk_off;

use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use media::Codec;
use serde_json::Value;
use sipp::{Caller, debian_key, hear, pause, plays, write_capture};
use tempfile::TempDir;

use crate::support::{House, Program, allo, copy_demonstration_to, eventually, run};

#[test]
fn known_private_and_unknown_callers_hear_the_same_and_no_number_of_theirs_is_anywhere() {
    let (data, folder) = (folder(), folder());
    let log = folder.path().join("log");
    let program = Program::start_logged(data.path(), &log, |command| {
        command.env("RUST_LOG", "debug,sqlx=info");
    });
    wait_for_voices(&program);
    // {"attest":"A","orig":{"tn":"33639980034"}}
    let passport = "eyJhdHRlc3QiOiJBIiwib3JpZyI6eyJ0biI6IjMzNjM5OTgwMDM0In19";
    let long = "s".repeat(4_000);
    let callers = [
        (
            "\"R\" <sip:+33639980012@carrier.example;user=phone>",
            format!(
                "P-Asserted-Identity: <tel:+33639980034;verstat=TN-Validation-Passed>\n\
                 Identity: e30.{passport}.{long};info=<https://carrier.example/c.pem>;alg=ES256;ppt=shaken\n"
            ),
        ),
        (
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
            "P-Asserted-Identity: <sip:+33639980056@carrier.example>\nPrivacy: id\nIdentity: broken\n".into(),
        ),
        (
            "<sip:0639980078@carrier.example>",
            "Privacy: user;critical\nDiversion: <tel:+33639980078>;reason=unknown\n".into(),
        ),
        ("<sip:trunk@carrier.example>", String::new()),
    ];
    let heard: Vec<_> = std::thread::scope(|threads| {
        let calls: Vec<_> = callers
            .iter()
            .map(|(from, more)| {
                let (folder, line) = (folder.path(), program.sip);
                threads.spawn(move || {
                    let ear = UdpSocket::bind("127.0.0.1:0").expect("a port");
                    let port = ear.local_addr().expect("its address").port();
                    let caller = Caller {
                        from,
                        more: more.clone(),
                        sdp: format!("m=audio {port} RTP/AVP 8\na=rtpmap:8 PCMA/8000\n"),
                        steps: pause(2_500),
                    };
                    let mut sipp = caller.dials(line, folder, 1, 1);
                    let sipp = threads.spawn(move || run(&mut sipp));
                    let heard = hear(&ear, 110);
                    assert!(sipp.join().expect("sipp ends").status.success());
                    heard
                })
            })
            .collect();
        calls
            .into_iter()
            .map(|call| call.join().expect("a call"))
            .collect()
    });

    assert!(
        heard[0].iter().flatten().any(|octet| *octet != 0xD5),
        "a voice"
    );
    assert!(
        heard.iter().all(|one| *one == heard[0]),
        "all hear the same"
    );
    let records = wait_for_records(data.path(), 4);
    let mut callers: Vec<_> = records.iter().map(|one| one["caller"].as_str()).collect();
    callers.sort_unstable();
    assert_eq!(
        callers,
        [
            None,
            Some("33639xxxxxx"),
            Some("withheld"),
            Some("withheld")
        ]
    );
    let known = records.iter().find(|one| one["caller"] == "33639xxxxxx");
    let known = known.expect("the known caller");
    assert_eq!(
        (&known["verstat"], &known["attestation"]),
        (&"TN-Validation-Passed".into(), &"A".into())
    );

    let metrics = fetch(&format!("http://{}/metrics", program.metrics));
    assert!(metrics.contains("allo_calls_ended_total"), "{metrics}");
    let log = std::fs::read_to_string(&log).expect("the log");
    assert!(log.contains("one of the first calls of a trunk"), "{log}");
    let exported = ["csv", "json"]
        .map(|format| export(data.path(), format))
        .concat();
    let mut places = vec![
        metrics.into_bytes(),
        log.into_bytes(),
        exported.into_bytes(),
    ];
    for file in std::fs::read_dir(data.path()).expect("the data folder") {
        let path = file.expect("a file").path();
        if path.is_file() {
            places.push(std::fs::read(path).expect("a file of the data folder"));
        }
    }
    for number in ["639980012", "639980034", "639980056", "639980078"] {
        let found = |place: &Vec<u8>| {
            place
                .windows(number.len())
                .any(|it| it == number.as_bytes())
        };
        assert_eq!(places.iter().position(found), None, "{number}");
    }
}

#[test]
fn keys_of_debian_s_captures_and_how_much_was_heard_stand_in_the_record() {
    let house = House::open();
    let folder = folder();
    let caller = Caller::new(
        [
            pause(500),
            plays(&debian_key("pound")),
            pause(4_500),
            plays(&debian_key("star")),
            pause(2_500),
        ]
        .concat(),
    );

    let output = run(&mut caller.dials(house.sip(), folder.path(), 1, 1));

    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let record = wait_for_records(house.data(), 1).remove(0);
    assert_eq!(record["keys"], "#*", "{record}");
    assert_eq!(
        (&record["end"], &record["ended_by"]),
        (&"caller_hung_up".into(), &"caller".into())
    );
    assert_eq!(
        (&record["territory"], &record["dialled"]),
        (&"rouen_metropole".into(), &"+33805691282".into())
    );
    assert_eq!(
        (&record["codec"], &record["ptime_ms"]),
        (&"PCMA".into(), &20.into())
    );
    assert_eq!(record["q850"], 31, "the caller's own reason");
    let seconds = record["seconds"].as_f64().expect("it was answered");
    assert!((7.4..10.0).contains(&seconds), "{record}");
    let heard = &record["heard"][0];
    let (played, whole) = (heard["played_ms"].as_u64(), heard["whole_ms"].as_u64());
    let (played, whole) = (played.expect("a number"), whole.expect("a number"));
    assert!((500..4_500).contains(&played) && played < whole, "{record}");
}

#[test]
fn tones_in_the_sound_are_keys_where_the_trunk_says_so() {
    let trunk = "[[trunk]]\nname = \"analogue\"\npeers = [\"127.0.0.1\"]\nin-band-keys = true";
    let house = House::open_with(toml::from_str(trunk).expect("settings"), |_| {});
    let folder = folder();
    let capture = folder.path().join("tones.pcap");
    let tones = [
        silence(200),
        tone(852.0, 1_477.0, 80),
        silence(800),
        tone(941.0, 1_209.0, 80),
        silence(300),
    ]
    .concat();
    write_capture(&capture, &Codec::Pcma.encode(&tones));
    let mut caller = Caller::new([pause(300), plays(&capture), pause(2_200)].concat());
    caller.sdp = "m=audio [media_port] RTP/AVP 8\na=rtpmap:8 PCMA/8000\n".into();

    let output = run(&mut caller.dials(house.sip(), folder.path(), 1, 1));

    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let record = wait_for_records(house.data(), 1).remove(0);
    assert_eq!(
        (&record["keys"], &record["trunk"]),
        (&"9*".into(), &"analogue".into()),
        "{record}"
    );
}

#[test]
fn records_agree_with_sipp_survive_kill_nine_and_go_when_none_are_wanted() {
    let (data, folder) = (folder(), folder());
    // Spoken already: the purge does not wait behind the voices.
    copy_demonstration_to(data.path());
    let program = Program::start(data.path(), |_| {});
    let caller = Caller::new(pause(300));

    let output = run(&mut caller.dials(program.sip, folder.path(), 100, 50));

    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let records = wait_for_records(data.path(), 100);
    program.kill();
    let mut ids: Vec<_> = records
        .iter()
        .map(|one| one["call_id"].to_string())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100, "each call once");
    assert!(records.iter().all(|one| one["end"] == "caller_hung_up"));
    assert_eq!(
        wait_for_records(data.path(), 100),
        records,
        "nothing is lost"
    );
    let csv = export(data.path(), "csv");
    assert_eq!(csv.matches("\r\n").count(), 101, "{csv}");

    let _program = Program::start(data.path(), |command| {
        command.args(["--call-records-days", "0"]);
    });
    eventually("the purge", Duration::from_secs(10), || {
        export(data.path(), "json").is_empty().then_some(())
    });
}

/// The records, once there are so many.
fn wait_for_records(data: &Path, count: usize) -> Vec<Value> {
    eventually("the records", Duration::from_secs(10), || {
        let text = export(data, "json");
        let lines = text.lines().map(serde_json::from_str);
        let records: Vec<Value> = lines.collect::<Result<_, _>>().expect("JSON in each line");
        (records.len() >= count).then_some(records)
    })
}

fn export(data: &Path, format: &str) -> String {
    let output = run(allo()
        .args(["calls", "--format", format, "--data"])
        .arg(data));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn wait_for_voices(program: &Program) {
    let url = format!("http://{}/rouen_metropole.json", program.http);
    eventually("the voices", Duration::from_secs(30), || {
        (!fetch(&url).contains("\"queued\"")).then_some(())
    });
}

fn fetch(url: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let answer = reqwest::get(url).await.expect("an answer");
        answer.text().await.expect("text")
    })
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn silence(ms: u32) -> Vec<i16> {
    tone(0.0, 0.0, ms)
}

/// Two tones of −9 dBm0 for so many milliseconds.
fn tone(low: f64, high: f64, ms: u32) -> Vec<i16> {
    let at = |hertz: f64, sample: u32| {
        (std::f64::consts::TAU * hertz * f64::from(sample) / 8_000.0).sin()
    };
    (0..ms * 8)
        .map(|sample| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "two tones of a third of full scale"
            )]
            let sample = (8_000.0 * (at(low, sample) + at(high, sample))) as i16;
            sample
        })
        .collect()
}
