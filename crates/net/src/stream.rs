//! TCP: a port that takes connections, and one connection, with TLS on it or without.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant, SystemTime};

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::address::only_own_family;
use crate::media_socket::none_if_blocked;
use crate::tls::{Session, TlsIdentity, TlsTrust};
use crate::{Dscp, Poller};

/// A TCP port for signalling; it never blocks.
#[derive(Debug)]
pub struct StreamListener {
    listener: TcpListener,
    dscp: Dscp,
}

impl StreamListener {
    /// Binds exactly this address. The port of a program that has just ended is free at once. What its connections
    /// send bears `dscp`.
    ///
    /// # Errors
    /// What the kernel says, such as a port in use or one below 1024.
    pub fn bind(address: SocketAddr, dscp: Dscp) -> io::Result<Self> {
        let socket = stream_socket(address)?;
        socket.set_reuse_address(true)?;
        // Marks the answer to who connects, before the connection is taken.
        dscp.mark(&SockRef::from(&socket), address);
        socket.bind(&address.into())?;
        socket.listen(WAITING)?;
        Ok(Self {
            listener: socket.into(),
            dscp,
        })
    }

    /// Takes one waiting connection; `None` when there is none.
    ///
    /// # Errors
    /// What the kernel says, such as no descriptor left, or a peer that went before it was taken.
    pub fn accept(&self) -> io::Result<Option<(Stream, SocketAddr)>> {
        let Some((stream, peer)) = none_if_blocked(self.listener.accept())? else {
            return Ok(None);
        };
        stream.set_nonblocking(true)?;
        tune(&SockRef::from(&stream), peer, self.dscp)?;
        Ok(Some((Stream::new(stream), peer)))
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsFd for StreamListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

/// One TCP connection, with TLS on it or without; it never blocks. What the peer is too slow to take waits here, up to
/// a limit.
#[derive(Debug)]
pub struct Stream {
    stream: TcpStream,
    unsent: Vec<u8>,
    tls: Option<Box<Session>>,
}

impl Stream {
    /// Begins to connect; what is sent meanwhile waits. A refusal shows at the next read or flush.
    ///
    /// - `from`: the address of ours to connect from; an unspecified one leaves it to the system.
    ///
    /// # Errors
    /// What the kernel says, such as no route.
    pub fn connect(address: SocketAddr, from: IpAddr, dscp: Dscp) -> io::Result<Self> {
        let socket = stream_socket(address)?;
        tune(&SockRef::from(&socket), address, dscp)?;
        if !from.is_unspecified() {
            socket.bind(&SocketAddr::new(from, 0).into())?;
        }
        match socket.connect(&address.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
            _ => Ok(Self::new(socket.into())),
        }
    }

    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unsent: Vec::new(),
            tls: None,
        }
    }

    /// Puts TLS on a connection that was taken, before anything was read of it.
    ///
    /// # Errors
    /// What rustls says of our own means.
    pub fn accept_tls(mut self, identity: &TlsIdentity) -> io::Result<Self> {
        self.tls = Some(Box::new(Session::server(identity, MOST_UNSENT)?));
        Ok(self)
    }

    /// Puts TLS on a connection that we make, before anything is sent by it. The other side must show a certificate for
    /// `host`, a name or an address.
    ///
    /// # Errors
    /// `InvalidInput` when `host` is neither; that it is not believed shows at a later read.
    pub fn connect_tls(mut self, trust: &TlsTrust, host: &str) -> io::Result<Self> {
        let mut session = Box::new(Session::client(trust, host, MOST_UNSENT)?);
        session.take_records(&mut self.unsent);
        self.tls = Some(session);
        Ok(self)
    }

    /// Waits until it is there, with TLS until both sides have shown who they are; for those who have nothing else to do.
    ///
    /// # Errors
    /// `TimedOut` after `patience`; `ConnectionReset` when the other side closes, and what the kernel or TLS says.
    pub fn wait_connected(&mut self, patience: Duration) -> io::Result<()> {
        let poller = Poller::new()?;
        poller.add(self, 0)?;
        let deadline = Instant::now() + patience;
        let (mut is_connected, mut ready) = (false, vec![]);
        while !is_connected || self.is_shaking_hands() {
            poller.change(self, 0, !is_connected || self.has_unsent())?;
            let left = deadline.saturating_duration_since(Instant::now());
            poller.wait(&mut ready, Some(left))?;
            if ready.is_empty() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            is_connected = true;
            self.flush()?;
            // Whoever is called says nothing before it is asked, so what is read is a refusal or the handshake.
            if self.read(&mut [0; 1])? == Some(0) {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        }
        Ok(())
    }

    /// When the certificate that the other side has shown is over; `None` before it has, and without TLS.
    #[must_use]
    pub fn peer_expires_at(&self) -> Option<SystemTime> {
        self.tls.as_ref()?.peer_expires_at()
    }

    /// Whether the handshake of TLS goes on: until its end a read may cost as much as a signature does.
    #[must_use]
    pub fn is_shaking_hands(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_shaking_hands())
    }

