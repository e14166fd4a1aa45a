//! A voice by HTTP, against a server that behaves like three kinds of services, and like none of them.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::service::{Request, Service, babble, reply};
use base64ct::{Base64, Encoding};
use bulletin::Language;
use serde_json::{Value, json};
use speech::{
    Answer, Equaliser, Escape, HttpConfig, HttpConfigError, HttpVoice, Lexicon, Secret, Sound,
    Spoken, Studio, Template, Voice, VoiceError, normalise, wav,
};

#[test]
fn post_v1_audio_speech_reads_a_bulletin_aloud() {
    let service = Service::start(|request, stream| {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        if request.header("Authorization") != "Bearer sk-test" {
            return reply(
                stream,
                "401 Unauthorized",
                "application/json",
                b"{\"error\":\"no key\"}",
            );
        }
        let input = body["input"].as_str().unwrap_or_default().chars().count();
        let wanted = request.method == "POST"
            && request.path == "/v1/audio/speech"
            && body["model"] == "tts-1"
            && body["response_format"] == "wav"
            && body["speed"] == json!(0.85);
        if !wanted || input == 0 {
            return reply(stream, "400 Bad Request", "application/json", b"{}");
        }
        // A live stream: in chunks, and with a length in the file that nobody knows yet.
        let mut file = wav::write(&babble(input, 24_000));
        file[4..8].copy_from_slice(&[0xFF; 4]);
        file[40..44].copy_from_slice(&[0xFF; 4]);
        chunked(stream, "audio/wav", &file);
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "sk-test\n").unwrap();
    let config = HttpConfig {
        url: format!("http://{}/v1/audio/speech", service.address),
        headers: vec![
            ("Authorization".into(), "Bearer {secret}".into()),
            ("Content-Type".into(), "application/json".into()),
        ],
        secret: Some(Secret::File(path)),
        ..config(&service)
    };

    let voice = HttpVoice::new(config).unwrap();
    let id = voice.id();
    let recording = Studio::new(vec![Box::new(voice)])
        .record(&bulletin(), Language::French)
        .unwrap();

    assert_eq!(recording.engine, id);
    let asked: Value = serde_json::from_str(&service.requests()[0].body).unwrap();
    assert_eq!(asked["input"], bulletin().as_str(), "the words, whole");
    let expected_ms = 70 * bulletin().length();
    let lasts = recording.duration_ms() as usize;
    assert!(
        lasts.abs_diff(expected_ms) < 700,
        "{lasts} ms of {expected_ms}"
    );
}

#[test]
fn ssml_reads_a_bulletin_aloud() {
    let service = Service::start(|request, stream| {
        let is_azure = request.path == "/cognitiveservices/v1"
            && request.header("Ocp-Apim-Subscription-Key") == "key"
            && request.header("Content-Type") == "application/ssml+xml"
            && request.header("X-Microsoft-OutputFormat") == "riff-24khz-16bit-mono-pcm"
            && !request.header("User-Agent").is_empty();
        let text = between(
            &request.body,
            "<prosody rate=\"-15%\">",
            "</prosody></voice></speak>",
        );
        let opens = "<speak version=\"1.0\" xml:lang=\"fr-FR\"><voice name=\"fr-FR-Test\">";
        match text {
            Some(text)
                if is_azure && request.body.starts_with(opens) && !text.contains(['<', '\'']) =>
            {
                let file = wav::write(&babble(text.chars().count(), 24_000));
                reply(stream, "200 OK", "audio/x-wav", &file);
            }
            _ => reply(stream, "400 Bad Request", "text/plain", b""),
        }
    });
    let body = "<speak version=\"1.0\" xml:lang=\"{language}\"><voice name=\"{voice}\">\
        <prosody rate=\"{speed}\">{text}</prosody></voice></speak>";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "key").unwrap();
    let voice = HttpVoice::new(HttpConfig {
        url: format!("http://{}/cognitiveservices/v1", service.address),
        headers: vec![
            ("Ocp-Apim-Subscription-Key".into(), "{secret}".into()),
            ("Content-Type".into(), "application/ssml+xml".into()),
            (
                "X-Microsoft-OutputFormat".into(),
                "riff-24khz-16bit-mono-pcm".into(),
            ),
        ],
        secret: Some(Secret::File(path)),
        body: Template::parse(body, Escape::Ssml).unwrap(),
        voices: vec![(Language::French, "fr-FR-Test".into())],
        speeds: ["-15%".into(), "0%".into()],
        ..config(&service)
    })
    .unwrap();
    assert!(voice.speaks(Language::French) && !voice.speaks(Language::English));
    Studio::new(vec![Box::new(voice)])
        .record(&words("L'odeur d'œuf vient d'un bac."), Language::French)
        .unwrap();
}

