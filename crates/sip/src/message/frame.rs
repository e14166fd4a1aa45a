//! Cuts a datagram into start line, headers and the rest, and remembers the first fault.
//!
//! A frame is read to its end in spite of a fault: the headers of a broken request say where its
//! refusal goes. One pass, and no allocation for a message of usual size.

use super::limits::{MAX_FOLDS, MAX_HEADER, MAX_HEADERS, MAX_MESSAGE};
use super::{Headers, Place};
use crate::Malformed;
use crate::octets::{decimal, is_token, trim};

/// A datagram in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) start_line: &'a [u8],
    pub(crate) start_offset: usize,
    pub(crate) headers: Headers<'a>,
    pub(crate) fault: Option<Malformed>,
    rest: &'a [u8],
    rest_offset: usize,
}

impl<'a> Frame<'a> {
    pub(crate) fn read(datagram: &'a [u8]) -> Self {
        let mut reader = Reader::new(datagram);
        reader.skip_empty_lines();
        let start_offset = reader.at;
        let start_line = reader.line().unwrap_or_default();
        let headers = reader.headers();
        Self {
            start_line,
            start_offset,
            headers,
            fault: reader.fault,
            rest: datagram.get(reader.at..).unwrap_or_default(),
            rest_offset: reader.at,
        }
    }

    /// The body by Content-Length, or to the end of the datagram without it (RFC 3261 § 18.3).
    pub(crate) fn body(&self) -> Result<&'a [u8], Malformed> {
        let Some(length) = self.content_length()? else {
            return Ok(self.rest);
        };
        self.rest.get(..length).ok_or(Malformed::new(
            "the body is shorter than Content-Length",
            self.rest_offset,
        ))
    }

    /// Content-Length, if there is one.
    pub(crate) fn content_length(&self) -> Result<Option<usize>, Malformed> {
        let mut lengths = self.headers.fields("Content-Length");
        let Some(field) = lengths.next() else {
            return Ok(None);
        };
        if let Some(second) = lengths.next() {
            return Err(Malformed::new("two Content-Length", second.offset));
        }
        let length = decimal(field.value).and_then(|length| usize::try_from(length).ok());
        let fault = Malformed::new("Content-Length is not a number", field.value_offset);
        length.ok_or(fault).map(Some)
    }
}

/// Walks a datagram line by line.
struct Reader<'a> {
    datagram: &'a [u8],
    at: usize,
    fault: Option<Malformed>,
}

impl<'a> Reader<'a> {
    fn new(datagram: &'a [u8]) -> Self {
        let mut reader = Self {
            datagram,
            at: 0,
            fault: None,
        };
        if datagram.len() > MAX_MESSAGE {
            reader.note("more than 65,535 octets", MAX_MESSAGE);
            reader.datagram = &datagram[..MAX_MESSAGE];
        }
        reader
    }

    fn skip_empty_lines(&mut self) {
        while self.datagram[self.at..].starts_with(b"\r\n") {
            self.at += 2;
        }
    }

    /// The next line without its CRLF; `None`, with a fault noted, if no line ends any more.
    fn line(&mut self) -> Option<&'a [u8]> {
        let rest = &self.datagram[self.at..];
        let Some(end) = rest.iter().position(|&octet| octet == b'\n') else {
            self.note("the message is cut before its empty line", self.at);
            self.at = self.datagram.len();
            return None;
        };
        let line = match rest[..end].split_last() {
            Some((b'\r', line)) => line,
            _ => {
                self.note("a line ends in a bare LF", self.at + end);
                &rest[..end]
            }
        };
        if line.contains(&b'\r') {
            let bare = line.iter().position(|&octet| octet == b'\r');
            self.note("a bare CR", self.at + bare.unwrap_or_default());
        }
        self.at += end + 1;
        Some(line)
    }

    fn headers(&mut self) -> Headers<'a> {
        let mut headers = Headers::new(self.datagram);
        loop {
            let offset = self.at;
            let Some(first) = self.line() else {
                return headers;
            };
            if first.is_empty() {
                return headers;
            }
            let field = self.with_folds(offset, first);
            if headers.len() == MAX_HEADERS {
                self.note("more than 256 headers", offset);
                return headers;
            }
            match self.split(offset, field) {
                Ok(place) => headers.push(place),
                Err(fault) => self.note(fault.reason, fault.offset),
            }
        }
    }

    /// Adds the lines that begin with white space to the header that began at `offset`.
    fn with_folds(&mut self, offset: usize, first: &'a [u8]) -> &'a [u8] {
        let mut end = offset + first.len();
        let mut folds = 0;
        while let Some(b' ' | b'\t') = self.datagram.get(self.at) {
            let fold = self.at;
            let Some(line) = self.line() else { break };
            end = fold + line.len();
            folds += 1;
            if folds > MAX_FOLDS {
                self.note("more than 512 folds in a header", offset);
            }
        }
        &self.datagram[offset..end]
    }

    fn split(&self, offset: usize, field: &[u8]) -> Result<Place, Malformed> {
        if field.len() > MAX_HEADER {
            return Err(Malformed::new("a header above 32 KiB", offset));
        }
        let colon = field.iter().position(|&octet| octet == b':');
        let colon = colon.ok_or(Malformed::new("a header without colon", offset))?;
        let name = match field[..colon].iter().position(|o| b" \t".contains(o)) {
            Some(space) if trim(&field[space..colon]).is_empty() => &field[..space],
            _ => &field[..colon],
        };
        if !is_token(name) {
            return Err(Malformed::new("a header name is not a token", offset));
        }
        let value = &field[colon + 1..];
        let lead = value.len() - trim_start(value).len();
        let start = offset + colon + 1 + lead;
        let place = Place::new(
            offset..offset + name.len(),
            start..start + trim(value).len(),
        );
        place.ok_or(Malformed::new("a header beyond 65,535 octets", offset))
    }

    fn note(&mut self, reason: &'static str, offset: usize) {
        self.fault.get_or_insert(Malformed::new(reason, offset));
    }
}

fn trim_start(value: &[u8]) -> &[u8] {
    let end = trim(value);
    let lead = value
        .iter()
        .take_while(|&&octet| crate::octets::is_space(octet))
        .count();
    if end.is_empty() { end } else { &value[lead..] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_reading_headers_after_a_fault() {
        let frame = Frame::read(b"X\r\nbroken line\r\nVia: v\r\n\r\nbody");

        assert_eq!(frame.fault.map(|fault| fault.offset), Some(3));
        assert_eq!(frame.headers.find("via"), Some(&b"v"[..]));
        assert_eq!(frame.body(), Ok(&b"body"[..]));
    }

    #[test]
    fn says_where_a_value_begins() {
        let datagram = b"X\r\nSubject : \r\n  folded\r\n\r\n";
        let frame = Frame::read(datagram);
        let field = frame.headers.fields("Subject").next().unwrap();

        assert_eq!(field.value, b"folded");
        assert!(datagram[field.value_offset..].starts_with(b"folded"));
    }

    #[test]
    fn a_content_length_near_the_end_of_numbers_is_refused() {
        for length in [
            "18446744073709551615",
            "99999999999999999999",
            "-999",
            "5 5",
            "",
        ] {
            let text = format!("X\r\nContent-Length: {length}\r\n\r\nbody");
            assert!(Frame::read(text.as_bytes()).body().is_err(), "{length}");
        }
    }
}
