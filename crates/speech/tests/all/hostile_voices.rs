//! Each kind of voice with each fault: the words go to the next voice, in time, and the fault is named.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::service::{Service, babble, reply};
use bulletin::Language;
use speech::{
    Answer, Equaliser, Escape, EspeakVoice, HttpConfig, HttpVoice, Lexicon, OnnxConfig, OnnxVoice,
    PicoConfig, PicoVoice, Sound, Spoken, Studio, Template, Voice, normalise, wav,
};

/// What a voice may do instead of speaking.
#[derive(Clone, Copy, Debug)]
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

#[derive(Clone, Copy, Debug)]
enum Engine {
    Http,
    Onnx,
    Pico,
    Espeak,
}

const ENGINES: [Engine; 4] = [Engine::Http, Engine::Onnx, Engine::Pico, Engine::Espeak];

#[test]
fn the_next_voice_reads_whatever_is_wrong_with_the_first() {
    std::thread::scope(|scope| {
        for engine in ENGINES {
            for fault in FAULTS {
                scope.spawn(move || the_next_voice_reads(engine, fault));
            }
        }
    });
}

fn the_next_voice_reads(engine: Engine, fault: Fault) {
    let folder = tempfile::tempdir().unwrap();
    let broken = voice(engine, fault, folder.path());
    let id = broken.id();
    let good = PicoVoice::new(PicoConfig {
        program: env!("CARGO_BIN_EXE_speech_helper").into(),
        arguments: vec![],
        data_dir: folder.path().join("good"),
        timeout: Duration::from_secs(10),
        max_seconds: 60,
    });
    let studio = Studio::new(vec![broken, Box::new(good)]);
    let started = Instant::now();

    let recording = studio.record(&words(), Language::French).unwrap();

    assert!(
        recording.engine.starts_with("pico-0"),
        "{engine:?} {fault:?}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{engine:?} {fault:?}: {:?}",
        started.elapsed()
    );
    let troubles = studio.troubles();
    assert_eq!(troubles.len(), 1, "{engine:?} {fault:?}");
    let (voice, reason) = &troubles[0];
    assert_eq!(*voice, id);
    assert!(reason.len() > 10, "{engine:?} {fault:?}: {reason}");
}

#[test]
fn the_stubs_speak_when_nothing_is_wrong_with_them() {
    // Else the test above would see faults of the stubs.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("speech.wav");
    std::fs::write(&file, wav::write(&babble(words().length(), 22_050))).unwrap();
    let cat = format!("cat > /dev/null; exec cat {}", file.display());
    let espeak = EspeakVoice::at(script(folder.path(), &cat), TIMEOUT, 60);
    let service = Service::start(|_, stream| {
        reply(
            stream,
            "200 OK",
            "audio/wav",
            &wav::write(&babble(words().length(), 22_050)),
        );
    });
    let voices: [Box<dyn Voice>; 2] = [Box::new(espeak), Box::new(http(&service))];
    for voice in voices {
        Studio::new(vec![voice])
            .record(&words(), Language::French)
            .unwrap();
    }
}

fn voice(engine: Engine, fault: Fault, folder: &Path) -> Box<dyn Voice> {
    match engine {
        Engine::Http => Box::new(http(&service(fault))),
        Engine::Espeak => Box::new(EspeakVoice::at(stub(folder, fault, Form::Wav), TIMEOUT, 60)),
        Engine::Pico => Box::new(PicoVoice::new(PicoConfig {
            program: stub(folder, fault, Form::Answer),
            arguments: vec![],
            data_dir: folder.to_owned(),
            timeout: TIMEOUT,
            max_seconds: 60,
        })),
        Engine::Onnx => {
            // What is asked for must be there, and is never opened by the stub.
            let library = folder.join("libonnxruntime.so");
            std::fs::write(&library, b"").unwrap();
            let model =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-voice/tiny.onnx");
            Box::new(OnnxVoice::new(OnnxConfig {
                name: "tiny".into(),
                library,
                models: vec![(Language::French, model)],
                speaker: None,
                speeds: [1.0, 1.0],
                espeak: "/usr/bin/espeak-ng".into(),
                program: stub(folder, fault, Form::Answer),
                arguments: vec![],
                timeout: TIMEOUT,
                max_seconds: 60,
                equaliser: Equaliser::default(),
            }))
        }
    }
}

