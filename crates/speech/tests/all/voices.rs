//! Voices that work, and voices that are killed, stopped, silent, endless or mad.

use std::f64::consts::TAU;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bulletin::Language;
use speech::level::{active_level_dbov, peak_dbov, true_peak_dbov};
use speech::{
    EspeakVoice, Lexicon, Pcm, PicoConfig, PicoVoice, Recording, Spoken, Studio, Voice, VoiceError,
    normalise,
};

#[test]
fn pico_reads_a_bulletin_for_the_telephone() {
    let folder = tempfile::tempdir().unwrap();
    let recording = record(folder.path(), BULLETIN, Language::French);

    assert_eq!(recording.master.sample_rate, 16_000);
    assert!(
        peak_dbov(&recording.master.samples) < -1.0,
        "the master is not clipped"
    );
    assert_eq!(recording.wide.len(), 2 * recording.phone.len());
    for (sound, rate) in [(&recording.phone, 8000), (&recording.wide, 16_000)] {
        let level = active_level_dbov(sound, rate).unwrap();
        assert!((level.dbov - -26.0).abs() <= 1.0, "{level:?}");
        assert!((0.5..0.95).contains(&level.activity), "{level:?}");
        assert!(peak_dbov(sound) <= -6.0);
        assert!(true_peak_dbov(sound, rate) <= -3.0);
    }
    assert!(
        (8_000..20_000).contains(&recording.duration_ms()),
        "{}",
        recording.duration_ms()
    );
}

#[test]
fn the_sound_stays_in_the_band_of_the_telephone_and_is_not_muffled() {
    let folder = tempfile::tempdir().unwrap();
    let recording = record(folder.path(), BULLETIN, Language::French);
    let band = |from: u32, to: u32| energy_db(&recording.phone, 8000, from, to);

    let speech = band(300, 3400);
    assert!(
        band(20, 150) < speech - 30.0,
        "rumble {}",
        band(20, 150) - speech
    );
    assert!(
        band(3750, 3990) < speech - 30.0,
        "folded sound {}",
        band(3750, 3990) - speech
    );
    let muffled = band(300, 1000) - band(1000, 3400);
    assert!(
        muffled < 12.0,
        "above 1 kHz is {muffled:.1} dB under what is below"
    );
}

#[test]
fn the_wide_band_holds_what_the_narrow_one_cuts_and_not_less_of_what_it_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let recording = record(folder.path(), BULLETIN, Language::French);
    let wide = |from: u32, to: u32| energy_db(&recording.wide, 16_000, from, to);
    let narrow = |from: u32, to: u32| energy_db(&recording.phone, 8000, from, to);

    let speech = wide(100, 7000);
    let above = wide(3500, 7000) - speech;
    assert!(above > -30.0, "consonants at {above:.1} dB");
    assert!(narrow(3750, 3990) - narrow(300, 3400) < -30.0);
    assert!(
        wide(150, 300) > speech - 10.0,
        "the voice has its low tones"
    );
    assert!(
        wide(10, 60) < speech - 30.0,
        "hum {}",
        wide(10, 60) - speech
    );
    assert!(wide(7600, 7990) < speech - 30.0);
    let tilt = |band: &dyn Fn(u32, u32) -> f64| band(1000, 3400) - band(300, 1000);
    let change = tilt(&wide) - tilt(&narrow);
    assert!(
        change.abs() < 1.5,
        "one voice in both bands: {change:.1} dB"
    );
}

#[test]
fn silence_is_kept_at_the_edges_only_so_much() {
    let folder = tempfile::tempdir().unwrap();
    let recording = record(folder.path(), BULLETIN, Language::French);
    let heard = |sample: &i16| sample.unsigned_abs() > 103;
    let samples = &recording.master.samples;
    let before = samples.iter().position(heard).unwrap() / 16;
    let after = samples.iter().rev().position(heard).unwrap() / 16;
    assert!((90..=110).contains(&before), "{before} ms before");
    assert!((290..=310).contains(&after), "{after} ms after");
}

#[test]
fn english_has_its_own_voice() {
    let folder = tempfile::tempdir().unwrap();
    let recording = record(
        folder.path(),
        "A flare has been visible since 14:30.",
        Language::English,
    );
    assert!((1500..8000).contains(&recording.duration_ms()));
    assert_eq!(recording.language, Language::English);
}

#[test]
fn a_brisk_text_is_quicker() {
    let folder = tempfile::tempdir().unwrap();
    let studio = studio(folder.path());
    let territory = rouen();
    let greeting = speech::script::territory(&territory, 5, Language::French, &Lexicon::built_in())
        .unwrap()
        .greeting;
    let slow = words(greeting.as_str());
    let brisk_ms = studio
        .record(&greeting, Language::French)
        .unwrap()
        .duration_ms();
    let slow_ms = studio
        .record(&slow, Language::French)
        .unwrap()
        .duration_ms();
    assert!(brisk_ms <= 6_000, "the greeting takes {brisk_ms} ms");
    assert!(slow_ms > brisk_ms);
}

