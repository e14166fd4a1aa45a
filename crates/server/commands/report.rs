//! `allo say --report`: each text beside the words a voice gets and how these sound.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use bulletin::Language;
use speech::{Lexicon, Phonemes, normalise};

use super::Outcome;

/// Prints text, spoken words and phonemes of every text of a file; `-` is standard input.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn report(file: &Path, language: Language, lexicon: &Lexicon) -> Outcome {
    let texts = read(file)?;
    let phonemes = Phonemes::find();
    let mut out = std::io::stdout().lock();
    let mut failed = false;
    for text in paragraphs(&texts) {
        writeln!(out, "{}", shown("written", &text))?;
        match normalise(&text, language, lexicon) {
            Ok(words) => {
                writeln!(out, "{}", shown("spoken", words.as_str()))?;
                let said = match &phonemes {
                    Some(phonemes) => phonemes.of(&words, language)?,
                    None => "espeak-ng is not installed".to_owned(),
                };
                writeln!(out, "{}", shown("phonemes", &said))?;
                if language == Language::French && said.contains("(en)") {
                    let advice = "espeak-ng takes a word for English; respell it in the lexicon";
                    writeln!(out, "{}", shown("look", advice))?;
                }
            }
            Err(error) => {
                failed = true;
                writeln!(out, "{}", shown("refused", &error.to_string()))?;
            }
        }
        writeln!(out)?;
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The whole of a file or of standard input, a megabyte at most.
///
/// # Errors
/// Of the file, in words.
pub(super) fn read(file: &Path) -> Result<String, String> {
    let mut octets = Vec::new();
    let taken = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MOST_OCTETS)
            .read_to_end(&mut octets)
    } else {
        std::fs::File::open(file)
            .and_then(|opened| opened.take(MOST_OCTETS).read_to_end(&mut octets))
    };
    taken.map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

/// Texts with an empty line between them.
fn paragraphs(texts: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in texts.lines() {
        let last = paragraphs.last_mut().expect("there is always one");
        if line.trim().is_empty() {
            paragraphs.push(String::new());
        } else {
            if !last.is_empty() {
                last.push('\n');
            }
            last.push_str(line);
        }
    }
    paragraphs.retain(|one| !one.is_empty());
    paragraphs
}

/// What it is, then the text; further lines stand under the first.
fn shown(what: &str, text: &str) -> String {
    format!("{what:<9} {}", text.replace('\n', "\n          "))
}

const MOST_OCTETS: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_parts_two_texts() {
        assert_eq!(paragraphs("a\nb\n\n \n- c\n"), ["a\nb", "- c"]);
        assert!(paragraphs("\n\n").is_empty());
    }
}
