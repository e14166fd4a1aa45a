use std::io::Read;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Command, Output};
use std::time::Duration;

use server::Settings;
use sip::message::{Message, Method};
use sip::write::OutgoingCall;

use crate::support::{House, Program, eventually, free_port, run};

#[test]
fn scanners_from_an_address_of_no_trunk_learn_nothing_and_get_not_one_packet() {
    let house = open(CARRIER);
    let stranger = listener(STRANGER);
    let own = stranger.local_addr().expect("its address");
    let call = OutgoingCall::new(&house.target("0805691282"), "sip:a@h", own, 1);
    let large = format!("Identity: {}\r\n", "a".repeat(15_000)).repeat(4);
    for datagram in [
        call.invite(Some(&offer(own))),
        call.invite_with(Some(&offer(own)), large.as_bytes()),
        call.cancel(),
        call.ack(None),
        text_of(&call.invite(None))
            .replace("INVITE", "OPTIONS")
            .into(),
        text_of(&call.invite(None))
            .replace("INVITE", "REGISTER")
            .into(),
        text_of(&call.invite(None))
            .replace(" SIP/2.0\r\n", " SIP/7.0\r\n")
            .into(),
        b"no SIP at all".to_vec(),
        b"\r\n\r\n".to_vec(),
    ] {
        stranger.send_to(&datagram, house.sip()).expect("sent");
    }

    for (tool, more) in [
        ("svmap", &[][..]),
        ("svwar", &["-e", "100-104"]),
        ("svcrack", &["-u", "100", "-r", "1-9"]),
    ] {
        let output = scan(tool, &house, more);
        assert!(learns_nothing(&output, &house), "{tool}: {}", said(&output));
        assert!(
            said(&output).contains("found nothing"),
            "{tool}: {}",
            said(&output)
        );
    }
    eventually("strangers counted", Duration::from_secs(5), || {
        let metrics = house.fetch(&house.metrics_url());
        let line = metrics
            .lines()
            .find_map(|one| one.strip_prefix("allo_sip_strangers_total "))?;
        (line.parse::<u32>().ok()? >= 9 + 3).then_some(())
    });
    assert!(stranger.recv(&mut [0; 2_048]).is_err(), "not one packet");
    assert_eq!(by_connection(house.sip()), 0, "not one octet");
}

#[test]
fn scanners_from_a_trunk_s_own_address_cannot_tell_extensions_apart() {
    let house = open(TOOLS);

    let map = scan("svmap", &house, &[]);
    assert!(said(&map).contains("unknown"), "{}", said(&map));
    assert!(
        !said(&map).to_lowercase().contains("allo"),
        "{}",
        said(&map)
    );

    for more in [&[][..], &["-m", "INVITE"], &["-m", "OPTIONS"]] {
        let war = scan("svwar", &house, &[&["-e", "100-109"], more].concat());
        assert!(learns_nothing(&war, &house), "{more:?}: {}", said(&war));
        assert!(
            !said(&war).contains("No server response"),
            "{more:?}: {}",
            said(&war)
        );
    }
    let crack = scan("svcrack", &house, &["-u", "100", "-r", "1-20", "-vv"]);
    assert!(learns_nothing(&crack, &house), "{}", said(&crack));
    assert!(
        said(&crack).contains("SIP/2.0 405 Method Not Allowed"),
        "{}",
        said(&crack)
    );
}

#[test]
fn sipsak_gets_200_for_options_and_503_while_the_line_goes_away() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(data.path(), |_| {});
    let target = format!("sip:0805691282@{}", program.sip);
    let sipsak = || said(&run(Command::new("sipsak").args(["-vv", "-s", &target])));
    let before = sipsak();
    assert!(before.contains("SIP/2.0 200 OK"), "{before}");
    for header in ["Allow: INVITE", "Accept: application/sdp", "Supported: "] {
        assert!(before.contains(header), "{header} in {before}");
    }
    assert!(
        !before.contains("Server: ") && !before.contains("User-Agent: allo"),
        "{before}"
    );

    // A call in progress is what it waits for.
    let (caller, mut call) = connected(program.sip);
    let inside = ask(&caller, program.sip, &options_inside(&mut call));
    assert_eq!(inside, 200, "OPTIONS inside a call");
    let stranger = text_of(&options_inside(&mut call)).replace("tag=f", "tag=e");
    assert_eq!(
        ask(&caller, program.sip, stranger.as_bytes()),
        481,
        "inside none"
    );
    run(Command::new("kill").args(["-TERM", &program.pid().to_string()]));

    let draining = eventually("503 for OPTIONS", Duration::from_secs(5), || {
        let answer = sipsak();
        answer.contains("SIP/2.0 503 ").then_some(answer)
    });
    assert!(draining.contains("Retry-After: "), "{draining}");
    assert_eq!(program.exit_status(), None, "the call goes on");
    assert_eq!(ask(&caller, program.sip, &call.bye()), 200);
    eventually("the end", Duration::from_secs(10), || program.exit_status());
}

