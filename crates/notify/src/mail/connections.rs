//! Connections to the mail server, opened when they are needed and kept for the next mail.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;

use super::MailFailure;
use super::failure::Step;
use super::settings::{Checked, Security};

/// The connections that wait for a mail, each with when it was put there.
#[derive(Default)]
pub(super) struct Connections {
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Connections {
    /// Hands one mail over.
    ///
    /// - `octets`: the mail with CR LF at the end of each line.
    pub(super) async fn send(
        &self,
        settings: &Checked,
        (from, to): (&Address, &Address),
        octets: &[u8],
    ) -> Result<(), MailFailure> {
        let mut connection = match self.take() {
            // The server may have closed what was left alone for long: that is not a mail's fault.
            Some((mut kept, since)) => {
                match since.elapsed() > DOUBTED && !kept.test_connected().await {
                    true => open(settings).await?,
                    false => kept,
                }
            }
            None => open(settings).await?,
        };
        let failure = match hand_over(&mut connection, from, to, octets).await {
            Ok(()) => {
                self.keep(connection);
                return Ok(());
            }
            Err(failure) => failure,
        };
        match &failure {
            // Another password, or another server, may be there next time.
            MailFailure::Stuck { .. } => self.idle().clear(),
            _ => {
                if connection.command(Rset).await.is_ok() {
                    self.keep(connection);
                }
            }
        }
        Err(failure)
    }

    /// Opens one and sends nothing.
    pub(super) async fn check(&self, settings: &Checked) -> Result<(), MailFailure> {
        let connection = open(settings).await?;
        self.keep(connection);
        Ok(())
    }

    fn take(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        let mut idle = self.idle();
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop()
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        self.idle().push((connection, Instant::now()));
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    to: &Address,
    octets: &[u8],
) -> Result<(), MailFailure> {
    let at = |step| move |error: Error| MailFailure::of(step, &error);
    let sender = Mail::new(Some(from.clone()), vec![]);
    let taken = connection.command(sender).await;
    taken.map_err(at(Step::Sender))?;
    let taken = connection.command(Rcpt::new(to.clone(), vec![])).await;
    taken.map_err(at(Step::Recipient))?;
    let taken = connection.command(Data).await;
    taken.map_err(at(Step::Content))?;
    let taken = connection.command(Whole(octets)).await;
    taken.map_err(at(Step::Content))?;
    Ok(())
}

/// What follows DATA in one piece: a last line written by itself would wait 40 ms for the acknowledgement of what came
/// before it (RFC 9293 § 3.7.4), at every mail.
struct Whole<'a>(&'a [u8]);

impl fmt::Display for Whole<'_> {
    /// With a dot before each line that begins with one, and the line that ends it all (RFC 5321 § 4.5.2).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.0);
        for line in text.trim_end_matches("\r\n").split("\r\n") {
            let dot = if line.starts_with('.') { "." } else { "" };
            write!(f, "{dot}{line}\r\n")?;
        }
        f.write_str(".\r\n")
    }
}

/// Connects and signs in, with the password as its file holds it at this moment.
async fn open(settings: &Checked) -> Result<AsyncSmtpConnection, MailFailure> {
    let of = |error: Error| MailFailure::of(Step::Opening, &error);
    let hello = ClientId::Domain(settings.hello.clone());
    let server = (settings.server.as_str(), settings.port);
    let wrapper = match settings.security {
        Security::Tls => Some(tls(settings).await?),
        Security::Starttls | Security::None => None,
    };
    let opened = AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &hello, wrapper, None);
    let mut connection = opened.await.map_err(of)?;
    if settings.security == Security::Starttls {
        let secured = connection.starttls(tls(settings).await?, &hello);
        secured.await.map_err(of)?;
    }
    if let Some((username, password)) = &settings.account {
        let password = password.read().map_err(|why| MailFailure::Stuck { why })?;
        let account = Credentials::new(username.clone(), password.expose().to_owned());
        let shown = connection.auth(&[Mechanism::Plain, Mechanism::Login], &account);
        shown.await.map_err(of)?;
    }
    Ok(connection)
}

async fn tls(settings: &Checked) -> Result<TlsParameters, MailFailure> {
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
    let built = builder.build();
    built.map_err(|error| MailFailure::of(Step::Opening, &error))
}

/// From the name to the greeting.
const CONNECT: Duration = Duration::from_secs(20);
/// Servers close connections that say nothing for some minutes; this side does it first.
const IDLE: Duration = Duration::from_secs(30);
/// Left alone for longer than this, a connection is asked whether it lives.
const DOUBTED: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_a_dot_does_not_end_a_mail() {
        let told = |text: &str| Whole(text.as_bytes()).to_string();
        assert_eq!(
            told("A: b\r\n\r\n.\r\n..c\r\nd"),
            "A: b\r\n\r\n..\r\n...c\r\nd\r\n.\r\n"
        );
        assert_eq!(told("a\r\n"), "a\r\n.\r\n");
    }
}
