//! Whether words can be said before they are kept: asked of the rest of the program, which knows the lexicons.

use std::pin::Pin;
use std::sync::Arc;

use bulletin::{Language, LexiconEntry, Territory};

/// Reads words for what is wrong with them; see [`crate::App::proofreader`].
pub type Proofreader =
    Arc<dyn Fn(Territory, Proof) -> Pin<Box<dyn Future<Output = Vec<Fault>> + Send>> + Send + Sync>;

/// What is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// How a name is said.
    Entry(LexiconEntry),
    /// A sentence of the line.
    Sentence {
        /// The language of the text.
        language: Language,
        /// The words as they are written.
        text: String,
    },
}

/// Something that is wrong with words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is and what to do, in French.
    pub french: String,
    /// The same in English.
    pub english: String,
    /// Whether the words cannot be kept with it.
    pub is_grave: bool,
}
