//! What the line asks of its trunks by itself: to be registered, and whether their servers live.
//!
//! Two methods leave, REGISTER and OPTIONS; both are written in `sip::client`, which knows no other. Nobody is asked
//! without a trunk that says so. After anything goes in poll [`Outbound::poll_output`] until it answers
//! [`Output::Timeout`].

mod asked;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sip::message::Message;
use sip::{Contacts, Peer};

use crate::trunk::{Board, Target};
use crate::{Config, dice};
use asked::Asked;

/// Every trunk of which something is asked.
pub(super) struct Outbound {
    trunks: Vec<Asked>,
    board: Arc<Board>,
    /// Nothing is due before.
    due: Instant,
}

/// What the driver does next.
#[derive(Debug)]
pub(super) enum Output {
    /// Send this message.
    Transmit { to: Peer, octets: Vec<u8> },
    /// The servers of a trunk have these addresses, and these names.
    Learned {
        trunk: usize,
        addresses: Vec<IpAddr>,
        names: Vec<(SocketAddr, String)>,
    },
    /// Nothing to do before this instant, or before the next response.
    Timeout(Instant),
}

impl Outbound {
    /// - `contacts`: our own addresses as Via and Contact say them.
    pub(super) fn new(
        config: &Config,
        contacts: &Contacts,
        board: Arc<Board>,
        now: Instant,
    ) -> Self {
        let trunks = config.trunks.iter().enumerate();
        let trunks = trunks.filter(|(_, trunk)| !trunk.uplink.servers().is_empty());
        let trunks: Vec<Asked> = trunks
            .map(|(place, trunk)| Asked::new(place, trunk, contacts.clone(), dice::long, now))
            .collect();
        board.write(trunks.iter().map(Asked::health).collect());
        Self {
            trunks,
            board,
            due: now,
        }
    }

    /// Says where a server is, preferred address first.
    pub(super) fn resolved(&mut self, now: Instant, target: &Target, peers: &[Peer]) {
        self.due = now;
        for trunk in &mut self.trunks {
            trunk.resolved(now, target, peers, dice::long);
        }
    }

    /// Takes a message if it is a response to something asked here; answers whether it was. A branch is a secret of ours,
    /// so the response may come from any address.
    pub(super) fn handle_response(&mut self, now: Instant, octets: &[u8]) -> bool {
        if self.trunks.is_empty() || !octets.starts_with(b"SIP/2.0 ") {
            return false;
        }
        let Ok(Message::Response(response)) = Message::parse(octets) else {
            return false;
        };
        let mut trunks = self.trunks.iter_mut();
        let is_ours = trunks.any(|trunk| trunk.handle_response(now, &response));
        if is_ours {
            self.due = now;
        }
        is_ours
    }

    /// Says that nothing can be sent to a server.
    pub(super) fn unreachable(&mut self, now: Instant, peer: Peer) {
        self.due = now;
        for trunk in &mut self.trunks {
            trunk.unreachable(now, peer);
        }
    }

    /// Takes every registration away.
    pub(super) fn leave(&mut self, now: Instant) {
        self.due = now;
        self.trunks.iter_mut().for_each(|trunk| trunk.leave(now));
    }

    /// Whether a registrar has not said yet that we are gone.
    pub(super) fn is_leaving(&self) -> bool {
        self.trunks.iter().any(Asked::is_registering)
    }

    /// Says what to do now.
    pub(super) fn poll_output(&mut self, now: Instant) -> Output {
        if now < self.due {
            return Output::Timeout(self.due);
        }
        let mut due = now + IDLE;
        for trunk in &mut self.trunks {
            match trunk.poll_output(now) {
                Output::Timeout(next) => due = due.min(next),
                other => return other,
            }
        }
        self.due = due;
        if self.trunks.iter_mut().any(Asked::take_change) {
            self.board
                .write(self.trunks.iter().map(Asked::health).collect());
        }
        Output::Timeout(due)
    }
}

/// How long to wait for something to happen when nothing is due.
const IDLE: Duration = Duration::from_secs(3600);