#[test]
fn hostile_texts_are_read_as_words_and_touch_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let studio = studio(folder.path());
    let trap = folder.path().join("trap");
    for text in [
        &format!("<genfile file=\"{}\"> fumée", trap.display()) as &str,
        "<play file=\"fr-FR_ta.bin\"/> odeur <speed level=\"500\">",
        &"<".repeat(500).replace('<', "< a "),
        "-v en --help bruit",
        "[[play]] torche \u{202e}",
        &"fumée noire, ".repeat(90),
    ] {
        let recording = studio.record(&words(text), Language::French).unwrap();
        let per_character =
            f64::from(recording.duration_ms()) / recording.words.chars().count() as f64;
        assert!(
            per_character < 250.0,
            "{per_character} ms a character: {text}"
        );
    }
    assert!(!trap.exists());
}

#[test]
fn the_helper_can_neither_write_nor_read_on() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), "Bonjour.", Language::French);
    let mut files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|f| f.unwrap().file_name())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "en-GB_kh0_sg.bin",
            "en-GB_ta.bin",
            "fr-FR_nk0_sg.bin",
            "fr-FR_ta.bin"
        ]
    );
}

#[test]
fn the_helper_limits_itself_before_it_reads_a_word() {
    let mut helper = Command::new(env!("CARGO_BIN_EXE_speech_helper"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let limits = format!("/proc/{}/limits", helper.id());
    let deadline = Instant::now() + Duration::from_secs(10);
    let wanted = [
        "Max file size             0",
        "Max core file size        0",
        "Max processes             0",
        "Max cpu time              10",
        "Max address space         1073741824",
    ];
    loop {
        let seen = std::fs::read_to_string(&limits).unwrap();
        if wanted.iter().all(|limit| seen.contains(limit)) {
            break;
        }
        assert!(Instant::now() < deadline, "{seen}");
        std::thread::yield_now();
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", helper.id())).unwrap();
    drop(helper.stdin.take());
    assert!(!helper.wait().unwrap().success(), "no text is an error");
    assert!(status.contains("Threads:\t1"), "{status}");
}

#[test]
fn the_helper_of_a_program_that_stands_back_stays_where_it_was_put_and_speaks() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), "Bonjour.", Language::French);
    let mut helper = Command::new("nice")
        .args(["-n", "19", env!("CARGO_BIN_EXE_speech_helper")])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut words = helper.stdin.take().unwrap();
    words.write_all("fr\nBonjour.".as_bytes()).unwrap();
    drop(words);
    let mut sound = vec![];
    let mut output = helper.stdout.take().unwrap();
    output.read_to_end(&mut sound).unwrap();
    // The nineteenth figure of a process that nobody has waited for yet, the name in brackets being the second.
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", helper.id())).unwrap();
    let niceness = stat.rsplit(") ").next().unwrap().split(' ').nth(16);
    assert!(helper.wait().unwrap().success());
    assert!(sound.len() > 10_000, "{} octets", sound.len());
    // Root could have brought it forward; everybody else is refused, and would have no voice.
    assert_eq!(niceness, Some("19"), "{stat}");
}

#[test]
fn lost_voice_files_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let pico = pico(folder.path());
    let hello = words("Bonjour.");
    pico.speak(&hello, Language::French).unwrap();
    std::fs::remove_file(folder.path().join("fr-FR_ta.bin")).unwrap();
    pico.speak(&hello, Language::French).unwrap();
}

#[test]
fn a_mad_helper_ends_in_an_error_within_its_time() {
    let cases = [
        ("kill -KILL $$", "failed"),
        ("kill -STOP $$", "timeout"),
        ("exec sleep 100", "timeout"),
        ("exit 0", "bad sound"),
        ("exit 3", "failed"),
        ("exec cat /dev/zero", "endless"),
        ("printf 'PCM1\\042\\126\\000\\000aaaa'", "bad sound"),
        (
            "printf 'PCM1\\200\\076\\000\\000aaaa'; kill -KILL $$",
            "failed",
        ),
    ];
    for (script, wanted) in cases {
        let folder = tempfile::tempdir().unwrap();
        let started = Instant::now();
        let outcome = stub(folder.path(), script).speak(&words("Bonjour."), Language::French);
        assert!(started.elapsed() < Duration::from_secs(4), "{script}");
        let kind = match outcome {
            Ok(_) => "sound",
            Err(VoiceError::Unavailable(_)) => "unavailable",
            Err(VoiceError::Timeout(_)) => "timeout",
            Err(VoiceError::Endless(_)) => "endless",
            Err(VoiceError::Failed(_)) => "failed",
            Err(VoiceError::BadSound(_)) => "bad sound",
        };
        assert_eq!(kind, wanted, "{script}");
    }
}

