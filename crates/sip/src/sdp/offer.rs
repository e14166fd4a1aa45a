//! Offers a stream and reads the answer (RFC 3264 § 5 and § 7).

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::{Capabilities, CodecName, Direction, Media, NoCommonCodec, PTIME_MS, Sdp, SdpCodec};

/// What both sides will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What is sent and understood.
    pub codec: SdpCodec,
    /// The payload type of keys, if the other side knows them.
    pub telephone_event: Option<u8>,
    /// Where the other side hears.
    pub peer: SocketAddr,
    /// Length of our packets, in milliseconds.
    pub ptime: u32,
    /// Whether we may send.
    pub sends: bool,
}

impl Agreement {
    /// What a stream of the other side and our means have in common.
    pub(super) fn of(theirs: &Media, ours: &Capabilities) -> Option<Self> {
        if !theirs.is_plain_sound(ours.address) {
            return None;
        }
        let address = theirs.address?;
        Some(Self {
            codec: theirs.first_common(&ours.codecs)?,
            telephone_event: theirs.telephone_event(),
            peer: SocketAddr::new(address, theirs.port),
            ptime: PTIME_MS,
            sends: theirs.direction.listens() && !address.is_unspecified(),
        })
    }
}

/// Offers one stream in our laws, with keys under payload type 101.
pub fn offer(ours: &Capabilities) -> Vec<u8> {
    let mut sdp = ours.session_lines("0 0");
    sdp.push_str(&sound_lines(
        ours.port,
        &ours.codecs,
        Some(TELEPHONE_EVENT),
        Direction::SendRecv,
    ));
    sdp.into_bytes()
}

/// Reads the answer to [`offer`].
///
/// # Errors
/// [`NoCommonCodec`] if the other side took nothing that we offered.
pub fn agree(answer: &Sdp, ours: &Capabilities) -> Result<Agreement, NoCommonCodec> {
    let taken = answer.media.first();
    taken
        .and_then(|media| Agreement::of(media, ours))
        .ok_or(NoCommonCodec)
}

/// Our `m=audio` section.
pub(super) fn sound_lines(
    port: u16,
    codecs: &[CodecName],
    telephone_event: Option<u8>,
    direction: Direction,
) -> String {
    let mut stream = format!("m=audio {port} RTP/AVP");
    let mut attributes = String::new();
    // Writing to a String cannot fail, hence the results let go.
    for codec in codecs {
        let (payload_type, name) = (codec.payload_type(), codec.as_str());
        let _ = write!(stream, " {payload_type}");
        let _ = write!(attributes, "a=rtpmap:{payload_type} {name}/8000\r\n");
    }
    if let Some(keys) = telephone_event {
        let _ = write!(stream, " {keys}");
        let _ = write!(
            attributes,
            "a=rtpmap:{keys} telephone-event/8000\r\na=fmtp:{keys} 0-15\r\n"
        );
    }
    let direction = direction.as_str();
    format!("{stream}\r\n{attributes}a=ptime:{PTIME_MS}\r\na={direction}\r\n")
}

/// The payload type under which most telephones expect keys.
const TELEPHONE_EVENT: u8 = 101;

#[cfg(test)]
mod tests {
    use super::super::{answer, parse};
    use super::*;

    #[test]
    fn our_answer_agrees_with_our_offer() {
        let caller = Capabilities::new("192.0.2.9".parse().unwrap(), 4000, 1);
        let line = Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 2);

        let answered = answer(&parse(&offer(&caller)).unwrap(), &line).unwrap();
        let agreed = agree(&parse(&answered.sdp).unwrap(), &caller).unwrap();

        assert_eq!(agreed.codec, answered.codec);
        assert_eq!(agreed.codec.name, CodecName::Pcma);
        assert_eq!(agreed.telephone_event, Some(101));
        assert_eq!(agreed.peer, "192.0.2.1:10000".parse().unwrap());
        assert!(agreed.sends);
    }

    #[test]
    fn a_refused_stream_is_no_agreement() {
        let ours = Capabilities::new("192.0.2.9".parse().unwrap(), 4000, 1);
        let refused = parse(b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 8\r\n").unwrap();

        assert_eq!(agree(&refused, &ours), Err(NoCommonCodec));
    }
}
