//! What is different over a stream: nothing is repeated but a 200, and answers go back by the connection.

use std::net::SocketAddr;

use sip::{Output, Peer, Transport};

use super::support::{Caller, Line, text};

#[test]
fn an_answer_goes_back_by_the_connection_whatever_the_via_says() {
    let (mut line, caller) = (Line::new(), Caller::new(1));

    let sent = tell(&mut line, &over_tcp(&caller.invite()));

    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, connection());
    assert!(text(&sent[0].1).starts_with("SIP/2.0 100 "));
}

#[test]
fn a_200_names_the_transport_in_its_contact_and_is_repeated_all_the_same() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    tell(&mut line, &over_tcp(&caller.invite()));

    let answer = line.accepts();

    assert!(text(&answer[0]).contains("Contact: <sip:192.0.2.1:5060;transport=tcp>\n"));
    assert_eq!(line.passes(3.9).len(), 3, "after 0.5, 1.5 and 3.5 s");
}

#[test]
fn a_refusal_is_said_once_and_its_ack_is_waited_for() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    tell(&mut line, &over_tcp(&caller.invite()));
    let (call, now) = (line.invited().0, line.now);
    line.agent.reject(now, call, 486, "Busy Here", None);

    assert_eq!(line.drain().0.len(), 1);
    assert_eq!(line.passes(40.0), []);
}

#[test]
fn our_bye_goes_by_the_connection_once_and_says_where_to_connect_if_that_is_gone() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    tell(&mut line, &over_tcp(&caller.invite()));
    caller.hears(&line.accepts());
    tell(&mut line, &over_tcp(&caller.call.ack(None)));
    let (call, now) = (line.invited().0, line.now);
    line.agent.hang_up(now, call, 16);

    let sent = outputs(&mut line);

    assert_eq!(sent.len(), 1);
    let (to, bye) = &sent[0];
    let contact: SocketAddr = "192.0.2.9:5070".parse().unwrap();
    assert_eq!(to.listens, Some(contact));
    assert_eq!(
        (to.address, to.transport),
        (connection().address, Transport::Tcp)
    );
    assert!(text(bye).contains("Via: SIP/2.0/TCP 192.0.2.1:5060;"));
    assert_eq!(line.passes(40.0), []);
    assert_eq!(line.agent.counters().unanswered_byes, 1);
}

fn connection() -> Peer {
    Peer::new(Transport::Tcp, "192.0.2.9:40001".parse().unwrap())
}

fn over_tcp(datagram: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(datagram.to_vec()).unwrap();
    text.replace("SIP/2.0/UDP", "SIP/2.0/TCP").into_bytes()
}

fn tell(line: &mut Line, message: &[u8]) -> Vec<(Peer, Vec<u8>)> {
    let (now, door) = (line.now, &mut line.door);
    line.agent.handle_input(now, connection(), message, door);
    outputs(line)
}

fn outputs(line: &mut Line) -> Vec<(Peer, Vec<u8>)> {
    let mut sent = Vec::new();
    loop {
        match line.agent.poll_output(line.now) {
            Output::Transmit { to, octets } => sent.push((to, octets)),
            Output::Event(event) => line.take_event(event),
            Output::Timeout(_) => return sent,
        }
    }
}
