//! A baresip that is told what to do, and whose ear we share while it listens.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::super::baresip::write_config;
use crate::support::{eventually, free_port};

/// A telephone that takes its commands by a connection, as JSON in netstrings.
pub(super) struct Phone {
    child: Child,
    control: TcpStream,
    told: String,
    recording: Option<File>,
    folder: TempDir,
}

impl Phone {
    /// Starts it; a port that somebody else has taken meanwhile is not insisted on.
    pub(super) fn start() -> Self {
        (0..MOST_STARTS)
            .find_map(|_| Self::try_start())
            .expect("baresip starts")
    }

    fn try_start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let control = free_port();
        let more = format!("module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\n");
        write_config(folder.path(), "", &more);
        let mut child = Command::new("baresip")
            .args(["-4", "-f"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("baresip is installed");
        let begun = Instant::now();
        let control = loop {
            if let Ok(control) = TcpStream::connect(("127.0.0.1", control)) {
                break control;
            }
            if begun.elapsed() > PATIENCE {
                child.kill().expect("it can be ended");
                child.wait().expect("the system knows its child");
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        control.set_nonblocking(true).expect("a socket");
        Some(Self {
            child,
            control,
            told: String::new(),
            recording: None,
            folder,
        })
    }

    /// Dials and waits until the line answers.
    pub(super) fn dials(&mut self, target: &str) {
        self.does("dial", target);
        self.waits_for("CALL_ESTABLISHED");
    }

    pub(super) fn presses(&mut self, key: char) {
        self.does("sndcode", &key.to_string());
    }

    /// What has been heard since this was last asked; looks for it a few times a second.
    pub(super) fn hears(&mut self) -> Vec<i16> {
        std::thread::sleep(Duration::from_millis(25));
        let mut octets = vec![];
        if let Some(recording) = self.find_recording() {
            recording.read_to_end(&mut octets).expect("the recording");
            // Half a sample waits for its other half.
            if octets.len() % 2 == 1 {
                octets.pop();
                recording
                    .seek(SeekFrom::Current(-1))
                    .expect("the recording");
            }
        }
        let samples = octets.chunks_exact(2);
        samples
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect()
    }

    pub(super) fn waits_for_the_end(&mut self) {
        self.waits_for("CALL_CLOSED");
    }

    pub(super) fn hangs_up(&mut self) {
        self.does("hangup", "");
        self.waits_for("CALL_CLOSED");
    }

    fn find_recording(&mut self) -> Option<&mut File> {
        if self.recording.is_none() {
            let files = std::fs::read_dir(self.folder.path()).expect("the folder");
            let paths = files.filter_map(|entry| Some(entry.ok()?.path()));
            let mut heard = paths.filter(|path| path.to_string_lossy().ends_with("-dec.wav"));
            let mut file = File::open(heard.next()?).expect("the recording");
            if file.metadata().expect("its length").len() < WAV_HEADER {
                return None;
            }
            file.seek(SeekFrom::Start(WAV_HEADER))
                .expect("the recording");
            self.recording = Some(file);
        }
        self.recording.as_mut()
    }

    fn does(&mut self, command: &str, params: &str) {
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{params}\"}}");
        let netstring = format!("{}:{json},", json.len());
        self.control
            .write_all(netstring.as_bytes())
            .expect("it listens");
    }

    fn waits_for(&mut self, event: &str) {
        let patience = Duration::from_secs(100);
        eventually(event, patience, || {
            let mut octets = [0; 4_096];
            if let Ok(length) = self.control.read(&mut octets) {
                self.told += &String::from_utf8_lossy(&octets[..length]);
            }
            self.told.contains(event).then_some(())
        });
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports are rarely taken twice in a row.
const MOST_STARTS: usize = 5;
/// For its control port.
const PATIENCE: Duration = Duration::from_secs(5);
/// Octets before the samples in the files that baresip writes.
const WAV_HEADER: u64 = 44;
