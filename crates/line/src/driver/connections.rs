//! The connections of the line, with TLS and without: who is connected, what has been read of each, what still has to be sent.
//!
//! Anybody may connect, so everything is bounded: connections in all, the time a message may take to arrive, the silence
//! after it, and what handshakes of TLS may cost. Who is cut off loses no call: our BYE connects anew.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use net::{Dscp, Poller, Stream, TlsIdentity};
use sip::stream::{Framed, Framer, PONG};
use sip::{Peer, Transport};

use super::handshakes::Handshakes;
use crate::Config;
use crate::listeners::{Listener, Place};

/// Every connection, found by its token and by its peer.
#[derive(Debug)]
pub(super) struct Connections {
    open: HashMap<u64, Connection>,
    tokens: HashMap<Way, u64>,
    identity: Option<Arc<ArcSwap<TlsIdentity>>>,
    handshakes: Handshakes,
    /// Those that are over, to be closed when their last messages are answered.
    ending: Vec<u64>,
    /// Those of which more has been read than was taken: the poller does not tell of what was read.
    unfinished: BTreeSet<u64>,
    dscp: Dscp,
    /// The names that servers of trunks must show, trunk by trunk.
    names: HashMap<usize, Vec<(SocketAddr, String)>>,
    next_token: u64,
    next_sweep: Instant,
    octets: Vec<u8>,
}

/// What tells one connection from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Way {
    address: SocketAddr,
    transport: Transport,
    listener: u8,
}

#[derive(Debug)]
struct Connection {
    stream: Stream,
    way: Way,
    framer: Framer,
    /// When the latest whole message came or went; at first, when the connection began.
    at_work: Instant,
    /// Whether a whole message ever came.
    has_spoken: bool,
    /// Since when the message that is coming is incomplete.
    incomplete: Option<Instant>,
    /// Whether the poller tells when there is room to send.
    wants_room: bool,
    /// Whether its handshake waits for its turn; the poller does not know it meanwhile.
    waits: bool,
    /// Whether it has waited, and may take a step.
    has_turn: bool,
}

impl Connections {
    /// None yet; the poller will know them by numbers from `first_token` on.
    pub(super) fn new(config: &Config, first_token: u64, now: Instant) -> Self {
        Self {
            open: HashMap::new(),
            tokens: HashMap::new(),
            identity: config.tls.as_ref().map(|tls| Arc::clone(&tls.identity)),
            handshakes: Handshakes::new(now),
            ending: Vec::new(),
            unfinished: BTreeSet::new(),
            dscp: config.sip_dscp,
            names: HashMap::new(),
            next_token: first_token,
            next_sweep: now,
            octets: vec![0; READ_AT_ONCE],
        }
    }

