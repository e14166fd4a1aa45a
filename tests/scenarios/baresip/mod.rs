pub(super) mod keys;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use media::Codec;
use speech::{Pcm, level, wav};

use crate::support::{House, eventually, free_port, run};

const SITE: &str = "huiles-du-fleuve";

#[test]
fn baresip_records_the_bulletin_at_the_right_level() {
    let house = House::open();
    baresip_records_the_bulletin(&house, &house.target("0805691282"), "", "", 0);
}

#[test]
fn baresip_records_the_bulletin_by_tcp_in_packets_of_40_ms() {
    let house = House::open();
    let dialled = format!("{};transport=tcp", house.target("0805691282"));
    // Lead-in and body are each filled up to whole packets: 20 ms more of silence than the octets of 20 ms have.
    baresip_records_the_bulletin(&house, &dialled, ";ptime=40", "", 160);
}

/// - `dialled`: the URI it dials.
/// - `account`: parameters of the account it has.
/// - `config`: more lines of its configuration.
/// - `seam`: samples of silence that may stand between lead-in and body besides.
pub(super) fn baresip_records_the_bulletin(
    house: &House,
    dialled: &str,
    account: &str,
    config: &str,
    seam: usize,
) {
    let answer = house.post(SITE, "Bruit bref.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_config(folder.path(), account, config);

    let output = run(Command::new("baresip")
        .args(["-4", "-t", "30", "-f"])
        .arg(folder.path())
        .args(["-e", &format!("/dial {dialled}")]));

    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let heard = recorded(folder.path()).unwrap_or_else(|| panic!("no recording: {said}"));
    assert_eq!(heard.sample_rate, 8000);
    let bulletin = Codec::Pcma.decoder().decode(&octets);
    let places = places(&heard.samples, &bulletin, seam);
    assert!(
        places.contains(&bulletin.len()),
        "of {} samples {places:?} were heard\n{said}",
        bulletin.len()
    );
    let level = level::active_level_dbov(&heard.samples, 8000).expect("speech");
    assert!(
        (-28.0..=-24.0).contains(&level.dbov),
        "{:.1} dBov",
        level.dbov
    );
}

/// How much of the bulletin was heard at each place where its first second was.
fn places(heard: &[i16], bulletin: &[i16], seam: usize) -> Vec<usize> {
    let (first, _) = bulletin.split_at(8_000);
    let windows = heard.windows(first.len()).enumerate();
    let begun = windows.filter(|(_, window)| *window == first);
    begun
        .map(|(at, _)| {
            let before = same(&heard[at..], bulletin);
            let gap = heard.get(at + before..at + before + seam);
            // The silence before goes on for the length of the seam, and the words after it.
            let is_silent = gap.is_some_and(|gap| gap.iter().all(|one| *one == gap[0]));
            let after = heard.get(at + before + seam..).unwrap_or_default();
            before
                + if is_silent {
                    same(after, &bulletin[before..])
                } else {
                    0
                }
        })
        .collect()
}

/// How many samples agree.
fn same(heard: &[i16], said: &[i16]) -> usize {
    let pairs = heard.iter().zip(said);
    pairs.take_while(|(heard, said)| heard == said).count()
}

/// A telephone without sound card or screen: it plays silence and writes what it hears.
pub(super) fn write_config(folder: &Path, account: &str, more: &str) {
    let silence = Pcm {
        samples: vec![0; 8000 * 120],
        sample_rate: 8000,
    };
    std::fs::write(folder.join("silence.wav"), wav::write(&silence)).expect("a WAV file");
    let port = free_port();
    let config = format!(
        "sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\n\
         audio_source aufile,{silence}\naudio_player aubridge,ear\naudio_alert aubridge,alert\n\
         jitter_buffer_delay 1-50\n\
         module_path {modules}\n\
         module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         module_app account.so\nmodule_app menu.so\nsnd_path {folder}\n{more}",
        silence = folder.join("silence.wav").display(),
        modules = modules().display(),
        folder = folder.display(),
    );
    std::fs::write(folder.join("config"), config).expect("a configuration");
    let account = format!("<sip:resident@127.0.0.1:{port}>;regint=0;audio_codecs=PCMA{account}\n");
    std::fs::write(folder.join("accounts"), account).expect("an account");
    std::fs::write(folder.join("contacts"), "").expect("no contacts");
}

/// Where the package keeps baresip's modules.
pub(super) fn modules() -> PathBuf {
    ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.is_dir())
        .expect("baresip is installed with its modules")
}

fn recorded(folder: &Path) -> Option<Pcm> {
    let path = std::fs::read_dir(folder)
        .expect("the folder")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().ends_with("-dec.wav"))?;
    Some(wav::read(&std::fs::read(path).expect("the file")).expect("a WAV file"))
}
