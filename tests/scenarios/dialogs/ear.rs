//! A port that hears sound and remembers when each packet came.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use media::rtp;

/// The port.
pub(super) struct Ear {
    socket: UdpSocket,
}

/// The port, being listened to.
pub(super) struct Listening {
    enough: Arc<AtomicBool>,
    listener: JoinHandle<Heard>,
}

/// What came, in order.
#[derive(Default)]
pub(super) struct Heard {
    packets: Vec<Packet>,
}

struct Packet {
    at: Instant,
    sequence: u16,
    payload: Vec<u8>,
}

impl Ear {
    pub(super) fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let wait = Some(Duration::from_millis(50));
        socket.set_read_timeout(wait).expect("a limit");
        Self { socket }
    }

    pub(super) fn port(&self) -> u16 {
        self.socket.local_addr().expect("its address").port()
    }

    pub(super) fn listen(self) -> Listening {
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&enough);
        let listener = std::thread::spawn(move || {
            let mut heard = Heard::default();
            let mut datagram = [0; 2_048];
            loop {
                match self.socket.recv(&mut datagram) {
                    Ok(length) => heard.take(&datagram[..length]),
                    Err(_) if told.load(Relaxed) => return heard,
                    Err(_) => {}
                }
            }
        });
        Listening { enough, listener }
    }
}

impl Listening {
    /// What was heard until nothing comes any more.
    pub(super) fn stop(self) -> Heard {
        self.enough.store(true, Relaxed);
        self.listener.join().expect("the listener ends")
    }
}

impl Heard {
    fn take(&mut self, datagram: &[u8]) {
        let packet = rtp::parse(datagram).expect("RTP");
        self.packets.push(Packet {
            at: Instant::now(),
            sequence: packet.sequence,
            payload: packet.payload.to_vec(),
        });
    }

    pub(super) fn packets(&self) -> usize {
        self.packets.len()
    }

    /// The longest time between two packets.
    pub(super) fn longest_gap(&self) -> Duration {
        let pairs = self.packets.windows(2);
        let gaps = pairs.map(|pair| pair[1].at.duration_since(pair[0].at));
        gaps.max().unwrap_or_default()
    }

    pub(super) fn has_every_sequence_number(&self) -> bool {
        let mut pairs = self.packets.windows(2);
        pairs.all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1))
    }

    /// Whether the other's sound is the beginning of this one.
    pub(super) fn begins_with(&self, other: &Self) -> bool {
        let payloads = |heard: &Self| -> Vec<u8> {
            let payloads = heard.packets.iter().map(|packet| &packet.payload);
            payloads.flatten().copied().collect()
        };
        payloads(self).starts_with(&payloads(other))
    }
}
