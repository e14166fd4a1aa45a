//! Reads a description (RFC 8866 § 5 and § 9), tolerant of lines it does not need.

use std::net::IpAddr;

use super::crypto::Crypto;
use super::media::{Direction, RtpMap};
use super::rtcp::{Bandwidth, Place, Rtcp};
use super::{Media, ptime};
use crate::Malformed;

/// A description: a session and its streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdp {
    /// The streams in their order, which an answer keeps.
    pub media: Vec<Media>,
    /// The value of `t=`, which an answer repeats (RFC 3264 § 6).
    pub(super) timing: String,
}

impl Sdp {
    /// Reads a description; the same as [`parse`].
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        parse(body)
    }
}

/// Reads a description. Lines end in CRLF or LF; unknown ones are passed over.
///
/// # Errors
/// [`Malformed`] if it does not begin with `v=0`, if a line is no `letter=value`, if an `m=` line
/// cannot be read, or above the limits of streams, formats and octets.
pub fn parse(body: &[u8]) -> Result<Sdp, Malformed> {
    if body.len() > MAX_OCTETS {
        return Err(Malformed::new("a description above 32 KiB", MAX_OCTETS));
    }
    let mut reader = Reader::default();
    let mut offset = 0;
    for (number, line) in body.split(|&octet| octet == b'\n').enumerate() {
        let text = line.strip_suffix(b"\r").unwrap_or(line);
        let read = reader.line(number, text);
        read.map_err(|reason| Malformed::new(reason, offset))?;
        offset += line.len() + 1;
    }
    if !reader.begun {
        return Err(Malformed::new("a description without v=0", 0));
    }
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    begun: bool,
    timing: Option<String>,
    address: Option<IpAddr>,
    direction: Direction,
    bandwidth: Bandwidth,
    media: Vec<Media>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &[u8]) -> Result<(), &'static str> {
        if line.is_empty() {
            return Ok(());
        }
        let line = String::from_utf8_lossy(line);
        let Some((kind, value)) = line.split_once('=') else {
            return Err("a line of a description without =");
        };
        match kind {
            "v" if value.trim() == "0" => self.begun = true,
            "v" => return Err("another version of SDP"),
            _ if number == 0 => return Err("a description without v=0"),
            "t" if self.timing.is_none() && is_timing(value) => {
                self.timing = Some(value.to_owned());
            }
            "c" => self.connection(value),
            "b" => match self.media.last_mut() {
                Some(media) => media.rtcp.bandwidth.take(value),
                None => self.bandwidth.take(value),
            },
            "m" => self.stream(value)?,
            "a" => self.attribute(value)?,
            _ => {}
        }
        Ok(())
    }

    /// `c=IN IP4 192.0.2.1`, a multicast `/ttl` cut off; a name gives no address.
    fn connection(&mut self, value: &str) {
        let text = value.split_ascii_whitespace().nth(2).unwrap_or_default();
        let address = text.split('/').next().unwrap_or_default().parse().ok();
        match self.media.last_mut() {
            Some(media) => media.address = address,
            None => self.address = address,
        }
    }

    fn stream(&mut self, value: &str) -> Result<(), &'static str> {
        let mut words = value.split_ascii_whitespace().map(str::to_owned);
        let (Some(kind), Some(port), Some(protocol)) = (words.next(), words.next(), words.next())
        else {
            return Err("an m= line of less than three words");
        };
        let port = port.split('/').next().unwrap_or_default().parse();
        let formats: Vec<String> = words.collect();
        if self.media.len() == MAX_STREAMS || formats.len() > MAX_FORMATS {
            return Err("more streams or formats than a description holds");
        }
        self.media.push(Media {
            kind,
            port: port.map_err(|_| "an m= line whose port is none")?,
            protocol,
            formats,
            address: self.address,
            direction: self.direction,
            ptime: None,
            maxptime: None,
            crypto: Vec::new(),
            rtcp: Rtcp {
                bandwidth: self.bandwidth,
                ..Rtcp::default()
            },
            rtpmaps: Vec::new(),
        });
        Ok(())
    }

    fn attribute(&mut self, value: &str) -> Result<(), &'static str> {
        let (name, value) = value.split_once(':').unwrap_or((value, ""));
        if let Some(direction) = Direction::parse(name.trim()) {
            match self.media.last_mut() {
                Some(media) => media.direction = direction,
                None => self.direction = direction,
            }
        }
        let Some(media) = self.media.last_mut() else {
            return Ok(());
        };
        match name {
            "ptime" => media.ptime = ptime::parse(value),
            "maxptime" => media.maxptime = ptime::parse(value),
            "crypto" if media.crypto.len() < MAX_CRYPTO => {
                media.crypto.extend(Crypto::parse(value));
            }
            "rtcp" => media.rtcp.place = Place::parse(value),
            "rtcp-mux" => media.rtcp.mux = true,
            "rtpmap" if media.rtpmaps.len() == MAX_FORMATS => return Err("too many a=rtpmap"),
            "rtpmap" => media.rtpmaps.extend(parse_rtpmap(value)),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Sdp {
        Sdp {
            media: self.media,
            timing: self.timing.unwrap_or_else(|| "0 0".to_owned()),
        }
    }
}

