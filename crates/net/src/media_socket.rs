//! One call's RTP port.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::Dscp;
use crate::address::only_own_family;
use crate::batch::{self, Batch};
use crate::filter::{keypad_filter, open_filter};
use crate::stamp::{self, Stamp};

/// A UDP port of its own for one call; it never blocks.
///
/// Until [`MediaSocket::connect`] it hears anybody and can send to nobody.
#[derive(Debug)]
pub struct MediaSocket {
    socket: UdpSocket,
}

impl MediaSocket {
    /// Binds the first free even port of `range` for sound and the odd one above it for reports (RFC 3550 § 11),
    /// beginning at `start` and going round. The receive buffers are small, for little gets past the filter.
    ///
    /// # Errors
    /// `AddrInUse` when none of the first 512 pairs is free; else whatever the kernel says, such as no descriptor left
    /// or an address that is not this machine's.
    pub fn bind_pair(
        address: IpAddr,
        range: RangeInclusive<u16>,
        start: u16,
    ) -> io::Result<PortPair> {
        let bind = |port| Self::bind(SocketAddr::new(address, port));
        for port in even_ports(&range, start).take(MOST_ATTEMPTS) {
            let pair = bind(port).and_then(|sound| {
                let reports = bind(port + 1)?;
                Ok(PortPair {
                    port,
                    sound,
                    reports,
                })
            });
            match pair {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                bound => return bound,
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    /// Binds exactly this address; port 0 lets the kernel choose.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        socket.set_nonblocking(true)?;
        socket.set_recv_buffer_size(SMALL_BUFFER)?;
        only_own_family(&socket, address)?;
        Dscp::EF.mark(&SockRef::from(&socket), address);
        socket.bind(&address.into())?;
        Ok(Self {
            socket: socket.into(),
        })
    }

    /// Gives what it sends another mark than EF.
    ///
    /// # Errors
    /// What the kernel says of the socket itself.
    pub fn mark(&self, dscp: Dscp) -> io::Result<()> {
        dscp.mark(&SockRef::from(&self.socket), self.local_addr()?);
        Ok(())
    }

    /// Sends to and hears from this peer only; called again, it changes the peer. What others had sent before is
    /// thrown away.
    ///
    /// # Errors
    /// What the kernel says, such as no route.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        self.socket.connect(peer)?;
        let mut octets = [0; 1];
        for _ in 0..MOST_QUEUED {
            if matches!(self.socket.recv(&mut octets), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            {
                break;
            }
        }
        Ok(())
    }

    /// Lets the kernel drop what callers say: see the rule in `filter.rs`. Called again, it replaces the filter.
    ///
    /// # Errors
    /// What the kernel says, such as no memory left for socket options.
    pub fn attach_keypad_filter(
        &self,
        telephone_event: Option<u8>,
        reports: bool,
    ) -> io::Result<()> {
        SockRef::from(&self.socket).attach_filter(&keypad_filter(telephone_event, reports))
    }

    /// Lets everything in, in place of a filter, with room for the packets of some turns.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn hear_everything(&self) -> io::Result<()> {
        self.ask_receive_buffer(SOUND_BUFFER)?;
        SockRef::from(&self.socket).attach_filter(&open_filter())
    }

    /// As [`MediaSocket::send_frame`] before the peer is known for good: to this address.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn send_frame_to(
        &self,
        header: &[u8; 12],
        payload: &[u8],
        peer: SocketAddr,
    ) -> io::Result<()> {
        let parts = [IoSlice::new(header), IoSlice::new(payload)];
        SockRef::from(&self.socket)
            .send_to_vectored(&parts, &peer.into())
            .map(|_| ())
    }

