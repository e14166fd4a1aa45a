//! The helper processes of voices as a program of its own: for tests, and to try a text by hand.
//!
//! `printf 'fr\nUne torche est allumée.' | speech_helper | tail -c +9 | aplay -f S16_LE -r 16000`,
//! in a folder that holds Pico's voice files. With `onnx` behind its name it is that of Piper voices.

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("onnx") => speech::onnx_helper_main(),
        _ => speech::helper_main(),
    }
}
