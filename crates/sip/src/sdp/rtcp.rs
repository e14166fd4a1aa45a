//! Where the reports about our sound are heard: `a=rtcp` (RFC 3605), `a=rtcp-mux` (RFC 5761) and
//! the bandwidth that can be nought (RFC 3556).

use std::net::{IpAddr, SocketAddr};

use super::Media;

/// What a stream says about reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rtcp {
    /// `a=rtcp`, if it can be read.
    pub(super) place: Option<Place>,
    /// `a=rtcp-mux`.
    pub(super) mux: bool,
    /// `b=RS:0` and `b=RR:0`, of the stream or else of the session.
    pub(super) bandwidth: Bandwidth,
}

/// The port of `a=rtcp`, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    port: u16,
    host: Host,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    /// No address is given: the sound's.
    SameAsSound,
    Address(IpAddr),
    /// A name, which nobody resolves.
    Unknown,
}

/// Which reports are forbidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bandwidth {
    senders_is_nought: bool,
    receivers_is_nought: bool,
}

impl Bandwidth {
    /// Takes the value of one `b=`; other kinds and what is no number are passed over.
    pub(super) fn take(&mut self, value: &str) {
        let Some((kind, number)) = value.split_once(':') else {
            return;
        };
        let number = number.trim();
        if number.is_empty() || !number.bytes().all(|octet| octet.is_ascii_digit()) {
            return;
        }
        let is_nought = number.bytes().all(|octet| octet == b'0');
        match kind.trim() {
            "RS" => self.senders_is_nought = is_nought,
            "RR" => self.receivers_is_nought = is_nought,
            _ => {}
        }
    }

    const fn forbids_reports(self) -> bool {
        self.senders_is_nought && self.receivers_is_nought
    }
}

impl Place {
    /// `53020` or `53020 IN IP4 192.0.2.9`; `None` for a port that is none.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let port = words.next()?.parse().ok().filter(|&port| port != 0)?;
        let host = match (words.next(), words.nth(1)) {
            (None, _) => Host::SameAsSound,
            (Some(_), Some(address)) => address.parse().map_or(Host::Unknown, Host::Address),
            (Some(_), None) => Host::Unknown,
        };
        Some(Self { port, host })
    }
}

