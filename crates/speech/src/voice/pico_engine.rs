//! SVOX Pico itself, and the cage it runs in. Only the helper process gets here.
//!
//! Pico is C of 2009 that obeys commands in its text and allocates in one arena, so it runs in a
//! process of its own that lives for one text: limited in processor time, memory and sound, unable
//! to write a file or start a program, with nothing in its environment.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_void};
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::ptr;

use bulletin::Language;
use ttspico_sys as pico;

use super::pico::{BRISK, RATE};
use super::{answer, voice_files};
use crate::cage::Cage;

/// The whole life of the helper process: reads standard input, writes sound, ends.
///
/// Call it first thing in `main`, before any thread or runtime exists. Standard input is the
/// language code, a line feed and the words; the working folder holds the voice files.
pub fn helper_main() -> ExitCode {
    let outcome = CAGE
        .enter()
        .and_then(|()| speak(io::stdin().lock(), io::stdout().lock()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is closed in service; this is for someone who starts it by hand.
            let _ = writeln!(io::stderr(), "speech helper: {error}");
            ExitCode::FAILURE
        }
    }
}

fn speak(input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut text = String::new();
    input.take(MOST_TEXT).read_to_string(&mut text)?;
    let (code, words) = text
        .split_once('\n')
        .ok_or_else(|| io::Error::other("no language line"))?;
    let (code, speed) = match code.strip_suffix(BRISK) {
        Some(code) => (code, BRISK_SPEED),
        None => (code, SPEED),
    };
    let language = Language::parse(code).ok_or_else(|| io::Error::other("unknown language"))?;
    output.write_all(&answer::header(RATE))?;
    Engine::open(language)?.speak(&marked(words, speed), &mut output)?;
    output.flush()
}

/// The words between our own tags. At its default volume Pico clips; at its default speed it is
/// hard to follow for somebody old who is worried.
fn marked(words: &str, speed: u32) -> String {
    let plain: String = words
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '<' | '>') {
                ' '
            } else {
                c
            }
        })
        .collect();
    format!("<volume level=\"50\"><speed level=\"{speed}\">{plain}</speed></volume>")
}

/// One Pico system with one engine; Pico knows no second one and no second thread.
struct Engine {
    system: pico::pico_System,
    engine: pico::pico_Engine,
}

impl Engine {
    /// Loads the voice from the working folder.
    fn open(language: Language) -> io::Result<Self> {
        // Everything Pico ever allocates. It is never given back: the process ends with the text.
        let arena = Vec::leak(vec![0_u64; ARENA_OCTETS as usize / 8]);
        let mut system: pico::pico_System = ptr::null_mut();
        // SAFETY: the arena is ARENA_OCTETS long, aligned for any C object, lives as long as the
        // process and has no other user; `system` is a valid place for the handle.
        check(unsafe {
            pico::pico_initialize(
                arena.as_mut_ptr().cast::<c_void>(),
                ARENA_OCTETS,
                &raw mut system,
            )
        })?;
        for file in voice_files::names(language) {
            load(system, file)?;
        }
        let mut engine: pico::pico_Engine = ptr::null_mut();
        // SAFETY: `system` came from pico_initialize, VOICE is a C string, `engine` a valid place.
        check(unsafe { pico::pico_newEngine(system, VOICE.as_ptr().cast(), &raw mut engine) })?;
        Ok(Self { system, engine })
    }

    /// Feeds the text and passes the sound on as it comes.
    fn speak(&self, text: &str, output: &mut impl Write) -> io::Result<()> {
        let text = CString::new(text)?;
        // The closing NUL tells Pico that the text is over.
        let mut left = text.as_bytes_with_nul();
        while !left.is_empty() {
            let size = i16::try_from(left.len()).unwrap_or(i16::MAX);
            let mut taken = 0_i16;
            // SAFETY: `left` holds at least `size` octets, `taken` is a valid place.
            check(unsafe {
                pico::pico_putTextUtf8(self.engine, left.as_ptr(), size, &raw mut taken)
            })?;
            let taken = usize::try_from(taken).unwrap_or(0).min(left.len());
            left = &left[taken..];
            self.drain(output)?;
        }
        Ok(())
    }

