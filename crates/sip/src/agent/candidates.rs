//! The places of an INVITE that may hold the number its caller dialled, read without allocation.

use std::cmp::Ordering;

use crate::header::NameAddr;
use crate::message::Headers;
use crate::octets::decimal;
use crate::uri::Uri;

/// The URI of P-Called-Party-ID (RFC 7315 § 4.2).
pub(super) fn p_called_party_id<'a>(headers: &Headers<'a>) -> Option<&'a [u8]> {
    headers.list("P-Called-Party-ID").find_map(uri_of)
}

/// The URIs of Diversion as they stand: the last diversion first (RFC 5806).
pub(super) fn diversion<'a>(headers: &Headers<'a>) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    let mut uris = [&[][..]; MOST];
    let found = headers.list("Diversion").filter_map(uri_of);
    let count = fill(&mut uris, found);
    uris.into_iter().take(count)
}

/// The URIs of History-Info in the order of their index, `1` before `1.1` before `1.2` before `2`
/// (RFC 7044).
pub(super) fn history_info<'a>(headers: &Headers<'a>) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    let mut entries = [(&[][..], &[][..]); MOST];
    let found = headers.list("History-Info").filter_map(|entry| {
        let index = NameAddr::parse(entry).ok()?.params.find("index");
        Some((index.unwrap_or_default(), uri_of(entry)?))
    });
    let count = fill(&mut entries, found);
    entries[..count].sort_by(|(a, _), (b, _)| by_index(a, b));
    entries.into_iter().take(count).map(|(_, uri)| uri)
}

/// Compares `1.2` and `1.10` part by part; a part that is no number comes last.
fn by_index(a: &[u8], b: &[u8]) -> Ordering {
    let parts = |index| {
        <[u8]>::split(index, |&octet| octet == b'.').map(|part| decimal(part).unwrap_or(u64::MAX))
    };
    parts(a).cmp(parts(b))
}

/// The URI without brackets and without the headers (`?Reason=…`) History-Info may carry in it.
fn uri_of(value: &[u8]) -> Option<&[u8]> {
    let uri = NameAddr::parse(value).ok()?.uri;
    let headers = Uri::parse(uri).ok()?.headers();
    let end = headers.map_or(uri.len(), |headers| uri.len() - headers.len() - 1);
    uri.get(..end)
}

/// Takes as many as there is room for; gives how many.
fn fill<T>(room: &mut [T; MOST], found: impl Iterator<Item = T>) -> usize {
    room.iter_mut()
        .zip(found)
        .map(|(slot, value)| *slot = value)
        .count()
}

/// Entries of one header looked at; a call is not diverted more often.
const MOST: usize = 32;
