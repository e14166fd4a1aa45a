use std::path::Path;

use super::*;
use crate::config::{Config, Settings};

fn config(text: &str) -> Result<Config, String> {
    let settings: Settings = toml::from_str(text).map_err(|error| error.to_string())?;
    Config::from_settings(settings, false).map_err(|error| error.to_string())
}

const HTTP: &str = r#"
[[voice]]
name = "cloud"
kind = "http"
url = "https://speech.example/say"
secret-env = "VOICE_SECRET"
escape = "json"
body = '{"say":"{text}"}'
voices = { fr = "alto" }
headers = { Authorization = "Bearer {secret}", X-Other = "not to be shown", Content-Type = "application/json" }
"#;

#[test]
fn each_example_is_a_configuration_that_is_tried_before_the_built_in_voices() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sip-config/voices");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let settings = Settings::read(&path).unwrap();
        let config = Config::from_settings(settings, false).unwrap();
        assert_eq!(config.voices.len(), 3, "{}", path.display());
        assert!(
            config.voice_order.ends_with(",pico,espeak-ng"),
            "{}",
            config.voice_order
        );
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn voices_are_tried_in_the_order_that_is_written() {
    let config = config(&format!("voices = \"pico, cloud\"\n{HTTP}")).unwrap();
    let [VoiceChoice::Pico, VoiceChoice::Http(cloud)] = &config.voices[..] else {
        panic!("{:?}", config.voices);
    };
    assert_eq!(cloud.name, "cloud");
    assert_eq!(cloud.timeout, Duration::from_secs(20));
    assert_eq!(cloud.accept[0], "audio/wav");
}

#[test]
fn what_is_shown_of_the_configuration_holds_no_secret_and_can_be_read_again() {
    let shown = config(HTTP).unwrap().as_toml();
    assert!(!shown.contains("not to be shown"), "{shown}");
    assert!(
        shown.contains("Bearer {secret}") && shown.contains("application/json"),
        "{shown}"
    );
    assert!(
        shown.contains("voices = \"cloud,pico,espeak-ng\""),
        "{shown}"
    );
    assert!(config(&shown).is_ok());
}

#[test]
fn a_piper_voice_and_an_espeak_of_another_place_are_known() {
    let config = config(
        r#"
[[voice]]
name = "piper"
kind = "onnx"
library = "/lib/libonnxruntime.so"
models = { fr = "/voices/fr.onnx", en = "/voices/en.onnx" }
speed = "0.9"
equaliser = [{ kind = "high", hertz = 1500, gain-db = 6 }, { kind = "peak", hertz = 800, gain-db = -2, q = 1 }]
[[voice]]
name = "own"
kind = "espeak-ng"
program = "/opt/espeak-ng"
timeout-seconds = 5
"#,
    )
    .unwrap();
    let [
        VoiceChoice::Onnx(piper),
        VoiceChoice::EspeakAt { program, timeout },
        ..,
    ] = &config.voices[..]
    else {
        panic!("{:?}", config.voices);
    };
    assert_eq!(piper.models.len(), 2);
    assert_eq!(piper.speeds, [0.9, 1.0]);
    assert_ne!(piper.equaliser, speech::Equaliser::default());
    assert_eq!(
        (program.as_path(), timeout.as_secs()),
        (Path::new("/opt/espeak-ng"), 5)
    );
}

#[test]
fn a_mistake_is_said_with_what_to_write_instead() {
    let changed = |from: &str, to: &str| {
        let text = HTTP.replacen(from, to, 1);
        assert_ne!(text, HTTP, "{from}");
        text
    };
    let cases = [
        (
            "voices = \"robot\"".to_owned(),
            "pico, espeak-ng and the names of [[voice]]",
        ),
        (changed("cloud", "Cloud!"), "lower-case letters"),
        (changed("cloud", "pico"), "two voices have the name"),
        (format!("{HTTP}{HTTP}"), "two voices have the name"),
        (
            changed("\"http\"", "\"htp\""),
            "write http, onnx or espeak-ng",
        ),
        (changed("url", "urn"), "unknown field"),
        (
            changed("url = \"https://speech.example/say\"", ""),
            "url is missing",
        ),
        (changed("{text}", "{txt}"), "the places are {text}"),
        (changed("\"json\"", "\"xml\""), "json or ssml"),
        (changed("fr = ", "de = "), "write fr or en"),
        (changed("https:", "http:"), "write https"),
        (
            changed("secret-env", "timeout-seconds = 90\nsecret-env"),
            "1 to 60",
        ),
        (
            changed("secret-env", "secret-file = \"/f\"\nsecret-env"),
            "exclude each other",
        ),
        (
            changed("secret-env", "sound = \"pcm\"\nsecret-env"),
            "sample-rate is missing",
        ),
        (
            changed("secret-env", "sound = \"mp3\"\nsecret-env"),
            "wav or pcm",
        ),
        (
            changed(
                "secret-env",
                "equaliser = [{ kind = \"high\", hertz = 1000, gain-db = 90 }]\nsecret-env",
            ),
            "-24 to 24 dB",
        ),
    ];
    for (text, expected) in cases {
        let error = config(&text).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}
