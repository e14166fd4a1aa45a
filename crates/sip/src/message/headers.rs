//! The headers of a message, found by name whichever way the name is spelt.

use std::borrow::Cow;
use std::ops::Range;

use crate::octets::{closing_quote, trim, unfold};

/// Every header of a message, in the order they came.
///
/// Where each stands is kept in 8 octets, those of a usual message without an allocation.
#[derive(Clone, Debug, Default)]
pub struct Headers<'a> {
    datagram: &'a [u8],
    first: [Place; IN_PLACE],
    more: Vec<Place>,
    count: usize,
}

/// One header line, folds included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as it came, possibly compact.
    pub name: &'a [u8],
    /// The value without white space at its ends; folds are still in it.
    pub value: &'a [u8],
    /// Where the line begins in the datagram.
    pub offset: usize,
    /// Where the value begins in the datagram.
    pub value_offset: usize,
}

impl<'a> Headers<'a> {
    pub(crate) fn new(datagram: &'a [u8]) -> Self {
        Self {
            datagram,
            ..Self::default()
        }
    }

    pub(crate) fn push(&mut self, place: Place) {
        match self.first.get_mut(self.count) {
            Some(slot) => *slot = place,
            None => self.more.push(place),
        }
        self.count += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The first value of that name, with its folds. `name` is the long form, in any case.
    pub fn find(&self, name: &str) -> Option<&'a [u8]> {
        self.fields(name).next().map(|field| field.value)
    }

    /// Every value of that name, one for each line.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields(name).map(|field| field.value)
    }

    /// Every element of a header that holds a list, across lines and commas (RFC 3261 § 7.3.1).
    pub fn list(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.all(name).flat_map(Elements::new)
    }

    /// Every line of that name.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = Field<'a>> {
        let compact = compact(name);
        self.iter().filter(move |field| {
            field.name.eq_ignore_ascii_case(name.as_bytes())
                || matches!(field.name, [one] if Some(one.to_ascii_lowercase()) == compact)
        })
    }

    /// Every line in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'a>> {
        let places = self.first.iter().take(self.count).chain(&self.more);
        places.map(|place| place.field(self.datagram))
    }

    pub(crate) fn offset_of(&self, name: &str) -> usize {
        self.fields(name).next().map_or(0, |field| field.offset)
    }
}

/// Where a header line and its parts begin and end; a message has 65,535 octets at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    line: u16,
    name_end: u16,
    value: u16,
    value_end: u16,
}

impl Place {
    /// `None` beyond the longest message.
    pub(crate) fn new(name: Range<usize>, value: Range<usize>) -> Option<Self> {
        let short = |at| u16::try_from(at).ok();
        Some(Self {
            line: short(name.start)?,
            name_end: short(name.end)?,
            value: short(value.start)?,
            value_end: short(value.end)?,
        })
    }

    fn field(self, datagram: &[u8]) -> Field<'_> {
        let [line, name_end, value, value_end] =
            [self.line, self.name_end, self.value, self.value_end].map(usize::from);
        Field {
            name: datagram.get(line..name_end).unwrap_or_default(),
            value: datagram.get(value..value_end).unwrap_or_default(),
            offset: line,
            value_offset: value,
        }
    }
}

impl<'a> Field<'a> {
    /// The value on one line.
    pub fn unfolded(&self) -> Cow<'a, [u8]> {
        unfold(self.value)
    }
}

/// The elements of a list: commas count outside quotes and outside `<>`.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Elements<'a> {
    /// Walks one value.
    pub fn new(value: &'a [u8]) -> Self {
        Self { rest: Some(value) }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let end = element_end(rest);
        self.rest = rest.get(end + 1..);
        Some(trim(&rest[..end]))
    }
}

/// Where the first element ends. A quote that never closes reaches to the end of the value.
fn element_end(value: &[u8]) -> usize {
    let mut at = 0;
    let mut in_brackets = false;
    while let Some(&octet) = value.get(at) {
        match octet {
            b'"' if !in_brackets => match closing_quote(value, at) {
                Some(close) => at = close,
                None => return value.len(),
            },
            b'<' => in_brackets = true,
            b'>' => in_brackets = false,
            b',' if !in_brackets => return at,
            _ => {}
        }
        at += 1;
    }
    value.len()
}

/// The compact form of a header's name (RFC 3261 § 7.3.3 and the registry of header fields).
fn compact(name: &str) -> Option<u8> {
    let (_, compact) = COMPACT
        .iter()
        .find(|(long, _)| long.eq_ignore_ascii_case(name))?;
    Some(*compact)
}

/// Headers that need no allocation; few carriers write more.
const IN_PLACE: usize = 32;
const COMPACT: [(&str, u8); 14] = [
    ("Via", b'v'),
    ("From", b'f'),
    ("To", b't'),
    ("Call-ID", b'i'),
    ("Contact", b'm'),
    ("Content-Length", b'l'),
    ("Content-Type", b'c'),
    ("Content-Encoding", b'e'),
    ("Subject", b's'),
    ("Supported", b'k'),
    ("Session-Expires", b'x'),
    ("Identity", b'y'),
    ("Refer-To", b'r'),
    ("Event", b'o'),
];

#[cfg(test)]
mod tests {
    use super::super::Frame;
    use super::*;

    #[test]
    fn splits_lists_outside_quotes_and_brackets() {
        let value = br#""a, b" <sip:x,y@h>;p=1, <sip:z@h> ,"#;
        let elements: Vec<_> = Elements::new(value).collect();

        assert_eq!(elements[0], br#""a, b" <sip:x,y@h>;p=1"#);
        assert_eq!(elements[1], b"<sip:z@h>");
        assert_eq!(elements[2], b"");
        assert_eq!(elements.len(), 3);
    }

    #[test]
    fn finds_long_and_compact_names_in_any_case() {
        let headers = Frame::read(b"X\r\nVIA: 1\r\nv : 2\r\nV:3\r\nx: 4\r\n\r\n").headers;

        let vias: Vec<_> = headers.all("Via").collect();
        assert_eq!(vias, [b"1", b"2", b"3"]);
        assert_eq!(headers.all("session-expires").count(), 1);
    }

    #[test]
    fn many_headers_are_found_like_few() {
        let lines: String = (0..100)
            .map(|number| format!("N{number}: {number}\r\n"))
            .collect();
        let datagram = format!("X\r\n{lines}\r\n");
        let headers = Frame::read(datagram.as_bytes()).headers;

        assert_eq!((headers.len(), headers.iter().count()), (100, 100));
        for number in 0..100 {
            let value = number.to_string();
            assert_eq!(headers.find(&format!("n{number}")), Some(value.as_bytes()));
        }
    }
}
