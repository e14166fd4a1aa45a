//! Where a secret is, which is never in the configuration itself.

use std::path::PathBuf;

/// A place outside of the configuration; read for each text, so that a new one needs no restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A variable of the environment.
    Environment(String),
    /// A file that holds nothing else.
    File(PathBuf),
}

impl Secret {
    /// The secret, without the line end that editors leave behind it.
    ///
    /// # Errors
    /// In words that name the place and never what is in it.
    pub fn read(&self) -> Result<String, String> {
        let (secret, place) = match self {
            Self::Environment(name) => (
                std::env::var(name).map_err(|error| error.to_string()),
                format!("the environment's {name}"),
            ),
            Self::File(path) => (
                std::fs::read_to_string(path).map_err(|error| error.to_string()),
                path.display().to_string(),
            ),
        };
        let secret = secret.map_err(|why| format!("no secret in {place}: {why}"))?;
        let secret = secret.trim();
        let is_plain = secret.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if secret.is_empty() || !is_plain {
            return Err(format!(
                "the secret in {place} is empty, or has characters that no header may have"
            ));
        }
        Ok(secret.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_without_its_line_end_and_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let secret = Secret::File(path.clone());
        assert!(secret.read().unwrap_err().contains("key"));
        std::fs::write(&path, "abc\n").unwrap();
        assert_eq!(secret.read().unwrap(), "abc");
        std::fs::write(&path, "def").unwrap();
        assert_eq!(secret.read().unwrap(), "def");
    }

    #[test]
    fn what_would_make_a_second_header_is_no_secret_and_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for content in ["", "\n", "abc\r\nX-Other: 1", "é"] {
            std::fs::write(&path, content).unwrap();
            let error = Secret::File(path.clone()).read().unwrap_err();
            assert!(!error.contains("X-Other"), "{error}");
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let secret = Secret::Environment("ALLO_TEST_NO_SUCH_SECRET".to_owned());
        assert!(
            secret
                .read()
                .unwrap_err()
                .contains("ALLO_TEST_NO_SUCH_SECRET")
        );
    }
}
