//! E-mail, handed to the SMTP server that the configuration names (RFC 5321; RFC 6409 for its port 587, RFC 8314 for
//! its port 465).
//!
//! Start with [`Mailer`]; a [`Mail`] is plain text for one person. No mail of this house has a picture, a script or a
//! counter in it, and each says that a machine has written it (RFC 3834), so that no absence note answers it.

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
use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::Mutex;
use tokio::time::timeout;

pub use failure::MailFailure;
pub use letter::Mail;
pub use returned::{LONGEST as LONGEST_REPORT, returned};
pub use settings::{MailFault, MailSettings, Security};
pub use story::{story, subject};

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
    /// Made when the first mail is sent, and again after the server has refused this side as a whole: its password may
    /// be another by then.
    transport: Mutex<Option<Transport>>,
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

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
                transport: Mutex::new(None),
                settings,
            }),
        })
    }

    /// Sends one mail; ends within 25 seconds.
    ///
    /// # Errors
    /// [`MailFailure`], which says whose fault it is and whether another try may succeed.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailFailure> {
        let (envelope, octets) = self.inner.compose(mail)?;
        let sent = timeout(LONGEST, async {
            let transport = self.inner.transport().await?;
            let sent = transport.send_raw(&envelope, &octets).await;
            sent.map_err(|error| MailFailure::of(&error))
        });
        let failure = match sent.await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(failure)) => failure,
            Err(_) => MailFailure::Stuck {
                why: format!(
                    "the mail server {} has not answered within {} seconds",
                    self.inner.settings.server,
                    LONGEST.as_secs()
                ),
            },
        };
        if matches!(failure, MailFailure::Stuck { .. }) {
            self.inner.transport.lock().await.take();
        }
        Err(failure)
    }

    /// Connects and signs in, and sends nothing.
    ///
    /// # Errors
    /// One sentence that says what to change.
    pub async fn check(&self) -> Result<(), String> {
        let tried = timeout(LONGEST, async {
            let transport = self.inner.connect().await?;
            match transport.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(MailFailure::Stuck {
                    why: "the mail server closes the connection as soon as it is open".to_owned(),
                }),
                Err(error) => Err(MailFailure::of(&error)),
            }
        });
        let advice = self.inner.settings.advice();
        match tried.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => Err(format!("{failure}; {advice}")),
            Err(_) => Err(format!(
                "no answer within {} seconds; {advice}",
                LONGEST.as_secs()
            )),
        }
    }

    /// The address that mails come from, as people are told to expect it.
    pub fn sender(&self) -> &EmailAddress {
        &self.inner.settings.from
    }

    /// How many mails to subscribers are sent in a minute at most.
    pub fn per_minute(&self) -> u32 {
        self.inner.settings.per_minute
    }

    /// Connections to the server at the same time.
    pub fn connections(&self) -> u32 {
        self.inner.settings.connections
    }
}

impl Inner {
    /// The connections in use, opened when there are none.
    async fn transport(&self) -> Result<Transport, MailFailure> {
        let mut kept = self.transport.lock().await;
        if let Some(transport) = &*kept {
            return Ok(transport.clone());
        }
        let transport = self.connect().await?;
        *kept = Some(transport.clone());
        Ok(transport)
    }

    /// Prepares connections with the password as its file holds it at this moment.
    async fn connect(&self) -> Result<Transport, MailFailure> {
        let settings = &self.settings;
        let tls = match settings.security {
            Security::None => Tls::None,
            Security::Starttls => Tls::Required(self.tls().await?),
            Security::Tls => Tls::Wrapper(self.tls().await?),
        };
        let pool = PoolConfig::new()
            .max_size(settings.connections)
            .idle_timeout(IDLE);
        let builder = Transport::builder_dangerous(&settings.server)
            .port(settings.port)
            .hello_name(ClientId::Domain(settings.hello.clone()))
            .timeout(Some(COMMAND))
            .tls(tls)
            .pool_config(pool);
        let Some((username, password)) = &settings.account else {
            return Ok(builder.build());
        };
        let password = password.read().map_err(|why| MailFailure::Stuck { why })?;
        let credentials = Credentials::new(username.clone(), password.expose().to_owned());
        Ok(builder.credentials(credentials).build())
    }

    async fn tls(&self) -> Result<TlsParameters, MailFailure> {
        let settings = &self.settings;
        let mut builder = TlsParameters::builder(settings.server.clone());
        if let Some(path) = &settings.ca {
            let unusable = |why: &dyn fmt::Display| MailFailure::Stuck {
                why: format!(
                    "the authorities of {} cannot be used: {why}",
                    path.display()
                ),
            };
            let pem = tokio::fs::read(path).await;
            let pem = pem.map_err(|error| unusable(&error))?;
            let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(&error))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map_err(|error| MailFailure::of(&error))
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
/// One command and its answer.
const COMMAND: Duration = Duration::from_secs(20);
/// Servers close connections that say nothing for some minutes; this side does it first.
const IDLE: Duration = Duration::from_secs(30);
