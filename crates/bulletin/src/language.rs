//! The language a bulletin is written and spoken in.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// The language a bulletin is written and spoken in; the code word is its BCP 47 tag.
    pub enum Language {
        /// French, the first language of every page and every call.
        French = "fr", "français", "French";
        /// English.
        English = "en", "anglais", "English";
    }
}
