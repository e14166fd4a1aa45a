use std::net::SocketAddr;

use super::*;
use crate::digest::{Credentials, Secret, Unanswerable};
use crate::message::Message;
use crate::peer::Transport;

#[test]
fn a_challenge_is_answered_and_the_grant_is_refreshed_at_half_its_time() {
    let mut at = Scene::new(account(Some("p")), &["192.0.2.1:5060"]);

    let first = at.sent();
    assert!(first.starts_with("REGISTER sip:registrar.example SIP/2.0\r\n"));
    assert!(first.contains("\r\nTo: <sip:0805691282@registrar.example>\r\n"));
    assert!(first.contains("\r\nContact: <sip:0805691282@198.51.100.7:5060>;expires=3600\r\n"));
    assert!(!first.contains("Authorization"));
    at.answer(
        &first,
        401,
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
    );
    let second = at.sent();
    assert!(
        second.contains("Authorization: Digest username=\"0805691282\"")
            && second.contains("nc=00000001")
    );
    assert!(second.contains("\r\nCSeq: 2 REGISTER\r\n"));
    at.answer(
        &second,
        200,
        "Contact: <sip:0805691282@198.51.100.7:5060>;expires=600\r\nExpires: 77\r\n",
    );

    let time = Duration::from_secs(600);
    let peer = peer("192.0.2.1:5060");
    assert_eq!(at.event(), RegistrationEvent::Registered { peer, time });
    assert_eq!(at.registration.registered_at(), Some(peer));
    at.pass(Duration::from_secs(299));
    assert_eq!(at.octets(), None);
    at.pass(Duration::from_secs(1));
    let refresh = at.sent();
    assert!(refresh.contains("nc=00000002"), "{refresh}");
    at.answer(&refresh, 200, "Expires: 100\r\n");
    assert_eq!(at.octets(), None, "a refresh is no news");
    at.pass(Duration::from_secs(50));
    at.sent();
}

#[test]
fn the_time_granted_is_that_of_our_contact_or_else_of_expires() {
    for (lines, wanted) in [
        (
            "Contact: <sip:x@203.0.113.1>;expires=9, <sip:0805691282@198.51.100.7>;expires=120\r\n",
            120,
        ),
        (
            "Contact: <sip:0805691282@10.0.0.1:1024>;expires=130\r\nExpires: 9\r\n",
            130,
        ),
        ("m: <sip:0805691282@198.51.100.7>\r\nExpires: 140\r\n", 140),
        ("Expires: 99999999999\r\n", 86_400),
        ("Expires: x\r\n", 3_600),
        ("", 3_600),
        ("Contact: <sip:0805691282@198.51.100.7>;expires=0\r\n", 1),
    ] {
        let mut at = Scene::new(account(None), &["192.0.2.1:5060"]);
        let request = at.sent();
        at.answer(&request, 200, lines);
        let RegistrationEvent::Registered { time, .. } = at.event() else {
            panic!("not registered by {lines}");
        };
        assert_eq!(time.as_secs(), wanted, "{lines}");
    }
}

#[test]
fn a_registrar_that_wants_longer_registrations_gets_them_at_once() {
    let mut at = Scene::new(account(None), &["192.0.2.1:5060"]);
    let first = at.sent();
    at.answer(&first, 423, "Min-Expires: 7200\r\n");

    let second = at.sent();
    assert!(second.contains("Expires: 7200\r\n"), "{second}");
    at.answer(&second, 423, "Min-Expires: 7200\r\n");
    assert!(matches!(
        at.event(),
        RegistrationEvent::Failed {
            failure: Failure::Status(423),
            ..
        }
    ));
}

#[test]
fn silence_goes_on_to_the_next_way_and_then_waits() {
    let mut at = Scene::new(account(None), &["192.0.2.1:5060", "192.0.2.2:5060"]);

    let mut asked = vec![];
    let failed = loop {
        match at.registration.poll_output(at.now) {
            RegistrationOutput::Transmit { to, .. } => {
                asked.push((to.address.to_string(), at.seconds()))
            }
            RegistrationOutput::Event(event) => break event,
            RegistrationOutput::Timeout(next) => at.now = next,
        }
    };

    let of = |address: &str| -> Vec<f64> {
        let mut at_address = asked.clone();
        at_address.retain(|(to, _)| to == address);
        at_address.iter().map(|(_, at)| *at).collect()
    };
    assert_eq!(of("192.0.2.1:5060")[..5], [0.0, 0.5, 1.5, 3.5, 7.5]);
    assert_eq!(of("192.0.2.2:5060")[..3], [32.0, 32.5, 33.5]);
    assert_eq!(at.seconds(), 64.0);
    let RegistrationEvent::Failed {
        failure: Failure::Silent,
        wait,
    } = failed
    else {
        panic!("{failed:?}");
    };
    assert!((30..=60).contains(&wait.as_secs()), "{wait:?}");
    at.pass(wait);
    assert_eq!(at.transmitted().0.address.to_string(), "192.0.2.1:5060");
}