#[test]
fn the_next_voice_reads_when_the_first_is_mad() {
    let folder = tempfile::tempdir().unwrap();
    for script in [
        "kill -STOP $$",
        "exec cat /dev/zero",
        "printf 'PCM1\\200\\076\\000\\000aaaa'",
    ] {
        let voices: Vec<Box<dyn Voice>> = vec![
            Box::new(stub(folder.path(), script)),
            Box::new(pico(folder.path())),
        ];
        let recording =
            Studio::new(voices).record(&words("Une torche est allumée."), Language::French);
        assert!(recording.unwrap().engine.starts_with("pico"), "{script}");
    }
    let only_mad: Vec<Box<dyn Voice>> = vec![Box::new(stub(folder.path(), "exit 1"))];
    assert!(
        Studio::new(only_mad)
            .record(&words("Bonjour."), Language::French)
            .is_err()
    );
}

#[test]
fn a_helper_that_is_not_there_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let voice = PicoVoice::new(PicoConfig {
        program: PathBuf::from("/nowhere/helper"),
        ..config(folder.path())
    });
    let outcome = voice.speak(&words("Bonjour."), Language::French);
    assert!(
        matches!(outcome, Err(VoiceError::Unavailable(_))),
        "{outcome:?}"
    );
}

#[test]
fn a_second_voice_reads_wav_of_another_rate() {
    let folder = tempfile::tempdir().unwrap();
    let sound: Vec<i16> = (0..44_100_i32)
        .map(|i| (f64::from(i) * TAU * 300.0 / 22_050.0).sin() * 6000.0)
        .map(|x| format!("{x:.0}").parse().unwrap())
        .collect();
    let wav = folder.path().join("sound.wav");
    let pcm = Pcm {
        samples: sound,
        sample_rate: 22_050,
    };
    std::fs::write(&wav, speech::wav::write(&pcm)).unwrap();
    let program = script_file(
        folder.path(),
        &format!("cat >/dev/null; exec cat {}", wav.display()),
    );
    let voice = EspeakVoice::at(program, Duration::from_secs(5), 60);
    let recording = Studio::new(vec![Box::new(voice)])
        .record(&words("Une torche est allumée."), Language::French)
        .unwrap();
    assert_eq!(recording.master.sample_rate, 16_000);
    assert!(recording.engine.starts_with("espeak"));
}

#[test]
fn an_installed_espeak_reads_too() {
    let Some(voice) = EspeakVoice::find(Duration::from_secs(10), 120) else {
        return;
    };
    let recording = Studio::new(vec![Box::new(voice)])
        .record(&words(BULLETIN), Language::French)
        .unwrap();
    let level = active_level_dbov(&recording.phone, 8000).unwrap();
    assert!((level.dbov - -26.0).abs() <= 1.0, "{level:?}");
}

const BULLETIN: &str = "Une perte d'alimentation électrique a privé le site de vapeur. Faute de \
    vapeur, nos torches brûlent avec beaucoup de fumée noire, que l'on voit de très loin. Vers 22h, \
    l'événement était maîtrisé.";

fn words(text: &str) -> Spoken {
    normalise(text, Language::French, &Lexicon::built_in()).unwrap()
}

fn record(folder: &Path, text: &str, language: Language) -> Recording {
    let words = normalise(text, language, &Lexicon::built_in()).unwrap();
    studio(folder).record(&words, language).unwrap()
}

fn studio(folder: &Path) -> Studio {
    Studio::new(vec![Box::new(pico(folder))])
}

fn pico(folder: &Path) -> PicoVoice {
    PicoVoice::new(config(folder))
}

fn config(folder: &Path) -> PicoConfig {
    PicoConfig {
        program: PathBuf::from(env!("CARGO_BIN_EXE_speech_helper")),
        arguments: vec![],
        data_dir: folder.to_owned(),
        timeout: Duration::from_secs(10),
        max_seconds: 300,
    }
}

/// A helper that does something else than speak.
fn stub(folder: &Path, script: &str) -> PicoVoice {
    PicoVoice::new(PicoConfig {
        program: PathBuf::from("/bin/sh"),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        data_dir: folder.to_owned(),
        timeout: Duration::from_millis(800),
        max_seconds: 5,
    })
}

fn script_file(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("voice.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn rouen() -> bulletin::Territory {
    bulletin::Territory {
        slug: bulletin::TerritorySlug::parse("rouen_metropole").unwrap(),
        name: "Rouen Métropole".to_owned(),
        spoken_name: "Rouen Métropole".to_owned(),
        zone: jiff::tz::TimeZone::UTC,
        numbers: vec![],
    }
}

/// Energy between two frequencies: Goertzel at every 10 Hz, over Hann windows of 100 ms.
fn energy_db(samples: &[i16], rate: u32, from: u32, to: u32) -> f64 {
    let length = f64::from(rate / 10);
    let mut energy = 0.0;
    for block in samples.chunks_exact(rate as usize / 10) {
        for hertz in (from..to).step_by(10) {
            let step = TAU * f64::from(hertz) / f64::from(rate);
            let (mut last, mut before) = (0.0, 0.0);
            for (place, sample) in block.iter().enumerate() {
                let window = 0.5 - 0.5 * (TAU * place as f64 / length).cos();
                let next = window * f64::from(*sample) + 2.0 * step.cos() * last - before;
                (before, last) = (last, next);
            }
            energy += last * last + before * before - 2.0 * step.cos() * last * before;
        }
    }
    10.0 * energy.log10()
}
