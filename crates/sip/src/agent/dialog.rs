//! What must be known of a caller to say goodbye (RFC 3261 § 12), in one small allocation.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use crate::Malformed;
use crate::header::NameAddr;
use crate::message::{Headers, Method, Request};
use crate::octets::unfold;
use crate::peer::{Peer, Transport};
use crate::uri::Uri;
use crate::write::{body, line};

/// The state of one dialog that does not change from request to request.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    octets: Box<[u8]>,
    ends: [u32; PARTS],
    /// Whether the target is the first route, and the last route the caller's Contact (RFC 2543).
    is_strict: bool,
    /// Where our requests go.
    pub(super) peer: Peer,
}

impl Dialog {
    /// Reads the INVITE that opens it. `tag` is ours.
    pub(super) fn open(request: &Request<'_>, source: Peer, tag: &str) -> Result<Self, Malformed> {
        let mut ours = unfold(request.headers.find("To").unwrap_or_default()).into_owned();
        ours.extend_from_slice(b";tag=");
        ours.extend_from_slice(tag.as_bytes());
        let theirs = unfold(request.headers.find("From").unwrap_or_default());
        let way = Way::read(&request.headers, source)?;
        Ok(Self::pack(
            [
                request.call_id(),
                &ours,
                &theirs,
                &way.target,
                &way.route_lines,
            ],
            way.is_strict,
            way.peer,
        ))
    }

    /// Takes a new target from a request or a response inside the dialog (§ 12.2.1.2 and § 12.2.2); the routes stay. Without
    /// a Contact all stays.
    pub(super) fn refresh(&mut self, headers: &Headers<'_>, source: Peer) -> Result<(), Malformed> {
        let Some(contact) = headers.list("Contact").next() else {
            return Ok(());
        };
        let target = NameAddr::parse(contact)?.uri.to_vec();
        let is_routed = !self.part(ROUTE_LINES).is_empty();
        let parts = [CALL_ID, OURS, THEIRS].map(|part| self.part(part));
        let [call_id, ours, theirs] = parts;
        let refreshed = if self.is_strict {
            let (mut routes, first) = (self.part(ROUTE_LINES).to_vec(), self.part(TARGET));
            let last = routes.windows(7).rposition(|octets| octets == b"Route: ");
            routes.truncate(last.unwrap_or(0));
            line(
                &mut routes,
                "Route",
                &[b"<", target.as_slice(), b">"].concat(),
            );
            Self::pack([call_id, ours, theirs, first, &routes], true, self.peer)
        } else if is_routed {
            let routes = self.part(ROUTE_LINES);
            Self::pack([call_id, ours, theirs, &target, routes], false, self.peer)
        } else {
            let peer = next_hop(Uri::parse(&target).ok(), source);
            Self::pack([call_id, ours, theirs, &target, b""], false, peer)
        };
        *self = refreshed;
        Ok(())
    }

    /// Whether a request with this Call-ID and From tag belongs to it; our own tag led here.
    pub(super) fn matches(&self, request: &Request<'_>) -> bool {
        let theirs = NameAddr::parse(self.part(THEIRS));
        request.call_id() == self.part(CALL_ID)
            && theirs.is_ok_and(|theirs| theirs.tag() == request.from().tag())
    }

    /// A BYE, whole.
    pub(super) fn bye(&self, contact: SocketAddr, branch: &str, cseq: u32, cause: u8) -> Vec<u8> {
        let mut octets = self.request(Method::Bye, contact, branch, cseq);
        let reason = format!("Q.850;cause={cause}");
        line(&mut octets, "Reason", reason.as_bytes());
        body(&mut octets, None);
        octets
    }

