//! Parts of a recording, as a browser's player asks for them (RFC 9110 § 14).
//!
//! Safari plays nothing from a server that does not answer a `Range`. One range is answered with 206;
//! several at once, or one that cannot be read, get the whole file, as § 14.2 allows.

use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};

/// The whole of `octets`, or the part that the request asks for.
///
/// - `etag`: strong; an `If-Range` that names another file gets the whole of this one.
pub(crate) fn answer(request: &HeaderMap, octets: &Bytes, etag: &HeaderValue) -> Response<Body> {
    let mut response = match wanted(request, octets.len(), etag) {
        Wanted::Whole => Response::new(Body::from(octets.clone())),
        Wanted::Part(range) => part(octets, range),
        Wanted::Nothing => beyond(octets.len()),
    };
    response
        .headers_mut()
        .insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

/// What a `Range` header comes down to.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<usize>),
    Nothing,
}

fn wanted(request: &HeaderMap, length: usize, etag: &HeaderValue) -> Wanted {
    if request
        .get(header::IF_RANGE)
        .is_some_and(|known| known != etag)
    {
        return Wanted::Whole;
    }
    let range = request
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    range
        .and_then(|text| parse(text, length))
        .unwrap_or(Wanted::Whole)
}

/// Reads `bytes=first-last`, `bytes=first-` or `bytes=-last_octets`.
fn parse(text: &str, length: usize) -> Option<Wanted> {
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    let range = match (digits(first)?, digits(last)?) {
        (None, None) => return None,
        (None, Some(octets)) => length.saturating_sub(octets)..length,
        (Some(first), None) => first..length,
        (Some(first), Some(last)) if last < first => return None,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(length),
    };
    Some(if range.start < range.end {
        Wanted::Part(range)
    } else {
        Wanted::Nothing
    })
}

/// `Some(None)` for nothing written, `None` for what is not a number.
fn digits(text: &str) -> Option<Option<usize>> {
    match text.trim() {
        "" => Some(None),
        text if text.bytes().all(|octet| octet.is_ascii_digit()) => text.parse().ok().map(Some),
        _ => None,
    }
}

fn part(octets: &Bytes, range: Range<usize>) -> Response<Body> {
    let said = format!("bytes {}-{}/{}", range.start, range.end - 1, octets.len());
    let mut response = Response::new(Body::from(octets.slice(range)));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    set_content_range(&mut response, &said);
    response
}

fn beyond(length: usize) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    set_content_range(&mut response, &format!("bytes */{length}"));
    response
}

fn set_content_range(response: &mut Response<Body>, said: &str) {
    let said = HeaderValue::from_str(said).expect("digits and ASCII signs only");
    response.headers_mut().insert(header::CONTENT_RANGE, said);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_gives_that_part() {
        assert_eq!(of("bytes=0-3"), Wanted::Part(0..4));
        assert_eq!(of("bytes=4-"), Wanted::Part(4..10));
        assert_eq!(of("bytes=-3"), Wanted::Part(7..10));
        assert_eq!(of("bytes=8-900"), Wanted::Part(8..10));
        assert_eq!(of("bytes=-900"), Wanted::Part(0..10));
    }

    #[test]
    fn a_range_beyond_the_end_gives_nothing() {
        assert_eq!(of("bytes=10-"), Wanted::Nothing);
        assert_eq!(of("bytes=-0"), Wanted::Nothing);
    }

    #[test]
    fn what_is_not_one_range_gives_the_whole() {
        for text in [
            "bytes=-",
            "bytes=5-2",
            "bytes=0-1,3-4",
            "lines=0-3",
            "bytes=+1-2",
            "bytes=a-b",
            "",
        ] {
            assert_eq!(of(text), Wanted::Whole, "{text}");
        }
        assert_eq!(of("bytes=99999999999999999999999-"), Wanted::Whole);
    }

    #[test]
    fn a_part_of_another_file_is_not_given() {
        let mut request = request("bytes=0-3");
        request.insert(header::IF_RANGE, HeaderValue::from_static("\"other\""));
        assert_eq!(wanted(&request, 10, &ETAG), Wanted::Whole);
    }

    fn of(text: &'static str) -> Wanted {
        wanted(&request(text), 10, &ETAG)
    }

    fn request(range: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(range))])
    }

    const ETAG: HeaderValue = HeaderValue::from_static("\"this\"");
}
