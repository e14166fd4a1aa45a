//! How the line stands with its trunks' servers, for those who watch it.

use std::sync::{Mutex, PoisonError};

/// One trunk of which the line asks something, at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrunkHealth {
    /// Its name.
    pub trunk: String,
    /// Each registrar.
    pub registrations: Vec<RegistrationHealth>,
    /// Each server that is asked whether it lives.
    pub peers: Vec<PeerHealth>,
}

/// One account at one registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationHealth {
    /// The registrar as the configuration names it.
    pub registrar: String,
    /// Whether calls for the account come to us.
    pub registered: bool,
    /// Why the latest attempt came to nothing, if it did.
    pub trouble: Option<String>,
}

/// One server at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerHealth {
    /// Transport, address and port: `udp:198.51.100.7:5060`.
    pub peer: String,
    /// Whether it answers; `None` before that is known.
    pub up: Option<bool>,
}

impl TrunkHealth {
    /// What is not as it should be, in words.
    pub fn troubles(&self) -> impl Iterator<Item = String> {
        let lost = self.registrations.iter().filter(|one| !one.registered);
        let lost = lost.map(|one| {
            let why = one.trouble.as_deref().unwrap_or("nothing heard yet");
            format!(
                "{} is not registered at {}: {why}",
                self.trunk, one.registrar
            )
        });
        let down = self.peers.iter().filter(|one| one.up == Some(false));
        let down = down.map(|one| format!("{} of {} does not answer", one.peer, self.trunk));
        lost.chain(down)
    }
}

/// Where the signalling thread writes and others read; written when something has changed.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<Vec<TrunkHealth>>);

impl Board {
    pub(crate) fn write(&self, trunks: Vec<TrunkHealth>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trunks;
    }

    pub(crate) fn read(&self) -> Vec<TrunkHealth> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
