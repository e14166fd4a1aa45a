//! What a channel is given besides its settings.

use std::path::PathBuf;
use std::time::Duration;

/// Where a channel lives: its name, a folder for what it must remember, and how long it may wait.
#[derive(Clone, Debug)]
pub struct Home {
    /// The channel's name in the configuration: letters, digits, `_` and `-`.
    pub name: String,
    /// A folder of the service's data that outlives it, for tokens that the other side renews; it need not exist yet.
    pub folder: PathBuf,
    /// For one exchange with the other side, from the name to the last octet.
    pub patience: Duration,
}

impl Home {
    /// The usual patience: 20 s.
    #[must_use]
    pub fn new(name: &str, folder: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            folder: folder.into(),
            patience: Duration::from_secs(20),
        }
    }
}
