use proptest::prelude::*;

use super::*;
use crate::message::Message;

/// The cases of RFC 7616 § 3.9.1 and RFC 2617 § 3.5, and one of SHA-512-256 computed by another program: the figures
/// that RFC 7616 § 3.9.2 prints are those of a truncated SHA-512 (erratum 4897).
#[test]
fn the_answers_of_the_standards_are_ours() {
    let of_7616 = |algorithm| {
        format!(
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        )
    };
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    for (algorithm, wanted) in [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
        (
            "SHA-512-256",
            "430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0",
        ),
        ("md5-SESS", "e783283f46242139c486a698fec7211d"),
        (
            "SHA-256-sess",
            "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7",
        ),
        (
            "SHA-512-256-sess",
            "3f2a34f923c38b0fb26dce2fdfc2ce326c23cecf86fbb1444f3e51fbbc2cb92e",
        ),
    ] {
        let answer = answered(&of_7616(algorithm), ("Mufasa", "Circle of Life"), cnonce);
        assert_eq!(param(&answer, "response"), wanted, "{algorithm}");
        assert_eq!(param(&answer, "nc"), "00000001");
        assert_eq!(param(&answer, "qop"), "auth");
        assert_eq!(
            param(&answer, "opaque"),
            "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
        );
    }
    let of_2617 =
        "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
    let mufasa = ("Mufasa", "Circle Of Life");
    let counted = answered(&format!("{of_2617}, qop=auth"), mufasa, "0a4f113b");
    let plain = answered(of_2617, mufasa, "0a4f113b");

    assert_eq!(
        param(&counted, "response"),
        "6629fae49393a05397450978507c4ef1"
    );
    assert_eq!(
        param(&plain, "response"),
        "670fd8c2df070c60b045671b8b24ff02"
    );
    assert!(!plain.contains("nc=") && !plain.contains("algorithm="));
}

#[test]
fn of_three_challenges_the_strongest_is_answered_whatever_their_order_and_lines() {
    let one = |algorithm: &str| {
        format!("Digest realm=\"r\", nonce=\"{algorithm}\", algorithm={algorithm}")
    };
    let (md5, sha, best) = (one("MD5"), one("SHA-256"), one("SHA-512-256"));
    for challenges in [
        vec![best.clone(), sha.clone(), md5.clone()],
        vec![md5.clone(), best.clone(), sha.clone()],
        vec![format!("{best}, {sha}, {md5}")],
        vec![format!("Basic realm=\"r\", {md5},{sha}"), best.clone()],
    ] {
        let mut client = client();
        let lines: Vec<&str> = challenges.iter().map(String::as_str).collect();
        client
            .handle_challenges(&response(&lines, &[]).read(), 7)
            .unwrap();
        let answer = text(&client.headers("REGISTER", "sip:r"));

        assert_eq!(param(&answer, "algorithm"), "SHA-512-256", "{challenges:?}");
        assert_eq!(param(&answer, "nonce"), "SHA-512-256");
        assert_eq!(answer.matches("Authorization").count(), 1);
    }
    let mut client = client();
    let unknown = one("SHA-3-512");
    client
        .handle_challenges(&response(&[&unknown, &md5], &[]).read(), 7)
        .unwrap();
    assert!(text(&client.headers("REGISTER", "sip:r")).contains("algorithm=MD5"));
}

#[test]
fn a_nonce_counts_up_and_one_that_is_stale_is_replaced() {
    let mut client = client();
    client
        .handle_challenges(&response(&[FIRST], &[]).read(), 1)
        .unwrap();
    for count in ["00000001", "00000002"] {
        let answer = text(&client.headers("REGISTER", "sip:r"));
        assert_eq!(param(&answer, "nc"), count);
    }
    let stale = "Digest realm=\"r\", nonce=\"n2\", qop=\"auth\", stale=TRUE";
    client
        .handle_challenges(&response(&[stale], &[]).read(), 2)
        .unwrap();

    let answer = text(&client.headers("REGISTER", "sip:r"));
    assert_eq!(
        (param(&answer, "nonce"), param(&answer, "nc")),
        ("n2", "00000001")
    );
    assert_eq!(param(&answer, "cnonce"), "0000000000000002");
    // Too old at once, and said so: asked anew, not refused.
    let again = client.handle_challenges(&response(&[stale], &[]).read(), 3);
    assert_eq!(again, Ok(()));
}

#[test]
fn a_first_answer_that_comes_back_means_a_wrong_password() {
    let mut client = client();
    let asked = response(&[FIRST], &[]);
    client.handle_challenges(&asked.read(), 1).unwrap();
    let _ = client.headers("REGISTER", "sip:r");

    let refused = client.handle_challenges(&asked.read(), 2);

    assert_eq!(refused, Err(Unanswerable::Refused));
    assert_eq!(client.headers("REGISTER", "sip:r"), b"");
    // A nonce that has served before is only too old.
    client.handle_challenges(&asked.read(), 3).unwrap();
    let _ = client.headers("REGISTER", "sip:r");
    let _ = client.headers("REGISTER", "sip:r");
    assert_eq!(client.handle_challenges(&asked.read(), 4), Ok(()));
}

