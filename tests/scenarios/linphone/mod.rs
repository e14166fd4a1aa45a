use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use media::Codec;
use server::Settings;
use speech::{Pcm, level, wav};

use crate::support::{House, eventually, free_port};

#[test]
fn linphone_records_the_bulletin_at_the_right_level_and_its_keys_act() {
    // It writes the address by which the machine reaches others into its description, and speaks from loopback.
    let latching =
        "[[trunk]]\nname = \"telephones\"\npeers = [\"127.0.0.1\"]\nlatching-seconds = 10";
    let settings: Settings = toml::from_str(latching).expect("a configuration");
    let house = House::open_with(settings, |_| {});
    let answer = house.post("huiles-du-fleuve", "Bruit bref.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording("huiles-du-fleuve", &id)
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let heard = folder.path().join("heard.wav");

    let mut phone = Linphone::start(folder.path());
    phone.says(&format!("record {}", heard.display()));
    phone.says(&format!("call {}", house.target("0805691282")));
    wait_for_calls(&house, 1);
    // At a person's pace: the greeting, the count, and the bulletin's beginning pass.
    for (pause_ms, key) in [(1_500, "#"), (1_500, "#"), (3_500, "*")] {
        std::thread::sleep(Duration::from_millis(pause_ms));
        phone.says(key);
    }
    std::thread::sleep(Duration::from_secs(12));
    phone.says("terminate");
    wait_for_calls(&house, 0);
    phone.quits();

    let recorded = wav::read(&std::fs::read(&heard).expect("the file")).expect("a WAV file");
    let bulletin = Codec::Pcma.decoder().decode(&octets);
    let beginning = &bulletin[..2 * 8_000];
    let found = places(&recorded, beginning);
    assert_eq!(
        found.len(),
        2,
        "# leads to it and * says it again: {found:?}"
    );
    assert!(found[0] < 7.0, "sooner than without keys: {found:?}");
    let level = level::active_level_dbov(&recorded.samples, recorded.sample_rate).expect("speech");
    assert!(
        (-28.0..=-24.0).contains(&level.dbov),
        "{:.1} dBov",
        level.dbov
    );
}

/// A telephone that takes its commands from a pipe.
struct Linphone {
    child: Child,
    commands: ChildStdin,
}

impl Linphone {
    /// - `home`: where it keeps its data.
    fn start(home: &Path) -> Self {
        std::fs::create_dir_all(home.join(".local/share/linphone")).expect("a folder");
        let silence = Pcm {
            samples: vec![0; 8_000 * 60],
            sample_rate: 8_000,
        };
        std::fs::write(home.join("silence.wav"), wav::write(&silence)).expect("a WAV file");
        let config = home.join("linphonerc");
        let port = free_port();
        let text = format!(
            "[sip]\nsip_port={port}\nsip_tcp_port=-1\nsip_tls_port=-1\nguess_hostname=0\ncontact=sip:resident@127.0.0.1:{port}\n\
             [net]\nmtu=1300\n[sound]\nec=0\n"
        );
        std::fs::write(&config, text).expect("a configuration");
        let mut child = Command::new("linphonec")
            .arg("-c")
            .arg(&config)
            .args(["-d", "0"])
            .env("HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("linphonec is installed");
        let commands = child.stdin.take().expect("a pipe");
        let mut phone = Self { child, commands };
        phone.says("ipv6 disable");
        phone.says("soundcard use files");
        phone.says(&format!("play {}", home.join("silence.wav").display()));
        phone
    }

    fn says(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("it listens");
        self.commands.flush().expect("it listens");
    }

    /// The header of its recording is written at a clean end only.
    fn quits(mut self) {
        self.says("quit");
        eventually("its end", Duration::from_secs(10), || {
            self.child.try_wait().expect("the system knows its child")
        });
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for_calls(house: &House, calls: usize) {
    let line = format!("allo_calls {calls}");
    eventually(&line, Duration::from_secs(15), || {
        let metrics = house.fetch(&house.metrics_url());
        metrics.lines().any(|one| one == line).then_some(())
    });
}

/// The seconds at which a sound begins in a recording, by its loudness from one hundredth of a second to the next: a
/// telephone may resample what it heard, and shift it by less than a sample.
fn places(recorded: &Pcm, sound: &[i16]) -> Vec<f64> {
    let frame = usize::try_from(recorded.sample_rate / 100).expect("a small number");
    let (whole, part) = (loudness(&recorded.samples, frame), loudness(sound, 80));
    let mut found: Vec<f64> = vec![];
    let mut at = 0;
    while let Some(window) = whole.get(at..at + part.len()) {
        if likeness(window, &part) > 0.95 {
            found.push(f64::from(u32::try_from(at).expect("a short recording")) / 100.0);
            at += part.len() / 2;
        }
        at += 1;
    }
    found
}

fn loudness(samples: &[i16], frame: usize) -> Vec<f64> {
    let energy = |part: &[i16]| part.iter().map(|&one| f64::from(one).powi(2)).sum::<f64>();
    samples
        .chunks_exact(frame)
        .map(|part| energy(part).sqrt())
        .collect()
}

/// The correlation of two courses of loudness: 1 for the same course at any level.
fn likeness(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / f64::from(u32::try_from(x.len()).expect("few"));
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    ab / (aa * bb).sqrt().max(f64::MIN_POSITIVE)
}
