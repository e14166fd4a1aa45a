//! E-mail, handed to the SMTP server that the configuration names (RFC 5321; RFC 6409 for its port 587, RFC 8314 for
//! its port 465).
//!
//! Start with [`Mailer`]; a [`Mail`] is plain text for one person. No mail of this house has a picture, a script or a
//! counter in it, and each says that a machine has written it (RFC 3834), so that no absence note answers it.

mod connections;
mod failure;
mod letter;
mod returned;
mod settings;
mod story;
pub mod subscription;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bulletin::EmailAddress;
use lettre::Address;
use lettre::message::Mailbox;
use tokio::time::timeout;

pub use failure::MailFailure;
pub use letter::Mail;
pub use returned::{LONGEST as LONGEST_REPORT, returned};
pub use settings::{MailFault, MailSettings, Security};
pub use story::{story, subject};

use connections::Connections;
use settings::Checked;

/// The way to one SMTP server; cloning it shares its connections.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Checked,
    from: Mailbox,
    /// Whom the envelope names: refusals that come later go there.
    return_path: Address,
    connections: Connections,
}

impl Mailer {
    /// Reads the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`MailFault`], one sentence that says what to write instead.
    pub fn new(settings: &MailSettings) -> Result<Self, MailFault> {
        let settings = settings.checked()?;
        let lettre_address = |address: &EmailAddress| {
            let text = address.as_str();
            text.parse::<Address>()
                .map_err(|_| MailFault::Address(text.to_owned()))
        };
        Ok(Self {
            inner: Arc::new(Inner {
                from: Mailbox::new(settings.name.clone(), lettre_address(&settings.from)?),
                return_path: lettre_address(&settings.return_path)?,
                connections: Connections::default(),
                settings,
            }),
        })
    }

    /// Sends one mail; ends within 25 seconds.
    ///
    /// # Errors
    /// [`MailFailure`], which says whose fault it is and whether another try may succeed.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailFailure> {
        let inner = &self.inner;
        let (to, octets) = inner.compose(mail)?;
        let ends = (&inner.return_path, &to);
        let sent = inner.connections.send(&inner.settings, ends, &octets);
        timeout(LONGEST, sent)
            .await
            .unwrap_or_else(|_| Err(inner.silent()))
    }

    /// Connects and signs in, and sends nothing.
    ///
    /// # Errors
    /// One sentence that says what to change.
    pub async fn check(&self) -> Result<(), String> {
        let inner = &self.inner;
        if let Some((_, password)) = &inner.settings.account {
            password.check()?;
        }
        let tried = timeout(LONGEST, inner.connections.check(&inner.settings)).await;
        let advised = |failure| format!("{failure}; {}", inner.settings.advice());
        tried
            .unwrap_or_else(|_| Err(inner.silent()))
            .map_err(advised)
    }

    /// The address that mails come from, as people are told to expect it.
    pub fn sender(&self) -> &EmailAddress {
        &self.inner.settings.from
    }

    /// How many mails to subscribers are sent in a minute at most.
    pub fn per_minute(&self) -> u32 {
        self.inner.settings.per_minute
    }

    /// Over how many connections mails to subscribers go at the same time.
    pub fn connections(&self) -> u32 {
        self.inner.settings.connections
    }
}

impl Inner {
    fn silent(&self) -> MailFailure {
        let (server, seconds) = (&self.settings.server, LONGEST.as_secs());
        MailFailure::Stuck {
            why: format!("the mail server {server} has not answered within {seconds} seconds"),
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checked { server, port, .. } = &self.inner.settings;
        write!(f, "Mailer({server}:{port})")
    }
}

/// A whole mail, with connecting and signing in.
const LONGEST: Duration = Duration::from_secs(25);
