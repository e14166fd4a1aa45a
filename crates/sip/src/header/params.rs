//! Parameters after a semicolon: `;tag=9;lr;name="a;b"` (RFC 3261 § 7.3.1).

use crate::Malformed;
use crate::octets::{find_unquoted, trim};

/// The parameters of a header or a URI, checked once, walked as often as needed.
///
/// Empty ones (`;;`) are passed over; a quote that never closes has been refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    octets: &'a [u8],
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as it came.
    pub name: &'a [u8],
    /// What follows `=`, quotes included.
    pub value: Option<&'a [u8]>,
    /// The whole as it came.
    pub text: &'a [u8],
}

impl<'a> Params<'a> {
    /// Takes what follows a value: nothing, or a semicolon and parameters.
    ///
    /// # Errors
    /// [`Malformed`] if something else follows or a quote never closes.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Malformed> {
        let octets = trim(octets);
        if !matches!(octets.first(), None | Some(b';')) {
            return Err(Malformed::new("no semicolon before a parameter", 0));
        }
        match find_unquoted(octets, 0) {
            Err(at) => Err(Malformed::new("a quote never closes", at)),
            Ok(Some(at)) => Err(Malformed::new("a zero octet", at)),
            Ok(None) => Ok(Self { octets }),
        }
    }

    /// The value of a parameter, empty if it has none; `None` if it is absent.
    pub fn find(&self, name: &str) -> Option<&'a [u8]> {
        self.iter()
            .find(|param| param.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|param| param.value.unwrap_or_default())
    }

    /// Every parameter in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = self.octets;
        std::iter::from_fn(move || {
            loop {
                rest = rest.strip_prefix(b";")?;
                let end = find_unquoted(rest, b';').ok().flatten();
                let end = end.unwrap_or(rest.len());
                let text = trim(&rest[..end]);
                rest = &rest[end..];
                if !text.is_empty() {
                    return Some(Param::split(text));
                }
            }
        })
    }

    /// The octets as they came, the first semicolon included.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }
}

impl<'a> Param<'a> {
    fn split(text: &'a [u8]) -> Self {
        let (name, value) = match find_unquoted(text, b'=') {
            Ok(Some(at)) => (trim(&text[..at]), Some(trim(&text[at + 1..]))),
            _ => (text, None),
        };
        Self { name, value, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_in_quotes_belongs_to_the_value() {
        let params = Params::parse(br#" ; a = "x;tag=1\";" ;; LR ;tag=9"#).unwrap();

        assert_eq!(params.find("a"), Some(&br#""x;tag=1\";""#[..]));
        assert_eq!(params.find("lr"), Some(&b""[..]));
        assert_eq!(params.find("Tag"), Some(&b"9"[..]));
        assert_eq!(params.find("x"), None);
        assert_eq!(params.iter().count(), 3);
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        assert!(Params::parse(b"x").is_err());
        assert!(Params::parse(b";a=\"").is_err());
        assert!(Params::parse(b"").is_ok());
    }
}
