//! What the door of the desk keeps at hand: counts of wrong tries, seats for hashing, secrets to be shown once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::address::Client;
use super::password::Hasher;
use super::shown_once::ShownOnce;
use super::throttle::{Patience, Throttle};
use crate::error::Error;

/// See the module.
#[derive(Debug)]
pub(crate) struct Door {
    pub(super) hasher: Hasher,
    pub(crate) shown_once: ShownOnce,
    tries: Mutex<Tries>,
}

/// Who guesses from one place is stopped soon and keeps nobody else out; many places together are stopped later.
#[derive(Debug)]
struct Tries {
    of_account_from_client: Throttle,
    of_account: Throttle,
    of_client: Throttle,
}

impl Door {
    pub(crate) fn new() -> Self {
        let throttle = |free, longest| {
            Throttle::new(Patience {
                free,
                first: Duration::from_secs(30),
                longest: Duration::from_secs(longest),
            })
        };
        Self {
            hasher: Hasher::new(),
            shown_once: ShownOnce::default(),
            tries: Mutex::new(Tries {
                of_account_from_client: throttle(5, 15 * 60),
                of_account: throttle(50, 15 * 60),
                of_client: throttle(30, 3_600),
            }),
        }
    }

    /// Lets somebody try to be somebody. The try counts as wrong until it is [`Door::welcome`]d or taken back.
    ///
    /// - `account`: what is guessed at, whether it exists or not.
    ///
    /// # Errors
    /// [`Error::Resting`] after too many wrong ones, and nothing may be compared.
    pub(super) fn knock(&self, account: &str, client: Client, now: Timestamp) -> Result<(), Error> {
        let (both, client) = names(account, client);
        let mut tries = self.tries();
        let pauses = [
            tries.of_account_from_client.pause(&both, now),
            tries.of_account.pause(account, now),
            tries.of_client.pause(&client, now),
        ];
        if let Some(pause) = pauses.into_iter().flatten().max() {
            return Err(Error::Resting(pause));
        }
        tries.of_account_from_client.count(&both, now);
        tries.of_account.count(account, now);
        tries.of_client.count(&client, now);
        Ok(())
    }

    /// The try was right.
    pub(super) fn welcome(&self, account: &str, client: Client) {
        let (both, client) = names(account, client);
        let mut tries = self.tries();
        tries.of_account_from_client.forget(&both);
        tries.of_account.forget(account);
        tries.of_client.take_back(&client);
    }

    /// Nobody could say whether the try was right.
    pub(super) fn take_back(&self, account: &str, client: Client) {
        let (both, client) = names(account, client);
        let mut tries = self.tries();
        tries.of_account_from_client.take_back(&both);
        tries.of_account.take_back(account);
        tries.of_client.take_back(&client);
    }

    fn tries(&self) -> std::sync::MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn names(account: &str, client: Client) -> (String, String) {
    (format!("{account} {client}"), client.to_string())
}
