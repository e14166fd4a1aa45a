//! The UDP socket that signalling shares.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::Dscp;
use crate::address::only_own_family;
use crate::media_socket::none_if_blocked;

/// One UDP port for SIP; it never blocks. Whole datagrams, up to 65,535 octets.
#[derive(Debug)]
pub struct SipSocket {
    socket: UdpSocket,
}

impl SipSocket {
    /// Binds, and asks for buffers that hold a crowd's INVITEs while the thread does something else.
    ///
    /// # Errors
    /// What the kernel says, such as a port in use or one below 1024.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        socket.set_nonblocking(true)?;
        // Less than asked is what a machine's limits allow; the line works with it.
        let _ = socket.set_recv_buffer_size(BIG_BUFFER);
        let _ = socket.set_send_buffer_size(BIG_BUFFER);
        only_own_family(&socket, address)?;
        Dscp::CS3.mark(&SockRef::from(&socket), address);
        socket.bind(&address.into())?;
        Ok(Self {
            socket: socket.into(),
        })
    }

    /// Gives what it sends another mark than CS3.
    ///
    /// # Errors
    /// What the kernel says of the socket itself.
    pub fn mark(&self, dscp: Dscp) -> io::Result<()> {
        dscp.mark(&SockRef::from(&self.socket), self.local_addr()?);
        Ok(())
    }

    /// Takes one waiting datagram, with its sender; `None` when there is none. Octets past the end of the slice are
    /// lost, so give it 65,535.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn recv_from(&self, octets: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
        none_if_blocked(self.socket.recv_from(octets))
    }

    /// Sends one datagram.
    ///
    /// # Errors
    /// What the kernel says, such as no route or a full buffer (`WouldBlock`); SIP repeats what matters.
    pub fn send_to(&self, octets: &[u8], to: SocketAddr) -> io::Result<()> {
        self.socket.send_to(octets, to).map(|_| ())
    }

    /// The address this socket is bound to.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl AsFd for SipSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Octets asked for in each direction.
const BIG_BUFFER: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Poller;

    #[test]
    fn a_datagram_of_sixty_thousand_octets_arrives_whole() {
        let (here, there) = (loopback(), loopback());
        let sent: Vec<u8> = (0..60_000_u32).map(|n| n.to_le_bytes()[0]).collect();

        here.send_to(&sent, there.local_addr().unwrap()).unwrap();
        wait_for(&there);

        let mut octets = vec![0; 65_535];
        let (length, from) = there.recv_from(&mut octets).unwrap().unwrap();
        assert_eq!(octets[..length], sent);
        assert_eq!(from, here.local_addr().unwrap());
    }

    #[test]
    fn an_empty_socket_does_not_block() {
        assert_eq!(loopback().recv_from(&mut [0; 10]).unwrap(), None);
    }

    fn loopback() -> SipSocket {
        SipSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap()
    }

    fn wait_for(socket: &SipSocket) {
        let poller = Poller::new().unwrap();
        poller.add(socket, 1).unwrap();
        poller.wait(&mut vec![], None).unwrap();
    }
}
