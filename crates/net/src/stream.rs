//! TCP: a port that takes connections, and one connection.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::media_socket::none_if_blocked;
use crate::sip_socket::CLASS_SELECTOR_3;

/// A TCP port for signalling; it never blocks.
#[derive(Debug)]
pub struct StreamListener {
    listener: TcpListener,
}

impl StreamListener {
    /// Binds exactly this address. The port of a program that has just ended is free at once.
    ///
    /// # Errors
    /// What the kernel says, such as a port in use or one below 1024.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = stream_socket(address)?;
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(WAITING)?;
        Ok(Self {
            listener: socket.into(),
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
        tune(&SockRef::from(&stream), peer)?;
        Ok(Some((Stream::new(stream), peer)))
    }
}

impl AsFd for StreamListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

/// One TCP connection; it never blocks. What the peer is too slow to take waits here, up to a limit.
#[derive(Debug)]
pub struct Stream {
    stream: TcpStream,
    unsent: Vec<u8>,
}

impl Stream {
    /// Begins to connect; what is sent meanwhile waits. A refusal shows at the next read or flush.
    ///
    /// # Errors
    /// What the kernel says, such as no route.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket = stream_socket(address)?;
        tune(&SockRef::from(&socket), address)?;
        match socket.connect(&address.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
            _ => Ok(Self::new(socket.into())),
        }
    }

    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unsent: Vec::new(),
        }
    }

    /// Reads what is there: its length, 0 at the end of the stream, `None` when nothing waits.
    ///
    /// # Errors
    /// What the kernel says: the connection is over.
    pub fn read(&mut self, octets: &mut [u8]) -> io::Result<Option<usize>> {
        match none_if_blocked(self.stream.read(octets)) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(None),
            read => read,
        }
    }

    /// Sends these octets behind those that wait.
    ///
    /// # Errors
    /// `StorageFull` when the peer has not taken 256 KiB; else what the kernel says. The connection is of no more use.
    pub fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        if self.unsent.len() + octets.len() > MOST_UNSENT {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.unsent.extend_from_slice(octets);
        self.flush()
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

fn stream_socket(address: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Short messages go at once, and a peer that is gone without a word is noticed within about three minutes.
fn tune(socket: &SockRef<'_>, peer: SocketAddr) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(
        &TcpKeepalive::new()
            .with_time(Duration::from_mins(1))
            .with_interval(Duration::from_secs(15)),
    )?;
    // Routers that do not know the class forward the packet all the same: no reason to fail.
    let _ = match peer {
        SocketAddr::V4(_) => socket.set_tos_v4(CLASS_SELECTOR_3),
        SocketAddr::V6(_) => socket.set_tclass_v6(CLASS_SELECTOR_3),
    };
    Ok(())
}

/// Connections that wait to be taken.
const WAITING: i32 = 1_024;
/// Octets kept for a peer that does not take them.
const MOST_UNSENT: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Poller;

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
        let Ok(mut stream) = Stream::connect(address) else {
            return; // refused on the spot, which is as good
        };
        wait_for(&stream);

        let refused = stream.read(&mut [0; 9]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }

    fn pair() -> (Stream, Stream) {
        let listener = StreamListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.listener.local_addr().unwrap();
        let ours = Stream::connect(address).unwrap();
        wait_for(&listener);
        let (theirs, _) = listener.accept().unwrap().unwrap();
        (ours, theirs)
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
