//! A network between a node and its database that can be cut: what is on its way waits, as packets do that are sent again.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::cluster::Cluster;

/// The network; whole until it is cut.
pub(crate) struct Relay {
    folder: TempDir,
    is_cut: Arc<AtomicBool>,
}

impl Relay {
    /// Leads to a server's socket.
    pub(crate) fn to(cluster: &Cluster) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let data = cluster.data();
        let server = data.parent().expect("its folder").join(SOCKET);
        let is_cut = Arc::new(AtomicBool::new(false));
        let cut = Arc::clone(&is_cut);
        // Ends with the process: it waits for connections that nobody makes any more.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), server, cut) = (stream, server.clone(), Arc::clone(&cut)) else {
                    return;
                };
                std::thread::spawn(move || lead(&stream, server, &cut));
            }
        });
        Self { folder, is_cut }
    }

    /// The address of the database by this way.
    pub(crate) fn address(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        format!("postgres://allo@localhost/{database}?host={folder}")
    }

    /// Nothing gets through, and nobody is told.
    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
    }

    /// Everything gets through again, what has waited first.
    pub(crate) fn heal(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

/// Carries both ways until either end closes.
fn lead(stream: &UnixStream, server: PathBuf, is_cut: &Arc<AtomicBool>) {
    wait(is_cut);
    let Ok(onwards) = UnixStream::connect(server) else {
        return;
    };
    std::thread::scope(|threads| {
        threads.spawn(|| carry(stream, &onwards, is_cut));
        threads.spawn(|| carry(&onwards, stream, is_cut));
    });
}

fn carry(mut from: &UnixStream, mut to: &UnixStream, is_cut: &AtomicBool) {
    let mut octets = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut octets) {
        wait(is_cut);
        if to.write_all(&octets[..length]).is_err() {
            break;
        }
    }
    wait(is_cut);
    // One that is closed already is what is wanted.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn wait(is_cut: &AtomicBool) {
    while is_cut.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// PostgreSQL's name for its socket.
const SOCKET: &str = ".s.PGSQL.5432";