/// Where the author of this stream hears reports; `None` if it hears none, or nowhere we can reach.
///
/// `is_muxed` says whether both sides want them on the port of the sound.
pub(super) fn reports_to(theirs: &Media, sound: SocketAddr, is_muxed: bool) -> Option<SocketAddr> {
    if theirs.rtcp.bandwidth.forbids_reports() {
        return None;
    }
    let at = match theirs.rtcp.place {
        _ if is_muxed => sound,
        None => SocketAddr::new(sound.ip(), sound.port().checked_add(1)?),
        Some(Place { port, host }) => match host {
            Host::SameAsSound => SocketAddr::new(sound.ip(), port),
            Host::Address(address) => SocketAddr::new(address, port),
            Host::Unknown => return None,
        },
    };
    let is_reachable = super::media::is_one_party(at.ip(), sound.ip()) && !at.ip().is_unspecified();
    is_reachable.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Capabilities, Sdp, agree, answer, parse};
    use super::*;

    #[test]
    fn reports_are_heard_beside_the_sound_unless_it_says_where() {
        for (lines, at) in [
            ("", "192.0.2.9:4001"),
            ("a=rtcp:53020\r\n", "192.0.2.9:53020"),
            ("a=rtcp:53020 IN IP4 192.0.2.8\r\n", "192.0.2.8:53020"),
            ("a=rtcp:4000\r\n", "192.0.2.9:4000"),
        ] {
            assert_eq!(heard_at(lines), at.parse().ok(), "{lines}");
        }
    }

    #[test]
    fn garbage_says_nothing() {
        for garbage in ["", "0", "-1", "65536", "x", "99999999999 IN IP4 192.0.2.8"] {
            let at = heard_at(&format!("a=rtcp:{garbage}\r\n"));
            assert_eq!(at, "192.0.2.9:4001".parse().ok(), "{garbage}");
        }
        for garbage in [
            "b=RS:\r\nb=RR:\r\n",
            "b=RS:-0\r\nb=RR:x\r\n",
            "b=RS\r\nb=RR\r\n",
        ] {
            assert!(heard_at(garbage).is_some(), "{garbage}");
        }
    }

    #[test]
    fn an_address_that_is_no_one_party_of_our_family_hears_nothing() {
        for host in [
            "IN IP4 phone.invalid",
            "IN IP6 2001:db8::9",
            "IN IP4 224.2.1.1",
            "IN IP4 255.255.255.255",
            "IN IP4 0.0.0.0",
            "IN IP4",
            "IN",
        ] {
            assert_eq!(
                heard_at(&format!("a=rtcp:53020 {host}\r\n")),
                None,
                "{host}"
            );
        }
        assert_eq!(heard_at("c=IN IP4 0.0.0.0\r\n"), None);
    }

    #[test]
    fn the_last_port_has_none_beside_it() {
        let at = |lines| answered("", &format!("m=audio 65535 RTP/AVP 8\r\n{lines}")).rtcp;

        assert_eq!(at(""), None);
        assert_eq!(at("a=rtcp:9\r\n"), "192.0.2.9:9".parse().ok());
        assert_eq!(at("a=rtcp-mux\r\n"), "192.0.2.9:65535".parse().ok());
    }

    #[test]
    fn no_bandwidth_for_both_kinds_means_no_reports() {
        let at = |session, lines: &str| {
            answered(session, &format!("m=audio 4000 RTP/AVP 8\r\n{lines}")).rtcp
        };

        assert_eq!(at("", "b=RS:0\r\nb=RR:0\r\n"), None);
        assert_eq!(at("b=RR:0\r\nb=RS:00\r\n", ""), None);
        assert_eq!(at("b=RS:0\r\n", "b=RR:0\r\n"), None);
        assert_eq!(at("", "b=RS:0\r\nb=RR:0\r\na=rtcp-mux\r\n"), None);
        assert!(at("", "b=RS:0\r\n").is_some());
        assert!(at("", "b=RS:0\r\nb=RR:800\r\n").is_some());
        assert!(at("b=RS:0\r\nb=RR:0\r\n", "b=RR:99999999999999999999999\r\n").is_some());
        let other_stream = "m=video 0 RTP/AVP 31\r\nb=RS:0\r\nb=RR:0\r\n";
        assert!(at("", other_stream).is_some());
    }

    #[test]
    fn sound_and_reports_share_a_port_only_if_it_was_offered() {
        let muxed = answered("", "m=audio 4000 RTP/AVP 8\r\na=rtcp:9\r\na=rtcp-mux\r\n");
        assert!(muxed.rtcp_mux);
        assert_eq!(muxed.rtcp, Some(muxed.peer));
        assert!(text(&muxed).contains("a=rtcp-mux\r\n"));

        let plain = answered("a=rtcp-mux\r\n", "m=audio 4000 RTP/AVP 8\r\n");
        assert!(!plain.rtcp_mux);
        assert!(!text(&plain).contains("rtcp"));
    }

    #[test]
    fn an_answer_cannot_ask_for_what_we_did_not_offer() {
        let answer = described("", "m=audio 4000 RTP/AVP 8\r\na=rtcp-mux\r\n");
        let agreed = agree(&answer, &ours()).unwrap();

        assert!(!agreed.rtcp_mux);
        assert_eq!(agreed.rtcp, "192.0.2.9:4001".parse().ok());
    }

    fn heard_at(lines: &str) -> Option<SocketAddr> {
        answered("", &format!("m=audio 4000 RTP/AVP 8\r\n{lines}")).rtcp
    }

    fn answered(session: &str, streams: &str) -> Answer {
        answer(&described(session, streams), &ours()).unwrap()
    }

    fn described(session: &str, streams: &str) -> Sdp {
        let text = format!("v=0\r\nc=IN IP4 192.0.2.9\r\n{session}{streams}");
        parse(text.as_bytes()).unwrap()
    }

    fn ours() -> Capabilities {
        Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 7)
    }

    fn text(answer: &Answer) -> String {
        String::from_utf8(answer.sdp.clone()).unwrap()
    }
}
