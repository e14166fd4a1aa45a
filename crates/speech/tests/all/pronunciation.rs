//! The words against an engine's own idea of them: espeak-ng's phonemes, where it is installed.
//!
//! espeak-ng marks with `(en)` what it takes for English; no word of ours may sound like that.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use bulletin::Language;
use speech::{Lexicon, Phonemes, normalise, prompts};

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

/// Each entry sounds as it did when somebody was content with it. Another version of espeak-ng has other
/// habits, which say nothing about the entry.
#[test]
fn every_entry_of_the_lexicon_sounds_as_it_is_noted() {
    let Some(ear) = Phonemes::find().filter(|_| is_version("1.51")) else {
        return;
    };
    let lexicon = Lexicon::built_in();
    let mut wrong = Vec::new();
    for entry in lexicon.entries().filter(|entry| !entry.is_pattern) {
        let words = normalise(entry.say, entry.language, &Lexicon::default()).unwrap();
        let sounds = ear.of(&words, entry.language).unwrap().replace('\n', " ");
        if entry.ipa != Some(&sounds) {
            wrong.push(format!(
                "{}: {sounds}, noted {:?}",
                entry.written, entry.ipa
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each entry is reached: a text that holds its name is said as it wants.
#[test]
fn every_entry_of_the_lexicon_is_said_in_a_sentence() {
    let lexicon = Lexicon::built_in();
    for entry in lexicon.entries().filter(|entry| !entry.is_pattern) {
        let text = format!("Torche, {} fume", entry.written);
        let words = normalise(&text, entry.language, &lexicon).unwrap();
        let wanted = format!("Torche, {} fume", entry.say);
        assert_eq!(words.as_str(), wanted);
    }
}

fn is_version(version: &str) -> bool {
    let answer = Command::new("/usr/bin/espeak-ng").arg("--version").output();
    answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains(version))
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
