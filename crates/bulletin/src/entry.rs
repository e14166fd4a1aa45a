//! One text of a bulletin's thread.

use jiff::Timestamp;

use crate::RecordingKey;
use crate::vocabulary::vocabulary;

/// One text of a bulletin's thread, kept for ever with its author and instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Place in the thread: 1 for the first, without gaps.
    pub number: u32,
    /// What the entry does to the thread.
    pub kind: EntryKind,
    /// The words for residents, trimmed.
    pub text: String,
    /// When it was posted.
    pub at: Timestamp,
    /// Who posted it, as the desk names people and tokens.
    pub author: String,
    /// True when the site says that it masters the event; a correction keeps the value of what it corrects.
    pub under_control: bool,
    /// The words as a person has recorded them, heard where a voice would read the text; the text stands beside it
    /// for those who read, and for the line when the recording is lost.
    pub recording: Option<RecordingKey>,
    /// False when the site does not want this entry on social networks; whoever else is told hears of it all the same.
    pub on_networks: bool,
}

vocabulary! {
    /// What an entry does to its thread.
    pub enum EntryKind {
        /// Opens the thread.
        First = "first", "premier message", "first message";
        /// Tells what has changed.
        Update = "update", "mise à jour", "update";
        /// Sets right what an earlier entry said; the earlier text stays readable.
        Correction = "correction", "rectificatif", "correction";
        /// Closes the thread: back to normal.
        End = "end", "fin", "end";
        /// Takes the bulletin off the line.
        Withdrawal = "withdrawal", "retrait", "withdrawal";
        /// Undoes a withdrawal made by mistake; says again what was said before it.
        Restoration = "restoration", "rétabli", "restored";
    }
}