    /// Reads what is there: its length, 0 at the end of the stream, `None` when nothing waits. With TLS, give it at
    /// least 16 KiB.
    ///
    /// # Errors
    /// What the kernel says, or TLS: the connection is over.
    pub fn read(&mut self, octets: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(tls) = &mut self.tls else {
            return none_before_connected(none_if_blocked(self.stream.read(octets)));
        };
        let read = none_before_connected(tls.read(&mut self.stream, octets));
        // The handshake's next step; where the connection is over, the reason why.
        tls.take_records(&mut self.unsent);
        let flushed = self.flush();
        if self.unsent.len() > MOST_UNSENT {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let read = read?;
        flushed.map(|()| read)
    }

    /// Sends these octets behind those that wait.
    ///
    /// # Errors
    /// `StorageFull` when the peer has not taken 256 KiB; else what the kernel says. The connection is of no more use.
    pub fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        if self.unsent.len() + octets.len() > MOST_UNSENT {
            return Err(io::ErrorKind::StorageFull.into());
        }
        match &mut self.tls {
            None => self.unsent.extend_from_slice(octets),
            Some(tls) => {
                tls.write(octets)?;
                tls.take_records(&mut self.unsent);
            }
        }
        self.flush()
    }

    /// Says that nothing more comes, as far as the peer takes it at once; then the connection may be dropped.
    pub fn say_goodbye(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.say_goodbye();
            tls.take_records(&mut self.unsent);
            // Who does not hear it sees the end of the connection.
            let _ = self.flush();
        }
    }

    /// Sends as much of what waits as the peer takes.
    ///
    /// # Errors
    /// What the kernel says: the connection is over.
    pub fn flush(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match none_if_blocked(self.stream.write(&self.unsent)) {
                Ok(Some(sent)) => drop(self.unsent.drain(..sent)),
                Ok(None) => break,
                Err(error) if error.kind() == io::ErrorKind::NotConnected => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Our address.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// Whether something waits to be sent.
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// A connection that is not there yet has nothing to read.
fn none_before_connected(read: io::Result<Option<usize>>) -> io::Result<Option<usize>> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(None),
        read => read,
    }
}

fn stream_socket(address: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    only_own_family(&socket, address)?;
    Ok(socket)
}

/// Short messages go at once, and a peer that is gone without a word is noticed within about three minutes.
fn tune(socket: &SockRef<'_>, peer: SocketAddr, dscp: Dscp) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(
        &TcpKeepalive::new()
            .with_time(Duration::from_mins(1))
            .with_interval(Duration::from_secs(15)),
    )?;
    dscp.mark(socket, peer);
    Ok(())
}

/// Connections that wait to be taken.
const WAITING: i32 = 1_024;
/// Octets kept for a peer that does not take them.
const MOST_UNSENT: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_go_both_ways_and_the_end_is_told() {
        let (mut ours, mut theirs) = pair();

        ours.send(b"OPTIONS").unwrap();
        assert_eq!(read(&mut theirs), b"OPTIONS");
        theirs.send(b"200").unwrap();
        assert_eq!(read(&mut ours), b"200");
        assert_eq!(ours.read(&mut [0; 9]).unwrap(), None);
        drop(theirs);

        assert_eq!(read(&mut ours), b"");
    }

    #[test]
    fn what_the_peer_does_not_take_waits_and_too_much_of_it_ends_the_connection() {
        let (mut ours, mut theirs) = pair();
        let sent = loop {
            if let Err(error) = ours.send(&[7; 65_536]) {
                break error.kind();
            }
        };
        assert_eq!(sent, io::ErrorKind::StorageFull);
        assert!(ours.has_unsent());

        while ours.has_unsent() {
            read(&mut theirs);
            ours.flush().unwrap();
        }
    }

    #[test]
    fn a_refused_connection_shows_when_it_is_read() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let Ok(mut stream) = connect(address) else {
            return; // refused on the spot, which is as good
        };
        wait_for(&stream);

        let refused = stream.read(&mut [0; 9]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }

    fn pair() -> (Stream, Stream) {
        let listener = StreamListener::bind("127.0.0.1:0".parse().unwrap(), Dscp::CS3).unwrap();
        let ours = connect(listener.local_addr().unwrap()).unwrap();
        wait_for(&listener);
        let (theirs, _) = listener.accept().unwrap().unwrap();
        (ours, theirs)
    }

    fn connect(address: SocketAddr) -> io::Result<Stream> {
        Stream::connect(address, address.ip(), Dscp::CS3)
    }

    fn read(stream: &mut Stream) -> Vec<u8> {
        wait_for(stream);
        let mut octets = vec![0; 65_536];
        let length = stream.read(&mut octets).unwrap().unwrap();
        octets.truncate(length);
        octets
    }

    fn wait_for(source: &impl AsFd) {
        let poller = Poller::new().unwrap();
        poller.add(source, 1).unwrap();
        poller.wait(&mut vec![], None).unwrap();
    }
}
