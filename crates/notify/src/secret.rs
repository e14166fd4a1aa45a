//! Where a secret is, which is never in the configuration itself.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

/// A place outside of the configuration, read at each use, so that a new secret needs no restart.
///
/// As a table: `{ file = "/etc/allo/mastodon.token" }`, or `{ credential = "mastodon" }` for one that systemd puts into
/// `$CREDENTIALS_DIRECTORY` (`LoadCredential=`, `LoadCredentialEncrypted=`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// A file that holds nothing else.
    File(PathBuf),
    /// The name of a credential of the unit that runs the service.
    Credential(String),
    /// Somebody wrote the secret itself where its place belongs; it is dropped at once, and [`Secret::read`] says so.
    #[serde(rename = "written-in-the-configuration")]
    Misplaced,
}

impl Secret {
    /// The secret of now, without the line end that editors leave behind it.
    ///
    /// # Errors
    /// One sentence that names the place and what to do, and never what is in it.
    pub fn read(&self) -> Result<SecretText, String> {
        let path = self.path()?;
        let read = std::fs::read_to_string(&path);
        let text =
            read.map_err(|error| format!("cannot read the secret {}: {error}", path.display()))?;
        let text = text.trim();
        let is_plain = text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if text.is_empty() || !is_plain {
            return Err(format!(
                "the secret {} is empty, or has characters that no header may have; write the secret alone on its first line",
                path.display()
            ));
        }
        Ok(SecretText(text.to_owned()))
    }

    /// As [`Secret::read`], and nobody but its owner and group may read the file.
    ///
    /// # Errors
    /// One sentence that says what to change.
    pub fn check(&self) -> Result<SecretText, String> {
        use std::os::unix::fs::PermissionsExt;

        let text = self.read()?;
        let path = self.path()?;
        let mode = std::fs::metadata(&path).map_or(0, |file| file.permissions().mode());
        if mode & 0o007 != 0 {
            let path = path.display();
            return Err(format!(
                "everybody on this machine may read the secret {path}: chmod o= {path}"
            ));
        }
        Ok(text)
    }

    fn path(&self) -> Result<PathBuf, String> {
        match self {
            Self::File(path) => Ok(path.clone()),
            Self::Credential(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    format!("there is no $CREDENTIALS_DIRECTORY: give the unit LoadCredential={name}:PATH, or write {{ file = \"PATH\" }}")
                })?;
                if name.is_empty() || name.contains('/') || name.starts_with('.') {
                    return Err(format!("{name:?} is no name of a credential; write the name that LoadCredential= gives it"));
                }
                Ok(PathBuf::from(folder).join(name))
            }
            Self::Misplaced => Err(
                "a secret stands in the configuration itself: write it into a file of its own and name that, as { file = \"PATH\" }"
                    .to_owned(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Place(Place),
            Itself(String),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Place {
            file: Option<PathBuf>,
            credential: Option<String>,
        }
        let written = Written::deserialize(deserializer).map_err(|error: D::Error| {
            // Of one that is not there at all, the key is named; of any other nothing is repeated.
            let absent = error.to_string();
            if absent.starts_with("missing field") {
                return error;
            }
            serde::de::Error::custom("a secret is { file = \"PATH\" } or { credential = \"NAME\" }")
        })?;
        match written {
            Written::Place(Place {
                file: Some(path),
                credential: None,
            }) => Ok(Self::File(path)),
            Written::Place(Place {
                file: None,
                credential: Some(name),
            }) => Ok(Self::Credential(name)),
            Written::Place(_) => Err(serde::de::Error::custom(
                "a secret has one place: { file = \"PATH\" } or { credential = \"NAME\" }",
            )),
            Written::Itself(secret) => {
                drop(secret);
                Ok(Self::Misplaced)
            }
        }
    }
}

/// A secret that was read. It is printed nowhere: `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Takes a secret that came another way than from a [`Secret`], such as a token that the other side has given.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself, for a header or a signature.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What somebody else said, without this secret in it.
    #[must_use]
    pub fn hidden_in(&self, said: &str) -> String {
        if self.0.is_empty() {
            return said.to_owned();
        }
        said.replace(&self.0, "***")
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_read_without_its_line_end_and_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let secret = Secret::File(path.clone());
        assert!(secret.read().unwrap_err().contains("token"));

        std::fs::write(&path, "abc\n").unwrap();
        assert_eq!(secret.read().unwrap().expose(), "abc");
        std::fs::write(&path, "def").unwrap();
        assert_eq!(secret.read().unwrap().expose(), "def");
    }

    #[test]
    fn what_would_make_a_second_header_is_no_secret_and_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for content in ["", "\n", "abc\r\nX-Other: 1", "é"] {
            std::fs::write(&path, content).unwrap();
            let error = Secret::File(path.clone()).read().unwrap_err();
            assert!(!error.contains("X-Other"), "{error}");
        }
    }

    #[test]
    fn a_secret_everybody_may_read_is_not_accepted_by_the_check() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "abc").unwrap();
        for (mode, good) in [(0o644, false), (0o604, false), (0o640, true), (0o400, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let checked = Secret::File(path.clone()).check();
            assert_eq!(checked.is_ok(), good, "{mode:o}");
        }
    }

    #[test]
    fn a_secret_in_the_configuration_is_dropped_and_said_so() {
        let read: Secret = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(read, Secret::Misplaced);
        assert!(!format!("{read:?}{}", serde_json::to_string(&read).unwrap()).contains("hunter2"));
        assert!(read.read().unwrap_err().contains("{ file = "));

        let file: Secret = serde_json::from_str(r#"{"file":"/run/x"}"#).unwrap();
        assert_eq!(file, Secret::File("/run/x".into()));
        for wrong in [
            r#"{"file":"a","credential":"b"}"#,
            "{}",
            r#"{"value":"hunter2"}"#,
        ] {
            let error = serde_json::from_str::<Secret>(wrong)
                .unwrap_err()
                .to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_credential_never_leaves_its_folder() {
        for name in ["../token", "", ".hidden", "a/b"] {
            let error = Secret::Credential(name.to_owned()).read().unwrap_err();
            assert!(
                error.contains("credential") || error.contains("CREDENTIALS"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_was_read_is_printed_nowhere() {
        let text = SecretText::new("hunter2".to_owned());
        assert_eq!(format!("{text:?}"), "***");
        assert_eq!(text.hidden_in("bad key hunter2!"), "bad key ***!");
    }
}