    /// The lines that every request of ours begins with, along the route set (§ 12.2.1.1).
    pub(super) fn request(
        &self,
        method: Method<'_>,
        contact: SocketAddr,
        branch: &str,
        cseq: u32,
    ) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.octets.len() + 256);
        octets.extend_from_slice(method.as_bytes());
        octets.push(b' ');
        octets.extend_from_slice(self.part(TARGET));
        octets.extend_from_slice(b" SIP/2.0\r\n");
        let transport = self.peer.transport.name();
        let via = format!("SIP/2.0/{transport} {contact};rport;branch={branch}");
        line(&mut octets, "Via", via.as_bytes());
        line(&mut octets, "Max-Forwards", b"70");
        octets.extend_from_slice(self.part(ROUTE_LINES));
        line(&mut octets, "From", self.part(OURS));
        line(&mut octets, "To", self.part(THEIRS));
        line(&mut octets, "Call-ID", self.part(CALL_ID));
        let number = [format!("{cseq} ").as_bytes(), method.as_bytes()].concat();
        line(&mut octets, "CSeq", &number);
        octets
    }

    fn pack(parts: [&[u8]; PARTS], is_strict: bool, peer: Peer) -> Self {
        let mut ends = [0; PARTS];
        let mut end = 0_usize;
        for (slot, part) in ends.iter_mut().zip(parts) {
            end += part.len();
            *slot = u32::try_from(end).expect("parts of one datagram are far below 4 GiB");
        }
        Self {
            octets: parts.concat().into_boxed_slice(),
            ends,
            is_strict,
            peer,
        }
    }

    fn part(&self, part: usize) -> &[u8] {
        let at = |index: usize| usize::try_from(self.ends[index]).unwrap_or(usize::MAX);
        let start = if part == 0 { 0 } else { at(part - 1) };
        let range: Range<usize> = start..at(part);
        self.octets.get(range).unwrap_or_default()
    }
}

/// Request-URI, Route lines and next hop of our requests.
struct Way {
    target: Vec<u8>,
    route_lines: Vec<u8>,
    is_strict: bool,
    peer: Peer,
}

impl Way {
    fn read(headers: &Headers<'_>, source: Peer) -> Result<Self, Malformed> {
        let target = match headers.list("Contact").next() {
            Some(contact) => NameAddr::parse(contact)?.uri.to_vec(),
            None => format!("sip:{}", source.address).into_bytes(),
        };
        let routes: Vec<&[u8]> = headers.list("Record-Route").collect();
        let mut uris = Vec::with_capacity(routes.len());
        for route in &routes {
            uris.push(Uri::parse(NameAddr::parse(route)?.uri)?);
        }
        let hop = uris.first().copied().or(Uri::parse(&target).ok());
        let peer = next_hop(hop, source);
        let is_strict = uris
            .first()
            .is_some_and(|uri| uri.params().find("lr").is_none());
        let mut route_lines = Vec::new();
        if !is_strict {
            for route in &routes {
                line(&mut route_lines, "Route", route);
            }
            return Ok(Self {
                target,
                route_lines,
                is_strict,
                peer,
            });
        }
        for route in routes.iter().skip(1) {
            line(&mut route_lines, "Route", route);
        }
        let last = [b"<", target.as_slice(), b">"].concat();
        line(&mut route_lines, "Route", &last);
        let first = NameAddr::parse(routes[0])?.uri.to_vec();
        Ok(Self {
            target: first,
            route_lines,
            is_strict,
            peer,
        })
    }
}

/// Where our requests go: to the address named by route or Contact. To the source of the INVITE if that is a name, or
/// a private address while the caller is heard from a public one, that is behind a translation.
///
/// Whoever came by a stream is answered by that stream while it lasts, if it leads to the named machine, and by a new
/// one to the named port afterwards (RFC 5923 has the same idea). A call that came by TLS goes on by TLS or not at all.
fn next_hop(named: Option<Uri<'_>>, source: Peer) -> Peer {
    let address = named.and_then(|uri| uri.socket_address());
    let Some(address) = address.filter(|&named| is_reachable(named, source.address)) else {
        return source;
    };
    let asked = named.and_then(|uri| uri.transport());
    let transport = asked.unwrap_or(Transport::Udp);
    let is_same_machine = address.ip() == source.address.ip();
    match source.transport {
        Transport::Tls if transport != Transport::Tls => source,
        Transport::Tcp | Transport::Tls if is_same_machine => Peer {
            listens: Some(address),
            ..source
        },
        _ => Peer {
            address,
            transport,
            listens: transport.is_reliable().then_some(address),
            ..source
        },
    }
}

fn is_reachable(named: SocketAddr, source: SocketAddr) -> bool {
    let behind_translation = is_private(named.ip()) && !is_private(source.ip());
    !behind_translation && named.is_ipv4() == source.is_ipv4() && named.port() != 0
}

/// Addresses that mean something only where they are (RFC 1918, 6598, 4193, loopback, link).
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || is_shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

