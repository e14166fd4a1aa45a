//! The order of requests in a dialog (RFC 3261 § 20.16).

use crate::Malformed;
use crate::message::Method;
use crate::octets::{decimal, is_space, trim};

/// Number and method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// Below 2³¹ (§ 8.1.1.5).
    pub number: u32,
    /// The method of the request, repeated in its responses.
    pub method: Method<'a>,
}

impl<'a> CSeq<'a> {
    /// Reads the value.
    ///
    /// # Errors
    /// [`Malformed`] if it is not a number below 2³¹ and a method.
    pub fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let fault = || Malformed::new("CSeq is not a number and a method", 0);
        let space = value.iter().position(|&octet| is_space(octet));
        let (number, method) = value.split_at(space.ok_or_else(fault)?);
        let number = decimal(number)
            .and_then(|number| u32::try_from(number).ok())
            .filter(|&number| number < 1 << 31)
            .ok_or_else(fault)?;
        let method = Method::parse(trim(method)).ok_or_else(fault)?;
        Ok(Self { number, method })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_zeros_in_front_and_folds_between() {
        let cseq = CSeq::parse(b"0009\r\n INVITE").unwrap();

        assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
    }

    #[test]
    fn refuses_numbers_from_two_to_the_thirty_first() {
        assert!(CSeq::parse(b"2147483647 BYE").is_ok());
        assert!(CSeq::parse(b"2147483648 BYE").is_err());
        assert!(CSeq::parse(b"36893488147419103232 BYE").is_err());
        assert!(CSeq::parse(b"1").is_err());
        assert!(CSeq::parse(b"x BYE").is_err());
    }
}
