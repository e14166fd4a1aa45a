//! The public pages as a file: what readers get when the program starts and its rows cannot be read.
//!
//! The file is lines of JSON, each before the octets that it tells of, and ends with the SHA-256 of all before it: one
//! that was cut short or changed is no pages at all. Addresses, words and policies in it are those of [`Pages`].

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, Request};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::Concern;
use crate::error::Error;
use crate::feeds::Documents;
use crate::pages::{Notice, Pages};
use crate::rendered::Rendered;
use crate::{exchange, health, style};

/// Pages that were written down.
#[derive(Clone, Debug)]
pub struct Kept(Pages);

impl Kept {
    /// Writes every document of `pages`.
    pub fn write(pages: &Pages) -> Vec<u8> {
        let mut documents: Vec<_> = pages.documents().iter().collect();
        documents.sort_by_key(|(address, _)| address.as_str());
        let mut file = FIRST_LINE.to_vec();
        for (address, document) in documents {
            let head = Head {
                address: address.clone(),
                content_type: text(document.content_type()),
                policy: document.policy().map(text),
                length: document.octets().len(),
            };
            let head = serde_json::to_vec(&head).expect("a plain struct is always JSON");
            file.extend([&head[..], b"\n", document.octets(), b"\n"].concat());
        }
        let end = Sha256::digest(&file);
        file.extend(end);
        file
    }

    /// Reads what [`Kept::write`] wrote; `None` for anything else.
    pub fn read(file: &[u8]) -> Option<Self> {
        let (file, end) = file.split_last_chunk::<32>()?;
        if Sha256::digest(file)[..] != end[..] {
            return None;
        }
        let mut rest = file.strip_prefix(FIRST_LINE)?;
        let mut documents = Documents::new();
        while !rest.is_empty() {
            let line = rest.iter().position(|octet| *octet == b'\n')?;
            let head: Head = serde_json::from_slice(&rest[..line]).ok()?;
            rest = &rest[line + 1..];
            let (octets, after) = rest.split_at_checked(head.length)?;
            rest = after.strip_prefix(b"\n")?;
            let policy = match &head.policy {
                Some(policy) => Some(HeaderValue::from_str(policy).ok()?),
                None => None,
            };
            let content_type = HeaderValue::from_str(&head.content_type).ok()?;
            let document = Rendered::kept(Bytes::copy_from_slice(octets), content_type, policy);
            documents.insert(head.address, document);
        }
        Some(Self(Pages::kept(documents)))
    }

    /// Serves them, and that nothing else works; `why` is the trouble, for those who watch.
    pub fn router(self, why: &str) -> Router {
        let pages = Arc::new(ArcSwap::from_pointee(self.0));
        let ready = vec![Concern {
            name: "database".to_owned(),
            ok: false,
            vital: true,
            detail: why.to_owned(),
        }];
        let routes = Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(ready_never).with_state(ready))
            .route("/assets/{file}", get(style::send))
            .fallback(not_now);
        Router::new()
            .fallback_service(routes)
            .layer(middleware::from_fn_with_state(pages, exchange::carry))
    }
}

async fn ready_never(State(concerns): State<Vec<Concern>>) -> Response {
    health::report(concerns)
}

async fn not_now<B>(_: Request<B>) -> Response {
    Notice(Error::Starting).into_response()
}

#[derive(Serialize, Deserialize)]
struct Head {
    address: String,
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    length: usize,
}

/// Of a header that this room wrote: always of ASCII.
fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

const FIRST_LINE: &[u8] = b"allo pages 1\n";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pages() -> Pages {
        let policy = HeaderValue::from_static("default-src 'none'");
        Pages::kept(Documents::from([
            ("/a".to_owned(), Rendered::page("bonjour\n{}".to_owned())),
            (
                "/embed/a".to_owned(),
                Rendered::page("é".to_owned()).with_policy(policy),
            ),
            (
                "/a.sig".to_owned(),
                Rendered::document(vec![0, 10, 255], "application/octet-stream"),
            ),
        ]))
    }

    #[test]
    fn pages_read_back_as_they_were_written() {
        let file = Kept::write(&pages());
        let read = Kept::read(&file).unwrap();
        assert_eq!(Kept::write(&read.0), file);
        assert_eq!(read.0.documents().len(), 3);
    }

    proptest! {
        #[test]
        fn a_file_that_was_changed_or_cut_is_no_pages(place: prop::sample::Index, bit in 0_u32..8, cut: bool) {
            let mut file = Kept::write(&pages());
            let place = place.index(file.len());
            if cut {
                file.truncate(place);
            } else {
                file[place] ^= 1 << bit;
            }
            prop_assert!(Kept::read(&file).is_none());
        }

        #[test]
        fn no_file_stops_the_program(mut file: Vec<u8>, is_sealed: bool, begins: bool) {
            if begins {
                file = [FIRST_LINE, &file].concat();
            }
            if is_sealed {
                let end = Sha256::digest(&file);
                file.extend(end);
            }
            let _ = Kept::read(&file);
        }
    }
}
