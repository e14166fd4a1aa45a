//! Kamailio by the configuration that is shipped.

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::telephone::options;
use super::{eventually, run};

/// It stands before nodes, and is ended when dropped.
pub(crate) struct Kamailio {
    child: Child,
    /// Where the carrier sends to.
    pub(crate) address: SocketAddr,
    folder: PathBuf,
}

impl Kamailio {
    /// - `folder`: its configuration is written there.
    pub(crate) fn before(nodes: &[SocketAddr], folder: &Path) -> Self {
        // An address of its own: no client that connects from 127.0.0.1 meanwhile takes this port.
        let probe = UdpSocket::bind("127.0.0.8:0").expect("an address of loopback");
        let address = probe.local_addr().expect("its address");
        drop(probe);
        let list: String = nodes
            .iter()
            .map(|node| format!("1 sip:{node};transport=udp 0 0\n"))
            .collect();
        std::fs::write(folder.join("kamailio-dispatcher.list"), list).expect("the list of nodes");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("sip-config/kamailio.cfg");
        let text = std::fs::read_to_string(shipped).expect("the configuration");
        let text = text
            .replace("127.0.0.1:5060", &address.to_string())
            .replace("/etc/kamailio", &folder.display().to_string())
            .replace("children=4", "children=2");
        let file = folder.join("kamailio.cfg");
        std::fs::write(&file, text).expect("the configuration");
        let kamailio = Self {
            child: start(folder),
            address,
            folder: folder.into(),
        };
        kamailio.wait();
        kamailio
    }

    /// Ends it, and starts it again at the same address after a while.
    pub(crate) fn restart(&mut self, after: Duration) {
        self.end();
        std::thread::sleep(after);
        self.child = start(&self.folder);
        self.wait();
    }

    fn wait(&self) {
        eventually("Kamailio with its nodes", Duration::from_secs(60), || {
            self.is_ready().then_some(())
        });
    }

    /// Whether it answers OPTIONS with 200, which it does while a node is there.
    fn is_ready(&self) -> bool {
        options(self.address, Duration::from_millis(200)) == Some(200)
    }

    fn end(&mut self) {
        // Asked rather than killed: its main process then ends its workers.
        run(Command::new("kill").arg(self.child.id().to_string()));
        let _ = self.child.wait();
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            let said = std::fs::read_to_string(self.folder.join(LOG));
            println!("{}", said.unwrap_or_default());
        }
    }
}

fn start(folder: &Path) -> Child {
    Command::new("kamailio")
        .args(["-DD", "-E", "-m", "32", "-M", "4", "-f"])
        .arg(folder.join("kamailio.cfg"))
        .arg("-P")
        .arg(folder.join("pid"))
        .arg("-Y")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.join(LOG)).expect("a file for what it says"))
        .spawn()
        .expect("kamailio is installed")
}

/// What it said, printed when a test fails.
const LOG: &str = "kamailio.log";
