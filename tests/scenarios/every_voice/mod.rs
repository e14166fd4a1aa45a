//! Four voices, seven faults: what is posted is spoken or announced in words, and somebody is told.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bulletin::Language;
use server::Settings;
use server::config::VoiceTable;
use speech::{Pcm, prompts, wav};

use super::voice_lost::{find_concern, voice_trouble};
use crate::support::service::{Service, babble, reply};
use crate::support::{House, eventually, listen};

const SITE: &str = "huiles-du-fleuve";
const OWN_VOICES: [&str; 3] = ["service-http-", "tiny-onnx-", "espeak-ng/"];

/// What a voice does instead of speaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Absent,
    Hanging,
    Crashing,
    Silence,
    ThirtyMinutes,
    WrongRate,
    ZeroBytes,
}

const FAULTS: [Fault; 7] = [
    Fault::Absent,
    Fault::Hanging,
    Fault::Crashing,
    Fault::Silence,
    Fault::ThirtyMinutes,
    Fault::WrongRate,
    Fault::ZeroBytes,
];

/// First a service by HTTP, a Piper model, an espeak-ng and Pico are all well; then the first three go wrong, and Pico
/// speaks; then Pico goes wrong too.
#[test]
fn each_fault_of_every_voice_leaves_a_bulletin_spoken_or_announced_in_words_within_20_seconds() {
    // One demonstration is spoken; the others begin with a copy of it.
    let mut first = House::open();
    first.stop();
    let data = first.data();
    // All at once would ask more of the machine than a voice may take.
    for faults in FAULTS.chunks(4) {
        std::thread::scope(|scope| {
            for &fault in faults {
                scope.spawn(move || survives(fault, data));
            }
        });
    }
}

fn survives(fault: Fault, data: &Path) {
    let stubs = Stubs::new();
    let house = House::open_helped_by(&stubs.script("helper"), stubs.settings(), |folder| {
        for file in std::fs::read_dir(data).expect("a folder").flatten() {
            if file.path().is_file() {
                std::fs::copy(file.path(), folder.join(file.file_name())).expect("a copy");
            }
        }
    });
    let well = house.post(SITE, "Bruit de soupape au nord.");
    let spoken = is_ready(&house, &well, |_| true);
    assert!(spoken["speech_detail"].is_null(), "{fault:?}: {spoken}");

    let target = house.target("0805691282");
    let held = std::thread::spawn(move || listen(&target, "", Duration::from_secs(25)));
    for engine in ["onnx", "espeak"] {
        stubs.go_wrong(engine, fault);
    }
    stubs.service_goes_wrong(fault);

    let posted = Instant::now();
    let first = house.post(SITE, "Odeur de gaz au sud.");
    eventually("the text without a voice", Duration::from_secs(5), || {
        let (_, page) = house.read("/rouen_metropole");
        page.contains("Odeur de gaz au sud").then_some(())
    });
    let spoken = is_ready(&house, &first, |state| !state["speech_detail"].is_null());
    let after = posted.elapsed();
    assert!(
        after < Duration::from_secs(20),
        "{fault:?}: spoken after {after:?}"
    );
    let told = [
        spoken["speech_detail"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        voice_trouble(&house).unwrap_or_default(),
    ];
    for told in &told {
        for voice in OWN_VOICES {
            assert!(told.contains(voice), "{fault:?}: {voice} in {told:?}");
        }
    }
    assert!(told[0].contains("spoken by pico"), "{fault:?}: {told:?}");
    let id = first["id"].as_str().expect("an id");
    let octets = house.recording(SITE, id).expect("a recording");
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(20));
    assert!(heard.has(&octets), "{fault:?}: the bulletin is on the line");

    stubs.go_wrong("pico", fault);
    let second = house.post(SITE, "Fumée noire à l'est.");
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(18));
    let general = prompts::find(Language::French, "bulletin_unspoken").expect("a fixed sentence");
    assert!(
        heard.has(general.sound().pcma),
        "{fault:?}: a general sentence in its place within the 18 s of the call"
    );
    let path = format!(
        "/api/v1/bulletins/{}",
        second["id"].as_str().expect("an id")
    );
    let failed = eventually("the failure in the API", Duration::from_secs(30), || {
        let (_, state) = house.send(reqwest::Method::GET, &path, SITE, &serde_json::Value::Null);
        (state["speech"] == "failed").then_some(state)
    });
    let why = failed["speech_detail"].as_str().expect("a reason");
    assert!(why.contains("pico"), "{fault:?}: {why}");
    let readiness = house.read_json("/readyz");
    let line = find_concern(&readiness, "line").expect("the line's concern");
    assert_eq!(line["ok"], true, "{fault:?}");

    let held = held.join().expect("the call that was held");
    let counts = &held.report.counts;
    assert_eq!(counts.lost, 0, "{fault:?}: the line never stopped");
    assert!(
        counts.packets > 24 * 50,
        "{fault:?}: {} packets",
        counts.packets
    );
}

/// What the API says of a bulletin once it is spoken, and what is awaited is there too.
fn is_ready(
    house: &House,
    posted: &serde_json::Value,
    awaited: impl Fn(&serde_json::Value) -> bool,
) -> serde_json::Value {
    let path = format!(
        "/api/v1/bulletins/{}",
        posted["id"].as_str().expect("an id")
    );
    eventually("the voice", Duration::from_secs(40), || {
        let (_, state) = house.send(reqwest::Method::GET, &path, SITE, &serde_json::Value::Null);
        (state["speech"] == "ready" && awaited(&state)).then_some(state)
    })
}