    /// Sends one datagram.
    ///
    /// # Errors
    /// As [`MediaSocket::send_frame`].
    pub fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send(datagram).map(|_| ())
    }

    /// Sends one packet in two parts without copying them together.
    ///
    /// # Errors
    /// `ConnectionRefused` tells of an *earlier* packet (ICMP port unreachable) and this one has not been sent;
    /// `WouldBlock` when the send buffer is full; `NotConnected` before [`MediaSocket::connect`].
    pub fn send_frame(&self, header: &[u8; 12], payload: &[u8]) -> io::Result<()> {
        let parts = [IoSlice::new(header), IoSlice::new(payload)];
        SockRef::from(&self.socket)
            .send_vectored(&parts)
            .map(|_| ())
    }

    /// Takes one waiting packet, with its sender; `None` when there is none.
    ///
    /// # Errors
    /// `ConnectionRefused` tells of an earlier packet of ours and takes nothing; anything else is the kernel's.
    pub fn recv(&self, octets: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
        none_if_blocked(self.socket.recv_from(octets))
    }

    /// Asks the kernel to note when each packet arrives and how many it had to drop, for
    /// [`MediaSocket::recv_stamped`].
    ///
    /// # Errors
    /// What the kernel says.
    pub fn stamp_arrivals(&self) -> io::Result<()> {
        stamp::enable(self.socket.as_fd())
    }

    /// Asks the kernel to note how each packet was marked, for [`MediaSocket::recv_stamped`].
    ///
    /// # Errors
    /// What the kernel says.
    pub fn note_marks(&self) -> io::Result<()> {
        stamp::enable_marks(self.socket.as_fd(), self.local_addr()?.is_ipv4())
    }

    /// Takes one waiting packet with the kernel's own notes on it, so that the reader's delay blurs nothing.
    ///
    /// # Errors
    /// As [`MediaSocket::recv`].
    pub fn recv_stamped(&self, octets: &mut [u8]) -> io::Result<Option<Stamp>> {
        none_if_blocked(stamp::receive(self.socket.as_fd(), octets))
    }

    /// Takes the packets that wait, at most [`Batch::PLACES`] of them, in place of what the batch held; answers how
    /// many, which is fewer than that only when no more wait. One system call for all, where
    /// [`MediaSocket::recv_stamped`] makes one for each.
    ///
    /// # Errors
    /// As [`MediaSocket::recv`]; then the batch is empty.
    pub fn recv_batch(&self, batch: &mut Batch) -> io::Result<usize> {
        none_if_blocked(batch::receive(self.socket.as_fd(), batch)).map(Option::unwrap_or_default)
    }

    /// Asks for a larger receive buffer, for listeners that read seldom.
    ///
    /// # Errors
    /// What the kernel says; less than asked is not an error.
    pub fn ask_receive_buffer(&self, octets: usize) -> io::Result<()> {
        SockRef::from(&self.socket).set_recv_buffer_size(octets)
    }

    /// The address this port is bound to.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl AsFd for MediaSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The two ports of a call.
#[derive(Debug)]
pub struct PortPair {
    /// The even one; the other is one above it.
    pub port: u16,
    /// For RTP.
    pub sound: MediaSocket,
    /// For RTCP.
    pub reports: MediaSocket,
}

/// Nothing waiting is an answer, not a failure.
pub(crate) fn none_if_blocked<T>(received: io::Result<T>) -> io::Result<Option<T>> {
    match received {
        Ok(received) => Ok(Some(received)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every even port with a port above it in the range once, from `start` on and round.
fn even_ports(range: &RangeInclusive<u16>, start: u16) -> impl Iterator<Item = u16> + use<> {
    let (first, last) = (*range.start(), *range.end());
    let start = if range.contains(&start) { start } else { first };
    (start..=last)
        .chain(first..start)
        .filter(move |port| port % 2 == 0 && *port < last)
}

/// Refusing a call must not cost tens of thousands of binds.
const MOST_ATTEMPTS: usize = 512;
/// Packets that can wait in a small buffer, and more.
const MOST_QUEUED: usize = 256;
/// Octets asked for; the kernel doubles them. Holds a burst of keypad packets.
const SMALL_BUFFER: usize = 4_096;
/// The same for a port whose sound is listened to: some 20 packets of 20 ms.
const SOUND_BUFFER: usize = 16_384;
