//! Sound follows the caller to where its own sound comes from, once, and only where the trunk wants it.

use std::net::UdpSocket;
use std::time::Duration;

use line::{Config, Line, Trunk};
use media::rtp;

use crate::programme::{ROUEN, config, line, long_greeting};
use crate::telephone::{PATIENCE, Telephone};

#[test]
fn sound_follows_the_first_packet_and_nobody_can_draw_it_away_afterwards() {
    let (line, _records) = Line::start(&latching(Duration::from_secs(5)), long_greeting()).unwrap();
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(5);
    telephone.move_ear(); // the description names the old port
    let strange = rtp::encode_header(77, false, 1, 160, 5);
    telephone.say(&[&strange[..], &[0; 160]].concat());
    assert!(
        telephone.next_packet(Duration::from_millis(200)).is_none(),
        "no payload of this call"
    );

    telephone.say(&sound(2));
    telephone.listen(10);

    let thief = Stranger::new();
    for sequence in (0..640).step_by(64) {
        thief.says(&telephone, sequence);
    }
    telephone.listen(20);
    assert!(!thief.hears());
    telephone.press('#');
    crate::keys::until(&mut telephone, |payload| !crate::keys::is_greeting(payload));
}

#[test]
fn when_the_time_is_over_the_description_is_believed() {
    let window = Duration::from_millis(400);
    let (line, _records) = Line::start(&latching(window), long_greeting()).unwrap();
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(50);

    let late = Stranger::new();
    late.says(&telephone, 0);

    telephone.listen(20);
    assert!(!late.hears());
}

#[test]
fn a_caller_who_names_no_address_and_is_heard_by_latching_presses_keys() {
    let mut config = latching(Duration::from_secs(5));
    config.trunks[0].peers = vec!["127.0.0.1".parse().unwrap()];
    let (line, records) = Line::start(&config, long_greeting()).unwrap();
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let nowhere = offer.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0");
    assert_eq!(telephone.dial_with(Some(nowhere.as_bytes()), b""), 200);
    telephone.acknowledge(None);

    telephone.say(&sound(1));
    telephone.listen_out(Duration::from_millis(200)); // what waits behind the first packet is thrown away
    telephone.press('1');
    telephone.listen_out(Duration::from_millis(200));
    telephone.hang_up();

    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "1");
}

#[test]
fn without_latching_sound_goes_where_the_description_says() {
    let (line, _records) = line(long_greeting());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(5);

    let stranger = Stranger::new();
    stranger.says(&telephone, 0);

    telephone.listen(20);
    assert!(!stranger.hears());
}

/// A port that is not the caller's.
struct Stranger(UdpSocket);

impl Stranger {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Self(socket)
    }

    fn says(&self, telephone: &Telephone, sequence: u16) {
        let line = telephone.media.unwrap();
        self.0.send_to(&sound(sequence), line).unwrap();
    }

    fn hears(&self) -> bool {
        self.0.recv(&mut [0; 500]).is_ok()
    }
}

fn sound(sequence: u16) -> Vec<u8> {
    let header = rtp::encode_header(8, false, sequence, u32::from(sequence) * 160, 5);
    [&header[..], &[0xD5; 160]].concat()
}

#[test]
fn sound_goes_to_the_addresses_that_the_trunk_allows_and_to_no_other() {
    for (allowed, status) in [("127.0.0.0/8", 200), ("198.51.100.0/24", 488)] {
        let trunk = Trunk {
            media_peers: vec![allowed.parse().unwrap()],
            ..Trunk::new("carrier")
        };
        let trunks = vec![trunk];
        let (line, _records) =
            Line::start(&Config { trunks, ..config() }, long_greeting()).unwrap();
        let mut telephone = Telephone::new(line.local_addr(), ROUEN);

        assert_eq!(telephone.dial(), status, "{allowed}");
    }
}

fn latching(window: Duration) -> Config {
    Config {
        trunks: vec![Trunk {
            latching: window,
            ..Trunk::new("carrier")
        }],
        ..config()
    }
}