/// How a program gives its sound.
#[derive(Clone, Copy)]
enum Form {
    /// A WAV file.
    Wav,
    /// Header and samples of a helper.
    Answer,
}

/// A program with a fault.
fn stub(folder: &Path, fault: Fault, form: Form) -> PathBuf {
    let file = |name: &str, samples: Vec<i16>, rate: u32| {
        let pcm = speech::Pcm {
            samples,
            sample_rate: rate,
        };
        let octets = match form {
            Form::Wav => wav::write(&pcm),
            Form::Answer => {
                let mut octets = b"PCM1".to_vec();
                octets.extend(rate.to_le_bytes());
                octets.extend(pcm.samples.iter().flat_map(|x| x.to_le_bytes()));
                octets
            }
        };
        let path = folder.join(name);
        std::fs::write(&path, octets).unwrap();
        format!("cat > /dev/null; exec cat {}", path.display())
    };
    let text = match fault {
        Fault::Absent => return folder.join("no-such-program"),
        Fault::Hanging => "exec sleep 60".to_owned(),
        Fault::Crashing => "kill -SEGV $$".to_owned(),
        Fault::Silence => file("silence", vec![0; 48_000], 16_000),
        Fault::ThirtyMinutes => {
            let minutes = babble(1000, 16_000).samples;
            let all = 30 * 60 * 16_000;
            file(
                "long",
                minutes.iter().copied().cycle().take(all).collect(),
                16_000,
            )
        }
        Fault::WrongRate => file("fast", babble(words().length(), 16_000).samples, 500_000),
        Fault::ZeroBytes => "cat > /dev/null".to_owned(),
    };
    script(folder, &text)
}

fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("voice.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A service with a fault.
fn service(fault: Fault) -> Service {
    let ok = |stream: &mut std::net::TcpStream, pcm: &speech::Pcm| {
        reply(stream, "200 OK", "audio/wav", &wav::write(pcm));
    };
    let service = Service::start(move |_, stream| match fault {
        Fault::Hanging => std::thread::sleep(Duration::from_secs(60)),
        Fault::Absent | Fault::ZeroBytes => reply(stream, "200 OK", "audio/wav", b""),
        Fault::Crashing => {
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 9000\r\n\r\nRIFF",
            );
        }
        Fault::Silence => ok(
            stream,
            &speech::Pcm {
                samples: vec![0; 48_000],
                sample_rate: 16_000,
            },
        ),
        Fault::ThirtyMinutes => ok(
            stream,
            &speech::Pcm {
                samples: babble(1000, 8000)
                    .samples
                    .into_iter()
                    .cycle()
                    .take(30 * 60 * 8000)
                    .collect(),
                sample_rate: 8000,
            },
        ),
        Fault::WrongRate => ok(
            stream,
            &speech::Pcm {
                sample_rate: 500_000,
                ..babble(words().length(), 16_000)
            },
        ),
    });
    if matches!(fault, Fault::Absent) {
        service.close();
    }
    service
}

fn http(service: &Service) -> HttpVoice {
    HttpVoice::new(HttpConfig {
        name: "test".into(),
        url: format!("http://{}/", service.address),
        headers: vec![],
        secret: None,
        body: Template::parse("{text}", Escape::Json).unwrap(),
        voices: vec![(Language::French, "alto".into())],
        speeds: ["0.85".into(), "1.0".into()],
        answer: Answer::Raw(Sound::Wav),
        accept: vec!["audio/wav".into()],
        most_octets: 25_000_000,
        timeout: TIMEOUT,
        max_seconds: 60,
        authorities: None,
        proxy: None,
        equaliser: Equaliser::default(),
    })
    .unwrap()
}

fn words() -> Spoken {
    normalise(
        "La torche est allumée depuis 14h30.",
        Language::French,
        &Lexicon::built_in(),
    )
    .unwrap()
}

/// Long enough for a machine that runs all of this at once.
const TIMEOUT: Duration = Duration::from_secs(8);
