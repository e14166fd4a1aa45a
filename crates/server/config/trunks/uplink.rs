//! What the line asks of a trunk by itself: `proxies`, `watch-seconds` and `[trunk.register]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use line::{NoTarget, Register, Target, Uplink};
use serde::{Deserialize, Serialize};
use sip::digest::{Credentials, Secret};

use super::TrunkTable;
use crate::config::within_credentials;

/// `[trunk.register]` as it is written. There is no key for a password: it stands in a file or in the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegisterTable {
    /// The registrars, each of which is told where calls shall go: `sip:registrar.example`.
    pub registrars: Option<Vec<String>>,
    /// The user of the account.
    pub username: Option<String>,
    /// The user that the password belongs to [default: `username`].
    pub auth_username: Option<String>,
    /// The user of our Contact, which calls may have in their Request-URI [default: `username`].
    pub contact_user: Option<String>,
    /// A file that holds the password alone; a bare name is one of systemd's credentials
    /// [default: `ALLO_TRUNK_NAME_PASSWORD` of the environment].
    pub password_file: Option<PathBuf>,
    /// For how long a registration is asked [default: 3600].
    pub expires_seconds: Option<u32>,
    /// Read so that it can be refused without being shown.
    #[serde(default, skip_serializing)]
    password: Option<InClear>,
}

/// A password where everybody reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct InClear;

impl<'de> Deserialize<'de> for InClear {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// What is wrong with one of these keys.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UplinkFault {
    /// A server that is none.
    #[error("{key}: {fault}")]
    Target {
        /// Where it stands.
        key: &'static str,
        /// What it is.
        fault: NoTarget,
    },
    /// A list without servers.
    #[error("{0} names nobody; write the servers, such as {0} = [\"sip:sbc.example\"]")]
    Nobody(&'static str),
    /// Somebody shall be watched, and nobody is named.
    #[error(
        "watch-seconds is set and nobody is named to be asked; write proxies = [\"sip:sbc.example\"], or watch-seconds = 0"
    )]
    NobodyToWatch,
    /// Too rarely to be of use.
    #[error("watch-seconds is {0}; write 1 to 3600 (30 is usual), or 0 to ask nobody")]
    Watch(u64),
    /// A name that is missing or would break a message.
    #[error("register: {key} is {name:?}; write the account's user as the carrier names it")]
    User {
        /// The key.
        key: &'static str,
        /// What was written.
        name: String,
    },
    /// A registration that is too short or too long.
    #[error("register: expires-seconds is {0}; write 60 to 86400 (3600 is usual)")]
    Expires(u32),
    /// The password is not there.
    #[error(
        "register: password-file {} cannot be read: {why}; write the path of a file that holds the password alone, or the \
         name of a credential of systemd (LoadCredential=)",
        path.display()
    )]
    PasswordFile {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The configuration is printed, copied and shown; a password is not.
    #[error(
        "register: password does not stand in this file; put it into a file of its own and name that by password-file"
    )]
    InClear,
    /// Nothing in it.
    #[error("register: the password of {0} is empty; put the password there")]
    NoPassword(String),
}

/// Checks the keys of one trunk.
pub(super) fn parse(table: &TrunkTable, trunk: &str) -> Result<Uplink, UplinkFault> {
    let proxies = match &table.proxies {
        Some(names) => targets("proxies", names)?,
        None => vec![],
    };
    let register = table.register.as_ref();
    let register = register
        .map(|table| parse_register(table, trunk))
        .transpose()?;
    let watch = match table.watch_seconds.unwrap_or(0) {
        seconds @ 0..=3600 => Duration::from_secs(seconds),
        seconds => return Err(UplinkFault::Watch(seconds)),
    };
    let uplink = Uplink {
        proxies,
        register,
        watch,
    };
    if !uplink.watch.is_zero() && uplink.servers().is_empty() {
        return Err(UplinkFault::NobodyToWatch);
    }
    Ok(uplink)
}

/// Says the keys as a file would; the password is in none.
pub(super) fn write(uplink: &Uplink, table: &mut TrunkTable) {
    let names = |targets: &[Target]| targets.iter().map(Target::to_string).collect();
    table.proxies = (!uplink.proxies.is_empty()).then(|| names(&uplink.proxies));
    table.watch_seconds = Some(uplink.watch.as_secs());
    table.register = uplink.register.as_ref().map(|register| RegisterTable {
        registrars: Some(names(&register.registrars)),
        username: Some(register.username.clone()),
        auth_username: register
            .credentials
            .as_ref()
            .map(|credentials| credentials.username.clone()),
        contact_user: Some(register.contact_user.clone()),
        password_file: register.password_file.clone(),
        expires_seconds: Some(register.expires_s),
        password: None,
    });
}

fn parse_register(table: &RegisterTable, trunk: &str) -> Result<Register, UplinkFault> {
    if table.password.is_some() {
        return Err(UplinkFault::InClear);
    }
    let named = table.registrars.as_deref().unwrap_or_default();
    let registrars = targets("registrars", named)?;
    let username = user("username", table.username.as_deref().unwrap_or_default())?;
    let of = |key, name: &Option<String>| {
        name.as_deref()
            .map_or(Ok(username.clone()), |name| user(key, name))
    };
    let auth_username = of("auth-username", &table.auth_username)?;
    let password = password(table.password_file.as_deref(), trunk)?;
    let expires_s = match table.expires_seconds.unwrap_or(3_600) {
        seconds @ 60..=86_400 => seconds,
        seconds => return Err(UplinkFault::Expires(seconds)),
    };
    Ok(Register {
        registrars,
        contact_user: of("contact-user", &table.contact_user)?,
        credentials: password.map(|password| Credentials {
            username: auth_username,
            password,
        }),
        password_file: table.password_file.clone(),
        expires_s,
        username,
    })
}

