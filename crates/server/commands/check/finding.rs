//! What a check found, and what to do about it.

/// One line of `allo check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// As it should be.
    Well(String),
    /// Calls are answered all the same, and something is worth a look.
    Doubtful(String),
    /// Calls would not be answered, or not heard.
    Bad(String),
}

impl Finding {
    /// What was found is well; what went wrong is bad.
    pub(super) fn of(found: Result<String, String>) -> Self {
        match found {
            Ok(detail) => Self::Well(detail),
            Err(detail) => Self::Bad(detail),
        }
    }

    /// Prints it under the name of what was looked at.
    pub(super) fn print(&self, what: &str) {
        let (word, detail) = match self {
            Self::Well(detail) => ("ok  ", detail),
            Self::Doubtful(detail) => ("warn", detail),
            Self::Bad(detail) => ("FAIL", detail),
        };
        println!("{word}  {what}: {detail}");
    }

    /// Whether the exit status stays good.
    pub(super) fn passes(&self) -> bool {
        !matches!(self, Self::Bad(_))
    }
}
