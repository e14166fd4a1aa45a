//! Speaks every fixed prompt anew: `cargo run -p speech --example regenerate_prompts -- prompts/fr`.
//!
//! The same program is Pico's helper process when it is started with `speech-helper`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

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

fn regenerate(folder: &Path) -> Result<(), Box<dyn Error>> {
    let voices = std::env::temp_dir().join("allo-voice-files");
    let pico = PicoVoice::new(PicoConfig {
        program: std::env::current_exe()?,
        arguments: vec!["speech-helper".to_owned()],
        data_dir: voices,
        timeout: Duration::from_secs(10),
        max_seconds: 60,
    });
    let report = prompts::regenerate(folder, &Studio::new(vec![Box::new(pico)]))?;
    for (id, duration_ms) in report.spoken {
        println!("{duration_ms:6} ms  {id}");
    }
    Ok(())
}
