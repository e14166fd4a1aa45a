//! Digits that must not be seen: what an operator types to be known.

use std::fmt;

/// What was typed; it shows itself to nobody but [`Digits::reveal`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// Takes one more; a thirteenth is not kept, and no code or PIN is that long.
    pub(crate) fn push(&mut self, digit: char) {
        if self.0.len() < MOST {
            self.0.push(digit);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The digits themselves, for whoever checks them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Digits {
    /// The first twelve of these characters.
    fn from(text: &str) -> Self {
        Self(text.chars().take(MOST).collect())
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(hidden)")
    }
}

/// Longer than any code or PIN.
const MOST: usize = 12;