    /// Says under which names the servers of a trunk are known (RFC 5922 § 4).
    pub(super) fn learn(&mut self, trunk: usize, names: Vec<(SocketAddr, String)>) {
        self.names.insert(trunk, names);
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    /// Takes connections that wait at a listener; one that `knows` turns down is closed without a word. Answers how many
    /// those were.
    pub(super) fn accept(
        &mut self,
        poller: &Poller,
        now: Instant,
        (listener, number): (&Listener, u8),
        knows: impl Fn(IpAddr) -> bool,
    ) -> u64 {
        let mut strangers = 0;
        for _ in 0..ACCEPTED_AT_ONCE {
            match listener.streams.accept() {
                Ok(Some((_, peer))) if !knows(peer.ip()) => strangers += 1,
                Ok(Some((stream, address))) => {
                    let identity = self.identity.as_ref().filter(|_| listener.place.is_secure);
                    let (transport, stream) = match identity {
                        None => (Transport::Tcp, Ok(stream)),
                        Some(identity) => (Transport::Tls, stream.accept_tls(&identity.load())),
                    };
                    let way = Way {
                        address,
                        transport,
                        listener: number,
                    };
                    match stream {
                        Ok(stream) => drop(self.insert(poller, now, stream, way)),
                        Err(error) => tracing::error!(%error, "a connection cannot be secured"),
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be taken");
                    break;
                }
            }
        }
        strangers
    }

    /// Reads what a connection has to say, and sends what waits for it: its peer and the next messages that are complete.
    /// One that is over, or cannot be read on, is closed.
    pub(super) fn serve(
        &mut self,
        poller: &Poller,
        now: Instant,
        token: u64,
    ) -> Option<(Peer, Vec<Vec<u8>>)> {
        let connection = self.open.get_mut(&token)?;
        let has_turn = std::mem::take(&mut connection.has_turn);
        let shakes_hands = connection.stream.is_shaking_hands();
        if shakes_hands && !has_turn && !self.handshakes.is_free(now) {
            // Not looked at until its turn, or the poller would tell of it again and again.
            let _ = poller.remove(&connection.stream);
            connection.waits = true;
            self.handshakes.put_off(token);
            return None;
        }
        let Way {
            address,
            transport,
            listener,
        } = connection.way;
        let peer = Peer {
            listener,
            ..Peer::new(transport, address)
        };
        let mut messages = Vec::new();
        let begun = Instant::now();
        let read = match self.unfinished.remove(&token) {
            true => Ok(()), // nothing more before what was read has been taken
            false => connection.read(&mut self.octets),
        };
        let read = read.and_then(|()| connection.take(now, &mut messages));
        if messages.len() >= MOST_AT_ONCE {
            self.unfinished.insert(token);
        }
        if shakes_hands {
            self.handshakes.took(begun.elapsed());
        }
        match read {
            Err(error) => {
                tracing::debug!(%error, peer = %address, "a connection is over");
                self.ending.push(token); // after what it said before has been answered
            }
            Ok(()) => connection.watch(poller, token),
        }
        Some((peer, messages))
    }

    /// Whether a connection has just come to its end.
    pub(super) fn is_ending(&self, token: u64) -> bool {
        self.ending.contains(&token)
    }

    /// Looks again at connections whose handshake was put off, as many as have their turn.
    pub(super) fn resume(&mut self, poller: &Poller, now: Instant) {
        for token in self.handshakes.next_in_turn(now) {
            let Some(connection) = self.open.get_mut(&token) else {
                continue;
            };
            (connection.waits, connection.has_turn) = (false, true);
            connection.wants_room = false;
            match poller.add(&connection.stream, token) {
                Ok(()) => connection.watch(poller, token),
                Err(_) => self.close(token),
            }
        }
    }

    /// Those to be served without a word from the poller.
    pub(super) fn unfinished(&self) -> BTreeSet<u64> {
        self.unfinished.clone()
    }

    /// When there is something to do without a word from the poller: at once where messages are left, else when a
    /// handshake that was put off has its turn.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        match self.unfinished.is_empty() {
            true => self.handshakes.next_due(),
            false => Some(now),
        }
    }

    /// Sends a message by the connection of its peer. Without one it connects where the peer listens, if that is known,
    /// and lets go of the message if not. Answers whether it left, as far as is known.
    ///
    /// - `from`: where to connect from.
    pub(super) fn send(
        &mut self,
        poller: &Poller,
        now: Instant,
        to: Peer,
        from: Option<Place>,
        octets: &[u8],
    ) -> bool {
        let heard = Way {
            address: to.address,
            transport: to.transport,
            listener: to.listener,
        };
        if self.send_by(poller, now, heard, octets) {
            return true;
        }
        let Some(address) = to.listens else {
            tracing::debug!(peer = %to.address, "the connection for a message is gone; what matters is asked again");
            return false;
        };
        let listening = Way { address, ..heard };
        if self.send_by(poller, now, listening, octets) {
            return true;
        }
        match self.connect(listening, from) {
            Ok(stream) => {
                self.insert(poller, now, stream, listening).is_some()
                    && self.send_by(poller, now, listening, octets)
            }
            Err(error) => {
                tracing::debug!(%error, %address, "cannot connect");
                false
            }
        }
    }