#[test]
fn a_forged_invite_draws_no_sound_whatever_follows_it_unless_its_answer_was_heard() {
    let house = open(CARRIER);
    let (forger, victim) = (listener(CARRIER), listener(VICTIM));
    let own = forger.local_addr().expect("its address");
    let seen = victim.local_addr().expect("its address");
    let target = house.target("0805691282");
    let call = OutgoingCall::new(&target, "sip:a@h", own, 7);
    forger
        .send_to(&call.invite(Some(&offer(seen))), house.sip())
        .expect("sent");
    let answer = final_answer(&forger, Method::Invite);
    // Who forged the source would not have heard that answer, and so does not know its tag.
    for guess in [&b""[..], b";tag=1", b";tag=0000000000000001"] {
        let line_end = format!("To: <{target}>\r\n");
        let guessed = format!("To: <{target}>{}\r\n", String::from_utf8_lossy(guess));
        let ack = text_of(&call.ack(None)).replace(&line_end, &guessed);
        forger.send_to(ack.as_bytes(), house.sip()).expect("sent");
    }

    assert!(
        victim.recv(&mut [0; 2_048]).is_err(),
        "not one packet at {seen}"
    );

    let mut heard = call;
    let Ok(Message::Response(response)) = Message::parse(&answer) else {
        panic!("no answer: {}", text_of(&answer));
    };
    heard.establish(&response).expect("a Contact");
    assert_eq!(ask(&forger, house.sip(), &heard.bye()), 200);
    assert!(victim.recv(&mut [0; 2_048]).is_err(), "nor afterwards");
}

/// Only one address may call.
fn open(carrier: &str) -> House {
    let file = format!("[[trunk]]\nname = \"carrier\"\npeers = [\"{carrier}\"]");
    let settings: Settings = toml::from_str(&file).expect("a configuration");
    House::open_with(settings, |_| {})
}

/// Runs a tool of SIPVicious against the port of the line.
fn scan(tool: &str, house: &House, more: &[&str]) -> Output {
    run(Command::new(tool)
        .args(["-x", TOOLS, "-P", &free_port().to_string()])
        .args(["-p", &house.sip().port().to_string()])
        .args(more)
        .arg("127.0.0.1"))
}

/// Whether no table of findings was printed, and no name of ours.
fn learns_nothing(output: &Output, house: &House) -> bool {
    let text = said(output);
    let found = text
        .lines()
        .any(|line| line.starts_with('|') || line.starts_with("| "));
    let exists = text.contains(" exists") || text.contains("password for");
    let device = text.contains(&format!("127.0.0.1:{} ", house.sip().port()));
    !found && !exists && !device && !text.to_lowercase().contains("allo ")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

fn listener(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).expect("an address of loopback");
    let patience = Some(Duration::from_secs(2));
    socket.set_read_timeout(patience).expect("a limit");
    socket
}

/// Octets that a connection from a stranger gets before it is closed.
fn by_connection(line: SocketAddr) -> usize {
    let Ok(mut stream) = TcpStream::connect(line) else {
        return 0;
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("a limit");
    let mut heard = vec![];
    let _ = stream.read_to_end(&mut heard);
    heard.len()
}

fn connected(line: SocketAddr) -> (UdpSocket, OutgoingCall) {
    let socket = listener("127.0.0.1");
    let own = socket.local_addr().expect("its address");
    let target = format!("sip:0805691282@{line}");
    let mut call = OutgoingCall::new(&target, "sip:a@h", own, 3);
    socket
        .send_to(&call.invite(Some(&offer(own))), line)
        .expect("sent");
    let answer = final_answer(&socket, Method::Invite);
    let Ok(Message::Response(response)) = Message::parse(&answer) else {
        panic!("no answer: {}", text_of(&answer));
    };
    call.establish(&response).expect("a Contact");
    socket.send_to(&call.ack(None), line).expect("sent");
    (socket, call)
}

fn options_inside(call: &mut OutgoingCall) -> Vec<u8> {
    let info = text_of(&call.info('1'));
    let (head, _) = info.split_once("Content-Type").expect("a body");
    let options = head.replace("INFO", "OPTIONS");
    format!("{options}Content-Length: 0\r\n\r\n").into_bytes()
}

/// The status of the final answer to a request.
fn ask(socket: &UdpSocket, line: SocketAddr, request: &[u8]) -> u16 {
    socket.send_to(request, line).expect("sent");
    let Ok(Message::Request(read)) = Message::parse(request) else {
        panic!("no request: {}", text_of(request));
    };
    let answer = final_answer(socket, read.method);
    match Message::parse(&answer) {
        Ok(Message::Response(response)) => response.status,
        _ => unreachable!("that is what it is"),
    }
}

/// The next final answer to this method; sound and repeats are passed over.
fn final_answer(socket: &UdpSocket, method: Method<'_>) -> Vec<u8> {
    let mut datagram = vec![0; 65_536];
    loop {
        let length = socket.recv(&mut datagram).expect("an answer");
        if let Ok(Message::Response(response)) = Message::parse(&datagram[..length])
            && response.status >= 200
            && response.cseq().method == method
        {
            datagram.truncate(length);
            return datagram;
        }
    }
}

fn offer(listens: SocketAddr) -> Vec<u8> {
    let (address, port) = (listens.ip(), listens.port());
    format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
    )
    .into_bytes()
}

fn text_of(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Where the tools call from: svcrack heeds no other address.
const TOOLS: &str = "127.0.0.1";
const CARRIER: &str = "127.0.0.2";
const STRANGER: &str = "127.0.0.4";
const VICTIM: &str = "127.0.0.6";
