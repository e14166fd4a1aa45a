//! `[mail]`: which server takes the mail, and in whose name it is sent.

use std::net::IpAddr;
use std::path::PathBuf;

use bulletin::EmailAddress;
use serde::{Deserialize, Serialize};

use crate::Secret;

/// `[mail]` as it is written in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MailSettings {
    /// The SMTP server that takes our mail, by name or address.
    pub server: String,
    /// Its port [default: 587 with STARTTLS, 465 with TLS, 25 without].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `starttls`, `tls`, or `none` for a server on this machine [default: starttls].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Security>,
    /// An authority (PEM) that is believed besides those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The account at the server [default: none is used].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Where its password is, read anew after a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The address that mails come from.
    pub from: String,
    /// The name beside it [default: Allo].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the server sends what it cannot deliver later [default: `from`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_path: Option<String>,
    /// The name of this machine as the server is told it [default: the domain of `from`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hello: Option<String>,
    /// Mails to subscribers a minute, at most; ask whoever runs the server [default: 600].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// Connections over which subscribers are written to at the same time [default: 2].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
}

/// How nobody on the way reads what is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// In the clear until the server agrees to TLS, which it must (RFC 3207).
    #[default]
    Starttls,
    /// TLS from the first octet (RFC 8314).
    Tls,
    /// In the clear, to a server on this machine only.
    None,
}

/// Settings that fit together.
pub(super) struct Checked {
    pub(super) server: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) ca: Option<PathBuf>,
    /// Name and password.
    pub(super) account: Option<(String, Secret)>,
    pub(super) from: EmailAddress,
    pub(super) name: Option<String>,
    pub(super) return_path: EmailAddress,
    pub(super) hello: String,
    pub(super) per_minute: u32,
    pub(super) connections: u32,
}

impl MailSettings {
    pub(super) fn checked(&self) -> Result<Checked, MailFault> {
        let address =
            |text: &String| EmailAddress::parse(text).map_err(|_| MailFault::Address(text.clone()));
        let security = self.security.unwrap_or_default();
        if self.server.is_empty()
            || self
                .server
                .contains(|c: char| c.is_whitespace() || c == ':' && !self.server.contains("::"))
        {
            return Err(MailFault::Server(self.server.clone()));
        }
        if security == Security::None && !is_here(&self.server) {
            return Err(MailFault::InTheClear(self.server.clone()));
        }
        let account = match (&self.username, &self.password) {
            (None, None) => None,
            (Some(username), Some(password)) => Some((username.clone(), password.clone())),
            _ => return Err(MailFault::HalfAnAccount),
        };
        let from = address(&self.from)?;
        let above_zero = |number: Option<u32>, name, default| match number {
            Some(0) => Err(MailFault::Zero(name)),
            number => Ok(number.unwrap_or(default)),
        };
        Ok(Checked {
            server: self.server.clone(),
            port: self.port.unwrap_or(match security {
                Security::Starttls => 587,
                Security::Tls => 465,
                Security::None => 25,
            }),
            security,
            ca: self.ca.clone(),
            account,
            name: Some(self.name.clone().unwrap_or_else(|| "Allo".to_owned())),
            return_path: self
                .return_path
                .as_ref()
                .map_or(Ok(from.clone()), address)?,
            hello: self
                .hello
                .clone()
                .unwrap_or_else(|| from.domain().to_owned()),
            from,
            per_minute: above_zero(self.per_minute, "per-minute", PER_MINUTE)?,
            connections: above_zero(self.connections, "connections", CONNECTIONS)?,
        })
    }
}

impl Checked {
    /// What to look at when the server cannot be used.
    pub(super) fn advice(&self) -> String {
        let (server, port) = (&self.server, self.port);
        match self.security {
            Security::None => format!("is a mail server at work on {server}, port {port}?"),
            Security::Starttls | Security::Tls => format!(
                "look at server ({server}), port ({port}), security, username and password of [mail]"
            ),
        }
    }
}

/// Why `[mail]` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// No server, or a server with a port.
    #[error("server of [mail] is {0:?}; write the name of a mail server, and its port in `port`")]
    Server(String),
    /// Mail in the clear over a network.
    #[error(
        "security of [mail] is \"none\", and {0:?} is not this machine; write \"starttls\" or \"tls\""
    )]
    InTheClear(String),
    /// A username without a password, or the other way round.
    #[error("[mail] has one of username and password; write both or none")]
    HalfAnAccount,
    /// Not an address.
    #[error("[mail] names {0:?}; write a whole e-mail address, such as \"allo@example.org\"")]
    Address(String),
    /// A number that must be at least 1.
    #[error("{0} of [mail] is 0; it must be at least 1")]
    Zero(&'static str),
}

/// Whether a server is this machine itself.
fn is_here(server: &str) -> bool {
    server == "localhost" || server.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Ten a second: a town of 20,000 subscribers is told in half an hour.
const PER_MINUTE: u32 = 600;
const CONNECTIONS: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_follow_from_the_security() {
        for (security, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
            let checked = read(&format!("server = 'localhost'\nsecurity = '{security}'"));
            assert_eq!(checked.unwrap().port, port, "{security}");
        }
        let checked = read("server = 'smtp.example.org'").unwrap();
        assert_eq!((checked.port, checked.per_minute), (587, 600));
        assert_eq!(checked.hello, "example.org");
    }

    #[test]
    fn mail_leaves_this_machine_only_under_tls() {
        let asked = |server: &str| read(&format!("server = '{server}'\nsecurity = 'none'"));
        for here in ["localhost", "127.0.0.1", "::1"] {
            assert!(asked(here).is_ok(), "{here}");
        }
        for elsewhere in ["smtp.example.org", "192.0.2.1", "localhost.example.org"] {
            assert_eq!(
                asked(elsewhere).err(),
                Some(MailFault::InTheClear(elsewhere.into()))
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_to_write() {
        for (written, word) in [
            ("server = ''", "name of a mail server"),
            ("server = 'smtp.example.org:25'", "`port`"),
            ("server = 'a'\nusername = 'allo'", "username and password"),
            ("server = 'a'\nreturn-path = 'bounces'", "allo@example.org"),
            ("server = 'a'\nper-minute = 0", "at least 1"),
        ] {
            let fault = read(written).err().unwrap().to_string();
            assert!(fault.contains(word), "{fault}");
        }
    }

    fn read(written: &str) -> Result<Checked, MailFault> {
        let settings: MailSettings =
            toml::from_str(&format!("from = 'allo@example.org'\n{written}")).unwrap();
        settings.checked()
    }
}
