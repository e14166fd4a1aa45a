//! The capture file: pcapng, as Wireshark, tshark, tcpdump and sngrep read it, with a remark on each frame that is not
//! what it seems.
//!
//! Source: the pcapng file format (draft-ietf-opsawg-pcapng): section header, one interface with a clock of
//! nanoseconds, enhanced packets. Every block is written whole, so a file that ends early is a valid one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{Arrow, Carrier, Heading, frame};

/// A file of frames that grows.
#[derive(Debug)]
pub(crate) struct Capture<W: Write> {
    file: W,
    frames: u16,
}

impl Capture<File> {
    /// Begins a file that only its owner may read: callers' numbers are in it. One that is there is replaced.
    ///
    /// # Errors
    /// Of the file system.
    pub(crate) fn create(path: &Path, remark: &str) -> io::Result<Self> {
        // One that is there may be open to others; a new one is ours from its first octet.
        if let Err(error) = std::fs::remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        Self::begin(file, remark)
    }
}

impl<W: Write> Capture<W> {
    fn begin(mut file: W, remark: &str) -> io::Result<Self> {
        let mut section = vec![];
        section.extend(BYTE_ORDER_MAGIC.to_le_bytes());
        section.extend([1, 0, 0, 0]); // version 1.0
        section.extend([0xff; 8]); // length not given
        push_option(&mut section, OPTION_COMMENT, remark.as_bytes());
        push_option(&mut section, SECTION_USER_APPLICATION, b"allo");
        push_end(&mut section);
        write_block(&mut file, SECTION_HEADER, &section)?;

        let mut interface = vec![];
        interface.extend([LINK_ETHERNET, 0, 0, 0]);
        interface.extend(0_u32.to_le_bytes()); // no limit of length
        push_option(&mut interface, INTERFACE_NAME, b"allo");
        push_option(&mut interface, INTERFACE_TIME_RESOLUTION, &[9]); // 10^-9 s
        push_end(&mut interface);
        write_block(&mut file, INTERFACE_DESCRIPTION, &interface)?;
        file.flush()?;
        Ok(Self { file, frames: 0 })
    }

    /// Adds a message.
    ///
    /// # Errors
    /// Of the file system.
    pub(crate) fn add(&mut self, heading: &Heading, octets: &[u8]) -> io::Result<()> {
        let (from, to) = match heading.way {
            Arrow::Sent => (heading.local, heading.peer),
            Arrow::Heard | Arrow::FromStranger => (heading.peer, heading.local),
        };
        let frame = frame::encode(from, to, self.frames, octets);
        self.frames = self.frames.wrapping_add(1);
        let mut packet = vec![];
        packet.extend(0_u32.to_le_bytes()); // the interface
        let [high, low] = halves(heading.at_ns);
        packet.extend(high.to_le_bytes());
        packet.extend(low.to_le_bytes());
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX).to_le_bytes();
        packet.extend([length, length].concat());
        packet.extend(&frame);
        pad(&mut packet);
        if let Some(remark) = remark(heading, octets.len()) {
            push_option(&mut packet, OPTION_COMMENT, remark.as_bytes());
        }
        let direction: u32 = if heading.way == Arrow::Sent { 2 } else { 1 };
        push_option(&mut packet, PACKET_FLAGS, &direction.to_le_bytes());
        push_end(&mut packet);
        write_block(&mut self.file, ENHANCED_PACKET, &packet)?;
        self.file.flush()
    }
}

/// What a reader must know who takes the frame for what was on the wire.
fn remark(heading: &Heading, length: usize) -> Option<String> {
    let mut remarks = vec![];
    if heading.way == Arrow::FromStranger {
        remarks.push("from an address of no trunk: it got no answer".to_owned());
    }
    if heading.transport != Carrier::Udp {
        remarks.push(format!(
            "came over {}, written as UDP",
            heading.transport.name()
        ));
    }
    let cut = length.saturating_sub(frame::longest(heading.local.ip().to_canonical()));
    if cut > 0 {
        remarks.push(format!("{cut} octets at the end are left out"));
    }
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

fn write_block(file: &mut impl Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 12)
        .unwrap_or(u32::MAX)
        .to_le_bytes();
    let mut block = Vec::with_capacity(body.len() + 12);
    block.extend(kind.to_le_bytes());
    block.extend(length);
    block.extend(body);
    block.extend(length);
    file.write_all(&block)
}

fn push_option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_le_bytes());
    body.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn push_end(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

/// Every part begins at a multiple of four.
fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is wanted"
)]
fn halves(number: u64) -> [u32; 2] {
    [(number >> 32) as u32, number as u32]
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const LINK_ETHERNET: u8 = 1;
const OPTION_COMMENT: u16 = 1;
const SECTION_USER_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const INTERFACE_TIME_RESOLUTION: u16 = 9;
const PACKET_FLAGS: u16 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_says_its_length_at_both_ends() {
        let mut file = vec![];
        let mut capture = Capture::begin(&mut file, "a remark").unwrap();
        for length in 0..9 {
            capture.add(&HEADING, &vec![b'x'; length]).unwrap();
        }
        let (mut rest, mut kinds) = (&file[..], vec![]);
        while !rest.is_empty() {
            let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let length = usize::try_from(number(4)).unwrap();
            assert_eq!((length % 4, number(length - 4)), (0, number(4)));
            kinds.push(number(0));
            rest = &rest[length..];
        }
        assert_eq!(kinds[..2], [SECTION_HEADER, INTERFACE_DESCRIPTION]);
        assert_eq!(kinds[2..], [ENHANCED_PACKET; 9]);
    }

    #[test]
    fn a_capture_is_for_its_owner_alone_even_where_a_file_for_all_was() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.pcapng");
        std::fs::write(&path, "open to all").unwrap();
        Capture::create(&path, "").unwrap();

        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_not_as_it_was_on_the_wire_is_remarked() {
        assert_eq!(remark(&HEADING, 1_000), None);
        let heading = Heading {
            transport: Carrier::Tcp,
            way: Arrow::FromStranger,
            ..HEADING
        };
        let said = remark(&heading, 65_535).unwrap();
        assert!(
            said.contains("TCP") && said.contains("no trunk") && said.contains("28 octets"),
            "{said}"
        );
    }

    const HEADING: Heading = Heading {
        at_ns: 1_764_085_434_123_456_789,
        way: Arrow::Heard,
        local: std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5060),
        peer: std::net::SocketAddr::new(
            std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            40_000,
        ),
        transport: Carrier::Udp,
        call: 1,
        length: 0,
    };
}
