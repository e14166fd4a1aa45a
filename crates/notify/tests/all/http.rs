//! The outgoing client: whom it reaches, how long it waits, how much it reads.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use notify::{Endpoint, Http, HttpError, MOST_OCTETS, Reach, Request};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::stub::{Asked, Reply, Stub, serve, tunnel_proxy};

#[tokio::test]
async fn a_request_and_its_answer_pass_whole() {
    let stub = Stub::start(|_| {
        Reply::Answer(
            201,
            vec![("X-Kept", "yes".to_owned())],
            "{\"a\":1}".to_owned(),
        )
    })
    .await;
    let request = Request::post(format!("{}/path?x=1", stub.url()))
        .header("x-key", "abc")
        .form([("text", "é & b")]);

    let answer = client(&stub.url(), Reach::Anywhere, 2000)
        .send(request)
        .await
        .unwrap();

    assert_eq!((answer.status, answer.header("x-kept")), (201, Some("yes")));
    assert_eq!(answer.body, b"{\"a\":1}");
    let asked = stub.only();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/path?x=1")
    );
    assert_eq!(asked.header("host"), stub.address.to_string());
    assert_eq!(asked.header("x-key"), "abc");
    assert!(asked.header("user-agent").starts_with("allo/"));
    assert_eq!(asked.form()["text"], "é & b");
}