/// Four voices that can be told to go wrong.
struct Stubs {
    folder: tempfile::TempDir,
    service: Service,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Stubs {
    fn new() -> Self {
        let fault = Arc::new(Mutex::new(None));
        let state = Arc::clone(&fault);
        let service = Service::start(move |request, stream| {
            let fault = *state.lock().expect("nobody panicked");
            let good = babble(request.body.chars().count(), 16_000);
            let pcm = match fault {
                None => good,
                Some(Fault::Hanging) => return std::thread::sleep(Duration::from_secs(60)),
                Some(Fault::Crashing | Fault::Absent) => return,
                Some(Fault::ZeroBytes) => return reply(stream, "200 OK", "audio/wav", b""),
                Some(Fault::Silence) => silence(),
                Some(Fault::ThirtyMinutes) => thirty_minutes(),
                Some(Fault::WrongRate) => wrong_rate(),
            };
            reply(stream, "200 OK", "audio/wav", &wav::write(&pcm));
        });
        let stubs = Self {
            folder: tempfile::tempdir().expect("a folder"),
            service,
            fault,
        };
        for (name, pcm) in [
            ("silence", silence()),
            ("thirty-minutes", thirty_minutes()),
            ("wrong-rate", wrong_rate()),
        ] {
            let mut answer = b"PCM1".to_vec();
            answer.extend(pcm.sample_rate.to_le_bytes());
            answer.extend(pcm.samples.iter().flat_map(|x| x.to_le_bytes()));
            stubs.write(&format!("{name}.answer"), &answer);
            stubs.write(&format!("{name}.wav"), &wav::write(&pcm));
        }
        let allo = env!("CARGO_BIN_EXE_allo");
        let helper = format!(
            "case $1 in onnx-helper) engine=onnx ;; *) engine=pico ;; esac\nkind=answer\nwell='exec {allo}'\n"
        );
        stubs.write_script("helper", &helper);
        stubs.write_script(
            "espeak",
            "engine=espeak\nkind=wav\nwell='exec /usr/bin/espeak-ng'\n",
        );
        stubs
    }

    fn write_script(&self, name: &str, settings: &str) {
        let folder = self.folder.path().display();
        let script = format!(
            "#!/bin/sh\n{settings}\
             fault=$(cat {folder}/fault-$engine 2>/dev/null)\n\
             case \"$fault\" in\n\
             '') $well \"$@\" ;;\n\
             Hanging) exec sleep 60 ;;\n\
             Crashing) kill -SEGV $$ ;;\n\
             Absent) exit 127 ;;\n\
             ZeroBytes) cat >/dev/null ;;\n\
             *) cat >/dev/null; exec cat {folder}/$fault.$kind ;;\n\
             esac\n"
        );
        self.write(name, script.as_bytes());
        let path = self.script(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.folder.path().join(name), content).expect("a file");
    }

    fn script(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn go_wrong(&self, engine: &str, fault: Fault) {
        let word = match fault {
            Fault::Silence => "silence".to_owned(),
            Fault::ThirtyMinutes => "thirty-minutes".to_owned(),
            Fault::WrongRate => "wrong-rate".to_owned(),
            Fault::Absent if engine == "espeak" => {
                std::fs::remove_file(self.script("espeak")).expect("it was there");
                return;
            }
            other => format!("{other:?}"),
        };
        self.write(&format!("fault-{engine}"), word.as_bytes());
    }

    fn service_goes_wrong(&self, fault: Fault) {
        *self.fault.lock().expect("nobody panicked") = Some(fault);
        if fault == Fault::Absent {
            self.service.close();
        }
    }

    /// The service first, then the model, then an espeak-ng, then Pico.
    fn settings(&self) -> Settings {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let service = VoiceTable {
            name: "service".into(),
            kind: "http".into(),
            url: Some(format!("http://{}/", self.service.address)),
            body: Some("{text}".into()),
            escape: Some("json".into()),
            voices: [("fr".into(), "alto".into())].into(),
            ..VoiceTable::default()
        };
        let tiny = VoiceTable {
            name: "tiny".into(),
            kind: "onnx".into(),
            library: Some(root.join("target/tools/onnxruntime/libonnxruntime.so")),
            models: [(
                "fr".into(),
                root.join("crates/speech/tests/fixtures/tiny-voice/tiny.onnx"),
            )]
            .into(),
            ..VoiceTable::default()
        };
        let espeak = VoiceTable {
            name: "own-espeak".into(),
            kind: "espeak-ng".into(),
            program: Some(self.script("espeak")),
            ..VoiceTable::default()
        };
        Settings {
            voices: Some("service,tiny,own-espeak,pico".into()),
            own_voices: vec![service, tiny, espeak],
            ..Settings::default()
        }
    }
}

fn silence() -> Pcm {
    Pcm {
        samples: vec![0; 48_000],
        sample_rate: 16_000,
    }
}

fn thirty_minutes() -> Pcm {
    let minute = babble(860, 8000).samples;
    Pcm {
        samples: minute.into_iter().cycle().take(30 * 60 * 8000).collect(),
        sample_rate: 8000,
    }
}

fn wrong_rate() -> Pcm {
    Pcm {
        sample_rate: 500_000,
        ..babble(40, 16_000)
    }
}