fn targets(key: &'static str, names: &[String]) -> Result<Vec<Target>, UplinkFault> {
    if names.is_empty() {
        return Err(UplinkFault::Nobody(key));
    }
    let read = names.iter().map(|name| name.parse());
    read.collect::<Result<_, _>>()
        .map_err(|fault| UplinkFault::Target { key, fault })
}

/// A name without what would end a line of a message.
fn user(key: &'static str, name: &str) -> Result<String, UplinkFault> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        let name = name.to_owned();
        return Err(UplinkFault::User { key, name });
    }
    Ok(name.trim().to_owned())
}

/// The password of the file, or of the environment; none where neither is named.
fn password(file: Option<&Path>, trunk: &str) -> Result<Option<Secret>, UplinkFault> {
    let (text, place) = match file {
        Some(path) => {
            let path = within_credentials(path);
            let text =
                std::fs::read_to_string(&path).map_err(|error| UplinkFault::PasswordFile {
                    path: path.clone(),
                    why: error.to_string(),
                })?;
            (text, path.display().to_string())
        }
        None => {
            let name = variable_of(trunk);
            match std::env::var(&name) {
                Ok(text) => (text, name),
                Err(_) => return Ok(None),
            }
        }
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(UplinkFault::NoPassword(place));
    }
    Ok(Some(Secret::new(text)))
}

/// `ALLO_TRUNK_CARRIER_A_PASSWORD` of a trunk named `carrier-a`.
fn variable_of(trunk: &str) -> String {
    let name = trunk.to_ascii_uppercase().replace('-', "_");
    format!("ALLO_TRUNK_{name}_PASSWORD")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reaches_the_line_and_is_printed_without_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        let table = read(&format!(
            r#"
            proxies = ["sip:sbc.example;transport=tcp"]
            watch-seconds = 30
            [register]
            registrars = ["sip:registrar.example", "sip:192.0.2.1:5070"]
            username = "0805691282"
            auth-username = "account"
            contact-user = "allo"
            password-file = {:?}
            expires-seconds = 600
            "#,
            file.display().to_string()
        ));
        let uplink = parse(&table, "carrier").unwrap();

        let register = uplink.register.clone().unwrap();
        assert_eq!(register.credentials.clone().unwrap().username, "account");
        let secret = register.credentials.as_ref().unwrap().password.clone();
        assert!(
            secret == Secret::new("hunter2"),
            "the line end is no part of it"
        );
        assert!(!format!("{uplink:?}").contains("hunter2"));
        let mut again = TrunkTable::default();
        write(&uplink, &mut again);
        assert_eq!(parse(&again, "carrier"), Ok(uplink));
        let printed = toml::to_string(&again).unwrap();
        assert!(
            printed.contains("0805691282") && !printed.contains("hunter2"),
            "{printed}"
        );
    }

    #[test]
    fn a_username_alone_names_account_contact_and_password() {
        let uplink = parse(&read(REGISTER), "carrier").unwrap();
        let register = uplink.register.unwrap();

        assert_eq!(
            (register.contact_user.as_str(), register.expires_s),
            ("u", 3_600)
        );
        assert_eq!(register.credentials, None, "a registrar need not ask");
        assert_eq!(
            variable_of("carrier-a_1"),
            "ALLO_TRUNK_CARRIER_A_1_PASSWORD"
        );
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_to_write() {
        let register = |line: &str| format!("{REGISTER}\n{line}");
        for (text, wanted) in [
            ("proxies = []".to_owned(), "proxies = [\"sip:sbc.example\"]"),
            ("proxies = [\"sbc.example\"]".to_owned(), "sip:HOST:PORT"),
            ("watch-seconds = 30".to_owned(), "write proxies"),
            (format!("watch-seconds = 9999\n{REGISTER}"), "1 to 3600"),
            ("[register]\nusername = \"u\"".to_owned(), "registrars = "),
            (
                "[register]\nregistrars = [\"sip:r\"]".to_owned(),
                "username is \"\"",
            ),
            (register("auth-username = \"a\\nb\""), "auth-username"),
            (register("contact-user = \" \""), "contact-user"),
            (register("expires-seconds = 59"), "60 to 86400"),
            (
                register("password-file = \"/no/such/file\""),
                "/no/such/file",
            ),
            (
                register("password-file = \"/dev/null\""),
                "/dev/null is empty",
            ),
        ] {
            let said = parse(&read(&text), "carrier").unwrap_err().to_string();
            assert!(said.contains(wanted), "{text}: {said}");
        }
    }

    #[test]
    fn a_password_among_the_keys_is_refused_without_being_shown() {
        let table = read(&format!("{REGISTER}\npassword = \"hunter2\""));
        let said = parse(&table, "carrier").unwrap_err().to_string();

        assert!(said.contains("password-file"), "{said}");
        assert!(!format!("{said}{table:?}").contains("hunter2"));
    }

    const REGISTER: &str = "[register]\nregistrars = [\"sip:registrar.example\"]\nusername = \"u\"";

    fn read(text: &str) -> TrunkTable {
        toml::from_str(text).unwrap()
    }
}
