//! What every channel can do.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::timeout;

use crate::{Announcement, Answer, SecretText};

/// A way of telling people, set up for one territory.
pub trait Channel: Send + Sync {
    /// Tells one entry.
    ///
    /// - `earlier`: the receipts of the entries of this bulletin that this channel has told already, oldest first;
    ///   what is told of the same event hangs on them where the network knows threads.
    ///
    /// The future ends by itself within 30 seconds, whatever the other side does.
    ///
    /// # Errors
    /// [`Failure`], which says whether it is worth another try.
    fn tell<'a>(&'a self, announcement: &'a Announcement, earlier: &'a [Receipt]) -> Told<'a>;

    /// Asks the other side whether the settings are right, without telling anybody anything.
    ///
    /// # Errors
    /// One sentence that says what to change.
    fn check(&self) -> Checked<'_>;

    /// Whether [`Announcement::sound`] is worth a short wait.
    fn takes_sound(&self) -> bool {
        false
    }
}

/// What comes of [`Channel::tell`].
pub type Told<'a> = Pin<Box<dyn Future<Output = Result<Receipt, Failure>> + Send + 'a>>;

/// What comes of [`Channel::check`].
pub type Checked<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// What the other side calls what it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its name there, as the channel needs it to hang the next entry on; empty where nothing is needed.
    pub id: String,
    /// Where people see it, if anywhere.
    pub url: Option<String>,
}

/// Why a channel did not tell. The words never hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Another try may succeed.
    #[error("{why}")]
    Later {
        /// What happened, in a sentence.
        why: String,
        /// The shortest wait that the other side asks for (`Retry-After` and its like).
        after: Option<Duration>,
    },
    /// It is refused for good, or nobody can do anything about it but a person.
    #[error("{why}")]
    Never {
        /// What happened and what to change, in a sentence.
        why: String,
    },
}

impl Failure {
    /// Nobody but a person can do anything about it.
    pub(crate) fn never(why: impl Into<String>) -> Self {
        Self::Never { why: why.into() }
    }

    /// Another try may succeed.
    pub(crate) fn later(why: impl Into<String>) -> Self {
        let why = why.into();
        Self::Later { why, after: None }
    }

    /// What an answer says that was not hoped for, without the secrets that the request held.
    pub(crate) fn of(who: &str, answer: &Answer, said: &str, secrets: &[&SecretText]) -> Self {
        let said = secrets
            .iter()
            .fold(said.to_owned(), |said, secret| secret.hidden_in(&said));
        answer.failure(who, &said)
    }
}

/// Ends a telling in time, however many requests it takes.
pub(crate) async fn in_time(
    who: &str,
    telling: impl Future<Output = Result<Receipt, Failure>>,
) -> Result<Receipt, Failure> {
    let told = timeout(LONGEST, telling).await;
    told.unwrap_or_else(|_| Err(Failure::later(format!("{who} takes too long"))))
}

/// A little less than the 30 s of [`Channel::tell`].
const LONGEST: Duration = Duration::from_secs(28);
