//! Any text becomes words of the sayable alphabet, bounded, a stop at a time, or an error; never a panic.
#![no_main]

use std::sync::LazyLock;

use bulletin::Language;
use libfuzzer_sys::fuzz_target;
use speech::{Lexicon, normalise};

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::built_in);

// The first text waits for lexicon and rules to be read, longer than any later one may.
fn warm_up() {
    for language in [Language::French, Language::English] {
        let _ = normalise(
            "Bruit à 14h30, 3,5 mg/m3, tél. 02 35 00 00 00.",
            language,
            &LEXICON,
        );
    }
}

fuzz_target!(init: warm_up(), |text: &str| {
    for language in [Language::French, Language::English] {
        let Ok(words) = normalise(text, language, &LEXICON) else {
            continue;
        };
        let sayable = |c: char| c.is_alphabetic() || "'- .,;:?!".contains(c);
        assert!(words.as_str().chars().all(sayable), "{words}");
        assert!((1..=4000).contains(&words.length()));
        let stops = |c: char| ".,;:?!".contains(c);
        let doubled = words.as_str().split(' ').any(|word| word.matches(stops).count() > 1);
        assert!(!doubled && !words.as_str().starts_with(stops), "{words}");
    }
});
