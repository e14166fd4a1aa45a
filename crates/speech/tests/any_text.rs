//! Whatever is typed, pasted or forged: words come out, or an error, never a panic.

use bulletin::Language;
use proptest::prelude::*;
use speech::{Lexicon, normalise};

/// What a `Spoken` may hold; a voice trusts it.
fn is_sayable(c: char) -> bool {
    c.is_ascii_alphabetic()
        || "àâäæçéèêëîïñôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÑÔÖŒÙÛÜŸ".contains(c)
        || "'- .,;:?!".contains(c)
}

fn check(text: &str) {
    let lexicon = lexicon();
    for language in [Language::French, Language::English] {
        let Ok(words) = normalise(text, language, lexicon) else {
            continue;
        };
        let words = words.as_str();
        let strange = words.chars().find(|c| !is_sayable(*c));
        assert_eq!(strange, None, "{text:?} became {words:?}");
        assert!(words.chars().count() <= 4000);
        assert!(words.chars().any(char::is_alphabetic));
        assert!(!words.contains("  ") && words.trim() == words, "{words:?}");
    }
}

fn lexicon() -> &'static Lexicon {
    static LEXICON: std::sync::LazyLock<Lexicon> = std::sync::LazyLock::new(Lexicon::built_in);
    &LEXICON
}

proptest! {
    #[test]
    fn any_characters(text in any::<String>()) {
        check(&text);
    }

    /// Dense in what the rules look for.
    #[test]
    fn what_looks_like_numbers(text in "[0-9+/:.,h°%m3²jx \\-n€()<>\\n]{0,60}") {
        check(&text);
    }

    #[test]
    fn what_looks_like_writing(text in "([A-Za-zé0-9@#./:'\\-]{1,12}[ ,.!?\n]){0,20}") {
        check(&text);
    }

    /// No figure is lost: each written digit leaves at least a word behind.
    #[test]
    fn numbers_are_said(number in 0_u64..10_000_000, decimals in 0_u32..1000) {
        let words = normalise(&format!("{number},{decimals} km"), Language::French, lexicon()).unwrap();
        prop_assert!(words.as_str().ends_with("kilomètres") || words.as_str().ends_with("kilomètre"));
        prop_assert!(words.as_str().contains(" virgule "));
    }

    /// What is said once is not changed by saying it again.
    #[test]
    fn words_stay_words(text in "([a-zéè]{1,9}[ ,.]){1,12}") {
        if let Ok(once) = normalise(&text, Language::French, lexicon()) {
            let twice = normalise(once.as_str(), Language::French, lexicon()).unwrap();
            prop_assert_eq!(once, twice);
        }
    }
}

#[test]
fn the_longest_texts_take_no_noticeable_time() {
    let started = std::time::Instant::now();
    for text in [
        "1-", "((", "A1", "@a.", "24h/", "+33 ", "é", "www.", "1 000 ", "POI, ", "'-",
    ] {
        let _ = normalise(
            &text.repeat(4000 / text.chars().count()),
            Language::French,
            lexicon(),
        );
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
