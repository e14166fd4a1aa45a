//! The line as a client of its carriers' registrars, over TCP and from one address to the next.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

use line::{Config, Line, Register, Target, Trunk, peer_at};
use sip::Transport;

use crate::programme::{config, two_territories};
use crate::telephone::{PATIENCE, wait_until};

#[test]
fn by_tcp_the_line_registers_once_and_takes_the_registration_away_when_it_stops() {
    let registrar = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = registrar.local_addr().unwrap();
    let target = format!("sip:{address};transport=tcp");
    let (line, _records) = Line::start(&registering(&target), two_territories()).unwrap();
    let mut wire = registrar.accept().unwrap().0;

    let request = hear(&mut wire);
    let here = line.local_addr();
    assert!(
        request.starts_with(&format!("REGISTER sip:{address} SIP/2.0\r\n")),
        "{request}"
    );
    assert!(
        request.contains(&format!("Via: SIP/2.0/TCP {here};rport;branch=")),
        "{request}"
    );
    let contact = format!("Contact: <sip:u@{here};transport=tcp>;expires=600\r\n");
    assert!(request.contains(&contact), "{request}");
    assert!(!is_registered(&line));
    wire.write_all(answer(&request, 200, "Expires: 600\r\n").as_bytes())
        .unwrap();
    wait_until(|| is_registered(&line));

    let stopping = std::thread::spawn(move || line.stop());
    let goodbye = hear(&mut wire);
    assert!(
        goodbye.contains(";expires=0\r\nExpires: 0\r\n"),
        "{goodbye}"
    );
    wire.write_all(answer(&goodbye, 200, "").as_bytes())
        .unwrap();
    stopping.join().unwrap();
}

#[test]
fn a_registrar_that_refuses_or_closes_the_connection_is_left_for_its_next_address_at_once() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let closing = TcpListener::bind("127.0.0.1:0").unwrap();
    let registrar = UdpSocket::bind("127.0.0.1:0").unwrap();
    registrar.set_read_timeout(Some(PATIENCE)).unwrap();
    let name = "sip:registrar.example";
    let (line, _records) = Line::start(&registering(name), two_territories()).unwrap();

    let peers = vec![
        peer_at(nobody, Transport::Tcp),
        peer_at(closing.local_addr().unwrap(), Transport::Tcp),
        peer_at(registrar.local_addr().unwrap(), Transport::Udp),
    ];
    let target: Target = name.parse().unwrap();
    line.set_peers(target.clone(), peers);
    hear(&mut closing.accept().unwrap().0);

    let (request, from) = hear_datagram(&registrar);
    assert!(request.contains("Via: SIP/2.0/UDP "), "{request}");
    let octets = answer(&request, 200, "Expires: 600\r\n");
    registrar.send_to(octets.as_bytes(), from).unwrap();
    wait_until(|| is_registered(&line));
    line.set_peers(target, vec![]);
    assert!(is_registered(&line), "no answer of DNS is no news");
}

/// A line whose only trunk is a registrar.
pub(crate) fn registering(registrar: &str) -> Config {
    let mut trunk = Trunk::new("carrier");
    trunk.uplink.register = Some(Register {
        registrars: vec![registrar.parse().unwrap()],
        username: "u".into(),
        contact_user: "u".into(),
        credentials: None,
        password_file: None,
        expires_s: 600,
    });
    Config {
        trunks: vec![trunk],
        ..config()
    }
}

fn is_registered(line: &Line) -> bool {
    line.trunks()[0].registrations[0].registered
}

fn hear(wire: &mut TcpStream) -> String {
    wire.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        wire.read_exact(&mut octet).unwrap();
        heard.extend(octet);
    }
    String::from_utf8(heard).unwrap()
}

fn hear_datagram(socket: &UdpSocket) -> (String, SocketAddr) {
    let mut datagram = [0; 4_096];
    let (length, from) = socket.recv_from(&mut datagram).unwrap();
    (
        String::from_utf8(datagram[..length].to_vec()).unwrap(),
        from,
    )
}

fn answer(request: &str, status: u16, lines: &str) -> String {
    let copied = request.lines().filter(|line| {
        let name = line.split(": ").next();
        matches!(name, Some("Via" | "From" | "To" | "Call-ID" | "CSeq"))
    });
    let copied: String = copied.map(|line| format!("{line}\r\n")).collect();
    format!("SIP/2.0 {status} X\r\n{copied}{lines}Content-Length: 0\r\n\r\n")
}
