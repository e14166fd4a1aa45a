//! A connection that speaks SIP, whatever carries it: TCP, or TLS.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};

use net::{Poller, Stream};
use sip::Transport;
use sip::sdp::{self, Capabilities};
use sip::stream::{Framed, Framer};
use sip::write::OutgoingCall;

use crate::programme::ROUEN;
use crate::telephone::PATIENCE;

/// One end of a connection, with what was read and not yet taken.
pub(crate) struct Wire<S> {
    pub(crate) stream: S,
    framer: Framer,
    transport: Transport,
    /// What our Contact says.
    pub(crate) listens: SocketAddr,
}

impl Wire<TcpStream> {
    pub(crate) fn of(stream: TcpStream) -> Self {
        let listens = stream.local_addr().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self::new(stream, Transport::Tcp, listens)
    }
}

impl<S: Read + Write> Wire<S> {
    pub(crate) fn new(stream: S, transport: Transport, listens: SocketAddr) -> Self {
        Self {
            stream,
            framer: Framer::default(),
            transport,
            listens,
        }
    }

    pub(crate) fn say(&mut self, octets: &[u8]) {
        let text = String::from_utf8(octets.to_vec()).unwrap();
        let via = format!("SIP/2.0/{}", self.transport.name());
        let text = text.replace("SIP/2.0/UDP", &via);
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// The next message.
    pub(crate) fn hear(&mut self) -> String {
        let mut octets = vec![0; 16_384];
        loop {
            if let Some(Framed::Message(message)) = self.framer.next_frame().unwrap() {
                return String::from_utf8(message).unwrap();
            }
            let length = self.stream.read(&mut octets).unwrap();
            assert_ne!(length, 0, "the line hung up");
            self.framer.push(&octets[..length]);
        }
    }

    /// A call of this connection to `line`, and a port for its sound.
    pub(crate) fn telephone(&self, line: SocketAddr) -> (OutgoingCall, UdpSocket) {
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        ear.set_read_timeout(Some(PATIENCE)).unwrap();
        let target = format!("sip:{ROUEN}@{line}");
        let call = OutgoingCall::new(&target, "sip:resident@127.0.0.1", self.listens, 77);
        (call, ear)
    }
}

/// TLS on a connection of ours, as a stream that waits.
pub(crate) struct Secure {
    stream: Stream,
    poller: Poller,
}

impl Secure {
    pub(crate) fn new(stream: Stream) -> Self {
        let poller = Poller::new().unwrap();
        poller.add(&stream, 1).unwrap();
        Self { stream, poller }
    }

    /// Ends the handshake, or says why it ended otherwise.
    pub(crate) fn shake_hands(&mut self) -> io::Result<()> {
        self.stream.wait_connected(PATIENCE)
    }

    fn wait(&mut self) -> io::Result<()> {
        self.stream.flush()?;
        let mut ready = vec![];
        self.poller
            .change(&self.stream, 1, self.stream.has_unsent())?;
        self.poller.wait(&mut ready, Some(PATIENCE))?;
        match ready.is_empty() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(()),
        }
    }
}

impl Read for Secure {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(length) = self.stream.read(octets)? {
                return Ok(length);
            }
            self.wait()?;
        }
    }
}

impl Write for Secure {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.send(octets)?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

pub(crate) fn invite(call: &mut OutgoingCall, ear: &UdpSocket) -> Vec<u8> {
    let address = ear.local_addr().unwrap();
    let ours = Capabilities::new(address.ip(), address.port(), 1);
    call.invite_with(Some(&sdp::offer(&ours)), b"")
}

pub(crate) fn take_answer(call: &mut OutgoingCall, answer: &str) {
    let sip::message::Message::Response(response) =
        sip::message::Message::parse(answer.as_bytes()).unwrap()
    else {
        panic!("{answer}");
    };
    call.establish(&response).unwrap();
}

pub(crate) fn options(number: u32) -> Vec<u8> {
    format!(
        "OPTIONS sip:allo SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
         From: <sip:a@h>;tag=1\r\nTo: <sip:allo>\r\nCall-ID: c{number}\r\nCSeq: {number} OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}