/// `96 telephone-event/8000`
fn parse_rtpmap(value: &str) -> Option<RtpMap> {
    let (payload_type, encoding) = value.trim().split_once(' ')?;
    let mut parts = encoding.trim().split('/');
    Some(RtpMap {
        payload_type: payload_type.parse().ok()?,
        name: parts.next()?.to_owned(),
        clock: parts.next()?.trim().parse().ok()?,
    })
}

fn is_timing(value: &str) -> bool {
    value.len() < 48 && value.bytes().all(|o| o.is_ascii_digit() || o == b' ')
}

/// Octets of a description.
const MAX_OCTETS: usize = 32 * 1024;
/// Streams of a description.
const MAX_STREAMS: usize = 16;
/// Keys of a stream that are looked at; more are passed over.
const MAX_CRYPTO: usize = 8;
/// Formats of a stream.
const MAX_FORMATS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_streams_with_their_own_and_the_session_s_address() {
        let sdp = parse(
            b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
              a=inactive\r\nm=audio 4000/1 RTP/AVP 8 0\r\na=ptime:30\r\n\
              m=video 0 RTP/AVP 31\r\nc=IN IP6 2001:db8::1\r\na=sendonly\r\n",
        )
        .unwrap();

        assert_eq!(sdp.media.len(), 2);
        assert_eq!(sdp.media[0].address, "192.0.2.9".parse().ok());
        assert_eq!(sdp.media[0].direction, Direction::Inactive);
        assert_eq!((sdp.media[0].port, sdp.media[0].ptime), (4000, Some(30)));
        assert_eq!(sdp.media[1].address, "2001:db8::1".parse().ok());
        assert_eq!(sdp.media[1].direction, Direction::SendOnly);
    }

    #[test]
    fn bears_bare_line_feeds_and_lines_it_does_not_know() {
        let sdp = parse(b"v=0\nz=odd\nb=AS:64\nm=audio 4000 RTP/AVP 8\na=x\xe9:1").unwrap();

        assert_eq!(sdp.media[0].formats, ["8"]);
        assert_eq!(sdp.media[0].address, None);
    }

    #[test]
    fn a_name_is_no_address() {
        let sdp = parse(b"v=0\r\nc=IN IP4 phone.invalid\r\nm=audio 4000 RTP/AVP 8\r\n").unwrap();

        assert_eq!(sdp.media[0].address, None);
    }

    #[test]
    fn refuses_what_is_no_description() {
        let many = format!("v=0\r\n{}", "m=audio 1 RTP/AVP 0\r\n".repeat(17));
        for body in [
            "",
            "hello",
            "o=- 1 1 IN IP4 h\r\nv=0",
            "v=1\r\n",
            "v=0\r\nm=audio 99999 RTP/AVP 0",
            "v=0\r\nm=audio",
            "v=0\r\nwhat is this",
            &many,
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