#[test]
fn json_with_base64_reads_a_bulletin_aloud() {
    let service = Service::start(|request, stream| {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let input = body["input"]["text"]
            .as_str()
            .unwrap_or_default()
            .chars()
            .count();
        let file = wav::write(&babble(input, 24_000));
        let answer = json!({ "audioContent": Base64::encode_string(&file) }).to_string();
        reply(
            stream,
            "200 OK",
            "application/json; charset=UTF-8",
            answer.as_bytes(),
        );
    });
    let answer = Answer::Json {
        field: vec!["audioContent".into()],
        sound: Sound::Wav,
    };
    let body = r#"{"input":{"text":"{text}"},"voice":{"languageCode":"{language}"}}"#;
    let voice = HttpVoice::new(HttpConfig {
        body: Template::parse(body, Escape::Json).unwrap(),
        accept: vec!["application/json".into()],
        answer,
        ..config(&service)
    })
    .unwrap();
    Studio::new(vec![Box::new(voice)])
        .record(&bulletin(), Language::French)
        .unwrap();
    assert!(
        service.requests()[0]
            .body
            .contains("\"languageCode\":\"fr-FR\"")
    );
}

#[test]
fn raw_samples_of_a_known_rate_are_sound() {
    let service = Service::start(|_, stream| {
        let pcm = babble(40, 16_000);
        let octets: Vec<u8> = pcm.samples.iter().flat_map(|x| x.to_le_bytes()).collect();
        reply(stream, "200 OK", "audio/pcm", &octets);
    });
    let answer = Answer::Raw(Sound::Pcm { rate: 16_000 });
    let accept = answer
        .usual_kinds()
        .iter()
        .map(|kind| (*kind).to_owned())
        .collect();
    let voice = HttpVoice::new(HttpConfig {
        answer,
        accept,
        ..config(&service)
    })
    .unwrap();
    let pcm = voice.speak(&bulletin(), Language::French).unwrap();
    assert_eq!(pcm, babble(40, 16_000));
}

#[test]
fn whatever_goes_wrong_ends_in_an_error_that_says_what() {
    type Behaviour = fn(&Request, &mut TcpStream);
    let cases: [(&str, Behaviour, &str); 9] = [
        (
            "a refusal",
            |_, stream| {
                reply(
                    stream,
                    "503 Service Unavailable",
                    "text/plain",
                    b"later\nplease",
                )
            },
            "503 Service Unavailable: later please",
        ),
        (
            "another type",
            |_, stream| reply(stream, "200 OK", "text/html", b"<p>hello"),
            "text/html",
        ),
        (
            "no sound in it",
            |_, stream| reply(stream, "200 OK", "audio/wav", b"RIFF"),
            "WAV",
        ),
        (
            "nothing in it",
            |_, stream| reply(stream, "200 OK", "audio/wav", b""),
            "WAV",
        ),
        (
            "too much",
            |_, stream| reply(stream, "200 OK", "audio/wav", &vec![0; 2_000_000]),
            "more than 1000000 octets",
        ),
        (
            "endless",
            |_, stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\r\n");
                while stream.write_all(&[0; 65_536]).is_ok() {}
            },
            "more than 1000000 octets",
        ),
        (
            "no answer",
            |_, _| std::thread::sleep(Duration::from_secs(6)),
            "within 1.5s",
        ),
        (
            "an octet a moment",
            |_, stream| {
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 90000\r\n\r\n",
                );
                while stream.write_all(b"R").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            },
            "within 1.5s",
        ),
        ("a closed door", |_, _| {}, ""),
    ];
    for (what, behaviour, expected) in cases {
        let service = Service::start(behaviour);
        let voice = HttpVoice::new(config(&service)).unwrap();
        let started = Instant::now();
        let error = voice
            .speak(&bulletin(), Language::French)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{what}: {error}");
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{what}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn a_service_that_is_not_there_is_unavailable() {
    let service = Service::start(|_, _| {});
    service.close();
    let voice = HttpVoice::new(config(&service)).unwrap();
    let error = voice.speak(&bulletin(), Language::French).unwrap_err();
    assert!(matches!(error, VoiceError::Unavailable(_)), "{error}");
}

#[test]
fn no_redirect_is_followed_and_no_secret_goes_to_another_host() {
    let other = Service::start(|_, stream| reply(stream, "200 OK", "audio/wav", b""));
    let address = other.address;
    let service = Service::start(move |_, stream| {
        let head = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{address}/\r\nContent-Length: 0\r\n\r\n"
        );
        let _ = stream.write_all(head.as_bytes());
    });
    let voice = HttpVoice::new(config(&service)).unwrap();
    let error = voice.speak(&bulletin(), Language::French).unwrap_err();
    assert!(error.to_string().contains("307"), "{error}");
    assert!(other.requests().is_empty());
}

