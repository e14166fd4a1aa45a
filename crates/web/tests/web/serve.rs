//! The server loop on a real socket: slow, greedy and silent clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web::{Limits, Pages};

use crate::house::{House, REFINERY, flare};

#[tokio::test]
async fn a_page_is_served_and_the_connection_kept() {
    let server = Server::start(SOON).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        assert!(
            read_until(&mut client, "ok\n")
                .await
                .starts_with("HTTP/1.1 200 OK")
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn the_loop_tells_of_its_turns_while_nobody_connects() {
    let house = House::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let turns = Arc::new(AtomicU32::new(0));
    let (router, told) = (house.router(), Arc::clone(&turns));
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let pages = Arc::new(ArcSwap::from_pointee(Pages::default()));
        let turned = move || {
            told.fetch_add(1, Relaxed);
        };
        SOON.serve_pages(listener, (pages, None), router, turned, async {
            drop(stopped.await)
        })
        .await;
    });

    let several = async {
        while turns.load(Relaxed) < 4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), several)
        .await
        .expect("turns without a client");
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn a_client_that_never_ends_its_headers_is_let_go() {
    let server = Server::start(Limits {
        header_read: Duration::from_millis(50),
        ..SOON
    })
    .await;
    let mut client = server.connect().await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        .await
        .unwrap();
    assert_closed(&mut client).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_left_open_after_its_answer_is_closed() {
    let server = Server::start(Limits {
        header_read: Duration::from_millis(50),
        ..SOON
    })
    .await;
    let mut client = server.connect().await;
    client
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut client, "ok\n").await;
    assert_closed(&mut client).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_has_a_longest_duration() {
    let server = Server::start(Limits {
        connection: Duration::from_millis(50),
        ..SOON
    })
    .await;
    let mut client = server.connect().await;
    assert_closed(&mut client).await;
    server.stop().await;
}

#[tokio::test]
async fn too_many_or_too_long_headers_are_refused_with_431() {
    let server = Server::start(SOON).await;
    for headers in [
        "X-A: 1\r\n".repeat(100),
        format!("X-A: {}\r\n", "a".repeat(20_000)),
    ] {
        let mut client = server.connect().await;
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        assert!(
            read_until(&mut client, "\r\n\r\n")
                .await
                .starts_with("HTTP/1.1 431")
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_giant_body_is_refused_before_it_is_read() {
    let server = Server::start(SOON).await;
    let mut client = server.connect().await;
    let request = format!(
        "POST /api/v1/bulletins HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {REFINERY}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    client.write_all(&[b' '; 70_000]).await.unwrap();
    assert!(
        read_until(&mut client, "\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 413")
    );
    server.stop().await;
}

#[tokio::test]
async fn when_all_seats_are_taken_the_next_client_waits_for_one() {
    let server = Server::start(Limits {
        connections: 1,
        ..SOON
    })
    .await;
    let first = server.connect().await;
    let mut second = server.connect().await;
    second
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    drop(first);
    assert!(
        read_until(&mut second, "ok\n")
            .await
            .starts_with("HTTP/1.1 200 OK")
    );
    server.stop().await;
}

#[tokio::test]
async fn a_silent_client_does_not_hold_the_end_back() {
    let server = Server::start(Limits {
        drain: Duration::from_millis(50),
        ..SOON
    })
    .await;
    let mut client = server.connect().await;
    client
        .write_all(b"POST /api/v1/bulletins HTTP/1.1\r\nHost: a\r\n")
        .await
        .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_post_whose_client_hangs_up_is_carried_to_its_end() {
    let server = Server::start(SOON).await;
    let mut client = server.connect().await;
    let body = flare().to_string();
    let request = format!(
        "POST /api/v1/bulletins HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {REFINERY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let posted = server.house.app.changed.notified();
    client.write_all(request.as_bytes()).await.unwrap();
    drop(client);

    tokio::time::timeout(Duration::from_secs(10), posted)
        .await
        .expect("the post is written all the same");
    server.stop().await;
}

const SOON: Limits = Limits {
    connections: 16,
    header_read: Duration::from_secs(10),
    connection: Duration::from_secs(60),
    drain: Duration::from_secs(5),
};

struct Server {
    house: House,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let house = House::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let router = house.router();
        let running = tokio::spawn(async move {
            limits
                .serve(listener, router, async { drop(stopped.await) })
                .await;
        });
        Self {
            house,
            address,
            stop,
            running,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.running)
            .await
            .expect("the loop ends")
            .unwrap();
    }
}

async fn read_until(client: &mut TcpStream, end: &str) -> String {
    let mut seen = String::new();
    let mut octets = [0; 4096];
    while !seen.contains(end) {
        let count = client.read(&mut octets).await.unwrap();
        assert!(count > 0, "closed after: {seen}");
        seen.push_str(&String::from_utf8_lossy(&octets[..count]));
    }
    seen
}

/// Reads to the end, which must come well before any default limit.
async fn assert_closed(client: &mut TcpStream) {
    let mut rest = vec![];
    let end = tokio::time::timeout(Duration::from_secs(5), client.read_to_end(&mut rest)).await;
    // A reset is an end too.
    assert!(end.is_ok(), "the connection is still open");
}
