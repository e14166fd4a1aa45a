//! baresip without sound card or screen: it plays silence, writes what it hears, and takes its commands by a connection,
//! as JSON in netstrings.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use speech::{Pcm, wav};
use tempfile::TempDir;

use crate::support::{eventually, free_port};

pub(super) struct Baresip {
    child: Child,
    control: TcpStream,
    events: String,
    folder: TempDir,
}

impl Baresip {
    /// Starts it; `account` are parameters of its account.
    pub(super) fn start(account: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let control = write_config(&folder, account);
        let said = File::create(folder.path().join("said")).expect("a file");
        let child = Command::new("baresip")
            .args(["-4", "-v", "-f"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stderr(said.try_clone().expect("the file again"))
            .stdout(said)
            .spawn()
            .expect("baresip is installed");
        let control = eventually("its control port", Duration::from_secs(10), || {
            TcpStream::connect(("127.0.0.1", control)).ok()
        });
        let patience = Some(Duration::from_secs(10));
        control.set_read_timeout(patience).expect("a limit");
        Self {
            child,
            control,
            events: String::new(),
            folder,
        }
    }

    pub(super) fn dials(&mut self, target: &str) {
        self.does("dial", target);
    }

    pub(super) fn presses(&mut self, key: &str) {
        self.does("sndcode", key);
    }

    /// Waits until an event holds this text.
    pub(super) fn waits_for(&mut self, event: &str) {
        let mut octets = [0; 4_096];
        while !self.events.contains(event) {
            let length = self.control.read(&mut octets).unwrap_or(0);
            assert!(
                length > 0,
                "no {event} but {}\n{}",
                self.events,
                self.said()
            );
            self.events += &String::from_utf8_lossy(&octets[..length]);
        }
    }

    /// Waits until it has said this to its terminal.
    pub(super) fn waits_for_word(&self, word: &str) {
        eventually(word, Duration::from_secs(10), || {
            self.said().contains(word).then_some(())
        });
    }

    /// Hangs up and ends; the samples that it heard.
    pub(super) fn hangs_up(mut self) -> Vec<i16> {
        self.does("hangup", "");
        self.waits_for("CALL_CLOSED");
        self.does("quit", "");
        eventually("its end", Duration::from_secs(10), || {
            self.child.try_wait().expect("the system knows its child")
        });
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        let recording = files
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.to_string_lossy().ends_with("-dec.wav"));
        let recording = recording.unwrap_or_else(|| panic!("no recording: {}", self.said()));
        let heard = wav::read(&std::fs::read(recording).expect("the file")).expect("a WAV file");
        assert_eq!(heard.sample_rate, 8_000);
        heard.samples
    }

    fn does(&mut self, command: &str, params: &str) {
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{params}\"}}");
        let netstring = format!("{}:{json},", json.len());
        let written = self.control.write_all(netstring.as_bytes());
        written.expect("it listens");
    }

    fn said(&self) -> String {
        let octets = std::fs::read(self.folder.path().join("said")).unwrap_or_default();
        String::from_utf8_lossy(&octets).into_owned()
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers its control port.
fn write_config(folder: &TempDir, account: &str) -> u16 {
    let path = folder.path();
    let silence = Pcm {
        samples: vec![0; 8_000 * 40],
        sample_rate: 8_000,
    };
    std::fs::write(path.join("silence.wav"), wav::write(&silence)).expect("a WAV file");
    let (port, control) = (free_port(), free_port());
    let config = format!(
        "sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\n\
         audio_source aufile,{folder}/silence.wav\naudio_player aubridge,ear\naudio_alert aubridge,alert\n\
         jitter_buffer_delay 1-50\nmodule_path {modules}\n\
         module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\nmodule srtp.so\n\
         module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
         ctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {folder}\n",
        folder = path.display(),
        modules = modules(),
    );
    std::fs::write(path.join("config"), config).expect("a configuration");
    let account = format!("<sip:resident@127.0.0.1:{port}>;regint=0;audio_codecs=PCMA{account}\n");
    std::fs::write(path.join("accounts"), account).expect("an account");
    std::fs::write(path.join("contacts"), "").expect("no contacts");
    control
}

/// Where the package keeps baresip's modules.
fn modules() -> &'static str {
    ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"]
        .into_iter()
        .find(|path| std::path::Path::new(path).is_dir())
        .expect("baresip is installed with its modules")
}
