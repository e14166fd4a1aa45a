//! The secrets of a demonstration: made once, shown in one file.

use std::fs::{OpenOptions, rename};
use std::io::{Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bulletin::Site;
use serde::{Deserialize, Serialize};

use crate::secrets::{self, SecretError};

/// The secrets of a demonstration, as its file holds them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Credentials {
    /// Who administers.
    pub admin: Person,
    /// One for each site.
    pub operators: Vec<Operator>,
    /// One for each site.
    pub tokens: Vec<SiteToken>,
}

/// How a person signs in.
#[derive(Debug, Serialize, Deserialize)]
pub struct Person {
    /// Their address.
    pub email: String,
    /// In clear, here only.
    pub password: String,
    /// What makes the codes of the second factor, as an authenticator takes it (RFC 4648 base32).
    #[serde(default)]
    pub totp_secret: String,
}

/// Who posts for a site.
#[derive(Debug, Serialize, Deserialize)]
pub struct Operator {
    /// The site.
    pub site: String,
    /// Their address.
    pub email: String,
    /// In clear, here only.
    pub password: String,
    /// As that of [`Person`].
    #[serde(default)]
    pub totp_secret: String,
    /// The code of the site on the telephone.
    #[serde(default)]
    pub code: String,
    /// Six digits, for posting by telephone.
    pub pin: String,
}

/// What a program posts with.
#[derive(Debug, Serialize, Deserialize)]
pub struct SiteToken {
    /// The site.
    pub site: String,
    /// Its territory.
    pub territory: String,
    /// In clear, here only.
    pub token: String,
}

impl Credentials {
    /// Reads the file of a demonstration that is set up.
    ///
    /// # Errors
    /// What the system or the JSON reader said.
    pub fn read(data: &Path) -> Result<Self> {
        read(&data.join(FILE))
    }

    /// What makes the codes of the person with this address.
    pub(crate) fn totp_secret(&self, email: &str) -> Option<&str> {
        let operators = self.operators.iter();
        let operators = operators.map(|one| (&one.email, &one.totp_secret));
        let admin = (&self.admin.email, &self.admin.totp_secret);
        let mut all = std::iter::once(admin).chain(operators);
        all.find(|(one, _)| *one == email)
            .map(|(_, secret)| secret.as_str())
    }

    /// The secrets of a set-up that was interrupted, if there was one.
    pub(super) fn unfinished(data: &Path) -> Option<Self> {
        read(&draft(data)).ok()
    }

    /// Draws new ones for an administrator and for each site.
    pub(super) fn draw(sites: &[Site]) -> std::result::Result<Self, SecretError> {
        let operator = |(code, site): (u32, &Site)| {
            Ok(Operator {
                code: code.to_string(),
                site: site.slug.to_string(),
                email: format!("{}@allo.example", site.slug),
                password: secrets::password()?,
                totp_secret: secrets::totp_secret(),
                pin: secrets::pin()?,
            })
        };
        let token = |site: &Site| {
            Ok(SiteToken {
                site: site.slug.to_string(),
                territory: site.territory.to_string(),
                token: secrets::token()?,
            })
        };
        Ok(Self {
            admin: Person {
                email: ADMINISTRATOR.into(),
                password: secrets::password()?,
                totp_secret: secrets::totp_secret(),
            },
            operators: (FIRST_CODE..)
                .zip(sites)
                .map(operator)
                .collect::<std::result::Result<_, SecretError>>()?,
            tokens: sites
                .iter()
                .map(token)
                .collect::<std::result::Result<_, SecretError>>()?,
        })
    }

    /// Writes them down before any row depends on them, for their owner only.
    pub(super) fn begin(&self, data: &Path) -> Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(draft(data))?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()
    }

    /// Gives the file its name: every row is there.
    pub(super) fn finish(data: &Path) -> Result<()> {
        rename(draft(data), data.join(FILE))
    }
}

/// The sites' codes on the telephone follow one another.
const FIRST_CODE: u32 = 1001;
/// Who administers a demonstration.
pub const ADMINISTRATOR: &str = "admin@allo.example";
/// The name of the file of secrets in the data folder.
pub const FILE: &str = "demo-credentials.json";

fn draft(data: &Path) -> PathBuf {
    data.join(FILE).with_extension("json.unfinished")
}

fn read(path: &Path) -> Result<Credentials> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}
