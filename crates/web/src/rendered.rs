//! Finished octets with their ETag: what the public reads, ready to send as often as asked.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use sha2::{Digest, Sha256};

/// A page or document as it leaves, rendered once for all its readers.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    octets: Bytes,
    etag: HeaderValue,
    content_type: &'static str,
    cache: &'static str,
}

impl Rendered {
    /// A page that may be kept for five seconds: short enough for an event, long enough for a crowd.
    pub(crate) fn page(html: String) -> Self {
        Self::new(html.into_bytes(), "text/html; charset=utf-8", BRIEFLY)
    }

    /// A JSON document, kept as long as a page.
    pub(crate) fn json(document: Vec<u8>) -> Self {
        Self::new(document, "application/json", BRIEFLY)
    }

    /// A file whose address changes with its content.
    pub(crate) fn immutable(octets: impl Into<Bytes>, content_type: &'static str) -> Self {
        Self::new(octets, content_type, FOR_EVER)
    }

    fn new(octets: impl Into<Bytes>, content_type: &'static str, cache: &'static str) -> Self {
        let octets = octets.into();
        let etag = HeaderValue::from_str(&format!("\"{}\"", mark(&octets)))
            .expect("hexadecimal digits between quotes");
        Self {
            octets,
            etag,
            content_type,
            cache,
        }
    }

    /// The octets as they leave.
    pub(crate) fn octets(&self) -> &Bytes {
        &self.octets
    }

    /// 304 for a reader who has it already, else the whole (or, of a recording, the part asked for).
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let mut response = if self.is_known(request) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else if self.cache == FOR_EVER {
            crate::range::answer(request, &self.octets, &self.etag)
        } else {
            Response::new(Body::from(self.octets.clone()))
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type),
        );
        response
    }

    /// `If-None-Match`: a list, or `*`, compared weakly (RFC 9110 § 13.1.2).
    fn is_known(&self, request: &HeaderMap) -> bool {
        let mut lists = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|list| list.to_str().ok());
        lists.any(|list| {
            let mut known = list
                .split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"));
            known.any(|tag| tag == "*" || tag.as_bytes() == self.etag.as_bytes())
        })
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of `octets`.
pub(crate) fn mark(octets: &[u8]) -> String {
    Sha256::digest(octets)[..8]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

const BRIEFLY: &str = "public, max-age=5";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_has_the_page_gets_304() {
        let page = Rendered::page("bonjour".to_owned());
        let etag = page.etag.to_str().unwrap().to_owned();
        for known in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"x\", {etag}"),
            "*".to_owned(),
        ] {
            assert_eq!(status(&page, &known), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(status(&page, "\"x\""), StatusCode::OK);
    }

    #[test]
    fn another_text_has_another_etag() {
        assert_ne!(
            Rendered::page("a".to_owned()).etag,
            Rendered::page("b".to_owned()).etag
        );
    }

    fn status(page: &Rendered, known: &str) -> StatusCode {
        let known = HeaderValue::from_str(known).unwrap();
        page.answer(&HeaderMap::from_iter([(header::IF_NONE_MATCH, known)]))
            .status()
    }
}
