use std::net::TcpStream;
use std::path::{Path, PathBuf};

use serde_json::Value;
use speech::wav;
use tempfile::TempDir;

use crate::support::service::{Request, Service, babble, reply};
use crate::support::{Program, allo, eventually, run};

const SECRET: &str = "a-secret-of-ours";

#[test]
fn the_example_for_a_speech_server_speaks() {
    says_with("speech-server", |request, stream| {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let well = request.path == "/v1/audio/speech"
            && request.header("Authorization") == format!("Bearer {SECRET}")
            && body["voice"] == "alto"
            && body["response_format"] == "wav"
            && body["speed"] == 0.85;
        let text = body["input"].as_str().filter(|_| well);
        answer(stream, "audio/wav", text);
    });
}

#[test]
fn the_example_for_ssml_speaks() {
    says_with("ssml", |request, stream| {
        let body = request.body.trim();
        let well = request.header("Ocp-Apim-Subscription-Key") == SECRET
            && request.header("Content-Type") == "application/ssml+xml"
            && request.header("X-Microsoft-OutputFormat") == "riff-24khz-16bit-mono-pcm"
            && body.starts_with("<speak version=\"1.0\"")
            && body.contains(
                "xml:lang=\"fr-FR\"><voice name=\"fr-FR-DeniseNeural\"><prosody rate=\"-15%\">",
            )
            && body.ends_with("</prosody></voice></speak>");
        answer(
            stream,
            "audio/x-wav",
            Some(body).filter(|_| well).map(|body| &body[..60]),
        );
    });
}

#[test]
fn the_example_for_json_with_base64_speaks() {
    says_with("json-base64", |request, stream| {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let well = request.path == "/v1/text:synthesize"
            && request.header("X-Goog-Api-Key") == SECRET
            && body["voice"]["languageCode"] == "fr-FR"
            && body["audioConfig"]["audioEncoding"] == "LINEAR16"
            && body["audioConfig"]["speakingRate"] == 0.85;
        match body["input"]["text"].as_str().filter(|_| well) {
            Some(text) => {
                let file = wav::write(&babble(text.chars().count(), 24_000));
                let body = format!("{{\"audioContent\":\"{}\"}}", base64(&file));
                reply(
                    stream,
                    "200 OK",
                    "application/json; charset=UTF-8",
                    body.as_bytes(),
                );
            }
            None => reply(stream, "400 Bad Request", "application/json", b"{}"),
        }
    });
}

#[test]
fn the_example_for_piper_speaks_with_the_tiny_model() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example =
        std::fs::read_to_string(root.join("sip-config/voices/piper.toml")).expect("it is shipped");
    let library = root.join("target/tools/onnxruntime/libonnxruntime.so");
    let model = root.join("crates/speech/tests/fixtures/tiny-voice/tiny.onnx");
    let config = example
        .replace(
            "/usr/local/lib/libonnxruntime.so",
            library.to_str().expect("a path"),
        )
        .replace(
            "/var/lib/allo/voices/fr_FR-siwis-medium.onnx",
            model.to_str().expect("a path"),
        );
    let desk = Desk::with(&config);
    let said = desk.say();
    assert!(said.contains("by piper-onnx-"), "{said}");
}

#[test]
fn allo_check_names_a_voice_in_trouble_without_its_secret() {
    let service = Service::start(|request, stream| {
        let said = format!("no credit left for {}", request.header("Authorization"));
        reply(
            stream,
            "402 Payment Required",
            "text/plain",
            said.as_bytes(),
        );
    });
    let desk = Desk::with_service("speech-server", &service);
    let output = run(allo()
        .args(["check", "--sip", "127.0.0.1:0", "--config"])
        .arg(desk.folder.path().join("allo.toml"))
        .arg("--data")
        .arg(desk.folder.path()));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{said}");
    let line = said
        .lines()
        .find(|line| line.contains("voice: "))
        .expect("a line on voices");
    assert!(
        line.starts_with("FAIL") && line.contains("402 Payment Required: no credit left"),
        "{line}"
    );
    assert!(
        line.contains("pico") && line.contains("dBov"),
        "who speaks instead: {line}"
    );
    assert!(!said.contains(SECRET), "{said}");
}

