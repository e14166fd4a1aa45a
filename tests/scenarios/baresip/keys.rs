//! Keys of a telephone that is told to press them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use media::Codec;

use super::{SITE, recorded, write_config};
use crate::support::{House, eventually, free_port};

#[test]
fn keys_of_baresip_lead_to_the_bulletin_and_say_it_again() {
    let house = House::open();
    let answer = house.post(SITE, "Bruit bref.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_config(folder.path(), "", "");
    let control = free_port();
    let config = folder.path().join("config");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    let more = format!("module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\n");
    std::fs::write(&config, text + &more).expect("the configuration");

    let mut phone = Baresip::start(folder.path(), control);
    phone.does("dial", &house.target("0805691282"));
    phone.waits_for("CALL_ESTABLISHED");
    // At a person's pace: the greeting, the count, and the bulletin's beginning pass.
    for (pause_ms, key) in [(1_000, "#"), (1_500, "#"), (3_500, "*")] {
        std::thread::sleep(Duration::from_millis(pause_ms));
        phone.does("sndcode", key);
    }
    std::thread::sleep(Duration::from_secs(12));
    phone.does("hangup", "");
    phone.waits_for("CALL_CLOSED");
    phone.quits();

    let heard = recorded(folder.path()).expect("a recording");
    let bulletin = Codec::Pcma.decoder().decode(&octets);
    let beginning = &bulletin[..8_000];
    let places: Vec<_> = heard
        .samples
        .windows(beginning.len())
        .enumerate()
        .filter(|(_, window)| *window == beginning)
        .map(|(at, _)| at / 8_000)
        .collect();
    assert_eq!(
        places.len(),
        2,
        "# leads to it and * says it again: {places:?}"
    );
    assert!(places[0] < 6, "sooner than without keys: {places:?}");
}

/// A telephone that takes its commands by a connection, as JSON in netstrings.
pub(in crate::scenarios) struct Baresip {
    child: Child,
    control: TcpStream,
    heard: String,
}

impl Baresip {
    pub(in crate::scenarios) fn start(folder: &std::path::Path, control: u16) -> Self {
        let child = Command::new("baresip")
            .args(["-4", "-f"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("baresip is installed");
        let control = eventually("its control port", Duration::from_secs(20), || {
            TcpStream::connect(("127.0.0.1", control)).ok()
        });
        let patience = Some(Duration::from_secs(10));
        control.set_read_timeout(patience).expect("a limit");
        Self {
            child,
            control,
            heard: String::new(),
        }
    }

    pub(in crate::scenarios) fn does(&mut self, command: &str, params: &str) {
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{params}\"}}");
        let netstring = format!("{}:{json},", json.len());
        self.control
            .write_all(netstring.as_bytes())
            .expect("it listens");
    }

    pub(in crate::scenarios) fn waits_for(&mut self, event: &str) {
        let mut octets = [0; 4_096];
        while !self.heard.contains(event) {
            let length = self.control.read(&mut octets).expect("an event");
            assert!(length > 0, "it ended before {event}: {}", self.heard);
            self.heard += &String::from_utf8_lossy(&octets[..length]);
        }
    }

    /// What it recorded is written to the end then.
    pub(in crate::scenarios) fn quits(mut self) {
        self.does("quit", "");
        eventually("its end", Duration::from_secs(10), || {
            self.child.try_wait().expect("the system knows its child")
        });
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
