//! Packets with the kernel's own notes: when each arrived (SO_TIMESTAMPNS), how many were dropped (SO_RXQ_OVFL), and how
//! it was marked (IP_RECVTOS).
#![allow(
    unsafe_code,
    reason = "control messages of recvmsg have no safe wrapper here"
)]

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use socket2::SockAddr;

use crate::Dscp;

/// What the kernel noted about one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Octets written to the reader's slice.
    pub octets: usize,
    /// Who sent it.
    pub from: SocketAddr,
    /// When it reached the socket, on the wall clock since 1970; `None` if the kernel did not note it.
    pub arrived: Option<Duration>,
    /// Packets this socket has dropped until then because its buffer was full; wraps at 2³².
    pub dropped: u32,
    /// How it was marked, where that was asked for.
    pub dscp: Option<Dscp>,
}

/// Asks the kernel for times and drops.
pub(crate) fn enable(socket: BorrowedFd<'_>) -> io::Result<()> {
    switch_on(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS)?;
    switch_on(socket, libc::SOL_SOCKET, libc::SO_RXQ_OVFL)
}

/// Asks the kernel for marks.
pub(crate) fn enable_marks(socket: BorrowedFd<'_>, is_ipv4: bool) -> io::Result<()> {
    match is_ipv4 {
        true => switch_on(socket, libc::IPPROTO_IP, libc::IP_RECVTOS),
        false => switch_on(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS),
    }
}

fn switch_on(socket: BorrowedFd<'_>, level: libc::c_int, option: libc::c_int) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the pointer and the length describe `on`, which outlives the call.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const on).cast(),
            length_of::<libc::c_int>(),
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Takes one packet and reads the notes.
pub(crate) fn receive(socket: BorrowedFd<'_>, octets: &mut [u8]) -> io::Result<Stamp> {
    let mut part = libc::iovec {
        iov_base: octets.as_mut_ptr().cast(),
        iov_len: octets.len(),
    };
    let mut notes = Notes::default();
    let mut received = None;
    // SAFETY: socket2 gives a zeroed address storage and its length, both valid for writing. The header points to it,
    // to `part` (which describes `octets`) and to `notes`; all of them outlive the call, and the kernel is told the
    // true length of each. `notes_of` gets the header as the kernel left it.
    let (_, from) = unsafe {
        SockAddr::try_init(|storage, length| {
            let mut header: libc::msghdr = std::mem::zeroed();
            header.msg_name = storage.cast();
            header.msg_namelen = *length;
            header.msg_iov = &raw mut part;
            header.msg_iovlen = 1;
            header.msg_control = notes.0.as_mut_ptr().cast();
            header.msg_controllen = NOTES_OCTETS as _;
            let count = libc::recvmsg(socket.as_raw_fd(), &raw mut header, 0);
            let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
            *length = header.msg_namelen;
            received = Some((count, notes_of(&header)));
            Ok(())
        })
    }?;
    let (octets, noted) = received.ok_or(io::ErrorKind::UnexpectedEof)?;
    let from = from.as_socket().ok_or(io::ErrorKind::InvalidData)?;
    Ok(Stamp {
        octets,
        from,
        arrived: noted.arrived,
        dropped: noted.dropped,
        dscp: noted.traffic_class.map(Dscp::of_octet),
    })
}

/// What the kernel wrote beside a packet.
#[derive(Clone, Copy, Default)]
pub(crate) struct Noted {
    pub(crate) arrived: Option<Duration>,
    pub(crate) dropped: u32,
    traffic_class: Option<u8>,
}

/// # Safety
/// `header` was filled in by a successful `recvmsg`, and the control buffer it points to is still alive.
pub(crate) unsafe fn notes_of(header: &libc::msghdr) -> Noted {
    let mut noted = Noted::default();
    // SAFETY: by the caller's promise the CMSG macros walk only over messages the kernel wrote; a timespec, a u32, an
    // octet and an int are what these types carry, read unaligned as nothing promises alignment of the data.
    unsafe {
        let mut note = libc::CMSG_FIRSTHDR(header);
        while let Some(kind) = note.as_ref() {
            let content = libc::CMSG_DATA(note);
            match (kind.cmsg_level, kind.cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    let time = content.cast::<libc::timespec>().read_unaligned();
                    noted.arrived = Some(crate::clock::from_timespec(&time));
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    noted.dropped = content.cast::<u32>().read_unaligned()
                }
                (libc::IPPROTO_IP, libc::IP_TOS) => {
                    noted.traffic_class = Some(content.read());
                }
                (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => {
                    let class = content.cast::<libc::c_int>().read_unaligned();
                    noted.traffic_class = u8::try_from(class).ok();
                }
                _ => {}
            }
            note = libc::CMSG_NXTHDR(header, note);
        }
    }
    noted
}

/// The length of a socket option, which fits any length type.
fn length_of<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0)
}

/// Room for the notes, aligned as the kernel's headers want it.
#[repr(C, align(8))]
pub(crate) struct Notes(pub(crate) [u8; NOTES_OCTETS]);

impl Default for Notes {
    fn default() -> Self {
        Self([0; NOTES_OCTETS])
    }
}

/// Three notes of at most 32 octets, and room for one more.
pub(crate) const NOTES_OCTETS: usize = 128;
