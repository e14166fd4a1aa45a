use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::{Program, eventually, options, run};

#[test]
fn a_supervisor_hears_that_the_program_is_ready_alive_frozen_and_leaving() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let ear = Ear::open(&data.path().join("notify"));
    let mut program = Program::start(data.path(), |command| {
        command.env("NOTIFY_SOCKET", &ear.path);
        command.env("WATCHDOG_USEC", PATIENCE.as_micros().to_string());
    });
    let ready = ear.wait_for("READY=1");
    assert_eq!(ready.served, Some(true), "{}", ready.text);
    assert!(ready.text.contains(&program.sip.to_string()));
    for _ in 0..3 {
        ear.wait_for("WATCHDOG=1");
    }

    signal(&program, "STOP");
    std::thread::sleep(Duration::from_millis(100)); // what was on its way is there
    ear.forget();
    std::thread::sleep(PATIENCE + Duration::from_millis(500));
    assert_eq!(ear.forget(), 0, "a frozen program gives no sign of life");
    signal(&program, "CONT");
    ear.wait_for("WATCHDOG=1");

    signal(&program, "TERM");
    ear.wait_for("STOPPING=1");
    let status = eventually("its end", Duration::from_secs(15), || program.exit_status());
    assert!(status.success(), "{status}");
}

fn signal(program: &Program, name: &str) {
    let sent = run(Command::new("kill").args([&format!("-{name}"), &program.pid().to_string()]));
    assert!(sent.status.success());
}

/// What systemd would hear, on a socket of the test's own.
struct Ear {
    path: PathBuf,
    words: Receiver<Word>,
}

struct Word {
    text: String,
    /// Of the word that says "ready": whether page and line answered at that moment.
    served: Option<bool>,
}

impl Ear {
    fn open(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).expect("a socket");
        let (tell, words) = channel();
        std::thread::spawn(move || {
            let mut octets = [0; 4_096];
            while let Ok(length) = socket.recv(&mut octets) {
                let text = String::from_utf8_lossy(&octets[..length]).into_owned();
                let is_ready = text.lines().any(|line| line == "READY=1");
                let served = is_ready.then(|| is_served(&text));
                if tell.send(Word { text, served }).is_err() {
                    return;
                }
            }
        });
        Self {
            path: path.into(),
            words,
        }
    }

    /// The next word that has this line; others before it are let go.
    fn wait_for(&self, line: &str) -> Word {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let word = self.words.recv_timeout(left);
            let word = word.unwrap_or_else(|_| panic!("{line} was not heard"));
            if word.text.lines().any(|one| one == line) {
                return word;
            }
        }
    }

    /// Lets go what was heard so far; how many words.
    fn forget(&self) -> usize {
        self.words.try_iter().count()
    }
}

/// Whether line and page answer where the word "ready" says that they do.
fn is_served(ready: &str) -> bool {
    let mut addresses = ready
        .split([' ', ',', '\n'])
        .filter_map(|word| word.parse::<SocketAddr>().ok());
    let (sip, http) = (
        addresses.next().expect("where calls are answered"),
        addresses.next().expect("where the page is"),
    );
    options(sip, PATIENCE) == Some(200) && page_answers(http)
}

fn page_answers(http: SocketAddr) -> bool {
    use std::io::{Read, Write};
    let mut answer = String::new();
    TcpStream::connect(http)
        .and_then(|mut stream| {
            let request = format!("GET / HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes())?;
            stream.read_to_string(&mut answer)
        })
        .is_ok_and(|_| answer.starts_with("HTTP/1.1 200"))
}

/// Of the watchdog: four signs of life are given in it.
const PATIENCE: Duration = Duration::from_secs(2);