    /// Begins a connection. By TLS the other side must show a certificate for the name under which its trunk has it, or for
    /// its address, of an authority that we trust.
    fn connect(&self, way: Way, from: Option<Place>) -> io::Result<Stream> {
        let any = match way.address {
            SocketAddr::V4(_) => IpAddr::from(std::net::Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::from(std::net::Ipv6Addr::UNSPECIFIED),
        };
        let from = from.map(|place| place.bound.ip());
        let from = from.filter(|from| from.is_ipv4() == way.address.is_ipv4());
        let connect = || Stream::connect(way.address, from.unwrap_or(any), self.dscp);
        if way.transport != Transport::Tls {
            return connect();
        }
        let identity = self.identity.as_ref().map(|identity| identity.load());
        let trust = identity.as_ref().and_then(|identity| identity.trust());
        let trust =
            trust.ok_or_else(|| io::Error::other("no authority is trusted (sip-tls-ca)"))?;
        let mut names = self.names.values().flatten();
        match names.find(|(address, _)| *address == way.address) {
            Some((_, name)) => connect()?.connect_tls(trust, name),
            None => connect()?.connect_tls(trust, &way.address.ip().to_string()),
        }
    }

    /// Closes connections that have nothing more to say, and now and then those that are silent, or slow to finish a
    /// message, for too long.
    pub(super) fn sweep(&mut self, now: Instant) {
        for token in std::mem::take(&mut self.ending) {
            self.close(token);
        }
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
    fn send_by(&mut self, poller: &Poller, now: Instant, way: Way, octets: &[u8]) -> bool {
        let Some(&token) = self.tokens.get(&way) else {
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
                tracing::debug!(%error, peer = %way.address, "a connection is over");
                self.close(token);
                false
            }
        }
    }

    /// The number of the new connection, unless the poller cannot watch it.
    fn insert(&mut self, poller: &Poller, now: Instant, stream: Stream, way: Way) -> Option<u64> {
        if self.open.len() >= MOST_CONNECTIONS {
            self.make_room();
        }
        let token = self.next_token;
        if let Err(error) = poller.add(&stream, token) {
            tracing::warn!(%error, "a connection cannot be watched and is closed");
            return None;
        }
        self.next_token += 1;
        if let Some(former) = self.tokens.insert(way, token) {
            self.close(former);
        }
        self.open.insert(
            token,
            Connection {
                stream,
                way,
                framer: Framer::default(),
                at_work: now,
                has_spoken: false,
                incomplete: None,
                wants_room: false,
                waits: false,
                has_turn: false,
            },
        );
        Some(token)
    }

    /// Closes the one that has been silent longest, of the address that has most: who takes everything makes room.
    fn make_room(&mut self) {
        let mut of_source: HashMap<IpAddr, usize> = HashMap::new();
        for connection in self.open.values() {
            *of_source.entry(connection.way.address.ip()).or_default() += 1;
        }
        let greediest = of_source.into_iter().max_by_key(|&(_, count)| count);
        let silent = self
            .open
            .iter()
            .filter(|(_, one)| Some(one.way.address.ip()) == greediest.map(|(source, _)| source))
            .min_by_key(|(_, one)| one.at_work);
        if let Some((&token, _)) = silent {
            self.close(token);
        }
    }

    fn close(&mut self, token: u64) {
        let Some(mut connection) = self.open.remove(&token) else {
            return;
        };
        self.unfinished.remove(&token);
        if connection.waits {
            self.handshakes.forget(token);
        }
        connection.stream.say_goodbye();
        if self.tokens.get(&connection.way) == Some(&token) {
            self.tokens.remove(&connection.way);
        }
    }
}

impl Connection {
    /// Sends what waits and reads what has come.
    fn read(&mut self, octets: &mut [u8]) -> io::Result<()> {
        self.stream.flush()?;
        let Some(length) = self.stream.read(octets)? else {
            return Ok(());
        };
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.framer.push(&octets[..length]);
        Ok(())
    }