#[test]
fn the_log_names_a_voice_that_gives_no_sound_and_the_line_speaks() {
    let service = Service::start(|_, stream| reply(stream, "200 OK", "audio/wav", b""));
    let desk = Desk::with_service("speech-server", &service);
    let log = desk.folder.path().join("log");
    let config = desk.folder.path().join("allo.toml");
    let data = tempfile::tempdir().expect("a folder");
    // A demonstration, for its sites, and then the service of this configuration on the same data.
    Program::start(data.path(), |_| {}).waits_for_its_voices();
    let program = Program::start_configured(data.path(), &log, &config);
    eventually(
        "the trouble in the log",
        std::time::Duration::from_secs(30),
        || {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            (log.contains("speech-server-http-") && log.contains("not a readable WAV file"))
                .then_some(())
        },
    );
    assert!(program.read("/readyz").contains("speech-server-http-"));
}

/// Speaks a sentence with an example and a service that answers like this.
fn says_with(example: &str, behaviour: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) {
    let service = Service::start(behaviour);
    let said = Desk::with_service(example, &service).say();
    assert!(said.contains(&format!("by {example}-http-")), "{said}");
}

/// A folder with a configuration and a secret.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("allo.toml"), config).expect("a file");
        Self { folder }
    }

    /// An example as it is shipped, but for address and secret.
    fn with_service(example: &str, service: &Service) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("sip-config/voices")
            .join(example);
        let shipped = std::fs::read_to_string(path.with_extension("toml")).expect("it is shipped");
        let desk = Self::with("");
        let secret: PathBuf = desk.folder.path().join("secret");
        std::fs::write(&secret, SECRET).expect("a file");
        let mut config = String::new();
        for line in shipped.lines() {
            let line = match line.split_once(" = ") {
                Some(("url", url)) => {
                    let host = url.split('/').nth(2).expect("a host");
                    line.replace("https", "http")
                        .replace(host, &service.address.to_string())
                }
                Some(("secret-file", _)) => format!("secret-file = \"{}\"", secret.display()),
                _ => line.to_owned(),
            };
            config.push_str(&line);
            config.push('\n');
        }
        std::fs::write(desk.folder.path().join("allo.toml"), config).expect("a file");
        desk
    }

    /// What `allo say` prints of a sentence.
    fn say(&self) -> String {
        let output = run(allo()
            .args([
                "say",
                "La torche est allumée depuis 14h30, la fumée se voit de loin.",
                "--config",
            ])
            .arg(self.folder.path().join("allo.toml"))
            .arg("--data")
            .arg(self.folder.path())
            .arg("-o")
            .arg(self.folder.path().join("said.wav")));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        format!("{said}{}", String::from_utf8_lossy(&output.stderr))
    }
}

/// Sound for so much text, or a refusal.
fn answer(stream: &mut TcpStream, kind: &str, text: Option<&str>) {
    match text {
        Some(text) => {
            let file = wav::write(&babble(text.chars().count(), 24_000));
            reply(stream, "200 OK", kind, &file);
        }
        None => reply(
            stream,
            "400 Bad Request",
            "text/plain",
            b"not as it should be",
        ),
    }
}

/// RFC 4648 § 4, for a service that sends JSON.
fn base64(octets: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in octets.chunks(3) {
        let octet = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        for sign in 0..4 {
            let value = bits >> (18 - 6 * sign) & 63;
            let is_there = sign <= three.len();
            text.push(if is_there {
                char::from(SIGNS[value as usize])
            } else {
                '='
            });
        }
    }
    text
}
