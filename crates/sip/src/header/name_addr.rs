//! A name and an address: From, To, Contact, Route, Diversion and their kin (RFC 3261 § 20.10).

use super::Params;
use crate::Malformed;
use crate::octets::{find_unquoted, trim};
use crate::uri::Uri;

/// `"Display name" <uri>;params` or `uri;params`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name as it came, quotes included; empty without one.
    pub display_name: &'a [u8],
    /// The URI between the brackets.
    pub uri: &'a [u8],
    /// The header's parameters, never the URI's.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one value; split a list with [`crate::message::Elements`] first.
    ///
    /// # Errors
    /// [`Malformed`] for a quote or a bracket that never closes, for a URI that is none, and for
    /// parameters of a URI without brackets that would belong to the URI (`?headers`).
    pub fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let open =
            find_unquoted(value, b'<').map_err(|at| Malformed::new("a quote never closes", at))?;
        let read = match open {
            Some(open) => Self::parse_bracketed(value, open)?,
            None => Self::parse_bare(value)?,
        };
        Uri::parse(read.uri)?;
        Ok(read)
    }

    fn parse_bracketed(value: &'a [u8], open: usize) -> Result<Self, Malformed> {
        let inside = &value[open + 1..];
        let close = inside
            .iter()
            .position(|&octet| octet == b'>')
            .ok_or(Malformed::new("a bracket never closes", open))?;
        let params = Params::parse(&inside[close + 1..]);
        Ok(Self {
            display_name: trim(&value[..open]),
            uri: trim(&inside[..close]),
            params: params.map_err(|fault| fault.shifted(open + close + 2))?,
        })
    }

    /// Without brackets every parameter is the header's (§ 20.10).
    fn parse_bare(value: &'a [u8]) -> Result<Self, Malformed> {
        let end = value.iter().position(|&octet| octet == b';');
        let (uri, params) = value.split_at(end.unwrap_or(value.len()));
        if let Some(at) = uri.iter().position(|octet| b"?,".contains(octet)) {
            return Err(Malformed::new("a URI that needs brackets", at));
        }
        Ok(Self {
            display_name: b"",
            uri: trim(uri),
            params: Params::parse(params)?,
        })
    }

    /// The tag, if there is one that is not empty.
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.find("tag").filter(|tag| !tag.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_read_outside_the_quotes() {
        let value = br#""a \" ;tag=9 <x>" <sip:a@h;tag=8>;tag=7"#;
        let read = NameAddr::parse(value).unwrap();

        assert_eq!(read.display_name, br#""a \" ;tag=9 <x>""#);
        assert_eq!(read.uri, b"sip:a@h;tag=8");
        assert_eq!(read.tag(), Some(&b"7"[..]));
    }

    #[test]
    fn without_brackets_parameters_belong_to_the_header() {
        let read = NameAddr::parse(b"sip:a@h;tag=7").unwrap();

        assert_eq!((read.uri, read.tag()), (&b"sip:a@h"[..], Some(&b"7"[..])));
    }

    #[test]
    fn no_space_is_needed_before_the_bracket_and_some_is_borne_inside() {
        assert_eq!(
            NameAddr::parse(b"caller<sip:a@h>").unwrap().display_name,
            b"caller"
        );
        assert_eq!(
            NameAddr::parse(b"\"W\" < sip:a@h >").unwrap().uri,
            b"sip:a@h"
        );
        assert_eq!(
            NameAddr::parse(b"Bell, A <sip:a@h>").unwrap().uri,
            b"sip:a@h"
        );
    }

    #[test]
    fn what_cannot_be_read_by_two_readers_alike_is_refused() {
        for value in [
            &b"\"J <sip:a@h>"[..],
            b"<sip:a@h",
            b"sip:a@h?Route=%3Csip:b%3E",
            b"<sip:a@h> x",
            b"<sip:a@[::1>",
            b"<>",
            b"",
        ] {
            assert!(NameAddr::parse(value).is_err(), "{}", value.escape_ascii());
        }
    }
}
