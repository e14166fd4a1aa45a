//! A network between a telephone and the line that loses packets of sound.
//!
//! Signalling passes whole; the ports in both descriptions are replaced, so that sound comes this way too.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Dropping it ends the network.
pub(super) struct Relay {
    /// Where the telephone dials.
    pub(super) sip: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    signalling: UdpSocket,
    line: SocketAddr,
    /// What the line and what the telephone send their sound to.
    towards_line: UdpSocket,
    towards_telephone: UdpSocket,
    /// Where the telephone and the line really hear signalling and sound.
    telephone: Mutex<Option<SocketAddr>>,
    ear: Mutex<Option<SocketAddr>>,
    line_sound: Mutex<Option<SocketAddr>>,
    lost: AtomicU32,
    passed: AtomicU32,
    is_over: AtomicBool,
}

impl Relay {
    /// - `loses`: of a hundred packets of the telephone's sound, so many; which ones is always the same.
    pub(super) fn open(line: SocketAddr, loses: u32) -> Self {
        let socket = || {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let often = Duration::from_millis(50);
            socket.set_read_timeout(Some(often)).expect("a limit");
            socket
        };
        let shared = Arc::new(Shared {
            signalling: socket(),
            line,
            towards_line: socket(),
            towards_telephone: socket(),
            telephone: Mutex::default(),
            ear: Mutex::default(),
            line_sound: Mutex::default(),
            lost: AtomicU32::new(0),
            passed: AtomicU32::new(0),
            is_over: AtomicBool::new(false),
        });
        let start = |work: fn(&Shared, u32)| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || work(&shared, loses))
        };
        Self {
            sip: shared.signalling.local_addr().expect("its address"),
            threads: vec![
                start(Shared::pass_signalling),
                start(Shared::pass_voice),
                start(Shared::pass_answers),
            ],
            shared,
        }
    }

    /// Packets of the telephone that were lost, and that were passed on.
    pub(super) fn account(&self) -> (u32, u32) {
        (
            self.shared.lost.load(Relaxed),
            self.shared.passed.load(Relaxed),
        )
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn pass_signalling(&self, _: u32) {
        while let Some((octets, from)) = self.next(&self.signalling) {
            let text = String::from_utf8_lossy(&octets).into_owned();
            let (to, known, ours) = if from == self.line {
                (
                    read(&self.telephone),
                    &self.line_sound,
                    &self.towards_telephone,
                )
            } else {
                set(&self.telephone, from);
                (Some(self.line), &self.ear, &self.towards_line)
            };
            let text = self.through_here(&text, known, ours);
            if let Some(to) = to {
                self.signalling
                    .send_to(text.as_bytes(), to)
                    .expect("loopback takes it");
            }
        }
    }

    /// A message whose description names a port of ours; the one it named is remembered.
    fn through_here(
        &self,
        text: &str,
        known: &Mutex<Option<SocketAddr>>,
        ours: &UdpSocket,
    ) -> String {
        let Some((before, described)) = text.split_once("m=audio ") else {
            return text.to_owned();
        };
        let (port, after) = described.split_once(' ').expect("a port");
        let port: u16 = port.parse().expect("a port");
        set(known, SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let ours = ours.local_addr().expect("its address").port();
        assert!(port >= 10_000 && ours >= 10_000, "no length may change");
        format!("{before}m=audio {ours} {after}")
    }

    fn pass_voice(&self, loses: u32) {
        let mut dice: u32 = 20_260_101;
        while let Some((octets, _)) = self.next(&self.towards_telephone) {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let is_sound = octets.get(1).is_some_and(|octet| octet & 0x7F == 8);
            if is_sound && (dice >> 16) % 100 < loses {
                self.lost.fetch_add(1, Relaxed);
                continue;
            }
            self.passed.fetch_add(1, Relaxed);
            if let Some(to) = read(&self.line_sound) {
                // The line may have closed its port a moment ago.
                let _ = self.towards_line.send_to(&octets, to);
            }
        }
    }

    fn pass_answers(&self, _: u32) {
        while let Some((octets, _)) = self.next(&self.towards_line) {
            if let Some(to) = read(&self.ear) {
                let _ = self.towards_telephone.send_to(&octets, to);
            }
        }
    }

    fn next(&self, socket: &UdpSocket) -> Option<(Vec<u8>, SocketAddr)> {
        let mut octets = vec![0; 65_536];
        while !self.is_over.load(Relaxed) {
            // Nothing for a moment, or a port that is closed already.
            if let Ok((length, from)) = socket.recv_from(&mut octets) {
                octets.truncate(length);
                return Some((octets, from));
            }
        }
        None
    }
}

fn read(place: &Mutex<Option<SocketAddr>>) -> Option<SocketAddr> {
    *place.lock().unwrap_or_else(PoisonError::into_inner)
}

fn set(place: &Mutex<Option<SocketAddr>>, address: SocketAddr) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(address);
}
