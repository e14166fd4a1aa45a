//! A call as a person reads it: one line for each message, with its time, its way and what matters in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sip::sdp::{self, Media};

use super::sketch::Sketch;
use super::{Arrow, Heading};

/// Tells the messages of a trace.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    began_at_ns: Option<u64>,
    /// Ports on which the line hears sound.
    ports: BTreeSet<u16>,
}

impl Ladder {
    /// One line.
    pub(crate) fn line(&mut self, heading: &Heading, octets: &[u8]) -> String {
        let began = *self.began_at_ns.get_or_insert(heading.at_ns);
        // As a clock that was set back would have it, what came later is not earlier.
        let since = heading.at_ns.saturating_sub(began);
        let (seconds, micros) = (since / 1_000_000_000, since % 1_000_000_000 / 1_000);
        let text = String::from_utf8_lossy(octets);
        let message = Sketch::of(&text);
        let (local, peer) = (heading.local, heading.peer);
        let arrow = match heading.way {
            Arrow::Heard => "-->",
            Arrow::FromStranger => "-->x",
            Arrow::Sent => "<--",
        };
        let mut line = format!("{:>2} {seconds:>4}.{micros:06}  {arrow:4} ", heading.call);
        match message.status() {
            Some(_) => {
                let answer = message.start.strip_prefix("SIP/2.0 ").unwrap_or_default();
                let _ = write!(line, "{answer} ({})", message.method);
            }
            None if message.is_inside => line.push_str(message.method),
            None => {
                let _ = write!(line, "{} {}", message.method, message.request_uri());
                let _ = write!(
                    line,
                    "  {peer} to {local} over {}",
                    heading.transport.name()
                );
            }
        }
        for name in ["reason", "retry-after", "warning", "unsupported"] {
            if let Some(value) = message.find(name, "") {
                let _ = write!(line, "  {name}: {value}");
            }
        }
        for media in streams(octets) {
            if heading.way == Arrow::Sent && media.port != 0 {
                self.ports.insert(media.port);
            }
            line.push_str(&describe(&media));
        }
        if heading.way == Arrow::FromStranger {
            line.push_str("  (an address of no trunk: no answer)");
        }
        // A terminal obeys what it prints.
        line.chars()
            .map(|c| if c.is_control() { '?' } else { c })
            .take(LONGEST_LINE)
            .collect()
    }

    /// A filter of tcpdump for the sound of the calls seen; `None` without any.
    pub(crate) fn sound_filter(&self) -> Option<String> {
        let ranges = self
            .ports
            .iter()
            .map(|&port| format!("udp portrange {port}-{}", port.saturating_add(1)));
        let filter = ranges.collect::<Vec<_>>().join(" or ");
        (!filter.is_empty()).then_some(filter)
    }
}

fn streams(octets: &[u8]) -> Vec<Media> {
    let start = octets
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END);
    let body = start.map_or(&[][..], |start| &octets[start + HEAD_END.len()..]);
    // In a multipart body the description is further on.
    let start = body.windows(4).position(|window| window == b"v=0\r");
    let description = start.and_then(|start| sdp::parse(&body[start..]).ok());
    description.map(|sdp| sdp.media).unwrap_or_default()
}

fn describe(media: &Media) -> String {
    if media.port == 0 {
        return format!("  [{} refused]", media.kind);
    }
    let address = media.address.map(|address| address.to_string());
    format!(
        "  [{} {} port {} {} {} {}]",
        media.kind,
        address.unwrap_or_default(),
        media.port,
        media.protocol,
        media.formats.join(","),
        media.direction.as_str()
    )
}

const HEAD_END: &[u8] = b"\r\n\r\n";
/// A Request-URI may have 60,000 octets.
const LONGEST_LINE: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Carrier;

    #[test]
    fn a_call_reads_as_a_ladder() {
        let mut ladder = Ladder::default();
        let offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
                     m=audio 40000 RTP/AVP 8 101\r\nm=image 40002 udptl t38\r\n";
        let answer = offer
            .replace("192.0.2.9", "192.0.2.1")
            .replace("40000", "10234")
            .replace("40002", "0");
        let lines = [
            (0, Arrow::Heard, format!("INVITE sip:0805691282@allo SIP/2.0\r\nTo: <sip:a@b>\r\nCSeq: 1 INVITE\r\n\r\n{offer}")),
            (412, Arrow::Sent, format!("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n{answer}")),
            (5_000_412, Arrow::Sent, "BYE sip:+33612345678@c SIP/2.0\r\nTo: <sip:a@b>;tag=1\r\nReason: Q.850;cause=16\r\nCSeq: 1 BYE\r\n\r\n".into()),
        ]
        .map(|(micros, way, text)| ladder.line(&heading(micros, way), text.as_bytes()));

        assert_eq!(
            lines[0],
            " 1    0.000000  -->  INVITE sip:0805691282@allo  192.0.2.9:5060 to 192.0.2.1:5060 over UDP  \
             [audio 192.0.2.9 port 40000 RTP/AVP 8,101 sendrecv]  [image 192.0.2.9 port 40002 udptl t38 sendrecv]"
        );
        assert_eq!(
            lines[1],
            " 1    0.000412  <--  200 OK (INVITE)  [audio 192.0.2.1 port 10234 RTP/AVP 8,101 sendrecv]  [image refused]"
        );
        assert_eq!(lines[2], " 1    5.000412  <--  BYE  reason: Q.850;cause=16");
        assert_eq!(
            ladder.sound_filter().as_deref(),
            Some("udp portrange 10234-10235")
        );
    }

    #[test]
    fn what_a_stranger_writes_does_not_command_the_terminal() {
        let line = Ladder::default().line(
            &heading(0, Arrow::FromStranger),
            b"INVITE sip:\x1b[2J SIP/2.0\r\n\r\n",
        );
        assert!(
            !line.contains('\x1b') && line.contains("no trunk"),
            "{line}"
        );
        let long = format!("INVITE sip:{} SIP/2.0\r\n\r\n", "a".repeat(60_000));
        let line = Ladder::default().line(&heading(0, Arrow::Heard), long.as_bytes());
        assert!(line.len() <= LONGEST_LINE);
    }

    fn heading(micros: u64, way: Arrow) -> Heading {
        Heading {
            at_ns: 1_764_085_434_000_000_000 + micros * 1_000,
            way,
            local: "192.0.2.1:5060".parse().unwrap(),
            peer: "192.0.2.9:5060".parse().unwrap(),
            transport: Carrier::Udp,
            call: 1,
            length: 0,
        }
    }
}