#[test]
fn failures_in_a_row_wait_longer_each_time_and_a_success_starts_anew() {
    let mut at = Scene::new(account(None), &["192.0.2.1:5060"]);
    for (least, most) in [
        (30, 60),
        (60, 120),
        (120, 240),
        (240, 480),
        (480, 960),
        (900, 1_800),
        (900, 1_800),
    ] {
        let request = at.sent();
        at.answer(&request, 403, "");
        let RegistrationEvent::Failed {
            failure: Failure::Status(403),
            wait,
        } = at.event()
        else {
            panic!("not failed");
        };
        assert!((least..=most).contains(&wait.as_secs()), "{wait:?}");
        at.pass(wait);
    }
    let request = at.sent();
    at.answer(&request, 200, "Expires: 60\r\n");
    assert!(matches!(at.event(), RegistrationEvent::Registered { .. }));
    at.pass(Duration::from_secs(30));
    let refresh = at.sent();
    at.answer(&refresh, 403, "");
    let RegistrationEvent::Failed { wait, .. } = at.event() else {
        panic!("not failed");
    };
    assert!(wait.as_secs() <= 60, "{wait:?}");
}

#[test]
fn a_busy_registrar_is_left_for_the_next_and_not_asked_before_retry_after() {
    let mut at = Scene::new(account(None), &["192.0.2.1:5060", "192.0.2.2:5060"]);
    let first = at.sent();
    at.answer(&first, 503, "Retry-After: 300 (maintenance)\r\n");
    let (to, second) = at.transmitted();
    assert_eq!(to.address.to_string(), "192.0.2.2:5060");
    at.answer(&second, 503, "Retry-After: 300 (maintenance)\r\n");

    let RegistrationEvent::Failed { wait, .. } = at.event() else {
        panic!("not failed");
    };
    assert_eq!(wait.as_secs(), 300);
}

#[test]
fn a_lost_connection_goes_on_to_the_next_way() {
    let mut at = Scene::new(account(None), &["192.0.2.1:5060", "192.0.2.2:5060"]);
    at.sent();
    at.registration
        .handle_unreachable(at.now, peer("192.0.2.1:5060"));

    assert_eq!(at.transmitted().0.address.to_string(), "192.0.2.2:5060");
    at.registration
        .handle_unreachable(at.now, peer("192.0.2.1:5060"));
    assert_eq!(at.octets(), None, "of another request");
}

#[test]
fn a_wrong_password_is_not_tried_again_at_once() {
    let mut at = Scene::new(account(Some("wrong")), &["192.0.2.1:5060"]);
    let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n";
    let first = at.sent();
    at.answer(&first, 401, challenge);
    let second = at.sent();
    at.answer(&second, 401, challenge);

    let RegistrationEvent::Failed { failure, wait } = at.event() else {
        panic!("not failed");
    };
    assert_eq!(failure, Failure::Challenge(Unanswerable::Refused));
    assert!(wait.as_secs() >= 30);

    let mut without = Scene::new(account(None), &["192.0.2.1:5060"]);
    let first = without.sent();
    without.answer(&first, 401, challenge);
    assert!(matches!(
        without.event(),
        RegistrationEvent::Failed {
            failure: Failure::NoPassword,
            ..
        }
    ));
}

#[test]
fn a_registrar_that_always_wants_one_more_answer_is_left_alone() {
    let mut at = Scene::new(account(Some("p")), &["192.0.2.1:5060"]);
    let mut asked = 0;
    while let Some(request) = at.octets() {
        asked += 1;
        at.answer(
            &request,
            401,
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", stale=true\r\n",
        );
    }
    assert_eq!(asked, 6);
}

#[test]
fn at_the_end_the_registration_is_taken_away() {
    let mut at = Scene::registered();
    at.registration.leave(at.now);

    let goodbye = at.sent();
    assert!(
        goodbye.contains(";expires=0\r\nExpires: 0\r\n"),
        "{goodbye}"
    );
    at.answer(&goodbye, 200, "");
    assert_eq!(at.event(), RegistrationEvent::Left);
    assert_eq!(at.registration.registered_at(), None);
    at.pass(Duration::from_hours(2));
    assert_eq!(at.octets(), None);

    let mut never = Scene::new(account(None), &[]);
    never.registration.leave(never.now);
    assert_eq!(never.event(), RegistrationEvent::Left);
}

#[test]
fn a_registration_that_cannot_be_renewed_lapses_when_its_time_is_over() {
    let mut at = Scene::registered();
    let mut told = vec![];
    while told.last() != Some(&RegistrationEvent::Lapsed) {
        match at.registration.poll_output(at.now) {
            RegistrationOutput::Event(event) => told.push(event),
            RegistrationOutput::Timeout(next) => at.now = next,
            RegistrationOutput::Transmit { .. } => {}
        }
    }
    assert_eq!(at.seconds(), 600.0);
    assert!(matches!(
        told[0],
        RegistrationEvent::Failed {
            failure: Failure::Silent,
            ..
        }
    ));
}

