//! What carries the signalling of all calls of one target: a port for datagrams, or one connection.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

use net::{Dscp, SipSocket, Stream, TlsTrust};
use sip::{
    Transport,
    stream::{Framed, Framer},
};

use crate::{CallError, Target};

/// A way to the line; it never blocks once it is open.
#[derive(Debug)]
pub(crate) enum Signalling {
    Datagrams(SipSocket),
    Connection(Box<Connection>),
}

/// A connection, and what has been read of it.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    peer: SocketAddr,
    framer: Framer,
    octets: Vec<u8>,
}

impl Signalling {
    /// Opens a port, or connects; gives our address too. Waits up to ten seconds for a connection.
    pub(crate) fn open(
        target: &Target,
        own: IpAddr,
        trust: Option<&TlsTrust>,
    ) -> Result<(Self, SocketAddr), CallError> {
        if target.transport == Transport::Udp {
            let socket = SipSocket::bind(SocketAddr::new(own, 0));
            let socket =
                socket.map_err(CallError::socket("no port for signalling can be opened"))?;
            let local = socket.local_addr();
            let local = local.map_err(CallError::socket("the signalling port has no address"))?;
            return Ok((Self::Datagrams(socket), local));
        }
        let trust = match (target.transport, trust) {
            (Transport::Tls, None) => {
                return Err(CallError::Plan(
                    "a call over TLS needs an authority to believe (--tls-ca FILE), or --insecure",
                ));
            }
            (Transport::Tls, trust) => trust,
            _ => None,
        };
        let connection = Connection::open(target, own, trust);
        let connection =
            connection.map_err(CallError::socket("the line cannot be connected to"))?;
        let local = connection.stream.local_addr();
        let local = local.map_err(CallError::socket("the connection has no address"))?;
        Ok((Self::Connection(Box::new(connection)), local))
    }

    /// Takes one message that waits, with its sender; `None` when there is none.
    pub(crate) fn recv_from(
        &mut self,
        octets: &mut [u8],
    ) -> io::Result<Option<(usize, SocketAddr)>> {
        match self {
            Self::Datagrams(socket) => socket.recv_from(octets),
            Self::Connection(connection) => {
                let received = connection.receive(octets)?;
                Ok(received.map(|length| (length, connection.peer)))
            }
        }
    }

    /// Sends one message: to this address, or by the connection.
    pub(crate) fn send_to(&mut self, octets: &[u8], to: SocketAddr) -> io::Result<()> {
        match self {
            Self::Datagrams(socket) => socket.send_to(octets, to),
            Self::Connection(connection) => connection.stream.send(octets),
        }
    }
}

impl AsFd for Signalling {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Datagrams(socket) => socket.as_fd(),
            Self::Connection(connection) => connection.stream.as_fd(),
        }
    }
}

impl Connection {
    fn open(target: &Target, own: IpAddr, trust: Option<&TlsTrust>) -> io::Result<Self> {
        let mut stream = Stream::connect(target.address, own, Dscp::CS3)?;
        if let Some(trust) = trust {
            stream = stream.connect_tls(trust, &target.host)?;
        }
        stream.wait_connected(PATIENCE)?;
        Ok(Self {
            stream,
            peer: target.address,
            framer: Framer::default(),
            octets: vec![0; READ_AT_ONCE],
        })
    }

    fn receive(&mut self, octets: &mut [u8]) -> io::Result<Option<usize>> {
        self.stream.flush()?;
        loop {
            match self.framer.next_frame().map_err(io::Error::other)? {
                Some(Framed::Message(message)) => {
                    let length = message.len().min(octets.len());
                    octets[..length].copy_from_slice(&message[..length]);
                    return Ok(Some(length));
                }
                Some(Framed::Ping) => continue,
                None => {}
            }
            match self.stream.read(&mut self.octets)? {
                None => return Ok(None),
                Some(0) => return Err(io::ErrorKind::ConnectionReset.into()),
                Some(length) => self.framer.push(&self.octets[..length]),
            }
        }
    }
}

/// How long a connection may take to be there.
const PATIENCE: Duration = Duration::from_secs(10);
const READ_AT_ONCE: usize = 65_536;
