//! A real mail server (aiosmtpd) on loopback, and what it has taken.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::{eventually, free_port};

/// A mail server at work; killed when dropped.
pub(crate) struct Postbox {
    pub(crate) port: u16,
    server: Option<Child>,
    folder: TempDir,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken(Value);

impl Taken {
    pub(crate) fn to(&self) -> &str {
        self.0["to"][0].as_str().expect("one recipient")
    }

    pub(crate) fn subject(&self) -> &str {
        self.0["subject"].as_str().expect("a subject")
    }

    /// The text, decoded.
    pub(crate) fn text(&self) -> &str {
        self.0["text"].as_str().expect("a text")
    }

    /// A header by its name in small letters; empty where it has none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.0["headers"][name].as_str().unwrap_or_default()
    }
}

impl Postbox {
    pub(crate) fn open() -> Self {
        let mut postbox = Self {
            port: free_port(),
            server: None,
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        postbox.start();
        postbox
    }

    /// Starts the server, at the same port as before.
    pub(crate) fn start(&mut self) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/postbox.py");
        let server = Command::new("/usr/bin/python3")
            .arg(program)
            .arg(self.port.to_string())
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .spawn();
        self.server = Some(server.expect("aiosmtpd is there: run scripts/set-up.sh test"));
        eventually("the mail server", Duration::from_secs(20), || {
            TcpStream::connect(("127.0.0.1", self.port)).ok()
        });
    }

    /// Takes the server away; what it has kept stays.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Every mail so far, in the order in which they came.
    pub(crate) fn mails(&self) -> Vec<Taken> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|one| one == "json"));
        paths.sort();
        let read = |path| std::fs::read_to_string(path).expect("a kept mail");
        let texts = paths.iter().map(read);
        texts
            .map(|text| Taken(serde_json::from_str(&text).expect("JSON")))
            .collect()
    }

    /// Waits until somebody has so many mails, and gives them.
    pub(crate) fn wait_for(&self, who: &str, count: usize, patience: Duration) -> Vec<Taken> {
        let what = format!("{count} mails to {who}");
        eventually(&what, patience, || {
            let theirs: Vec<_> = self
                .mails()
                .into_iter()
                .filter(|it| it.to() == who)
                .collect();
            (theirs.len() >= count).then_some(theirs)
        })
    }
}

impl Drop for Postbox {
    fn drop(&mut self) {
        self.stop();
    }
}
