//! For how long a registrar has registered us (RFC 3261 § 10.2.4 and § 10.3).

use crate::header::NameAddr;
use crate::message::{Headers, Response};
use crate::octets::decimal;
use crate::uri::Uri;

/// The seconds of a 200 to a REGISTER: those of our Contact, or of the only one there, or of Expires, or what was asked.
///
/// A registrar that rewrites our Contact (it sits behind a translation) gives back another one.
pub(super) fn seconds(response: &Response<'_>, contact: &str, asked: u32) -> u32 {
    let all: Vec<NameAddr<'_>> = response
        .headers
        .list("Contact")
        .filter_map(|value| NameAddr::parse(value).ok())
        .collect();
    let ours = all.iter().find(|one| is_same(one.uri, contact.as_bytes()));
    let only = (all.len() == 1).then(|| &all[0]);
    let of_contact = ours
        .or(only)
        .and_then(|one| decimal(one.params.find("expires")?));
    of_contact
        .and_then(|seconds| u32::try_from(seconds).ok())
        .or_else(|| header(&response.headers, "Expires"))
        .unwrap_or(asked)
}

/// The number that a header begins with: `Retry-After: 120 (maintenance);duration=60` is 120.
pub(super) fn header(headers: &Headers<'_>, name: &str) -> Option<u32> {
    let value = headers.find(name)?;
    let end = value.iter().position(|octet| !octet.is_ascii_digit());
    let number = decimal(&value[..end.unwrap_or(value.len())])?;
    Some(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Whether two URIs have the same user, address and port.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let place = |uri| {
        let uri = Uri::parse(uri).ok()?;
        Some((uri.user()?, uri.socket_address()?))
    };
    place(one).is_some_and(|one| Some(one) == place(other))
}
