//! The words against an engine's own idea of them: espeak-ng's phonemes, where it is installed.
//!
//! espeak-ng marks with `(en)` what it takes for English; no word of ours may sound like that.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use bulletin::Language;
use speech::{Lexicon, normalise, prompts};

#[test]
fn no_entry_of_the_lexicon_sounds_english() {
    let lexicon = Lexicon::built_in();
    let said: Vec<&str> = lexicon
        .entries()
        .filter(|entry| entry.language == Language::French)
        .map(|entry| entry.say)
        .collect();
    let Some(phonemes) = phonemes(&said.join(".\n")) else {
        return;
    };
    assert!(!phonemes.contains("(en)"), "{phonemes}");
}

#[test]
fn no_french_prompt_sounds_english() {
    let said: Vec<String> = prompts::of(Language::French)
        .iter()
        .filter(|prompt| prompt.language() == Language::French)
        .map(|prompt| normalise(prompt.text, Language::French, &Lexicon::built_in()))
        .map(|words| {
            words
                .map(|words| words.as_str().to_owned())
                .unwrap_or_default()
        })
        .collect();
    let Some(phonemes) = phonemes(&said.join(".\n")) else {
        return;
    };
    assert!(!phonemes.contains("(en)"), "{phonemes}");
}

#[test]
fn what_the_engine_misreads_it_reads_right_in_our_words() {
    for (written, wanted) in [
        ("14h30", "katɔʁz"),
        ("0805 691 282", "zeʁo yi sɑ̃ sɛ̃k"),
        ("-5 °C", "mwɛ̃"),
        ("µg/m³", "mikʁɔɡʁam"),
        ("SO2", "ɛs o dø"),
        ("Seveso", "sevezo"),
    ] {
        let words = normalise(written, Language::French, &Lexicon::built_in());
        let words = words.expect("every row has words");
        let Some(phonemes) = phonemes(words.as_str()) else {
            return;
        };
        let plain: String = phonemes.chars().filter(|c| !"ˈˌ".contains(*c)).collect();
        assert!(plain.contains(wanted), "{written}: {words} is {plain}");
    }
}

/// `None` without espeak-ng.
fn phonemes(text: &str) -> Option<String> {
    if !Path::new("/usr/bin/espeak-ng").is_file() {
        return None;
    }
    let mut espeak = Command::new("/usr/bin/espeak-ng")
        .args(["-q", "--ipa", "-v", "fr", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    espeak.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let answer = espeak.wait_with_output().ok()?;
    Some(String::from_utf8_lossy(&answer.stdout).into_owned())
}
