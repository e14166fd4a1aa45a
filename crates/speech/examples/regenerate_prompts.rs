//! Speaks the fixed prompts whose text or voice is new, and brings a person's recordings to their
//! level: `cargo run -p speech --example regenerate_prompts -- prompts`.
//!
//! The same program is Pico's helper process when it is started with `speech-helper`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use bulletin::Language;
use speech::{PicoConfig, PicoVoice, Studio, helper_main, prompts};

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == "speech-helper" {
        return helper_main();
    }
    match regenerate(Path::new(&argument)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// `folder` holds one folder for each language: `fr`, `en`.
fn regenerate(folder: &Path) -> Result<(), Box<dyn Error>> {
    let voices = std::env::temp_dir().join("allo-voice-files");
    let pico = PicoVoice::new(PicoConfig {
        program: std::env::current_exe()?,
        arguments: vec!["speech-helper".to_owned()],
        data_dir: voices,
        timeout: Duration::from_secs(10),
        max_seconds: 60,
    });
    let studio = Studio::new(vec![Box::new(pico)]);
    for language in Language::ALL.iter().copied() {
        let code = language.as_str();
        let report = prompts::regenerate(&folder.join(code), language, &studio)?;
        for (id, duration_ms) in &report.made {
            println!("{duration_ms:6} ms  {code}/{id}");
        }
        for id in &report.foreign {
            println!("left alone  {code}/{id}.wav, put there by hand");
        }
        for id in &report.text_changed {
            println!("listen to   {code}/{id}.person.wav: its text has changed");
        }
        println!("{:6} unchanged in {code}", report.unchanged);
    }
    Ok(())
}
