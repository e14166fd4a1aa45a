//! The server loop: sockets in, answers out, bounded in every direction.
//!
//! A client that sends its headers one octet a minute, holds a connection for a day or sends a hundred
//! thousand headers costs a bounded time and memory. At the end, answers in progress get a deadline.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{self, MissedTickBehavior};
use tracing::Instrument;

use crate::admin::Peer;
use crate::exchange;
use crate::pages::Pages;
use crate::spans::{self, Follow};

/// What one client, and all of them together, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones wait in the listen queue. Default 4 096.
    pub connections: usize,
    /// From the opening, or from the last answer, to the end of the next request's headers. Default 10 s.
    pub header_read: Duration,
    /// How long one connection may live. Default 10 min.
    pub connection: Duration,
    /// Between the wish to stop and the closing of what is still open. Default 10 s.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            header_read: Duration::from_secs(10),
            connection: Duration::from_secs(600),
            drain: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// Serves `router` on `listener` until `shutdown` is over, then lets answers in progress finish.
    ///
    /// Returns at the latest [`Limits::drain`] after `shutdown`, whatever the clients do. A connection
    /// that cannot be accepted (no file descriptor left) is tried again, never the end of the loop.
    pub async fn serve(
        self,
        listener: TcpListener,
        router: Router,
        shutdown: impl Future<Output = ()>,
    ) {
        let pages = Arc::new(ArcSwap::from_pointee(Pages::default()));
        self.serve_pages(listener, (pages, None), router, || {}, shutdown)
            .await;
    }

    /// The same; what is finished leaves before any route is looked for. The headers are those of the router.
    ///
    /// - `follow`: how a request is put into the trace of whoever sent it; `None` where nobody collects spans.
    /// - `turned` is called at each turn of the loop that takes new connections, every half second while none comes:
    ///   whoever watches over the service sees by it that the loop goes round.
    pub async fn serve_pages(
        self,
        listener: TcpListener,
        (pages, follow): (Arc<ArcSwap<Pages>>, Option<Follow>),
        router: Router,
        turned: impl Fn(),
        shutdown: impl Future<Output = ()>,
    ) {
        let seats = Arc::new(Semaphore::new(self.connections));
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        let mut idle = time::interval(IDLE);
        idle.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turned();
            tokio::select! {
                () = &mut shutdown => break,
                _ = idle.tick() => {}
                (client, seat) = next_connection(&listener, &seats) => {
                    let site = (Arc::clone(&pages), follow, router.clone());
                    tokio::spawn(self.converse(client, seat, site, graceful.watcher()));
                }
            }
        }
        drop(listener);
        if time::timeout(self.drain, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("some HTTP clients were cut off: they were still open at the deadline");
        }
    }

    /// One connection from its first request to its end.
    async fn converse(
        self,
        (socket, peer): (TcpStream, SocketAddr),
        seat: OwnedSemaphorePermit,
        (pages, follow, router): (Arc<ArcSwap<Pages>>, Option<Follow>, Router),
        watcher: Watcher,
    ) {
        let router = TowerToHyperService::new(router);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let span = spans::of_request(follow, &request);
            let answer = match exchange::finished(&pages, &request) {
                Some(finished) => {
                    spans::note_finished(&span, &request);
                    Ok(finished)
                }
                None => {
                    request.extensions_mut().insert(Peer(peer.ip()));
                    Err(router.call(request).instrument(span.clone()))
                }
            };
            async move {
                let answer = match answer {
                    Ok(finished) => Ok(finished),
                    Err(asked) => asked.await,
                };
                if let Ok(answer) = &answer {
                    spans::answered(&span, answer.status());
                }
                answer
            }
        });
        let conversation = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_read)
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEADER_OCTETS)
            .serve_connection(TokioIo::new(socket), service);
        match time::timeout(self.connection, watcher.watch(conversation)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::trace!(%error, "an HTTP connection ended badly"),
            Err(_) => tracing::debug!("an HTTP connection was closed at its longest duration"),
        }
        drop(seat);
    }
}

/// Serves with the default [`Limits`].
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    Limits::default().serve(listener, router, shutdown).await;
}

/// Waits for a free seat, then for a client.
async fn next_connection(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> ((TcpStream, SocketAddr), OwnedSemaphorePermit) {
    let seat = Arc::clone(seats)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                // An answer is one write: waiting for more octets would only delay it.
                let _ = socket.set_nodelay(true);
                return ((socket, peer), seat);
            }
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no HTTP connection can be accepted");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The client gave up while it waited: nothing is wrong here.
fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Headers of one request; more get 431.
const MAX_HEADERS: usize = 64;
/// Request line and headers together; more get 431.
const MAX_HEADER_OCTETS: usize = 16 * 1024;
/// Between two turns while nobody connects.
const IDLE: Duration = Duration::from_millis(500);
/// Before the next try when file descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
