//! What a caller offers: our means, in packets of the length that it wishes (`a=ptime`, RFC 8866 § 6.4).

use media::{Codec, Ptime};
use sip::sdp::{self, Capabilities, CodecName, MasterKey, PTIME_MS, Secrecy};

use crate::{CallError, socket::random};

/// The body of the INVITE.
pub(crate) fn offer(ours: &Capabilities, ptime: Ptime) -> Vec<u8> {
    let usual = format!("a=ptime:{PTIME_MS}\r\n");
    let wished = format!("a=ptime:{}\r\n", ptime.ms());
    let text = String::from_utf8_lossy(&sdp::offer(ours)).replace(&usual, &wished);
    text.into_bytes()
}

/// Whether we offer SRTP, under a key of this call alone.
pub(crate) fn secrecy(srtp: bool) -> Result<Secrecy, CallError> {
    Ok(if srtp {
        Secrecy::Required(MasterKey(random()?))
    } else {
        Secrecy::Never
    })
}

/// Laws as SDP names them.
pub(crate) fn sdp_names(codecs: &[Codec]) -> Vec<CodecName> {
    let name = |codec: &Codec| match codec {
        Codec::Pcma => CodecName::Pcma,
        Codec::Pcmu => CodecName::Pcmu,
        Codec::G722 => CodecName::G722,
    };
    codecs.iter().map(name).collect()
}

/// A law that was agreed on.
pub(crate) fn agreed_codec(name: CodecName) -> Codec {
    match name {
        CodecName::Pcma => Codec::Pcma,
        CodecName::Pcmu => Codec::Pcmu,
        CodecName::G722 => Codec::G722,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_for_a_length_stands_in_the_offer_once() {
        let ours = Capabilities::new("192.0.2.9".parse().unwrap(), 4_000, 1);
        for ptime in Ptime::ALL {
            let offer = offer(&ours, ptime);
            let text = String::from_utf8(offer.clone()).unwrap();
            assert_eq!(text.matches("a=ptime:").count(), 1, "{text}");

            let read = sdp::parse(&offer).unwrap();
            assert_eq!(read.media[0].ptime, Some(ptime.ms()));
        }
    }
}
