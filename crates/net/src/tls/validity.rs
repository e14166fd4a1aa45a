//! When a certificate is over: the one field that rustls does not tell, read out of its DER (RFC 5280 § 4.1.2.5).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second of a certificate's validity; `None` for what is no certificate.
pub(super) fn end(certificate: &[u8]) -> Option<SystemTime> {
    let (certificate, _) = element(SEQUENCE, certificate)?;
    let (to_be_signed, _) = element(SEQUENCE, certificate)?;
    let after_version = match element(VERSION, to_be_signed) {
        Some((_, rest)) => rest,
        None => to_be_signed,
    };
    let (_, rest) = element(INTEGER, after_version)?; // serial number
    let (_, rest) = element(SEQUENCE, rest)?; // algorithm of the signature
    let (_, rest) = element(SEQUENCE, rest)?; // issuer
    let (validity, _) = element(SEQUENCE, rest)?;
    let (_, rest) = any(validity)?; // not before
    let (tag, not_after, _) = tagged(rest)?;
    let seconds = match tag {
        UTC_TIME => {
            let (year, rest) = digits(not_after, 2)?;
            // Two digits mean 1950 to 2049.
            let century = if year < 50 { 2000 } else { 1900 };
            since_1970(century + year, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = digits(not_after, 4)?;
            since_1970(year, rest)
        }
        _ => None,
    };
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds?))
}

/// Seconds from 1970 to a year and `MMDDHHMMSSZ`.
fn since_1970(year: u64, rest: &[u8]) -> Option<u64> {
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let (second, rest) = digits(rest, 2)?;
    let fits = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !fits || rest != b"Z" || year < 1970 {
        return None;
    }
    // Years that begin in March, so that the day of a leap year is the last one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + day - 1;
    let days = days.checked_sub(DAYS_TO_1970)?;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

fn digits(text: &[u8], count: usize) -> Option<(u64, &[u8])> {
    let (number, rest) = text.split_at_checked(count)?;
    let mut value = 0;
    for digit in number {
        value = value * 10 + u64::from(char::from(*digit).to_digit(10)?);
    }
    Some((value, rest))
}

/// The content of the element of this tag that `octets` begin with, and what follows it.
fn element(tag: u8, octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = tagged(octets)?;
    (found == tag).then_some((content, rest))
}

fn any(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    tagged(octets).map(|(_, content, rest)| (content, rest))
}

/// Tag, content and rest; lengths of up to four octets.
fn tagged(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = octets.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = length
                .iter()
                .fold(0_usize, |sum, &octet| sum << 8 | usize::from(octet));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// From 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: u64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_time_are_read() {
        for (time, tag, seconds) in [
            ("700101000000Z", UTC_TIME, 0),
            ("240229235959Z", UTC_TIME, 1_709_251_199),
            ("491231235959Z", UTC_TIME, 2_524_607_999),
            ("20500301000000Z", GENERALIZED_TIME, 2_529_705_600),
            ("99991231235959Z", GENERALIZED_TIME, 253_402_300_799),
        ] {
            let end = end(&certificate(tag, time)).unwrap();
            assert_eq!(end, UNIX_EPOCH + Duration::from_secs(seconds), "{time}");
        }
    }

    #[test]
    fn what_is_no_certificate_ends_at_no_time() {
        for (tag, time) in [
            (UTC_TIME, "241301000000Z"),
            (UTC_TIME, "2401010000Z"),
            (UTC_TIME, "240101000000+0100"),
            (INTEGER, "240101000000Z"),
            (GENERALIZED_TIME, "19500101000000Z"),
        ] {
            assert_eq!(end(&certificate(tag, time)), None, "{time}");
        }
        let whole = certificate(UTC_TIME, "240101000000Z");
        for cut in 0..whole.len() {
            assert_eq!(end(&whole[..cut]), None);
        }
        assert_eq!(end(&[SEQUENCE, 0x85, 1, 1, 1, 1, 1]), None);
    }

    /// A certificate as far as it is read.
    fn certificate(tag: u8, not_after: &str) -> Vec<u8> {
        let validity = [
            der(UTC_TIME, b"700101000000Z"),
            der(tag, not_after.as_bytes()),
        ];
        let to_be_signed = [
            der(VERSION, &der(INTEGER, &[2])),
            der(INTEGER, &[7]),
            der(SEQUENCE, b"algorithm"),
            der(SEQUENCE, &[b'n'; 200]),
            der(SEQUENCE, &validity.concat()),
        ];
        der(SEQUENCE, &der(SEQUENCE, &to_be_signed.concat()))
    }

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    }
}
