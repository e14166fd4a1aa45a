//! Files in memory: there is room for a few at once, and strangers have none of it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, StatusCode, header};
use hyper::body::Frame;
use tower::ServiceExt;

use crate::house::{House, OPERATOR, wav};
use crate::posting::{filled, fresh, leads_to};

#[tokio::test]
async fn files_that_strangers_never_end_leave_an_operator_all_the_room() {
    let house = House::new().await;
    let waiting = Arc::new(AtomicUsize::new(0));
    for _ in 0..STRANGERS {
        let request = Request::post("/admin/post")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=EDGE")
            .header(header::HOST, "allo.example")
            .header(header::ORIGIN, "https://allo.example");
        let body = Body::new(HalfAFile {
            begun: false,
            waiting: Arc::clone(&waiting),
        });
        tokio::spawn(house.router().oneshot(request.body(body).unwrap()));
    }
    while waiting.load(Ordering::Relaxed) < STRANGERS {
        tokio::task::yield_now().await;
    }

    let mut operator = house.sign_in(OPERATOR).await;
    let id = fresh(&mut operator).await;
    let sent = operator
        .send_parts("/admin/post", &filled(&id, &[]), Some(&wav(&[7; 32])))
        .await;

    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    assert_eq!(leads_to(&sent), format!("/admin/post/{id}"));
}

/// The beginning of a form with a file, and nothing after it.
struct HalfAFile {
    begun: bool,
    /// Counts those whose beginning was read.
    waiting: Arc<AtomicUsize>,
}

impl HttpBody for HalfAFile {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if std::mem::replace(&mut self.begun, true) {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            return Poll::Pending;
        }
        let head =
            "--EDGE\r\nContent-Disposition: form-data; name=\"sound\"; filename=\"a.wav\"\r\n\r\n";
        let octets = [head.as_bytes(), &[0; 4_096]].concat();
        Poll::Ready(Some(Ok(Frame::data(octets.into()))))
    }
}

/// More than there is room for.
const STRANGERS: usize = 6;
