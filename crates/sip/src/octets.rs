//! Small questions about octets that every reader of this room asks.

use std::borrow::Cow;

/// Octets of a `token` (RFC 3261 § 25.1).
pub(crate) fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().copied().all(is_token_octet)
}

pub(crate) fn is_token_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&octet)
}

/// Linear white space: a fold's CRLF belongs to it, since a value never holds another one.
pub(crate) fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

/// The octets without white space at either end.
pub(crate) fn trim(mut octets: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = octets
        && is_space(*first)
    {
        octets = rest;
    }
    while let [rest @ .., last] = octets
        && is_space(*last)
    {
        octets = rest;
    }
    octets
}

/// A decimal number of digits only; `None` for a sign, a letter, nothing, or more than 64 bits.
pub(crate) fn decimal(octets: &[u8]) -> Option<u64> {
    if octets.is_empty() {
        return None;
    }
    octets.iter().try_fold(0_u64, |sum, &octet| {
        let digit = octet.is_ascii_digit().then(|| u64::from(octet - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Where `wanted` stands outside quotes, or an error with the place of a quote that never closes.
pub(crate) fn find_unquoted(octets: &[u8], wanted: u8) -> Result<Option<usize>, usize> {
    let mut at = 0;
    while let Some(&octet) = octets.get(at) {
        if octet == wanted {
            return Ok(Some(at));
        }
        at = if octet == b'"' {
            closing_quote(octets, at).ok_or(at)? + 1
        } else {
            at + 1
        };
    }
    Ok(None)
}

/// Where the quote opened at `open` closes.
pub(crate) fn closing_quote(octets: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        match octets.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The value on one line: each fold becomes one space (RFC 3261 § 7.3.1).
pub(crate) fn unfold(octets: &[u8]) -> Cow<'_, [u8]> {
    if !octets.contains(&b'\n') {
        return Cow::Borrowed(octets);
    }
    let mut line = Vec::with_capacity(octets.len());
    extend_unfolded(&mut line, octets);
    Cow::Owned(line)
}

/// Appends the value on one line.
pub(crate) fn extend_unfolded(line: &mut Vec<u8>, octets: &[u8]) {
    let mut rest = octets;
    while let Some(end) = rest.iter().position(|&octet| octet == b'\n') {
        line.extend_from_slice(trim_end(&rest[..end]));
        line.push(b' ');
        rest = &rest[end + 1..];
        while let [first, after @ ..] = rest
            && is_space(*first)
        {
            rest = after;
        }
    }
    line.extend_from_slice(rest);
}

fn trim_end(mut octets: &[u8]) -> &[u8] {
    while let [rest @ .., last] = octets
        && is_space(*last)
    {
        octets = rest;
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_becomes_one_space() {
        assert_eq!(&*unfold(b"a \r\n\t b\r\n c"), b"a b c");
        assert_eq!(&*unfold(b"plain"), b"plain");
    }

    #[test]
    fn a_number_has_digits_only_and_fits() {
        assert_eq!(decimal(b"0070"), Some(70));
        assert_eq!(decimal(b"18446744073709551616"), None);
        assert_eq!(decimal(b"-1"), None);
        assert_eq!(decimal(b""), None);
    }

    #[test]
    fn quotes_hide_what_they_hold() {
        assert_eq!(find_unquoted(br#""a;\";b";c"#, b';'), Ok(Some(8)));
        assert_eq!(find_unquoted(br#"x "a;b"#, b';'), Err(2));
        assert_eq!(find_unquoted(br#"x "a\"#, b';'), Err(2));
    }
}
