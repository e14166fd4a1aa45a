//! The TCP connections of the line: who is connected, what has been read of each, what still has to be sent.
//!
//! Anybody may connect, so everything is bounded: connections in all, the time a message may take to arrive, and the
//! silence after it. Who is cut off loses no call: our BYE connects anew.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use net::{Poller, Stream, StreamListener};
use sip::Peer;
use sip::stream::{Framed, Framer, PONG};

/// Every connection, found by its token and by its peer.
#[derive(Debug)]
pub(super) struct Connections {
    listener: StreamListener,
    open: HashMap<u64, Connection>,
    tokens: HashMap<SocketAddr, u64>,
    next_token: u64,
    next_sweep: Instant,
    octets: Vec<u8>,
}

#[derive(Debug)]
struct Connection {
    stream: Stream,
    peer: SocketAddr,
    framer: Framer,
    /// When the latest whole message came or went; at first, when the connection began.
    at_work: Instant,
    /// Whether a whole message ever came.
    has_spoken: bool,
    /// Since when the message that is coming is incomplete.
    incomplete: Option<Instant>,
    /// Whether the poller tells when there is room to send.
    wants_room: bool,
}

impl Connections {
    /// None yet; the poller tells of new ones under [`LISTENER_TOKEN`].
    ///
    /// # Errors
    /// What the kernel says when no descriptor is left.
    pub(super) fn new(listener: StreamListener, poller: &Poller, now: Instant) -> io::Result<Self> {
        poller.add(&listener, LISTENER_TOKEN)?;
        Ok(Self {
            listener,
            open: HashMap::new(),
            tokens: HashMap::new(),
            next_token: LISTENER_TOKEN + 1,
            next_sweep: now,
            octets: vec![0; READ_AT_ONCE],
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    /// Takes waiting connections; one that `knows` turns down is closed without a word. Answers how many those were.
    pub(super) fn accept(
        &mut self,
        poller: &Poller,
        now: Instant,
        knows: impl Fn(IpAddr) -> bool,
    ) -> u64 {
        let mut strangers = 0;
        for _ in 0..ACCEPTED_AT_ONCE {
            match self.listener.accept() {
                Ok(Some((_, peer))) if !knows(peer.ip()) => strangers += 1,
                Ok(Some((stream, peer))) => self.insert(poller, now, stream, peer),
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be taken");
                    break;
                }
            }
        }
        strangers
    }

    /// Reads what a connection has to say, and sends what waits for it: its peer and the messages that are complete. One
    /// that is over, or cannot be read on, is closed.
    pub(super) fn serve(
        &mut self,
        poller: &Poller,
        now: Instant,
        token: u64,
    ) -> Option<(Peer, Vec<Vec<u8>>)> {
        let connection = self.open.get_mut(&token)?;
        let peer = Peer::tcp(connection.peer);
        let mut messages = Vec::new();
        if let Err(error) = connection.read(now, &mut self.octets, &mut messages) {
            tracing::debug!(%error, peer = %connection.peer, "a connection is over");
            self.close(token);
        } else {
            connection.watch(poller, token);
        }
        Some((peer, messages))
    }

    /// Sends a message by the connection of its peer. Without one it connects where the peer listens, if that is known,
    /// and lets go of the message if not.
    pub(super) fn send(&mut self, poller: &Poller, now: Instant, to: Peer, octets: &[u8]) {
        if self.send_by(poller, now, to.address, octets) {
            return;
        }
        let Some(address) = to.listens else {
            tracing::debug!(peer = %to.address, "the connection for a message is gone; what matters is asked again");
            return;
        };
        if self.send_by(poller, now, address, octets) {
            return;
        }
        match Stream::connect(address) {
            Ok(stream) => {
                self.insert(poller, now, stream, address);
                self.send_by(poller, now, address, octets);
            }
            Err(error) => tracing::debug!(%error, %address, "cannot connect"),
        }
    }

    /// Closes connections that are silent, or slow to finish a message, for too long.
    pub(super) fn sweep(&mut self, now: Instant) {
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now + SWEEP_EVERY;
        let over: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, connection)| connection.is_stale(now))
            .map(|(&token, _)| token)
            .collect();
        for token in over {
            self.close(token);
        }
    }

