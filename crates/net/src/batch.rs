//! Several packets of one socket in one system call (recvmmsg), each with the kernel's notes.
#![allow(
    unsafe_code,
    reason = "recvmmsg and its control messages have no safe wrapper here"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use crate::stamp::{NOTES_OCTETS, Notes, notes_of};

/// Room for packets that are taken together; made once and used for any number of sockets.
pub struct Batch {
    octets: Vec<[u8; MOST_OCTETS]>,
    notes: Vec<Notes>,
    taken: [Taken; Batch::PLACES],
    count: usize,
}

/// One packet of a [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received<'b> {
    /// What came, at most 1,024 octets of it.
    pub octets: &'b [u8],
    /// When it reached the socket, on the wall clock since 1970; `None` if the kernel did not note it.
    pub arrived: Option<Duration>,
    /// Packets this socket has dropped until then because its buffer was full; wraps at 2³².
    pub dropped: u32,
}

impl Batch {
    /// The most packets of one taking; after fewer, the socket was empty.
    pub const PLACES: usize = 16;

    /// Room without packets.
    #[must_use]
    pub fn new() -> Self {
        Self {
            octets: vec![[0; MOST_OCTETS]; Self::PLACES],
            notes: (0..Self::PLACES).map(|_| Notes::default()).collect(),
            taken: [Taken::default(); Self::PLACES],
            count: 0,
        }
    }

    /// The packets of the last taking, in the order of their arrival.
    pub fn packets(&self) -> impl Iterator<Item = Received<'_>> {
        let taken = self.taken.iter().zip(&self.octets).take(self.count);
        taken.map(|(taken, octets)| Received {
            octets: octets.get(..taken.octets).unwrap_or(octets),
            arrived: taken.arrived,
            dropped: taken.dropped,
        })
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

/// What the kernel noted about one packet.
#[derive(Clone, Copy, Default)]
struct Taken {
    octets: usize,
    arrived: Option<Duration>,
    dropped: u32,
}

/// Takes what waits, at most [`Batch::PLACES`] packets, in place of what the batch held; answers how many.
pub(crate) fn receive(socket: BorrowedFd<'_>, batch: &mut Batch) -> io::Result<usize> {
    batch.count = 0;
    // SAFETY: both are structs of integers and pointers, for which all zeros is a value: no buffer at all.
    let (mut parts, mut headers): ([libc::iovec; Batch::PLACES], [libc::mmsghdr; Batch::PLACES]) =
        unsafe { std::mem::zeroed() };
    let places = batch.octets.iter_mut().zip(&mut batch.notes);
    for ((part, header), (octets, notes)) in parts.iter_mut().zip(&mut headers).zip(places) {
        part.iov_base = octets.as_mut_ptr().cast();
        part.iov_len = octets.len();
        header.msg_hdr.msg_iov = part;
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_control = notes.0.as_mut_ptr().cast();
        header.msg_hdr.msg_controllen = NOTES_OCTETS as _;
    }
    // SAFETY: each header points to one part, which describes one place of `octets`, and to one place of `notes`, and
    // gives their true lengths; all of them outlive the call. The count is that of the array. Without a timeout the
    // null pointer is never followed.
    let count = unsafe {
        libc::recvmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr(),
            PLACES_SHORT,
            libc::MSG_DONTWAIT,
            std::ptr::null_mut(),
        )
    };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    for (taken, header) in batch.taken.iter_mut().zip(&headers).take(count) {
        // SAFETY: recvmmsg has filled in this header, one of the first `count`, and `notes` is still alive.
        let noted = unsafe { notes_of(&header.msg_hdr) };
        *taken = Taken {
            octets: usize::try_from(header.msg_len).unwrap_or(usize::MAX),
            arrived: noted.arrived,
            dropped: noted.dropped,
        };
    }
    batch.count = count;
    Ok(count)
}

/// [`Batch::PLACES`] as the kernel wants it.
const PLACES_SHORT: libc::c_uint = 16;
const _: () = assert!(PLACES_SHORT as usize == Batch::PLACES);
/// More than any packet of a telephone has.
const MOST_OCTETS: usize = 1_024;
