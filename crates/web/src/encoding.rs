//! The same octets in fewer: what a reader's program says it can expand (RFC 9110 § 12.5.3).

use std::io::Write;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// A way of writing octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As they are.
    Identity,
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// The best that a request allows: brotli, gzip, or none.
    pub(crate) fn asked(request: &HeaderMap) -> Self {
        let lists = request.get_all(header::ACCEPT_ENCODING).iter();
        let lists: Vec<_> = lists.filter_map(|list| list.to_str().ok()).collect();
        let allows = |name: &str| {
            let mut words = lists.iter().flat_map(|list| list.split(','));
            words.any(|word| is_allowed(word, name))
        };
        if allows("br") {
            Self::Brotli
        } else if allows("gzip") {
            Self::Gzip
        } else {
            Self::Identity
        }
    }

    /// Its name in `Content-Encoding`.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
        }
    }

    /// Writes octets this way; the octets themselves when a library fails, which writing to memory does not.
    pub(crate) fn write(self, octets: &Bytes) -> Bytes {
        match self {
            Self::Identity => octets.clone(),
            Self::Brotli => brotli(octets).map_or_else(|| octets.clone(), Bytes::from),
            Self::Gzip => gzip(octets).map_or_else(|| octets.clone(), Bytes::from),
        }
    }
}

/// Whether one word of the list names the coding, and not with the weight of zero.
fn is_allowed(word: &str, name: &str) -> bool {
    let mut parts = word.split(';').map(str::trim);
    let is_named = parts.next().is_some_and(|it| it.eq_ignore_ascii_case(name));
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let is_refused = weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|it| it == 0.0));
    is_named && !is_refused
}

fn brotli(octets: &[u8]) -> Option<Vec<u8>> {
    let settings = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        ..BrotliEncoderParams::default()
    };
    let mut written = Vec::new();
    brotli::BrotliCompress(&mut &*octets, &mut written, &settings).ok()?;
    Some(written)
}

fn gzip(octets: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(octets).ok()?;
    encoder.finish().ok()
}

/// A millisecond for a page. The best (11) takes a hundred times as long, for a tenth fewer octets.
const BROTLI_QUALITY: i32 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use std::io::Read;

    #[test]
    fn a_reader_gets_the_best_coding_of_those_it_names() {
        for (asked, given) in [
            ("", Coding::Identity),
            ("gzip, deflate, br", Coding::Brotli),
            ("gzip;q=1.0", Coding::Gzip),
            ("br;q=0, GZIP", Coding::Gzip),
            ("br;q=0.000,gzip; q=0", Coding::Identity),
            ("brand, *", Coding::Identity),
        ] {
            let value = HeaderValue::from_str(asked).unwrap();
            let request = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]);
            assert_eq!(Coding::asked(&request), given, "{asked}");
        }
        assert_eq!(Coding::asked(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn what_is_written_expands_to_what_it_was() {
        let octets = Bytes::from("Une torche est visible. ".repeat(100));
        let mut expanded = Vec::new();
        let gzip = Coding::Gzip.write(&octets);
        flate2::read::GzDecoder::new(&*gzip)
            .read_to_end(&mut expanded)
            .unwrap();
        assert_eq!(expanded, octets);
        let brotli = Coding::Brotli.write(&octets);
        let mut expanded = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli, &mut expanded).unwrap();
        assert_eq!(expanded, octets);
        assert!(gzip.len() < octets.len() / 4 && brotli.len() < octets.len() / 4);
    }
}
