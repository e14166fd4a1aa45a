//! What a caller says during one call, request by request (RFC 3261 § 8.1, § 12.1.2 and § 13.2).

use std::net::SocketAddr;

use super::{body, line};
use crate::Malformed;
use crate::header::NameAddr;
use crate::message::{Request, Response};
use crate::peer::Transport;
use crate::uri::Uri;
use crate::write::Reply;

/// One call, seen by who places it: numbers its requests and remembers the way to the other side.
///
/// Write [`OutgoingCall::invite`] first; give every 2xx to [`OutgoingCall::establish`] and send
/// [`OutgoingCall::ack`] for each; then keys and the BYE.
#[derive(Clone, Debug)]
pub struct OutgoingCall {
    target: Vec<u8>,
    from: String,
    to: Vec<u8>,
    call_id: String,
    local: SocketAddr,
    transport: Transport,
    routes: Vec<Vec<u8>>,
    invite_cseq: u32,
    cseq: u32,
    seed: u64,
}

impl OutgoingCall {
    /// Begins a call to `target` (a URI) from `caller` (a URI).
    ///
    /// - `local`: where responses come back, written into Via and Contact.
    /// - `seed`: makes Call-ID, tag and branches; another one for every call.
    pub fn new(target: &str, caller: &str, local: SocketAddr, seed: u64) -> Self {
        Self {
            target: target.as_bytes().to_vec(),
            from: format!("<{caller}>;tag=f{seed:016x}"),
            to: format!("<{target}>").into_bytes(),
            call_id: format!("{seed:016x}@{}", local.ip()),
            local,
            transport: Transport::Udp,
            routes: Vec::new(),
            invite_cseq: 1,
            cseq: 1,
            seed,
        }
    }

    /// The same over another transport than UDP, which Via and Contact say.
    #[must_use]
    pub fn over(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// The Call-ID of all its requests.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The INVITE, with an offer or without (late offer). The same octets each time, for repeats.
    pub fn invite(&self, offer: Option<&[u8]>) -> Vec<u8> {
        self.invite_with(offer, b"")
    }

    /// The INVITE with more headers: whole lines, each with its CRLF.
    pub fn invite_with(&self, offer: Option<&[u8]>, more: &[u8]) -> Vec<u8> {
        let number = self.invite_cseq;
        let mut octets = self.head("INVITE", number, &self.branch(number, "i"));
        self.contact(&mut octets);
        line(&mut octets, "Allow", ALLOW.as_bytes());
        octets.extend_from_slice(more);
        body(&mut octets, offer.map(|offer| ("application/sdp", offer)));
        octets
    }

    /// A further INVITE inside the call, to hold it or to change its stream.
    pub fn reinvite(&mut self, offer: Option<&[u8]>) -> Vec<u8> {
        self.cseq += 1;
        self.invite_cseq = self.cseq;
        self.invite_with(offer, b"")
    }

    /// Takes tag, target and route set from a 2xx to the INVITE (§ 12.1.2); repeats change nothing.
    ///
    /// # Errors
    /// [`Malformed`] if its Contact cannot be read.
    pub fn establish(&mut self, response: &Response<'_>) -> Result<(), Malformed> {
        let to = response.headers.find("To").unwrap_or_default();
        self.to = crate::octets::unfold(to).into_owned();
        if let Some(contact) = response.headers.list("Contact").next() {
            self.target = NameAddr::parse(contact)?.uri.to_vec();
        }
        if self.routes.is_empty() {
            let records = response.headers.list("Record-Route");
            self.routes = records.map(<[u8]>::to_vec).collect();
            self.routes.reverse();
        }
        Ok(())
    }

    /// The ACK of a 2xx: a request of its own, with its own branch (§ 13.2.2.4).
    /// `answer` answers the offer of a 2xx to an INVITE without one.
    pub fn ack(&self, answer: Option<&[u8]>) -> Vec<u8> {
        let branch = self.branch(self.invite_cseq, "a");
        let mut octets = self.head("ACK", self.invite_cseq, &branch);
        body(
            &mut octets,
            answer.map(|answer| ("application/sdp", answer)),
        );
        octets
    }

    /// The ACK of a refusal: the INVITE's branch and the refusal's To (§ 17.1.1.3).
    pub fn ack_refusal(&self, response: &Response<'_>) -> Vec<u8> {
        let mut refused = self.clone();
        let to = response.headers.find("To").unwrap_or_default();
        refused.to = crate::octets::unfold(to).into_owned();
        let branch = self.branch(self.invite_cseq, "i");
        let mut octets = refused.head("ACK", self.invite_cseq, &branch);
        body(&mut octets, None);
        octets
    }

    /// The CANCEL of the INVITE: the same branch, before any final response (§ 9.1).
    pub fn cancel(&self) -> Vec<u8> {
        let branch = self.branch(self.invite_cseq, "i");
        let mut octets = self.head("CANCEL", self.invite_cseq, &branch);
        body(&mut octets, None);
        octets
    }

    /// A BYE.
    pub fn bye(&mut self) -> Vec<u8> {
        self.request("BYE", b"Reason: Q.850;cause=16\r\n", None)
    }

    /// Any other request inside the call: whole lines `more`, each with its CRLF, and a description.
    pub fn request(&mut self, method: &str, more: &[u8], sdp: Option<&[u8]>) -> Vec<u8> {
        self.cseq += 1;
        let mut octets = self.head(method, self.cseq, &self.branch(self.cseq, "r"));
        octets.extend_from_slice(more);
        body(&mut octets, sdp.map(|sdp| ("application/sdp", sdp)));
        octets
    }

    /// A key as INFO carries it (`application/dtmf-relay`), pressed for 160 ms.
    pub fn info(&mut self, key: char) -> Vec<u8> {
        self.cseq += 1;
        let mut octets = self.head("INFO", self.cseq, &self.branch(self.cseq, "r"));
        let content = format!("Signal={key}\r\nDuration=160\r\n");
        body(
            &mut octets,
            Some(("application/dtmf-relay", content.as_bytes())),
        );
        octets
    }

    /// A 200 to a request of the other side, such as its BYE.
    pub fn ok(&self, request: &Request<'_>, source: SocketAddr) -> Vec<u8> {
        Reply::new(request, source, None).write(200, "OK", b"", None)
    }

    /// The address of the next hop: the first route or the target, if it is a number.
    pub fn next_hop(&self) -> Option<SocketAddr> {
        let first = self.routes.first();
        let hop = first.and_then(|route| NameAddr::parse(route).ok());
        let uri = hop.map_or(self.target.as_slice(), |hop| hop.uri);
        Uri::parse(uri).ok()?.socket_address()
    }

    fn branch(&self, number: u32, kind: &str) -> String {
        format!("z9hG4bK{kind}{:016x}{number}", self.seed)
    }

    /// All lines that every request has, in the order of § 8.1.1.
    fn head(&self, method: &str, number: u32, branch: &str) -> Vec<u8> {
        let mut octets = Vec::with_capacity(1024);
        octets.extend_from_slice(method.as_bytes());
        octets.push(b' ');
        octets.extend_from_slice(&self.target);
        octets.extend_from_slice(b" SIP/2.0\r\n");
        let transport = self.transport.name();
        let via = format!("SIP/2.0/{transport} {};rport;branch={branch}", self.local);
        line(&mut octets, "Via", via.as_bytes());
        line(&mut octets, "Max-Forwards", b"70");
        for route in &self.routes {
            line(&mut octets, "Route", route);
        }
        line(&mut octets, "From", self.from.as_bytes());
        line(&mut octets, "To", &self.to);
        line(&mut octets, "Call-ID", self.call_id.as_bytes());
        line(&mut octets, "CSeq", format!("{number} {method}").as_bytes());
        octets
    }

    fn contact(&self, octets: &mut Vec<u8>) {
        let contact = format!("<sip:{}{}>", self.local, self.transport.parameter());
        line(octets, "Contact", contact.as_bytes());
    }
}

/// The methods a caller of ours takes: fewer than an answering party does.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, Method};

