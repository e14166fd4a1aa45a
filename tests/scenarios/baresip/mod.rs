mod keys;

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
    baresip_records_the_bulletin(&house, &house.target("0805691282"), "", "");
}

#[test]
fn baresip_records_the_bulletin_by_tcp_in_packets_of_40_ms() {
    let house = House::open();
    let dialled = format!("{};transport=tcp", house.target("0805691282"));
    baresip_records_the_bulletin(&house, &dialled, ";ptime=40", "");
}

/// - `dialled`: the URI it dials.
/// - `account`: parameters of the account it has.
/// - `config`: more lines of its configuration.
pub(super) fn baresip_records_the_bulletin(
    house: &House,
    dialled: &str,
    account: &str,
    config: &str,
) {
    let answer = house.post(SITE, "Bruit bref.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_config(folder.path(), account, config);

    let output = run(Command::new("baresip")
        .args(["-4", "-t", "24", "-f"])
        .arg(folder.path())
        .args(["-e", &format!("/dial {dialled}")]));

    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let heard = recorded(folder.path()).unwrap_or_else(|| panic!("no recording: {said}"));
    assert_eq!(heard.sample_rate, 8000);
    let bulletin = Codec::Pcma.decoder().decode(&octets);
    let whole = heard.samples.windows(bulletin.len());
    assert!(
        whole.into_iter().any(|window| window == bulletin),
        "not one whole: {}\n{said}",
        where_it_breaks(&heard.samples, &bulletin)
    );
    let level = level::active_level_dbov(&heard.samples, 8000).expect("speech");
    assert!(
        (-28.0..=-24.0).contains(&level.dbov),
        "{:.1} dBov",
        level.dbov
    );
}

/// How much of the bulletin was heard from each place where its first second was, for whoever looks for the gap.
fn where_it_breaks(heard: &[i16], bulletin: &[i16]) -> String {
    let (first, rest) = bulletin.split_at(8_000);
    let places = heard.windows(first.len()).enumerate();
    let begun = places.filter(|(_, window)| *window == first);
    let broken = begun.map(|(at, _)| {
        let same = heard[at + first.len()..].iter().zip(rest);
        let same = same.take_while(|(heard, said)| heard == said).count();
        format!("from {at} on {} samples", first.len() + same)
    });
    let broken: Vec<_> = broken.collect();
    format!(
        "of {} looked for among {}: {broken:?}",
        bulletin.len(),
        heard.len()
    )
}

/// A telephone without sound card or screen: it plays silence and writes what it hears.
fn write_config(folder: &Path, account: &str, more: &str) {
    let silence = Pcm {
        samples: vec![0; 8000 * 40],
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
fn modules() -> PathBuf {
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