    /// Takes sound until Pico wants more text.
    fn drain(&self, output: &mut impl Write) -> io::Result<()> {
        let mut sound = [0_u8; SOUND_OCTETS as usize];
        loop {
            let (mut received, mut kind) = (0_i16, 0_i16);
            // SAFETY: `sound` holds SOUND_OCTETS octets, the other two are valid places.
            let status = unsafe {
                pico::pico_getData(
                    self.engine,
                    sound.as_mut_ptr().cast::<c_void>(),
                    SOUND_OCTETS,
                    &raw mut received,
                    &raw mut kind,
                )
            };
            let received = usize::try_from(received).unwrap_or(0).min(sound.len());
            output.write_all(&sound[..received])?;
            match status {
                pico::PICO_STEP_BUSY => {}
                pico::PICO_STEP_IDLE => return Ok(()),
                status => return Err(io::Error::other(format!("Pico's step ends with {status}"))),
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: both handles came from Pico and nobody uses them after this.
        unsafe {
            pico::pico_disposeEngine(self.system, &raw mut self.engine);
            pico::pico_terminate(&raw mut self.system);
        }
    }
}

/// Loads one file of the working folder and makes it part of the voice.
fn load(system: pico::pico_System, file: &str) -> io::Result<()> {
    let file = CString::new(file)?;
    let mut resource: pico::pico_Resource = ptr::null_mut();
    let mut name = [0; pico::PICO_RETSTRINGSIZE];
    // SAFETY: `system` is alive; `file` and VOICE are C strings; Pico writes at most
    // PICO_RETSTRINGSIZE octets, NUL included, into `name`. Defining the voice a second time is
    // refused by Pico with a status that is of no interest here.
    unsafe {
        check(pico::pico_loadResource(
            system,
            file.as_ptr().cast(),
            &raw mut resource,
        ))?;
        check(pico::pico_getResourceName(
            system,
            resource,
            name.as_mut_ptr(),
        ))?;
        let _ = pico::pico_createVoiceDefinition(system, VOICE.as_ptr().cast());
        check(pico::pico_addResourceToVoiceDefinition(
            system,
            VOICE.as_ptr().cast(),
            name.as_ptr().cast(),
        ))
    }
}

fn check(status: pico::pico_Status) -> io::Result<()> {
    match status {
        pico::PICO_OK => Ok(()),
        status => Err(io::Error::other(format!("Pico answers {status}"))),
    }
}

const VOICE: &CStr = c"house";
/// Per cent of Pico's own pace: about 110 written words a minute, as `tests/all/pace.rs` measures.
const SPEED: u32 = 75;
/// About 135 words a minute.
const BRISK_SPEED: u32 = 110;
/// What Pico's own command uses.
const ARENA_OCTETS: u32 = 2_500_000;
const SOUND_OCTETS: i16 = 4096;
const MOST_TEXT: u64 = 64 * 1024;
/// A text at the length limit takes about a second. There is room for the program's own pages; Pico
/// itself stays under 7 MB.
const CAGE: Cage = Cage {
    cpu_seconds: 10,
    address_space: 1 << 30,
    open_files: 16,
    niceness: 0,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tags_reach_pico() {
        assert_eq!(
            marked("</volume><play file=\"x\">\u{1b}a", 85),
            "<volume level=\"50\"><speed level=\"85\"> /volume  play file=\"x\"  a</speed></volume>"
        );
    }

    #[test]
    fn an_input_without_language_is_an_error_before_pico_starts() {
        for input in ["", "fr", "xx\nbonjour", "FR\nbonjour"] {
            assert!(speak(input.as_bytes(), io::sink()).is_err(), "{input:?}");
        }
    }
}