#[tokio::test]
async fn nobody_but_the_hosts_of_the_channel_is_spoken_to() {
    let stub = Stub::start(|_| Reply::Answer(200, vec![], String::new())).await;
    let http = client("https://mastodon.example", Reach::Anywhere, 2000);

    let refused = http.send(Request::get(stub.url())).await.unwrap_err();

    assert_eq!(refused, HttpError::NotAllowed("127.0.0.1".to_owned()));
    // Another port or scheme is another service.
    let other = client(&stub.url(), Reach::Anywhere, 2000);
    for address in ["http://127.0.0.1:1/", &format!("https://{}", stub.address)] {
        let refused = other
            .send(Request::get(address.to_owned()))
            .await
            .unwrap_err();
        assert!(
            matches!(refused, HttpError::NotAllowed(_)),
            "{address}: {refused}"
        );
    }
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let elsewhere = Stub::start(|_| Reply::Answer(200, vec![], String::new())).await;
    let location = elsewhere.url();
    let stub = Stub::start(move |_| {
        Reply::Answer(302, vec![("Location", location.clone())], String::new())
    })
    .await;

    let answer = client(&stub.url(), Reach::Anywhere, 2000)
        .send(Request::get(stub.url()))
        .await
        .unwrap();

    assert_eq!(answer.status, 302);
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_into_our_own_network_is_refused_after_it_is_resolved() {
    let stub = Stub::start(|_| Reply::Answer(200, vec![], String::new())).await;
    let port = stub.address.port();
    for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}");
        let refused = client(&url, Reach::Public, 2000)
            .send(Request::get(url))
            .await
            .unwrap_err();
        assert!(
            matches!(refused, HttpError::Private(_)),
            "{host}: {refused}"
        );
        assert!(refused.is_unsent());
    }
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn one_that_drips_or_says_nothing_is_left_in_time() {
    for reply in ["drip", "hang"] {
        let stub = Stub::start(move |_| match reply {
            "drip" => Reply::Drip(Duration::from_millis(20)),
            _ => Reply::Hang,
        })
        .await;
        let begun = Instant::now();

        let error = client(&stub.url(), Reach::Anywhere, 300)
            .send(Request::get(stub.url()))
            .await
            .unwrap_err();

        assert!(matches!(error, HttpError::Silent(..)), "{reply}: {error}");
        assert!(!error.is_unsent(), "the other side may have acted");
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{reply}: {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn no_more_than_64_kib_of_an_answer_are_read() {
    let just = Stub::start(|_| Reply::Answer(200, vec![], "x".repeat(MOST_OCTETS))).await;
    let http = client(&just.url(), Reach::Anywhere, 2000);
    assert_eq!(
        http.send(Request::get(just.url()))
            .await
            .unwrap()
            .body
            .len(),
        MOST_OCTETS
    );

    let more = Stub::start(|_| Reply::Answer(200, vec![], "x".repeat(MOST_OCTETS + 1))).await;
    let endless = Stub::start(|_| Reply::Endless).await;
    for stub in [more, endless] {
        let http = client(&stub.url(), Reach::Anywhere, 5000);
        let error = http.send(Request::get(stub.url())).await.unwrap_err();
        assert_eq!(error, HttpError::TooLong("127.0.0.1".to_owned()));
    }
}

#[tokio::test]
async fn one_that_hangs_up_or_is_not_there_is_told_apart() {
    let stub = Stub::start(|_| Reply::Cut).await;
    let http = client(&stub.url(), Reach::Anywhere, 2000);
    let error = http.send(Request::get(stub.url())).await.unwrap_err();
    assert!(
        matches!(error, HttpError::Lost(..)) && !error.is_unsent(),
        "{error}"
    );

    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{nobody}");
    let error = client(&url, Reach::Anywhere, 2000)
        .send(Request::get(url))
        .await
        .unwrap_err();
    assert!(
        matches!(error, HttpError::Unreachable(..)) && error.is_unsent(),
        "{error}"
    );
}

#[tokio::test]
async fn a_proxy_is_asked_for_whole_addresses_and_gets_its_password() {
    let proxy = Stub::start(|_| Reply::Answer(200, vec![], "by proxy".to_owned())).await;
    let url = "http://192.168.77.1:8080";
    let http =
        client(url, Reach::Anywhere, 2000).through(&format!("http://me:word@{}", proxy.address));

    let answer = http
        .send(Request::get(format!("{url}/send?a=1")))
        .await
        .unwrap();

    assert_eq!(answer.body, b"by proxy");
    let asked = proxy.only();
    assert_eq!(asked.path, "http://192.168.77.1:8080/send?a=1");
    assert_eq!(asked.header("host"), "192.168.77.1:8080");
    assert_eq!(asked.header("proxy-authorization"), "Basic bWU6d29yZA==");
}

#[tokio::test]
async fn a_proxy_leads_no_public_channel_to_a_private_address_and_no_channel_to_loopback() {
    let proxy = Stub::start(|_| Reply::Answer(200, vec![], String::new())).await;
    let through = format!("http://{}", proxy.address);
    let url = "http://192.168.77.1:8080";
    let http = client(url, Reach::Public, 2000).through(&through);
    let error = http.send(Request::get(url.to_owned())).await.unwrap_err();
    assert!(matches!(error, HttpError::Private(_)), "{error}");
    assert!(proxy.asked().is_empty());

    let own = Stub::start(|_| Reply::Answer(200, vec![], String::new())).await;
    client(&own.url(), Reach::Anywhere, 2000)
        .through(&through)
        .send(Request::get(own.url()))
        .await
        .unwrap();
    assert_eq!(own.asked().len(), 1);
    assert!(proxy.asked().is_empty());
}

#[tokio::test]
async fn encryption_goes_through_a_proxys_tunnel_and_its_authority_must_be_known() {
    let folder = tempfile::tempdir().unwrap();
    let (identity, authority) = certified("service.example");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority).unwrap();
    let (tls, asked) = (
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        Arc::new(Mutex::new(vec![])),
    );
    let address = tls.local_addr().unwrap();
    let _serving = encrypted(tls, identity, Arc::clone(&asked));
    let heads = Arc::new(Mutex::new(vec![]));
    let (proxy, _tunnels) = tunnel_proxy(address, Arc::clone(&heads)).await;
    let endpoint = Endpoint::parse("https://service.example").unwrap();
    let patience = Duration::from_secs(5);
    let through = format!("http://me:word@{proxy}");
    let known = Http::new(&[&endpoint], Reach::Public, Some(&ca), patience)
        .unwrap()
        .through(&through);

    let answer = known
        .send(Request::get(endpoint.join("/path")))
        .await
        .unwrap();

    assert_eq!(answer.body, b"encrypted");
    assert_eq!(asked.lock().unwrap()[0].path, "/path");
    let head = heads.lock().unwrap()[0].clone();
    assert!(
        head.starts_with("CONNECT service.example:443 HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains("\r\nProxy-Authorization: Basic bWU6d29yZA==\r\n"),
        "{head}"
    );

    let stranger = Http::new(&[&endpoint], Reach::Public, None, patience)
        .unwrap()
        .through(&through);
    let error = stranger
        .send(Request::get(endpoint.join("/path")))
        .await
        .unwrap_err();
    assert!(matches!(error, HttpError::Unreachable(..)), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

fn client(url: &str, reach: Reach, patience_ms: u64) -> Http {
    let endpoint = Endpoint::parse(url).unwrap();
    Http::new(
        &[&endpoint],
        reach,
        None,
        Duration::from_millis(patience_ms),
    )
    .unwrap()
}

/// A server's identity for a name, and the PEM of the authority that vouches for it.
fn certified(name: &str) -> (ServerConfig, String) {
    let of_authority = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&of_authority).unwrap().pem();
    let issuer = Issuer::new(authority, of_authority);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let identity = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![own.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (identity, pem)
}

fn encrypted(
    listener: TcpListener,
    identity: ServerConfig,
    asked: Arc<Mutex<Vec<Asked>>>,
) -> JoinSet<()> {
    let acceptor = TlsAcceptor::from(Arc::new(identity));
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(tcp).await {
                serve(
                    stream,
                    &|_| Reply::Answer(200, vec![], "encrypted".to_owned()),
                    &asked,
                )
                .await;
            }
        }
    });
    serving
}
