//! Kamailio at work on an address of loopback of its own.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{eventually, run};

/// A carrier's proxy in front of a line; stopped when dropped.
pub(super) struct Proxy {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Proxy {
    /// - `folder`: its configuration is written there.
    pub(super) fn before(line: SocketAddr, folder: &Path) -> Self {
        let probe = UdpSocket::bind((ADDRESS, 0)).expect("an address of loopback");
        let address = probe.local_addr().expect("its address");
        drop(probe);
        let config = include_str!("kamailio.cfg")
            .replace("PROXY", &address.to_string())
            .replace("LINE", &line.to_string())
            .replace(
                "IDENTITY",
                &"eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0In0".repeat(40),
            );
        let file = folder.join("kamailio.cfg");
        std::fs::write(&file, config).expect("a configuration");
        let child = Command::new("kamailio")
            .args(["-DD", "-E", "-m", "32", "-M", "8", "-f"])
            .arg(&file)
            .arg("-Y")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("kamailio is installed");
        let proxy = Self { child, address };
        eventually("Kamailio", Duration::from_secs(10), || {
            proxy.answers().then_some(())
        });
        proxy
    }

    fn answers(&self) -> bool {
        let socket = UdpSocket::bind((ADDRESS, 0)).expect("a port");
        let (own, proxy) = (socket.local_addr().expect("its address"), self.address);
        let options = format!(
            "OPTIONS sip:{proxy} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKready\r\n\
             Max-Forwards: 5\r\nFrom: <sip:a@{own}>;tag=1\r\nTo: <sip:{proxy}>\r\nCall-ID: ready\r\n\
             CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        let patience = Some(Duration::from_millis(100));
        socket.set_read_timeout(patience).expect("a limit");
        let sent = socket.send_to(options.as_bytes(), proxy);
        sent.is_ok() && socket.recv(&mut [0; 2_048]).is_ok()
    }
}

impl Drop for Proxy {
    /// By a signal that its workers see too.
    fn drop(&mut self) {
        run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]));
        let _ = self.child.wait();
    }
}

/// Where the carrier stands; its trunk lets in nobody else.
pub(super) const ADDRESS: &str = "127.0.0.5";