#[test]
fn a_secret_is_read_for_each_text_and_shown_to_nobody() {
    let service = Service::start(|request, stream| {
        let said = format!("your key {} is wrong", request.header("X-Key"));
        reply(stream, "403 Forbidden", "text/plain", said.as_bytes());
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let voice = HttpVoice::new(HttpConfig {
        headers: vec![("X-Key".into(), "{secret}".into())],
        secret: Some(Secret::File(path.clone())),
        ..config(&service)
    })
    .unwrap();
    let missing = voice.speak(&bulletin(), Language::French).unwrap_err();
    assert!(missing.to_string().contains("no secret in"), "{missing}");
    for secret in ["first-one", "second-one"] {
        std::fs::write(&path, secret).unwrap();
        let error = voice
            .speak(&bulletin(), Language::French)
            .unwrap_err()
            .to_string();
        assert_eq!(service.requests().last().unwrap().header("X-Key"), secret);
        assert!(error.contains("your key … is wrong"), "{error}");
        assert!(!format!("{voice:?}").contains(secret));
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused_in_words() {
    let service = Service::start(|_, _| {});
    let secret = Some(Secret::Environment("X".into()));
    let header = |value: &str| vec![("X-Key".to_owned(), value.to_owned())];
    let base = || config(&service);
    let cases: [(HttpConfig, &str); 7] = [
        (
            HttpConfig {
                url: "ftp://host/".into(),
                ..base()
            },
            "https://HOST/PATH",
        ),
        (
            HttpConfig {
                url: "host".into(),
                ..base()
            },
            "https://HOST/PATH",
        ),
        (
            HttpConfig {
                url: "http://speech.example/".into(),
                secret,
                ..base()
            },
            "in clear",
        ),
        (
            HttpConfig {
                headers: header("{secret}"),
                ..base()
            },
            "secret-file",
        ),
        (
            HttpConfig {
                headers: header("a\r\nb"),
                ..base()
            },
            "X-Key",
        ),
        (
            HttpConfig {
                voices: vec![],
                ..base()
            },
            "voices",
        ),
        (
            HttpConfig {
                authorities: Some("/nowhere/ca.pem".into()),
                ..base()
            },
            "/nowhere/ca.pem",
        ),
    ];
    for (config, expected) in cases {
        let error: HttpConfigError = HttpVoice::new(config).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn another_model_is_another_voice() {
    let service = Service::start(|_, _| {});
    let id = |model: &str| {
        let body = format!("{{\"model\":\"{model}\",\"input\":\"{{text}}\"}}");
        let body = Template::parse(&body, Escape::Json).unwrap();
        HttpVoice::new(HttpConfig {
            body,
            ..config(&service)
        })
        .unwrap()
        .id()
    };
    assert_ne!(id("one"), id("two"));
    assert_eq!(id("one"), id("one"));
    assert!(id("one").starts_with("test-http-"));
}

/// A voice that asks this service.
fn config(service: &Service) -> HttpConfig {
    let body = r#"{"model":"tts-1","input":"{text}","voice":"{voice}","response_format":"wav","speed":{speed}}"#;
    HttpConfig {
        name: "test".into(),
        url: format!("http://{}/", service.address),
        headers: vec![],
        secret: None,
        body: Template::parse(body, Escape::Json).unwrap(),
        voices: vec![(Language::French, "alto".into())],
        speeds: ["0.85".into(), "1.0".into()],
        answer: Answer::Raw(Sound::Wav),
        accept: vec!["audio/wav".into(), "audio/x-wav".into()],
        most_octets: 1_000_000,
        timeout: Duration::from_millis(1500),
        max_seconds: 60,
        authorities: None,
        proxy: None,
        equaliser: Equaliser::default(),
    }
}

fn chunked(stream: &mut TcpStream, kind: &str, body: &[u8]) {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let _ = stream.write_all(head.as_bytes());
    for piece in body.chunks(4000) {
        let _ = stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes());
        let _ = stream.write_all(piece);
        let _ = stream.write_all(b"\r\n");
    }
    let _ = stream.write_all(b"0\r\n\r\n");
}

fn between<'a>(text: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.strip_suffix(behind)
}

fn bulletin() -> Spoken {
    words("La torche est allumée depuis 14h30. On l'entend jusqu'à Grand-Quevilly.")
}

fn words(text: &str) -> Spoken {
    normalise(text, Language::French, &Lexicon::built_in()).unwrap()
}
