//! A resident's telephone.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use caller::{CallPlan, CallReport};

/// What a caller heard.
pub(crate) struct Heard {
    /// How the call went.
    pub(crate) report: CallReport,
}

impl Heard {
    /// Where these octets stand in what was heard, in frames of 20 ms from the first packet.
    pub(crate) fn frame_of(&self, octets: &[u8]) -> Option<usize> {
        find(&self.report.octets, octets).map(|octet| octet / 160)
    }

    /// Whether these octets were heard, all of them, in a row.
    pub(crate) fn has(&self, octets: &[u8]) -> bool {
        find(&self.report.octets, octets).is_some()
    }
}

/// Calls, presses keys, listens until the line hangs up or the limit is reached.
pub(crate) fn listen(target: &str, keys: &str, limit: Duration) -> Heard {
    let plan = CallPlan {
        keys: keys.into(),
        limit,
        ..CallPlan::new(target)
    };
    let report = caller::place_call(&plan).expect("the call is placed");
    assert_eq!(report.status, 200);
    Heard { report }
}

/// What OPTIONS is answered; `None` when nothing is in this time.
pub(crate) fn options(line: SocketAddr, patience: Duration) -> Option<u16> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let own = socket.local_addr().expect("its address");
    let request = format!(
        "OPTIONS sip:{line} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{port};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@{own}>;tag=1\r\nTo: <sip:{line}>\r\nCall-ID: {port}@probe\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n",
        port = own.port()
    );
    socket.set_read_timeout(Some(patience)).expect("a limit");
    socket.send_to(request.as_bytes(), line).ok()?;
    let mut answer = [0; 2_000];
    let length = socket.recv(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer[..length]).into_owned();
    text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

/// Where `needle` begins in `haystack`.
///
/// # Panics
/// When there is nothing to look for: nothing is found everywhere.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    assert!(needle.len() >= 1600, "less than 200 ms proves nothing");
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