    /// Whether the message went, or waits to go, by a connection that exists.
    fn send_by(&mut self, poller: &Poller, now: Instant, peer: SocketAddr, octets: &[u8]) -> bool {
        let Some(&token) = self.tokens.get(&peer) else {
            return false;
        };
        let Some(connection) = self.open.get_mut(&token) else {
            return false;
        };
        connection.at_work = now;
        match connection.stream.send(octets) {
            Ok(()) => {
                connection.watch(poller, token);
                true
            }
            Err(error) => {
                tracing::debug!(%error, %peer, "a connection is over");
                self.close(token);
                false
            }
        }
    }

    fn insert(&mut self, poller: &Poller, now: Instant, stream: Stream, peer: SocketAddr) {
        if self.open.len() >= MOST_CONNECTIONS {
            self.make_room();
        }
        let token = self.next_token;
        if let Err(error) = poller.add(&stream, token) {
            tracing::warn!(%error, "a connection cannot be watched and is closed");
            return;
        }
        self.next_token += 1;
        if let Some(former) = self.tokens.insert(peer, token) {
            self.open.remove(&former);
        }
        self.open.insert(
            token,
            Connection {
                stream,
                peer,
                framer: Framer::default(),
                at_work: now,
                has_spoken: false,
                incomplete: None,
                wants_room: false,
            },
        );
    }

    /// Closes the one that has been silent longest, of the address that has most: who takes everything makes room.
    fn make_room(&mut self) {
        let mut of_source: HashMap<IpAddr, usize> = HashMap::new();
        for connection in self.open.values() {
            *of_source.entry(connection.peer.ip()).or_default() += 1;
        }
        let greediest = of_source.into_iter().max_by_key(|&(_, count)| count);
        let silent = self
            .open
            .iter()
            .filter(|(_, one)| Some(one.peer.ip()) == greediest.map(|(source, _)| source))
            .min_by_key(|(_, one)| one.at_work);
        if let Some((&token, _)) = silent {
            self.close(token);
        }
    }

    fn close(&mut self, token: u64) {
        if let Some(connection) = self.open.remove(&token)
            && self.tokens.get(&connection.peer) == Some(&token)
        {
            self.tokens.remove(&connection.peer);
        }
    }
}

impl Connection {
    fn read(
        &mut self,
        now: Instant,
        octets: &mut [u8],
        messages: &mut Vec<Vec<u8>>,
    ) -> io::Result<()> {
        self.stream.flush()?;
        let Some(length) = self.stream.read(octets)? else {
            return Ok(());
        };
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.framer.push(&octets[..length]);
        while let Some(framed) = self.framer.next_frame().map_err(io::Error::other)? {
            self.at_work = now;
            match framed {
                Framed::Message(message) => {
                    self.has_spoken = true;
                    self.incomplete = None;
                    messages.push(message);
                }
                Framed::Ping => self.stream.send(PONG)?,
            }
        }
        if self.framer.is_within_message() {
            self.incomplete.get_or_insert(now);
        }
        Ok(())
    }

    /// Has the poller tell of room to send as long as something waits.
    fn watch(&mut self, poller: &Poller, token: u64) {
        let wants_room = self.stream.has_unsent();
        if wants_room != self.wants_room && poller.change(&self.stream, token, wants_room).is_ok() {
            self.wants_room = wants_room;
        }
    }

    fn is_stale(&self, now: Instant) -> bool {
        let longest = if self.has_spoken {
            LONGEST_SILENCE
        } else {
            LONGEST_MESSAGE
        };
        let begun = self.incomplete.unwrap_or(now);
        now.saturating_duration_since(self.at_work) >= longest
            || now.saturating_duration_since(begun) >= LONGEST_MESSAGE
    }
}

/// The poller's number of the listener; connections have the higher ones.
pub(super) const LISTENER_TOKEN: u64 = 2;
/// Connections at once, whoever they belong to.
pub(crate) const MOST_CONNECTIONS: usize = 1_024;
/// New connections taken in one turn.
const ACCEPTED_AT_ONCE: usize = 64;
/// Octets read of one connection in one turn.
const READ_AT_ONCE: usize = 65_536;
/// How long one message, and the first one, may take to arrive.
const LONGEST_MESSAGE: Duration = Duration::from_secs(10);
/// A peer without a message for longer than this connects again: longer than the longest call.
const LONGEST_SILENCE: Duration = Duration::from_mins(15);
const SWEEP_EVERY: Duration = Duration::from_secs(1);