#[test]
fn an_address_that_leaves_the_names_is_left_and_the_new_one_asked_at_once() {
    let mut at = Scene::registered();
    at.registration
        .set_hops(at.now, vec![hop("192.0.2.9:5060"), hop("192.0.2.1:5060")]);
    assert_eq!(at.octets(), None, "still among them");

    at.registration.set_hops(at.now, vec![]);
    assert_eq!(at.octets(), None, "no answer is no news");
    at.registration
        .set_hops(at.now, vec![hop("192.0.2.9:5060")]);
    assert_eq!(at.transmitted().0.address.to_string(), "192.0.2.9:5060");
}

#[test]
fn what_is_no_answer_to_the_open_request_changes_nothing() {
    let mut at = Scene::new(account(None), &["192.0.2.1:5060"]);
    let request = at.sent();
    for (from, to) in [
        ("z9hG4bKr", "z9hG4bKx"),
        ("1 REGISTER", "1 OPTIONS"),
        ("Max-Forwards", "Via: SIP/2.0/UDP h\r\nX"),
    ] {
        assert!(
            !at.answer(&request.replace(from, to), 200, "Expires: 9\r\n"),
            "{from}"
        );
    }
    assert!(at.answer(&request, 100, ""));
    assert_eq!(at.registration.registered_at(), None);
    assert!(at.answer(&request, 200, ""));
    assert!(!at.answer(&request, 200, ""), "only once");
}

#[test]
fn over_a_stream_a_request_is_sent_once() {
    let mut at = Scene::new(account(None), &[]);
    let mut hop = hop("192.0.2.1:5060");
    hop.peer.transport = Transport::Tcp;
    hop.route = Some("sip:192.0.2.1".into());
    at.registration.set_hops(at.now, vec![hop]);
    let request = at.sent();
    assert!(request.contains("Via: SIP/2.0/TCP 198.51.100.7:5060;rport"));
    assert!(request.contains("Contact: <sip:0805691282@198.51.100.7:5060;transport=tcp>"));
    assert!(request.contains("\r\nRoute: <sip:192.0.2.1;lr>\r\n"));
    at.pass(Duration::from_secs(31));
    assert_eq!(at.octets(), None);
}

/// One registration on a clock that only tests move.
struct Scene {
    registration: Registration,
    start: Instant,
    now: Instant,
}

impl Scene {
    fn new(account: Account, hops: &[&str]) -> Self {
        let now = Instant::now();
        let mut registration = Registration::new(now, account, 7);
        registration.set_hops(now, hops.iter().map(|address| hop(address)).collect());
        Self {
            registration,
            start: now,
            now,
        }
    }

    /// Registered for 600 seconds.
    fn registered() -> Self {
        let mut at = Self::new(account(None), &["192.0.2.1:5060"]);
        let request = at.sent();
        at.answer(&request, 200, "Expires: 600\r\n");
        at.event();
        at
    }

    fn transmitted(&mut self) -> (Peer, String) {
        match self.registration.poll_output(self.now) {
            RegistrationOutput::Transmit { to, octets } => (to, String::from_utf8(octets).unwrap()),
            other => panic!("nothing is sent but {other:?}"),
        }
    }

    fn sent(&mut self) -> String {
        self.transmitted().1
    }

    /// What is sent now, if anything is.
    fn octets(&mut self) -> Option<String> {
        match self.registration.poll_output(self.now) {
            RegistrationOutput::Transmit { octets, .. } => Some(String::from_utf8(octets).unwrap()),
            _ => None,
        }
    }

    fn event(&mut self) -> RegistrationEvent {
        match self.registration.poll_output(self.now) {
            RegistrationOutput::Event(event) => event,
            other => panic!("nothing is told but {other:?}"),
        }
    }

    /// Answers a request; whether it was taken.
    fn answer(&mut self, request: &str, status: u16, lines: &str) -> bool {
        let copied: String = request
            .lines()
            .filter(|line| {
                ["Via", "From", "To", "Call-ID", "CSeq"]
                    .iter()
                    .any(|name| line.starts_with(&format!("{name}: ")))
            })
            .map(|line| format!("{line}\r\n"))
            .collect();
        let octets = format!("SIP/2.0 {status} X\r\n{copied}{lines}\r\n");
        let Ok(Message::Response(response)) = Message::parse(octets.as_bytes()) else {
            panic!("no response: {octets}");
        };
        self.registration.handle_response(self.now, &response)
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn seconds(&self) -> f64 {
        (self.now - self.start).as_secs_f64()
    }
}

fn account(password: Option<&str>) -> Account {
    Account {
        registrar: "sip:registrar.example".into(),
        address: "sip:0805691282@registrar.example".into(),
        contact_user: "0805691282".into(),
        credentials: password.map(|password| Credentials {
            username: "0805691282".into(),
            password: Secret::new(password),
        }),
        expires_s: 3_600,
    }
}

fn hop(address: &str) -> Hop {
    Hop {
        peer: peer(address),
        local: "198.51.100.7:5060".parse().unwrap(),
        route: None,
    }
}

fn peer(address: &str) -> Peer {
    address.parse::<SocketAddr>().unwrap().into()
}
