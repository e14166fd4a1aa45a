//! Answers an offer (RFC 3264 § 6): every stream in its order, one taken, the others refused.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::offer::sound_lines;
use super::{Agreement, Capabilities, Media, Sdp, SdpCodec, Srtp, TelephoneEvent};

/// Our answer and what it means for the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The body of the 200.
    pub sdp: Vec<u8>,
    /// What we send and understand.
    pub codec: SdpCodec,
    /// How their keys come, if they can send any.
    pub telephone_event: Option<TelephoneEvent>,
    /// Where their sound and keys are heard. Unspecified (`0.0.0.0`) while they hold us the old way.
    pub peer: SocketAddr,
    /// Where they hear reports about our sound; `None` if they want none or hold us the old way.
    pub rtcp: Option<SocketAddr>,
    /// Whether sound and reports share a port, on both sides (RFC 5761).
    pub rtcp_mux: bool,
    /// Length of our packets, in milliseconds: one of [`PTIMES_MS`](super::PTIMES_MS).
    pub ptime: u32,
    /// Whether we may send: false while we are on hold.
    pub sends: bool,
    /// The keys of encrypted sound; `None` in the clear.
    pub srtp: Option<Srtp>,
}

/// The offer holds no stream of a codec of ours to an address we can reach: a 488.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no stream of a codec of ours to an address of our family")]
pub struct NoCommonCodec;

/// Answers an offer with its first stream of a codec that we speak: the first of the offer, or of
/// ours if [`Capabilities::ours_first`] says so.
///
/// Hold in any spelling (`sendonly`, `inactive`, `c=0.0.0.0`) is answered and clears
/// [`Answer::sends`]. Other streams get port 0. Where a stream with a key may be taken, it comes
/// before those without.
///
/// # Errors
/// [`NoCommonCodec`] if no stream can be taken: other codecs, port 0, multicast, broadcast, a name,
/// the other family of addresses, or another secrecy than [`Capabilities::srtp`] allows.
pub fn answer(offer: &Sdp, ours: &Capabilities) -> Result<Answer, NoCommonCodec> {
    let possible = |(index, media): (usize, &Media)| {
        Some((index, Agreement::of(media, ours, media.rtcp.mux)?))
    };
    let mut streams = offer.media.iter().enumerate().filter_map(possible);
    let mut encrypted = streams.clone().filter(|(_, agreed)| agreed.srtp.is_some());
    let (taken, agreement) = encrypted
        .next()
        .or_else(|| streams.next())
        .ok_or(NoCommonCodec)?;
    let mut sdp = ours.session_lines(&offer.timing);
    for (index, media) in offer.media.iter().enumerate() {
        if index == taken {
            let ptime = format!("ptime:{}", agreement.ptime);
            let key = agreement.srtp.map(|srtp| srtp.attribute());
            let always = [&*ptime, media.direction.mirrored().as_str()];
            let mux = agreement.rtcp_mux.then_some("rtcp-mux");
            sdp.push_str(&sound_lines(
                ours.port,
                &media.protocol,
                &[agreement.codec.name],
                agreement.telephone_event,
                key.as_deref().into_iter().chain(always).chain(mux),
            ));
        } else {
            refuse(&mut sdp, media);
        }
    }
    Ok(Answer {
        sdp: sdp.into_bytes(),
        codec: agreement.codec,
        telephone_event: agreement.telephone_event,
        peer: agreement.peer,
        rtcp: agreement.rtcp,
        rtcp_mux: agreement.rtcp_mux,
        ptime: agreement.ptime,
        sends: agreement.sends,
        srtp: agreement.srtp,
    })
}

