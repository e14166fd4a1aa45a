//! Finished octets with their ETag: what the public reads, ready to send as often as asked.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::encoding::Coding;

/// A page or document as it leaves, rendered once for all its readers.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    octets: Bytes,
    /// The first digits of its SHA-256.
    mark: Arc<str>,
    etag: HeaderValue,
    content_type: HeaderValue,
    cache: &'static str,
    /// A policy of its own, where it differs from that of all pages.
    policy: Option<HeaderValue>,
    /// Made for the first reader who can expand it, then kept for all.
    smaller: Arc<[OnceLock<(Bytes, HeaderValue)>; 2]>,
}

impl Rendered {
    /// A page that may be kept for five seconds: short enough for an event, long enough for a crowd.
    pub(crate) fn page(html: String) -> Self {
        Self::document(html, HTML)
    }

    /// A JSON document, kept as long as a page.
    pub(crate) fn json(document: Vec<u8>) -> Self {
        Self::document(document, "application/json")
    }

    /// Any other document, kept as long as a page; in a piece of memory of its length, because it was written into a longer one.
    pub(crate) fn document(octets: impl AsRef<[u8]>, content_type: &'static str) -> Self {
        let octets = Bytes::copy_from_slice(octets.as_ref());
        Self::new(octets, HeaderValue::from_static(content_type), BRIEFLY)
    }

    /// A file whose address changes with its content.
    pub(crate) fn immutable(octets: impl Into<Bytes>, content_type: &'static str) -> Self {
        Self::new(octets, HeaderValue::from_static(content_type), FOR_EVER)
    }

    /// The same with a policy of its own (`Content-Security-Policy`).
    pub(crate) fn with_policy(self, policy: HeaderValue) -> Self {
        Self {
            policy: Some(policy),
            ..self
        }
    }

    fn new(octets: impl Into<Bytes>, content_type: HeaderValue, cache: &'static str) -> Self {
        let octets = octets.into();
        let mark = mark(&octets);
        Self {
            etag: quoted(&mark),
            mark: mark.into(),
            octets,
            content_type,
            cache,
            policy: None,
            smaller: Arc::default(),
        }
    }

    /// The octets as they leave.
    pub(crate) fn octets(&self) -> &Bytes {
        &self.octets
    }

    /// The first digits of the SHA-256 of the octets.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// Whether readers get the same, with the same headers.
    pub(crate) fn leaves_like(&self, other: &Self) -> bool {
        self.octets == other.octets
            && self.content_type == other.content_type
            && self.cache == other.cache
            && self.policy == other.policy
    }

    /// 304 for a reader who has it already, else the whole (or, of a recording, the part asked for).
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let coding = if self.is_compressible() {
            Coding::asked(request)
        } else {
            Coding::Identity
        };
        let (octets, etag) = self.written(coding);
        let mut response = if self.is_known(request) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else if self.cache == FOR_EVER && coding == Coding::Identity {
            crate::range::answer(request, octets, etag)
        } else {
            Response::new(Body::from(octets.clone()))
        };
        let is_whole = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(header::ETAG, etag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache));
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        if let Some(policy) = &self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        if self.is_compressible() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if let Some(name) = coding.name().filter(|_| is_whole) {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }

    /// The octets in a coding, and the ETag of that representation (RFC 9110 § 8.8.3.3).
    fn written(&self, coding: Coding) -> (&Bytes, &HeaderValue) {
        let place = match coding {
            Coding::Identity => return (&self.octets, &self.etag),
            Coding::Brotli => 0,
            Coding::Gzip => 1,
        };
        let (octets, etag) = self.smaller[place].get_or_init(|| {
            let name = coding.name().unwrap_or_default();
            let etag = quoted(&format!("{}-{name}", self.mark));
            (coding.write(&self.octets), etag)
        });
        (octets, etag)
    }

    /// Words, that is: sound and signatures do not get smaller.
    fn is_compressible(&self) -> bool {
        let kind = self.content_type.as_bytes();
        let is_text = |word: &[u8]| kind.windows(word.len()).any(|part| part == word);
        self.octets.len() > TOO_SHORT && (is_text(b"text/") || is_text(b"xml") || is_text(b"json"))
    }

    /// `If-None-Match`: a list, or `*`, compared weakly (RFC 9110 § 13.1.2). A reader who has the same words in another
    /// coding has them, too.
    fn is_known(&self, request: &HeaderMap) -> bool {
        let mut lists = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|list| list.to_str().ok());
        lists.any(|list| {
            let mut known = list
                .split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"));
            known.any(|tag| tag == "*" || self.is_tag(tag))
        })
    }

    fn is_tag(&self, tag: &str) -> bool {
        let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let rest = digits.and_then(|digits| digits.strip_prefix(&*self.mark));
        matches!(rest, Some("" | "-br" | "-gzip"))
    }
}

fn quoted(mark: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{mark}\"")).expect("digits and letters between quotes")
}

/// The first 16 hexadecimal digits of the SHA-256 of `octets`.
pub(crate) fn mark(octets: &[u8]) -> String {
    Sha256::digest(octets)[..8]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

const HTML: &str = "text/html; charset=utf-8";
const BRIEFLY: &str = "public, max-age=5";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What fits into one packet as it is.
const TOO_SHORT: usize = 1_000;

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

    #[test]
    fn a_page_leaves_in_the_coding_that_is_asked_for_under_an_etag_of_its_own() {
        let page = Rendered::page("bonjour ".repeat(500));
        let mut tags = vec![];
        for (asked, given) in [("", None), ("gzip", Some("gzip")), ("gzip, br", Some("br"))] {
            let response = page.answer(&asking(header::ACCEPT_ENCODING, asked));
            let headers = response.headers();
            let coding = headers.get(header::CONTENT_ENCODING);
            assert_eq!(coding.map(|it| it.to_str().unwrap()), given);
            assert_eq!(headers[header::VARY], "accept-encoding");
            tags.push(headers[header::ETAG].to_str().unwrap().to_owned());
        }
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2]);
        for tag in tags {
            assert_eq!(status(&page, &tag), StatusCode::NOT_MODIFIED, "{tag}");
        }
    }

    #[test]
    fn sound_leaves_as_it_is() {
        let sound = Rendered::immutable(vec![0; 4_000], "audio/wav");
        let response = sound.answer(&asking(header::ACCEPT_ENCODING, "gzip, br"));
        assert_eq!(response.headers().get(header::CONTENT_ENCODING), None);
        assert_eq!(response.headers().get(header::VARY), None);
    }

    fn status(page: &Rendered, known: &str) -> StatusCode {
        page.answer(&asking(header::IF_NONE_MATCH, known)).status()
    }

    fn asking(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }
}
