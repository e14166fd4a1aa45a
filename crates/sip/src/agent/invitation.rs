//! Reads from an INVITE what the line needs: who, whom, by which diversions.

use std::net::SocketAddr;

use super::Invitation;
use crate::header::NameAddr;
use crate::message::Request;
use crate::octets::unfold;
use crate::uri::Uri;

impl Invitation {
    pub(super) fn read(request: &Request<'_>, source: SocketAddr, offer: Option<&[u8]>) -> Self {
        let uris = |name| request.headers.list(name).filter_map(uri_of);
        Self {
            call_id: text(request.call_id()),
            request_uri: text(request.uri),
            to: text(request.to().uri),
            from: text(request.from().uri),
            offer: offer.map(<[u8]>::to_vec),
            p_called_party_id: uris("P-Called-Party-ID").next(),
            diversion: uris("Diversion").take(MAX_CANDIDATES).collect(),
            history_info: history(request),
            source,
        }
    }
}

/// Entries in the order of their index, `1` before `1.1` before `1.2` before `2`.
fn history(request: &Request<'_>) -> Vec<String> {
    let entries = request.headers.list("History-Info").take(MAX_CANDIDATES);
    let mut entries: Vec<(Vec<u32>, String)> = entries
        .filter_map(|entry| {
            let read = NameAddr::parse(entry).ok()?;
            let index = text(read.params.find("index").unwrap_or_default());
            let index = index
                .split('.')
                .map(|part| part.parse().unwrap_or(u32::MAX));
            Some((index.collect(), uri_of(entry)?))
        })
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter().map(|(_, uri)| uri).collect()
}

/// The URI without brackets and without the headers (`?Reason=…`) History-Info may carry in it.
fn uri_of(value: &[u8]) -> Option<String> {
    let uri = NameAddr::parse(value).ok()?.uri;
    let headers = Uri::parse(uri).ok()?.headers();
    let end = headers.map_or(uri.len(), |headers| uri.len() - headers.len() - 1);
    Some(text(&uri[..end]))
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(&unfold(octets)).into_owned()
}

/// Diversions looked at; a call is not diverted more often.
const MAX_CANDIDATES: usize = 32;

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

        let read = Invitation::read(&request, "192.0.2.9:5060".parse().unwrap(), None);

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
