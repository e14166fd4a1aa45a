//! Reads the answer to a description that was said before (RFC 4028 § 7.4, RFC 3264 § 8).

use super::{Agreement, Capabilities, NoCommonCodec, Sdp, Secrecy};

/// Reads the answer to `said`, a description of ours: an answer or an offer that is now offered again.
///
/// The stream is the one that `said` takes; reports share its port only if both say so, and sound is encrypted under the
/// line of `said` or not at all.
///
/// # Errors
/// [`NoCommonCodec`] if the other side does not take it any more.
pub fn agree_again(
    said: &Sdp,
    answer: &Sdp,
    ours: &Capabilities,
) -> Result<Agreement, NoCommonCodec> {
    let taken = said.media.iter().zip(&answer.media);
    let mut taken = taken.filter(|(said, _)| said.port == ours.port);
    let (said, theirs) = taken.next().ok_or(NoCommonCodec)?;
    let rtcp_mux = said.rtcp.mux && theirs.rtcp.mux;
    let key = said.crypto.first();
    let ours = Capabilities {
        srtp: key.map_or(Secrecy::Never, |key| Secrecy::Required(key.key())),
        ..ours.clone()
    };
    Agreement::of(theirs, &ours, rtcp_mux)
        .filter(|agreed| {
            agreed
                .srtp
                .as_ref()
                .zip(key)
                .is_none_or(|(srtp, said)| srtp.answers(said))
        })
        .ok_or(NoCommonCodec)
}

#[cfg(test)]
mod tests {
    use super::super::{MasterKey, answer, parse};
    use super::*;

    #[test]
    fn the_stream_is_found_behind_refused_ones_and_keeps_its_shared_port() {
        let ours = Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 7);
        let theirs = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
            m=video 4002 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 8\r\na=rtcp-mux\r\n";
        let first = answer(&parse(theirs.as_bytes()).unwrap(), &ours).unwrap();
        let said = parse(&first.sdp).unwrap();
        let moved = theirs.replace("4000", "4010");

        let again = agree_again(&said, &parse(moved.as_bytes()).unwrap(), &ours).unwrap();

        assert_eq!(again.peer, "192.0.2.9:4010".parse().unwrap());
        assert!(again.rtcp_mux);
        let gone = theirs.replace("m=audio 4000", "m=audio 0");
        let gone = agree_again(&said, &parse(gone.as_bytes()).unwrap(), &ours);
        assert_eq!(gone, Err(NoCommonCodec));
    }

    #[test]
    fn an_encrypted_stream_goes_on_under_the_key_that_was_said() {
        let ours = Capabilities {
            srtp: Secrecy::IfOffered(MasterKey([7; 30])),
            ..Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 7)
        };
        let theirs = "v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/SAVP 8\r\n\
            a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk\r\n";
        let first = answer(&parse(theirs.as_bytes()).unwrap(), &ours).unwrap();
        let said = parse(&first.sdp).unwrap();
        let again = |theirs: &str| agree_again(&said, &parse(theirs.as_bytes()).unwrap(), &ours);

        assert_eq!(again(theirs).unwrap().srtp, first.srtp);
        for other in [
            theirs.replace(":5 ", ":6 "),
            theirs.replace("SHA1_32", "SHA1_80"),
            theirs.replace("a=crypto", "a=x"),
        ] {
            assert_eq!(again(&other), Err(NoCommonCodec), "{other}");
        }
    }
}
