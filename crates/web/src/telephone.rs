//! By what a site is known on the telephone: a code and a PIN, made by the rest of the program.

use std::pin::Pin;
use std::sync::Arc;

use bulletin::SiteSlug;
use jiff::Timestamp;

/// Gives a site a new PIN, and the code that is asked for or the one it has; see [`crate::App::key_maker`].
///
/// Takes the site, the code, who asks, and the instant.
pub type KeyMaker = Arc<
    dyn Fn(
            SiteSlug,
            Option<String>,
            String,
            Timestamp,
        ) -> Pin<Box<dyn Future<Output = Result<NewKey, NoKey>> + Send>>
        + Send
        + Sync,
>;

/// What a site types on the telephone; shown once, and kept as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKey {
    /// First.
    pub code: String,
    /// Then.
    pub pin: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewKey({}, hidden)", self.code)
    }
}

/// Why a site has no new PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// The code is none that a keypad can say.
    Code,
    /// Another site has the code.
    Taken,
    /// Because of us; what happened, for the log.
    Failed(String),
}