#[test]
fn a_proxy_and_the_registrar_behind_it_are_both_answered() {
    let mut client = client();
    let of_proxy = "Digest realm=\"p\", nonce=\"np\", qop=\"auth\"";
    client
        .handle_challenges(&response(&[], &[of_proxy]).read(), 1)
        .unwrap();
    client
        .handle_challenges(&response(&[FIRST], &[]).read(), 2)
        .unwrap();

    let lines = text(&client.headers("REGISTER", "sip:r"));

    assert!(lines.contains("Proxy-Authorization: Digest username=\"u\", realm=\"p\""));
    assert!(lines.contains("\r\nAuthorization: Digest username=\"u\", realm=\"r\""));
}

#[test]
fn what_cannot_be_answered_is_said() {
    for value in [
        "Basic realm=\"r\"",
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5",
        "Digest realm=\"r\"",
        "Digest realm=\"r, nonce=\"n\"",
        "Digest realm=\"r\\\", nonce=\"n\"",
        "Digest",
        "",
        ",,,",
    ] {
        let said = client().handle_challenges(&response(&[value], &[]).read(), 1);
        assert_eq!(said, Err(Unanswerable::Unknown), "{value}");
    }
    let none = client().handle_challenges(&response(&[], &[]).read(), 1);
    assert_eq!(none, Err(Unanswerable::Unknown));
}

#[test]
fn a_password_is_shown_to_nobody_who_prints_it() {
    let credentials = Credentials {
        username: "u".into(),
        password: Secret::new("hunter2"),
    };
    let printed = format!(
        "{:?} {:?}",
        DigestClient::new(credentials.clone()),
        credentials
    );
    assert!(!printed.contains("hunter2"), "{printed}");
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_fail_nor_write_what_breaks_a_line(value in proptest::collection::vec(any::<u8>(), 0..300)) {
        for challenge in challenges(&value, Asker::Registrar) {
            let mut client = client();
            client.spaces.push(Space { challenge, cnonce: "c".into(), answered: 0 });
            let lines = client.headers("REGISTER", "sip:r");
            prop_assert_eq!(lines.iter().filter(|&&octet| octet == b'\n').count(), 1);
        }
    }

    #[test]
    fn whatever_a_server_quotes_comes_back_as_it_was(
        realm in r#"([ !#-\[\]-~]|\\[ -~]){0,20}"#,
        nonce in r#"([ !#-\[\]-~]|\\[ -~]){1,20}"#,
        space in "[ \t]{0,2}",
        stale in any::<bool>(),
        algorithm in prop::sample::select(vec!["MD5", "SHA-256", "SHA-512-256", "MD5-sess"]),
        others in 0..3_usize,
    ) {
        let before = "Digest realm=\"x\", nonce=\"y\", algorithm=NEW, ".repeat(others);
        let value = format!(
            "{before}Digest{space} realm={space}\"{realm}\"{space},{space}NONCE=\"{nonce}\",algorithm={algorithm},stale={stale}"
        );
        let read = challenges(value.as_bytes(), Asker::Proxy);
        prop_assert_eq!(read.len(), 1, "{}", value);
        prop_assert_eq!(&read[0].realm, realm.as_bytes());
        prop_assert_eq!(&read[0].nonce, nonce.as_bytes());
        prop_assert_eq!(read[0].stale, stale);
        prop_assert_eq!(read[0].algorithm.name(), Some(algorithm));
    }
}

const FIRST: &str = "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"";

fn client() -> DigestClient {
    DigestClient::new(Credentials {
        username: "u".into(),
        password: Secret::new("p"),
    })
}

/// The header that answers one challenge of a GET, as the standards' examples do.
fn answered(value: &str, (username, password): (&str, &str), cnonce: &str) -> String {
    let mut read = challenges(value.as_bytes(), Asker::Registrar);
    let mut client = DigestClient::new(Credentials {
        username: username.into(),
        password: Secret::new(password),
    });
    client.spaces.push(Space {
        challenge: read.remove(0),
        cnonce: cnonce.into(),
        answered: 0,
    });
    text(&client.headers("GET", "/dir/index.html"))
}

struct Answer(Vec<u8>);

impl Answer {
    fn read(&self) -> Response<'_> {
        match Message::parse(&self.0) {
            Ok(Message::Response(response)) => response,
            other => panic!("no response: {other:?}"),
        }
    }
}

/// A 401 with these challenges.
fn response(of_registrar: &[&str], of_proxy: &[&str]) -> Answer {
    let mut lines = "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\n\
        From: <sip:a@h>;tag=1\r\nTo: <sip:a@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n"
        .to_owned();
    for value in of_registrar {
        lines += &format!("WWW-Authenticate: {value}\r\n");
    }
    for value in of_proxy {
        lines += &format!("Proxy-Authenticate: {value}\r\n");
    }
    Answer((lines + "\r\n").into_bytes())
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The value of a parameter without its quotes.
fn param<'a>(header: &'a str, name: &str) -> &'a str {
    let (_, rest) = header
        .split_once(&format!("{name}="))
        .unwrap_or_else(|| panic!("no {name} in {header}"));
    let rest = rest.strip_prefix('"').unwrap_or(rest);
    rest.split(['"', ',', '\r']).next().unwrap_or_default()
}