    #[test]
    fn every_request_is_one_we_would_read() {
        let mut call = call();
        let octets = [
            call.invite(Some(b"v=0\r\n")),
            call.ack(None),
            call.cancel(),
            call.info('#'),
            call.bye(),
        ];
        for request in octets {
            assert!(matches!(Message::parse(&request), Ok(Message::Request(_))));
        }
    }

    #[test]
    fn the_ack_follows_the_recorded_route_to_the_contact() {
        let mut call = call();
        let response = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.9\r\nFrom: <sip:a@h>;tag=1\r\n\
            To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:b@192.0.2.1:5070>\r\n\
            Record-Route: <sip:192.0.2.5;lr>, <sip:192.0.2.6:5080;lr>\r\n\r\n";
        let Ok(Message::Response(response)) = Message::parse(response) else {
            panic!("a plain 200 is refused");
        };

        call.establish(&response).unwrap();
        let ack = call.ack(None);

        let Ok(Message::Request(ack)) = Message::parse(&ack) else {
            panic!("our ACK is refused");
        };
        assert_eq!(
            (ack.method, ack.uri),
            (Method::Ack, &b"sip:b@192.0.2.1:5070"[..])
        );
        let routes: Vec<_> = ack.headers.all("Route").collect();
        assert_eq!(
            routes,
            [&b"<sip:192.0.2.6:5080;lr>"[..], b"<sip:192.0.2.5;lr>"]
        );
        assert_eq!(ack.to().tag(), Some(&b"2"[..]));
        assert_eq!(call.next_hop().unwrap().to_string(), "192.0.2.6:5080");
    }

    fn call() -> OutgoingCall {
        let local = "192.0.2.9:5060".parse().unwrap();
        OutgoingCall::new("sip:0805691282@192.0.2.1", "sip:caller@192.0.2.9", local, 9)
    }
}