/// The stream's own line with port 0 (§ 6).
fn refuse(sdp: &mut String, media: &Media) {
    let formats = media.formats.join(" ");
    let Media { kind, protocol, .. } = media;
    // Writing to a String cannot fail.
    let _ = write!(sdp, "m={kind} 0 {protocol} {formats}\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::sdp::CodecName;

    #[test]
    fn takes_the_first_law_of_the_offer_and_its_keys() {
        let answer = answered("m=audio 4000 RTP/AVP 18 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:30\r\n").unwrap();

        assert_eq!(answer.codec.name, CodecName::Pcmu);
        assert_eq!(
            (answer.telephone_event, answer.ptime),
            (keys(101, 8_000), 30)
        );
        assert_eq!(answer.peer, "192.0.2.9:4000".parse().unwrap());
        assert!(answer.sends);
        assert_eq!(
            String::from_utf8(answer.sdp).unwrap(),
            "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
             m=audio 10000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:30\r\na=sendrecv\r\n"
        );
    }

    #[test]
    fn takes_the_first_of_our_codecs_where_our_order_counts() {
        let offer = offered("m=audio 4000 RTP/AVP 0 9 8\r\na=rtpmap:9 G722/8000\r\n");
        let taken = |codecs: &[CodecName], ours_first| {
            let ours = Capabilities {
                codecs: codecs.to_vec(),
                ours_first,
                ..ours()
            };
            answer(&offer, &ours).unwrap().codec.payload_type
        };
        let all = [CodecName::Pcma, CodecName::G722, CodecName::Pcmu];

        assert_eq!((taken(&all, true), taken(&all, false)), (8, 0));
        assert_eq!((taken(&all[1..], true), taken(&all[..2], false)), (9, 9));
    }

    #[test]
    fn names_g722_with_its_clock_and_refuses_it_with_another() {
        let codecs = vec![CodecName::G722];
        let ours = Capabilities { codecs, ..ours() };
        let answered = answer(&offered("m=audio 4000 RTP/AVP 9 8\r\n"), &ours).unwrap();

        assert!(
            String::from_utf8(answered.sdp)
                .unwrap()
                .contains("m=audio 10000 RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n")
        );
        let wrong = offered("m=audio 4000 RTP/AVP 9 8\r\na=rtpmap:9 G722/16000\r\n");
        assert_eq!(answer(&wrong, &ours), Err(NoCommonCodec));
    }

    #[test]
    fn keeps_the_order_of_streams_and_refuses_all_but_one() {
        let answer = answered(
            "m=video 4002 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 8\r\nm=image 4004 udptl t38\r\nm=audio 4006 RTP/AVP 8\r\n",
        )
        .unwrap();

        let text = String::from_utf8(answer.sdp).unwrap();
        let streams: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(
            streams,
            [
                "m=video 0 RTP/AVP 31",
                "m=audio 10000 RTP/AVP 8",
                "m=image 0 udptl t38",
                "m=audio 0 RTP/AVP 8"
            ]
        );
    }

    #[test]
    fn hold_in_any_spelling_is_answered_and_silences_us() {
        for (lines, says) in [
            ("a=sendonly\r\n", "a=recvonly"),
            ("a=inactive\r\n", "a=inactive"),
            ("c=IN IP4 0.0.0.0\r\n", "a=sendrecv"),
        ] {
            let answer = answered(&format!("m=audio 4000 RTP/AVP 8\r\n{lines}")).unwrap();

            assert!(!answer.sends, "{lines}");
            assert!(String::from_utf8(answer.sdp).unwrap().contains(says));
        }
        assert!(
            answered("m=audio 4000 RTP/AVP 8\r\na=recvonly\r\n")
                .unwrap()
                .sends
        );
    }

    #[test]
    fn refuses_what_cannot_be_a_caller_s_ear() {
        for stream in [
            "m=audio 4000 RTP/AVP 18\r\n",
            "m=audio 0 RTP/AVP 8\r\n",
            "m=audio 4000 RTP/SAVP 8\r\n",
            "m=audio 4000 UDP/TLS/RTP/SAVPF 8\r\n",
            "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 224.2.1.1/127\r\n",
            "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 255.255.255.255\r\n",
            "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 phone.invalid\r\n",
            "m=audio 4000 RTP/AVP 8\r\nc=IN IP6 2001:db8::9\r\n",
            "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 L16/44100\r\n",
            "m=audio 4000 RTP/AVP\r\n",
            "",
        ] {
            assert_eq!(answered(stream), Err(NoCommonCodec), "{stream}");
        }
    }

    #[test]
    fn keys_are_taken_at_the_clock_of_sound_or_else_at_the_first_that_is_known() {
        for (lines, wanted) in [
            ("97 98 99", keys(98, 8_000)),
            ("97 99", keys(97, 48_000)),
            ("99 97", keys(99, 16_000)),
            ("95", None),
        ] {
            let answer = answered(&format!(
                "m=audio 4000 RTP/AVP 8 {lines}\r\na=rtpmap:97 telephone-event/48000\r\n\
                 a=rtpmap:98 Telephone-Event/8000\r\na=rtpmap:99 telephone-event/16000/1\r\n\
                 a=rtpmap:95 telephone-event/44100\r\n"
            ))
            .unwrap();

            assert_eq!(answer.telephone_event, wanted, "{lines}");
            let text = String::from_utf8(answer.sdp).unwrap();
            match wanted {
                Some(TelephoneEvent { payload_type, clock }) => assert!(text.contains(&format!(
                    "RTP/AVP 8 {payload_type}\r\na=rtpmap:8 PCMA/8000\r\n\
                     a=rtpmap:{payload_type} telephone-event/{clock}\r\na=fmtp:{payload_type} 0-15\r\n"
                ))),
                None => assert!(!text.contains("telephone-event")),
            }
        }
    }

    fn keys(payload_type: u8, clock: u32) -> Option<TelephoneEvent> {
        Some(TelephoneEvent {
            payload_type,
            clock,
        })
    }

    fn answered(streams: &str) -> Result<Answer, NoCommonCodec> {
        answer(&offered(streams), &ours())
    }

    fn offered(streams: &str) -> Sdp {
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n{streams}"
        );
        parse(offer.as_bytes()).unwrap()
    }

    fn ours() -> Capabilities {
        Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 7)
    }
}
