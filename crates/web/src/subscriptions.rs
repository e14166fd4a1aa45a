//! Pages for people who want to be written to: they ask, confirm, choose and leave without an account.
//!
//! Opening a page changes nothing, for mail programs open links by themselves: what changes something is a button, or
//! the post of a mail program that unsubscribes its reader (RFC 8058). What stands in the links is proof enough; there
//! is no cookie. No answer tells whether an address is known.

mod ask;
mod choices;
mod form;
mod note;
mod token;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use jiff::Timestamp;

use crate::admin::{Client, Patience, Throttle};
use crate::app::Desk;
use crate::error::Error;

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/{territory}/subscribe", get(ask::show).post(ask::take))
        .route("/{territory}/subscribe.en", get(ask::show).post(ask::take))
        .route(
            "/{territory}/confirm/{token}",
            get(token::confirm).post(token::confirmed),
        )
        .route(
            "/{territory}/subscription/{token}",
            get(choices::show).post(choices::take),
        )
        .route(
            "/{territory}/unsubscribe/{token}",
            get(token::leave).post(token::left),
        )
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
}

/// How often one client asks for mails.
#[derive(Debug)]
pub(crate) struct Askers(Mutex<Throttle>);

impl Askers {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Throttle::new(PATIENCE)))
    }

    /// Counts one more.
    ///
    /// # Errors
    /// [`Error::Resting`] after too many.
    fn count(&self, client: Client, now: Timestamp) -> Result<(), Error> {
        let mut throttle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = client.to_string();
        if let Some(pause) = throttle.pause(&name, now) {
            return Err(Error::Resting(pause));
        }
        throttle.count(&name, now);
        Ok(())
    }
}

/// A family behind one address subscribes at once; a program that tries a list of addresses does not get far.
const PATIENCE: Patience = Patience {
    free: 10,
    first: Duration::from_secs(60),
    longest: Duration::from_secs(3_600),
};
const LONGEST_FORM: usize = 16 * 1024;
