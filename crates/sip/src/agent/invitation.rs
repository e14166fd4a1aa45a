//! Reads from an INVITE what the line needs: who, whom, by which diversions.

use super::{Invitation, candidates};
use crate::Calling;
use crate::message::Request;
use crate::octets::unfold;
use crate::peer::Peer;

impl Invitation {
    pub(super) fn read(request: &Request<'_>, source: Peer, offer: Option<&[u8]>) -> Self {
        let headers = &request.headers;
        Self {
            call_id: text(request.call_id()),
            request_uri: text(request.uri),
            to: text(request.to().uri),
            from: text(request.from().uri),
            calling: Calling::read(headers, request.from()),
            offer: offer.map(<[u8]>::to_vec),
            p_called_party_id: candidates::p_called_party_id(headers).map(text),
            diversion: candidates::diversion(headers).map(text).collect(),
            history_info: candidates::history_info(headers).map(text).collect(),
            source: source.address,
            listener: source.listener,
        }
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(&unfold(octets)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn keeps_every_candidate_for_the_dialled_number() {
        let text = "INVITE sip:+33261910001;npdi;rn=5012@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\
            From: \"anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n\
            To: <tel:0805691282;phone-context=+33>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
            P-Called-Party-ID: <sip:+33805691282@h;user=phone>\r\n\
            Diversion: <sip:d2@h>;reason=unconditional, <sip:d1@h>\r\n\
            History-Info: <sip:h11@h?Reason=SIP%3Bcause%3D302>;index=1.1\r\n\
            History-Info: broken,<sip:h1@h>;index=1,<sip:h110@h>;index=1.10\r\n\r\n";
        let Ok(Message::Request(request)) = Message::parse(text.as_bytes()) else {
            panic!("the INVITE is refused");
        };

        let source: std::net::SocketAddr = "192.0.2.9:5060".parse().unwrap();
        let read = Invitation::read(&request, source.into(), None);

        assert_eq!(read.request_uri, "sip:+33261910001;npdi;rn=5012@192.0.2.1");
        assert_eq!(read.to, "tel:0805691282;phone-context=+33");
        assert_eq!(
            read.p_called_party_id.as_deref(),
            Some("sip:+33805691282@h;user=phone")
        );
        assert_eq!(read.diversion, ["sip:d2@h", "sip:d1@h"]);
        assert_eq!(read.history_info, ["sip:h1@h", "sip:h11@h", "sip:h110@h"]);
    }
}
