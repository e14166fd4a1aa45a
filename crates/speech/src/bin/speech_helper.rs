//! Pico's helper process as a program of its own: for tests, and to try a text by hand.
//!
//! `printf 'fr\nUne torche est allumée.' | speech_helper | tail -c +9 | aplay -f S16_LE -r 16000`,
//! in a folder that holds Pico's voice files.

use std::process::ExitCode;

fn main() -> ExitCode {
    speech::helper_main()
}
