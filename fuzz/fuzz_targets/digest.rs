//! No challenge makes its reader panic, nor our answer more than one line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::digest::{Asker, Credentials, DigestClient, Secret, challenges};
use sip::message::Message;

fuzz_target!(|octets: &[u8]| {
    let read = challenges(octets, Asker::Proxy);
    assert!(read.iter().all(|one| one.realm.len() + one.nonce.len() <= octets.len()));
    let mut datagram = b"SIP/2.0 401 x\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@h>;tag=1\r\n\
        To: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: "
        .to_vec();
    datagram.extend_from_slice(octets);
    datagram.extend_from_slice(b"\r\n\r\n");
    let Ok(Message::Response(response)) = Message::parse(&datagram) else {
        return;
    };
    let mut client = DigestClient::new(Credentials {
        username: "u".into(),
        password: Secret::new("p"),
    });
    if client.handle_challenges(&response, 7).is_ok() {
        let lines = client.headers("REGISTER", "sip:h");
        let answers = lines.windows(2).filter(|pair| pair == b"\r\n").count();
        let starts = lines.windows(15).filter(|word| word == b"Authorization: ").count();
        assert!(answers >= 1 && lines.ends_with(b"\r\n") && starts >= answers);
    }
});
