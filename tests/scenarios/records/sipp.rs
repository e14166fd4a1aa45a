//! sipp as the caller of a trunk, with headers, sound and steps of the test.

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use media::rtp;

use crate::support::free_port;

/// A caller to be played by sipp.
pub(super) struct Caller {
    pub(super) from: &'static str,
    /// Header lines, each with its line end.
    pub(super) more: String,
    /// Lines of the description; `[media_port]` is where sipp's captures are sent from.
    pub(super) sdp: String,
    /// Elements of sipp's scenario between ACK and BYE.
    pub(super) steps: String,
}

impl Caller {
    /// Somebody with a number, who offers A-law and keys and says nothing.
    pub(super) fn new(steps: String) -> Self {
        Self {
            from: "<sip:+33639980012@carrier.example;user=phone>",
            more: String::new(),
            sdp: "m=audio [media_port] RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\n\
                  a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n"
                .into(),
            steps,
        }
    }

    /// The command that dials, so many times in so many calls a second; `folder` holds its scenario.
    pub(super) fn dials(&self, line: SocketAddr, folder: &Path, calls: u32, rate: u32) -> Command {
        let template =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/records/caller.xml");
        let scenario = std::fs::read_to_string(template)
            .expect("the template")
            .replace("{{FROM}}", self.from)
            .replace("{{MORE}}", &self.more)
            .replace("{{SDP}}", &self.sdp)
            .replace("{{STEPS}}", &self.steps);
        let own = free_port();
        let path = folder.join(format!("caller-{own}.xml"));
        std::fs::write(&path, scenario).expect("the scenario is written");
        let mut command = Command::new("sipp");
        command
            .arg(line.to_string())
            .args([
                "-t",
                "u1",
                "-i",
                "127.0.0.1",
                "-mi",
                "127.0.0.1",
                "-nostdin",
            ])
            .args(["-s", "0805691282", "-p", &own.to_string()])
            .args(["-mp", &(free_port() & !1).to_string()])
            .arg("-sf")
            .arg(path)
            .args(["-m", &calls.to_string(), "-r", &rate.to_string()])
            .args(["-max_socket", "1000", "-timeout", "60s", "-timeout_error"])
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

/// Waits.
pub(super) fn pause(ms: u32) -> String {
    format!("  <pause milliseconds=\"{ms}\"/>\n")
}

/// Sends the packets of a capture.
pub(super) fn plays(capture: &Path) -> String {
    let capture = capture.display();
    format!("  <nop><action><exec play_pcap_audio=\"{capture}\"/></action></nop>\n")
}

/// Debian's capture of a key.
pub(super) fn debian_key(name: &str) -> PathBuf {
    Path::new("/usr/share/sip-tester").join(format!("dtmf_2833_{name}.pcap"))
}

/// Writes payloads of A-law, 20 ms each, as a capture of RTP over Ethernet that sipp can send.
pub(super) fn write_capture(path: &Path, octets: &[u8]) {
    let mut file: Vec<u8> = [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 65_535, 1]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    for (place, payload) in (0_u16..).zip(octets.chunks_exact(160)) {
        let header = rtp::encode_header(8, place == 0, place, u32::from(place) * 160, 7);
        let at_us = u32::from(place) * 20_000;
        // Ethernet, IPv4 and UDP: sipp looks at types and lengths, and writes addresses of its own.
        let ethernet = [&[0; 12][..], &[0x08, 0x00]].concat();
        let ip = [
            &[0x45, 0][..],
            &200_u16.to_be_bytes(),
            &[0, 0, 0, 0, 64, 17, 0, 0],
            &[127, 0, 0, 1, 127, 0, 0, 1],
        ]
        .concat();
        let ports = [10_000_u16, 10_002, 180, 0].map(u16::to_be_bytes).concat();
        let packet = [&ethernet, &ip, &ports, &header[..], payload].concat();
        let length = u32::try_from(packet.len()).expect("a short packet");
        for word in [at_us / 1_000_000, at_us % 1_000_000, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    std::fs::write(path, file).expect("the capture is written");
}

/// The payloads of the first so many packets that come to this port.
pub(super) fn hear(ear: &UdpSocket, packets: usize) -> Vec<Vec<u8>> {
    ear.set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a limit");
    let mut datagram = [0; 2_048];
    (0..packets)
        .map(|_| {
            let length = ear.recv(&mut datagram).expect("sound");
            rtp::parse(&datagram[..length])
                .expect("RTP")
                .payload
                .to_vec()
        })
        .collect()
}
