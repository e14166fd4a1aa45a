//! Reads the answer to a description that was said before (RFC 4028 § 7.4, RFC 3264 § 8).

use super::{Agreement, Capabilities, NoCommonCodec, Sdp};

/// Reads the answer to `said`, a description of ours: an answer or an offer that is now offered again.
///
/// The stream is the one that `said` takes; reports share its port only if both say so.
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
    Agreement::of(theirs, ours, rtcp_mux).ok_or(NoCommonCodec)
}

#[cfg(test)]
mod tests {
    use super::super::{answer, parse};
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
}
