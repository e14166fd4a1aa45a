//! What the line asks of a trunk by itself: to be registered, and whether its servers live.

use std::path::PathBuf;
use std::time::Duration;

use sip::digest::Credentials;

use super::target::Target;

/// The servers of a trunk and what is asked of them. By default nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uplink {
    /// Where requests go instead of to the servers they are for, preferred first.
    pub proxies: Vec<Target>,
    /// Whether the carrier wants the line to register.
    pub register: Option<Register>,
    /// How often each server is asked whether it lives (OPTIONS); zero: never.
    pub watch: Duration,
}

/// How the line registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Each of them is told where calls shall go.
    pub registrars: Vec<Target>,
    /// The user of the account, as the carrier names it.
    pub username: String,
    /// The user of our Contact, which calls may have in their Request-URI.
    pub contact_user: String,
    /// What proves who we are, if there is a password.
    pub credentials: Option<Credentials>,
    /// Where the password was read, for who prints the configuration.
    pub password_file: Option<PathBuf>,
    /// For how long a registration is asked.
    pub expires_s: u32,
}

impl Uplink {
    /// The servers that are asked by their names or addresses: the proxies, or without any the registrars.
    #[must_use]
    pub fn servers(&self) -> &[Target] {
        match &self.register {
            Some(register) if self.proxies.is_empty() => &register.registrars,
            _ => &self.proxies,
        }
    }
}
