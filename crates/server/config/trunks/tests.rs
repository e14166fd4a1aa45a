use super::*;

#[test]
fn a_trunk_with_a_name_alone_has_no_limits_of_its_own() {
    let trunks = read("[[trunk]]\nname = \"carrier\"").unwrap();

    assert_eq!(trunks, [Trunk::new("carrier")]);
}

#[test]
fn every_key_of_a_trunk_reaches_the_line() {
    let trunks = read(
        r#"
        [[trunk]]
        name = "carrier-a_1"
        peers = ["198.51.100.0/24", "2001:db8::1"]
        media-peers = ["198.51.100.128/25"]
        max-calls = 300
        max-call-rate = 20
        refusal = 486
        retry-after = false
        codecs = ["pcmu", "PCMA"]
        number-sources = ["diversion", "to"]
        diversion = "first"
        history-info = "last"
        in-band-keys = true
        longer-ptime = 40
        srtp = "required"
        latching-seconds = 5
        unreachable-seconds = 3
        rtcp-silence-seconds = 0
        rtp-silence-seconds = 90
        max-call-seconds = 240
        ringing = "180"
        answer-delay-ms = 250
        session-expires-seconds = 1800
        closed = true
        dictation = true
        "#,
    )
    .unwrap();

    let wanted = Trunk {
        name: "carrier-a_1".into(),
        peers: ["198.51.100.0/24", "2001:db8::1/128"]
            .map(|text| text.parse().unwrap())
            .to_vec(),
        media_peers: vec!["198.51.100.128/25".parse().unwrap()],
        limits: Limits {
            calls: 300,
            rate: 20,
        },
        refusal: Refusal {
            status: 486,
            retry_after: false,
        },
        codecs: vec![Codec::Pcmu, Codec::Pcma],
        numbers: line::NumberSources {
            order: vec![line::NumberSource::Diversion, line::NumberSource::To],
            diversion: line::Turn::First,
            history_info: line::Turn::Last,
        },
        in_band_keys: true,
        longer_ptime: Some(Ptime::Ms40),
        srtp: line::SrtpPolicy::Required,
        latching: Duration::from_secs(5),
        media_death: MediaDeath {
            unreachable: Duration::from_secs(3),
            rtcp_silence: Duration::MAX,
            rtp_silence: Duration::from_secs(90),
        },
        max_call: Some(Duration::from_secs(240)),
        answering: line::Answering {
            rings: true,
            delay: Duration::from_millis(250),
            session: Some(Duration::from_secs(1800)),
            closed: true,
        },
        dictation: true,
        uplink: line::Uplink::default(),
    };
    let again = parse(&[TrunkTable::of(&wanted)]);
    assert_eq!(trunks, [wanted]);
    assert_eq!(again, Ok(trunks));
}

#[test]
fn what_cannot_be_used_is_refused_by_trunk_and_key_with_what_to_write() {
    for (line, wanted) in [
        ("max-calls = 0", ["max-calls", "at least 1"]),
        ("max-call-rate = 0", ["max-call-rate", "at least 1"]),
        ("max-call-seconds = 0", ["max-call-seconds", "at least 1"]),
        ("peers = []", ["peers", "leave the key out"]),
        (
            "peers = [\"carrier.example\"]",
            ["carrier.example", "198.51.100.0/24"],
        ),
        ("refusal = 404", ["refusal is 404", "503"]),
        ("codecs = []", ["codecs", "leave the key out"]),
        ("codecs = [\"gsm\"]", ["\"gsm\"", "pcma"]),
        (
            "number-sources = []",
            ["number-sources", "leave the key out"],
        ),
        (
            "number-sources = [\"to\", \"from\"]",
            ["number-sources names \"from\"", "history-info"],
        ),
        (
            "number-sources = [\"to\", \"to\"]",
            ["number-sources names \"to\"", "at most once"],
        ),
        (
            "diversion = \"top\"",
            ["diversion is \"top\"", "first or last"],
        ),
        (
            "history-info = \"\"",
            ["history-info is \"\"", "first or last"],
        ),
        ("longer-ptime = 20", ["longer-ptime is 20", "30, 40 or 60"]),
        ("ringing = \"183\"", ["ringing is \"183\"", "\"180\""]),
        (
            "answer-delay-ms = 6000",
            ["answer-delay-ms is 6000", "0 to 5000"],
        ),
        (
            "session-expires-seconds = 60",
            ["session-expires-seconds is 60", "90 to 86400"],
        ),
        ("longer-ptime = 50", ["longer-ptime is 50", "30, 40 or 60"]),
    ] {
        let said = read(&format!("[[trunk]]\nname = \"carrier\"\n{line}")).unwrap_err();

        assert!(said.contains("trunk \"carrier\""), "{said}");
        for word in wanted {
            assert!(said.contains(word), "{line}: {said}");
        }
    }
}

#[test]
fn a_misspelt_key_or_a_word_for_a_number_is_shown_in_its_line() {
    for line in ["max-cals = 9", "max-calls = \"nine\"", "refusal = -1"] {
        let said = read(&format!("[[trunk]]\nname = \"carrier\"\n{line}")).unwrap_err();

        assert!(said.contains("line 3") && said.contains(line), "{said}");
    }
}

#[test]
fn a_trunk_needs_a_name_that_a_metric_can_carry() {
    let nameless = read("[[trunk]]\nname = \"a\"\npeers = [\"192.0.2.1\"]\n[[trunk]]").unwrap_err();
    assert!(nameless.contains("number 2") && nameless.contains("name = \"carrier\""));

    for name in ["", "Carrier", "a b", "é"] {
        let said = read(&format!("[[trunk]]\nname = \"{name}\"")).unwrap_err();
        assert!(said.contains("lower-case letters"), "{said}");
    }
}

#[test]
fn trunks_that_cannot_be_told_apart_are_refused() {
    let two = |first: &str, second: &str| {
        read(&format!("[[trunk]]\n{first}\n[[trunk]]\n{second}")).unwrap_err()
    };

    let twice = two("name = \"a\"\npeers = [\"192.0.2.1\"]", "name = \"a\"");
    assert!(twice.contains("two trunks have the name \"a\""), "{twice}");
    let behind = two("name = \"a\"", "name = \"b\"\npeers = [\"192.0.2.1\"]");
    assert!(
        behind.contains("no call can come by trunk \"b\""),
        "{behind}"
    );
    let shared = two(
        "name = \"a\"\npeers = [\"192.0.2.0/24\", \"192.0.2.1\"]",
        "name = \"b\"\npeers = [\"198.51.100.1\", \"192.0.2.1/32\"]",
    );
    assert!(shared.contains("192.0.2.1/32"), "{shared}");
}

/// Reads the trunks of a file as the program does; what is wrong, in words.
fn read(text: &str) -> Result<Vec<Trunk>, String> {
    let settings: crate::Settings = toml::from_str(text).map_err(|error| error.to_string())?;
    parse(&settings.trunks).map_err(|error| error.to_string())
}
