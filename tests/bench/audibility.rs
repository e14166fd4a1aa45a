//! `make bench`, second part: how much of each voice, prompt and example bulletin is heard beside a crowd.
//!
//! Everything is spoken by the real voices, goes through the telephone chain and A-law and back, and is held against
//! noise with the long-term spectrum of speech at the same level (`speech::audibility`). A part of the house's own voice
//! under the goal fails the run, after everything was printed.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use bulletin::Language;
use media::g711::{Law, decode, encode};
use speech::{
    EspeakVoice, Lexicon, PicoConfig, PicoVoice, Studio, Voice, audibility, normalise, prompts,
};

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test --benches` runs this too; it has nothing to test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let started = Instant::now();
    let folder = tempfile::tempdir()?;
    let bulletins = bulletins();
    println!(
        "Audibility: speech intelligibility index at 0 dB SNR, one-third octaves of ANSI S3.5, after A-law"
    );
    println!(
        "{:<28} {:>5} {:>5} {:>5}  {:>6}",
        "", "mean", "least", "most", "sounds"
    );
    let mut missed = Vec::new();
    for (name, voice, language) in voices(folder.path()) {
        let is_default = name.starts_with("pico");
        let studio = Studio::new(vec![voice]);
        let mut table = Table::default();
        for (number, text) in bulletins.iter().filter(|_| language == Language::French) {
            let words = normalise(text, language, &Lexicon::built_in())?;
            table.add(number, index(&studio.record(&words, language)?.phone));
        }
        if language == Language::English {
            let words = normalise(ENGLISH, language, &Lexicon::built_in())?;
            table.add("English", index(&studio.record(&words, language)?.phone));
        }
        table.print(&format!("bulletins, {name}"));
        if is_default {
            missed.extend(table.under(GOAL));
            table.print_each();
        }
    }
    for language in [Language::French, Language::English] {
        let mut table = Table::default();
        // A word of a second says little of a voice: the goal is for all of them in a row.
        let mut row = Vec::new();
        for prompt in prompts::of(language) {
            let phone = decode(Law::A, prompt.sound().pcma);
            table.add(prompt.id, index(&phone));
            row.extend(phone);
        }
        table.print(&format!("prompts, {}", language.as_str()));
        table.print_each();
        let whole = index(&row);
        println!("  all of them in a row {whole:.2}");
        if whole < GOAL {
            missed.push(format!("prompts, {} {whole:.2}", language.as_str()));
        }
    }
    println!("measured in {:.1} s", started.elapsed().as_secs_f64());
    assert!(missed.is_empty(), "under {GOAL}: {}", missed.join(", "));
    Ok(())
}

/// Each voice of this machine, in each of its languages.
fn voices(folder: &Path) -> Vec<(String, Box<dyn Voice>, Language)> {
    let mut voices: Vec<(String, Box<dyn Voice>, Language)> = vec![];
    for language in [Language::French, Language::English] {
        let pico = PicoVoice::new(PicoConfig {
            program: env!("CARGO_BIN_EXE_allo").into(),
            arguments: vec![server::arguments::HELPER_COMMAND.into()],
            data_dir: folder.into(),
            timeout: Duration::from_secs(10),
            max_seconds: 180,
        });
        voices.push((
            format!("pico {}", language.as_str()),
            Box::new(pico),
            language,
        ));
        if let Some(espeak) = EspeakVoice::find(Duration::from_secs(10), 180) {
            voices.push((
                format!("espeak-ng {}", language.as_str()),
                Box::new(espeak),
                language,
            ));
        }
    }
    voices
}

/// As a telephone plays it.
fn index(phone: &[i16]) -> f64 {
    audibility::index(&decode(Law::A, &encode(Law::A, phone)), 0.0).unwrap_or(0.0)
}

fn bulletins() -> Vec<(&'static str, &'static str)> {
    include_str!("../../crates/speech/tests/fixtures/example_bulletins.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect()
}

#[derive(Default)]
struct Table {
    rows: Vec<(String, f64)>,
}

impl Table {
    fn add(&mut self, name: &str, index: f64) {
        self.rows.push((name.to_owned(), index));
    }

    fn print(&self, name: &str) {
        let all = self.rows.iter().map(|(_, index)| *index);
        let count = all.clone().count();
        let mean = all.clone().sum::<f64>() / count as f64;
        let (least, most) = (all.clone().fold(1.0, f64::min), all.fold(0.0, f64::max));
        println!("{name:<28} {mean:>5.2} {least:>5.2} {most:>5.2}  {count:>6}");
    }

    fn print_each(&self) {
        for row in self.rows.chunks(8) {
            let cells: Vec<_> = row
                .iter()
                .map(|(name, index)| format!("{name} {index:.2}"))
                .collect();
            println!("  {}", cells.join("  "));
        }
    }

    fn under(&self, goal: f64) -> Vec<String> {
        let low = self.rows.iter().filter(|(_, index)| *index < goal);
        low.map(|(name, index)| format!("{name} {index:.2}"))
            .collect()
    }
}

const GOAL: f64 = 0.55;
const ENGLISH: &str = "A flare has been visible since 14:30. The noise may be heard in the neighbouring towns until tonight. \
    The next information will be given at 18:00.";