/// The parts of a dialog in their order.
const PARTS: usize = 5;
const CALL_ID: usize = 0;
const OURS: usize = 1;
const THEIRS: usize = 2;
const TARGET: usize = 3;
const ROUTE_LINES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn a_bye_follows_loose_routes_to_the_contact() {
        let bye = bye("Record-Route: <sip:192.0.2.5;lr>, <sip:192.0.2.6;lr>\r\n");

        assert!(bye.starts_with("to 192.0.2.5:5060\nBYE sip:a@192.0.2.9:5070 SIP/2.0\r\n"));
        assert!(bye.contains("Route: <sip:192.0.2.5;lr>\r\nRoute: <sip:192.0.2.6;lr>\r\n"));
        assert!(bye.contains("From: <sip:b@h>;tag=ours\r\nTo: <sip:a@h>;tag=1\r\n"));
    }

    #[test]
    fn a_bye_by_a_strict_route_has_the_route_as_its_request_uri() {
        let bye = bye("Record-Route: <sip:192.0.2.5>, <sip:192.0.2.6;lr>\r\n");

        assert!(bye.starts_with("to 192.0.2.5:5060\nBYE sip:192.0.2.5 SIP/2.0\r\n"));
        assert!(bye.contains("Route: <sip:192.0.2.6;lr>\r\nRoute: <sip:a@192.0.2.9:5070>\r\n"));
    }

    #[test]
    fn a_held_call_takes_less_than_a_kilobyte() {
        let dialog = dialog("Record-Route: <sip:192.0.2.5;lr;ftag=as5d0e0b8a>\r\n");
        let call = size_of::<crate::agent::call::Call>();

        assert!(
            call + dialog.octets.len() < 600,
            "{call} + {}",
            dialog.octets.len()
        );
    }

    #[test]
    fn names_and_translated_addresses_lead_back_to_the_source() {
        let source = "198.51.100.7:4000".parse().unwrap();
        let private = "10.0.0.9:5060".parse().unwrap();

        let hop = |uri: &str, from: SocketAddr| {
            next_hop(Uri::parse(uri.as_bytes()).ok(), from.into()).address
        };

        assert_eq!(hop("sip:name.invalid", source), source);
        assert_eq!(hop("sip:10.0.0.9", source), source);
        assert_eq!(hop("sip:10.0.0.9", "10.9.9.9:1".parse().unwrap()), private);
    }

    #[test]
    fn who_came_by_a_stream_is_reached_by_it_and_else_at_the_port_that_listens() {
        let source = Peer::new(Transport::Tcp, "192.0.2.9:40000".parse().unwrap());
        let hop = |uri: &str| next_hop(Uri::parse(uri.as_bytes()).ok(), source);

        let same = hop("sip:a@192.0.2.9:5070");
        let listens = Some("192.0.2.9:5070".parse().unwrap());
        assert_eq!(same, Peer { listens, ..source });
        let other = hop("sip:a@192.0.2.8;transport=tcp");
        let address = "192.0.2.8:5060".parse().unwrap();
        let listens = Some(address);
        assert_eq!(
            other,
            Peer {
                address,
                listens,
                ..source
            }
        );
        assert_eq!(hop("sip:a@192.0.2.8").transport, Transport::Udp);
        assert_eq!(hop("sip:a@name.invalid"), source);
    }

    #[test]
    fn what_came_by_tls_is_never_continued_in_the_clear() {
        let source = Peer::new(Transport::Tls, "192.0.2.9:40000".parse().unwrap());
        let hop = |uri: &str| next_hop(Uri::parse(uri.as_bytes()).ok(), source);

        for clear in [
            "sip:a@192.0.2.9:5070",
            "sip:a@192.0.2.8",
            "sip:a@192.0.2.8;transport=tcp",
        ] {
            assert_eq!(hop(clear), source, "{clear}");
        }
        let listens = Some("192.0.2.9:5061".parse().unwrap());
        assert_eq!(
            hop("sip:a@192.0.2.9;transport=tls"),
            Peer { listens, ..source }
        );
        let address = "192.0.2.8:5071".parse().unwrap();
        let listens = Some(address);
        assert_eq!(
            hop("sips:a@192.0.2.8:5071"),
            Peer {
                address,
                listens,
                ..source
            }
        );
    }

    fn bye(more: &str) -> String {
        let dialog = dialog(more);
        let bye = dialog.bye("192.0.2.1:5060".parse().unwrap(), "z9hG4bK1", 1, 16);
        format!(
            "to {}\n{}",
            dialog.peer.address,
            String::from_utf8(bye).unwrap()
        )
    }

    fn dialog(more: &str) -> Dialog {
        let text = format!(
            "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9\r\nFrom: <sip:a@h>;tag=1\r\n\
             To: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.9:5070>\r\n{more}\r\n"
        );
        let Ok(Message::Request(request)) = Message::parse(text.as_bytes()) else {
            panic!("the INVITE is refused");
        };
        let source: SocketAddr = "192.0.2.5:5060".parse().unwrap();
        Dialog::open(&request, source.into(), "ours").unwrap()
    }
}