    /// Takes the next messages of what was read. Pings that came together have one answer.
    fn take(&mut self, now: Instant, messages: &mut Vec<Vec<u8>>) -> io::Result<()> {
        let mut is_pinged = false;
        while messages.len() < MOST_AT_ONCE
            && let Some(framed) = self.framer.next_frame().map_err(io::Error::other)?
        {
            self.at_work = now;
            match framed {
                Framed::Message(message) => {
                    self.has_spoken = true;
                    self.incomplete = None;
                    messages.push(message);
                }
                Framed::Ping => is_pinged = true,
            }
        }
        if messages.len() < MOST_AT_ONCE && self.framer.is_within_message() {
            self.incomplete.get_or_insert(now);
        }
        match is_pinged {
            true => self.stream.send(PONG),
            false => Ok(()),
        }
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

/// Connections at once, whoever they belong to.
pub(crate) const MOST_CONNECTIONS: usize = 1_024;
/// New connections taken in one turn.
const ACCEPTED_AT_ONCE: usize = 64;
/// Octets read of one connection in one turn.
const READ_AT_ONCE: usize = 65_536;
/// Messages taken of one connection in one turn, so that nobody's flood delays the others.
const MOST_AT_ONCE: usize = 16;
/// How long one message may take to arrive, and the first one with the handshake before it.
const LONGEST_MESSAGE: Duration = Duration::from_secs(10);
/// A peer without a message for longer than this connects again: longer than the longest call.
const LONGEST_SILENCE: Duration = Duration::from_mins(15);
const SWEEP_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use net::StreamListener;
    use std::io::Write;
    use std::net::TcpStream;

    #[test]
    fn of_much_that_is_said_at_once_each_turn_takes_a_part_and_the_next_is_due_at_once() {
        let (mut connections, poller, mut peer) = one_connection();
        let text = (0..40).map(message).collect::<Vec<_>>().concat();
        peer.write_all(&[text.as_slice(), b"OPT"].concat()).unwrap();
        let now = Instant::now();
        poller.wait(&mut vec![], None).unwrap();

        let mut heard = vec![];
        for (taken, is_over) in [(16, false), (16, false), (8, true)] {
            let (_, messages) = connections.serve(&poller, now, TOKEN).unwrap();
            assert_eq!(messages.len(), taken);
            assert_eq!(connections.next_due(now).is_none(), is_over);
            assert_eq!(connections.unfinished().is_empty(), is_over);
            heard.extend(messages);
        }
        assert_eq!(heard.concat(), text);
        assert_eq!(connections.open[&TOKEN].incomplete, Some(now));
    }

    #[test]
    fn what_is_left_of_a_connection_that_is_closed_is_not_waited_for() {
        let (mut connections, poller, mut peer) = one_connection();
        let text = (0..40).map(message).collect::<Vec<_>>().concat();
        peer.write_all(&text).unwrap();
        let now = Instant::now();
        poller.wait(&mut vec![], None).unwrap();
        connections.serve(&poller, now, TOKEN);

        connections.close(TOKEN);

        assert_eq!(connections.next_due(now), None);
    }

    fn message(number: usize) -> Vec<u8> {
        format!("OPTIONS sip:{number} SIP/2.0\r\nContent-Length: 0\r\n\r\n").into_bytes()
    }

    /// A connection that was taken, and who made it.
    fn one_connection() -> (Connections, Poller, TcpStream) {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = StreamListener::bind(address, Dscp::CS3).unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, address) = std::iter::from_fn(|| Some(listener.accept().unwrap()))
            .flatten()
            .next()
            .unwrap();
        let way = Way {
            address,
            transport: Transport::Tcp,
            listener: 0,
        };
        let (poller, now) = (Poller::new().unwrap(), Instant::now());
        let mut connections = Connections::new(&Config::new(address), TOKEN, now);
        connections.insert(&poller, now, stream, way).unwrap();
        (connections, poller, peer)
    }

    const TOKEN: u64 = 7;
}
