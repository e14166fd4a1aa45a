//! Packets with the kernel's own notes: when each arrived (SO_TIMESTAMPNS), how many were dropped (SO_RXQ_OVFL).
#![allow(
    unsafe_code,
    reason = "control messages of recvmsg have no safe wrapper here"
)]

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use socket2::SockAddr;

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
}

/// Asks the kernel for both notes.
pub(crate) fn enable(socket: BorrowedFd<'_>) -> io::Result<()> {
    for option in [libc::SO_TIMESTAMPNS, libc::SO_RXQ_OVFL] {
        let on: libc::c_int = 1;
        // SAFETY: the pointer and the length describe `on`, which outlives the call.
        let done = unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                option,
                (&raw const on).cast(),
                length_of::<libc::c_int>(),
            )
        };
        if done != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
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
            let (arrived, dropped) = notes_of(&header);
            received = Some((count, arrived, dropped));
            Ok(())
        })
    }?;
    let (octets, arrived, dropped) = received.ok_or(io::ErrorKind::UnexpectedEof)?;
    let from = from.as_socket().ok_or(io::ErrorKind::InvalidData)?;
    Ok(Stamp {
        octets,
        from,
        arrived,
        dropped,
    })
}

/// # Safety
/// `header` was filled in by a successful `recvmsg`, and the control buffer it points to is still alive.
pub(crate) unsafe fn notes_of(header: &libc::msghdr) -> (Option<Duration>, u32) {
    let (mut arrived, mut dropped) = (None, 0);
    // SAFETY: by the caller's promise the CMSG macros walk only over messages the kernel wrote; a timespec and a u32
    // are what these two types carry, read unaligned as nothing promises alignment of the data.
    unsafe {
        let mut note = libc::CMSG_FIRSTHDR(header);
        while let Some(kind) = note.as_ref() {
            let content = libc::CMSG_DATA(note);
            match (kind.cmsg_level, kind.cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    let time = content.cast::<libc::timespec>().read_unaligned();
                    arrived = Some(crate::clock::from_timespec(&time));
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    dropped = content.cast::<u32>().read_unaligned()
                }
                _ => {}
            }
            note = libc::CMSG_NXTHDR(header, note);
        }
    }
    (arrived, dropped)
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

/// Two notes of at most 32 octets, and room for one more.
pub(crate) const NOTES_OCTETS: usize = 128;
