//! Offers a stream and reads the answer (RFC 3264 § 5 and § 7).

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::rtcp::reports_to;
use super::{
    Capabilities, CodecName, Direction, Media, NoCommonCodec, Sdp, SdpCodec, Secrecy, Srtp,
    TelephoneEvent, crypto, ptime,
};

/// What both sides will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What is sent and understood.
    pub codec: SdpCodec,
    /// How keys come, if the other side knows them.
    pub telephone_event: Option<TelephoneEvent>,
    /// Where the other side hears.
    pub peer: SocketAddr,
    /// Where the other side hears reports about our sound; `None` if it wants none.
    pub rtcp: Option<SocketAddr>,
    /// Whether sound and reports share a port, on both sides.
    pub rtcp_mux: bool,
    /// Length of our packets, in milliseconds: one of [`PTIMES_MS`](super::PTIMES_MS).
    pub ptime: u32,
    /// Whether we may send.
    pub sends: bool,
    /// The keys of encrypted sound; `None` in the clear.
    pub srtp: Option<Srtp>,
}

impl Agreement {
    /// What a stream of the other side and our means have in common. `rtcp_mux` says whether both
    /// want reports on the port of the sound.
    pub(super) fn of(theirs: &Media, ours: &Capabilities, rtcp_mux: bool) -> Option<Self> {
        if !theirs.is_sound(ours.address) {
            return None;
        }
        let address = theirs.address?;
        let peer = SocketAddr::new(address, theirs.port);
        Some(Self {
            codec: theirs.first_common(ours)?,
            telephone_event: theirs.telephone_event(),
            peer,
            rtcp: reports_to(theirs, peer, rtcp_mux),
            rtcp_mux,
            ptime: ptime::choose(theirs, ours.longer_ptime),
            sends: theirs.direction.listens() && !address.is_unspecified(),
            srtp: theirs.srtp(ours.srtp)?,
        })
    }
}

/// Offers one stream in our codecs, with keys under payload type 101, in packets of 20 ms and up to
/// 60. It is encrypted where that is required, and in the clear otherwise.
pub fn offer(ours: &Capabilities) -> Vec<u8> {
    let (protocol, key) = match ours.srtp {
        Secrecy::Required(key) => ("RTP/SAVP", Some(crypto::offered(key))),
        Secrecy::Never | Secrecy::IfOffered(_) => ("RTP/AVP", None),
    };
    let (length, longest) = (
        format!("ptime:{}", ptime::PTIME_MS),
        format!("maxptime:{}", ptime::LONGEST_MS),
    );
    let sound = sound_lines(
        ours.port,
        protocol,
        &ours.codecs,
        Some(TELEPHONE_EVENT),
        key.as_deref()
            .into_iter()
            .chain([&*length, &*longest, Direction::SendRecv.as_str()]),
    );
    [ours.session_lines("0 0"), sound].concat().into_bytes()
}

/// Reads the answer to [`offer`]. Reports stay on a port of their own, since nothing else is offered.
///
/// # Errors
/// [`NoCommonCodec`] if the other side took nothing that we offered, or another key than the one offered.
pub fn agree(answer: &Sdp, ours: &Capabilities) -> Result<Agreement, NoCommonCodec> {
    let ours = Capabilities {
        srtp: ours.srtp.as_offered(),
        ..ours.clone()
    };
    let taken = answer.media.first();
    taken
        .and_then(|media| Agreement::of(media, &ours, false))
        .filter(|agreed| agreed.srtp.is_none_or(|srtp| srtp.answers_ours()))
        .ok_or(NoCommonCodec)
}

/// Our `m=audio` section; `more` are its last attributes.
pub(super) fn sound_lines<'a>(
    port: u16,
    protocol: &str,
    codecs: &[CodecName],
    telephone_event: Option<TelephoneEvent>,
    more: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut stream = format!("m=audio {port} {protocol}");
    let mut attributes = String::new();
    // Writing to a String cannot fail, hence the results let go.
    for codec in codecs {
        let (payload_type, name) = (codec.payload_type(), codec.as_str());
        let _ = write!(stream, " {payload_type}");
        let _ = write!(attributes, "a=rtpmap:{payload_type} {name}/8000\r\n");
    }
    if let Some(TelephoneEvent {
        payload_type,
        clock,
    }) = telephone_event
    {
        let _ = write!(stream, " {payload_type}");
        let _ = write!(
            attributes,
            "a=rtpmap:{payload_type} telephone-event/{clock}\r\na=fmtp:{payload_type} 0-15\r\n"
        );
    }
    for attribute in more {
        let _ = write!(attributes, "a={attribute}\r\n");
    }
    format!("{stream}\r\n{attributes}")
}

/// The payload type under which most telephones expect keys.
const TELEPHONE_EVENT: TelephoneEvent = TelephoneEvent {
    payload_type: 101,
    clock: 8_000,
};

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
        assert_eq!(agreed.telephone_event, Some(TELEPHONE_EVENT));
        assert_eq!(agreed.peer, "192.0.2.1:10000".parse().unwrap());
        assert!(agreed.sends);
        let rtcp = ("192.0.2.1:10001".parse().ok(), false);
        assert_eq!(((agreed.rtcp, agreed.rtcp_mux), agreed.ptime), (rtcp, 20));
    }

    #[test]
    fn offers_packets_of_20_ms_and_bears_60() {
        let caller = Capabilities::new("192.0.2.9".parse().unwrap(), 4000, 1);

        let text = String::from_utf8(offer(&caller)).unwrap();

        assert!(
            text.ends_with("a=ptime:20\r\na=maxptime:60\r\na=sendrecv\r\n"),
            "{text}"
        );
    }

    #[test]
    fn a_refused_stream_is_no_agreement() {
        let ours = Capabilities::new("192.0.2.9".parse().unwrap(), 4000, 1);
        let refused = parse(b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 8\r\n").unwrap();

        assert_eq!(agree(&refused, &ours), Err(NoCommonCodec));
    }
}
