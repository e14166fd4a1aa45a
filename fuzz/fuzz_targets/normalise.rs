//! Any text becomes words of the sayable alphabet, or an error; never a panic.
#![no_main]

use std::sync::LazyLock;

use bulletin::Language;
use libfuzzer_sys::fuzz_target;
use speech::{Lexicon, normalise};

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::built_in);

fuzz_target!(|text: &str| {
    for language in [Language::French, Language::English] {
        let Ok(words) = normalise(text, language, &LEXICON) else {
            continue;
        };
        let sayable = |c: char| c.is_alphabetic() || "'- .,;:?!".contains(c);
        assert!(words.as_str().chars().all(sayable), "{words}");
    }
});
