//! A recording as a file: a line that says what it is, then its octets in each codec.

use bulletin::RecordingKey;

use super::files::Damage;
use crate::programme::Sound;

/// The file of a recording.
pub(super) fn write(sound: &Sound) -> Vec<u8> {
    let codecs = if sound.g722.is_some() { 3 } else { 2 };
    let (key, duration, octets) = (&sound.key, sound.duration_ms, sound.pcma.len());
    let line = format!("{FIRST_WORDS}{key} {duration} {octets} {codecs}\n");
    let wide = sound.g722.as_deref().unwrap_or_default();
    [line.as_bytes(), &sound.pcma, &sound.pcmu, wide].concat()
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// [`Damage::Foreign`] for anything else.
pub(super) fn read(file: &[u8]) -> Result<Sound, Damage> {
    parts(file).ok_or(Damage::Foreign)
}

fn parts(file: &[u8]) -> Option<Sound> {
    let end = file.iter().position(|octet| *octet == b'\n')?;
    let line = std::str::from_utf8(&file[..end]).ok()?;
    let words: Vec<_> = line.strip_prefix(FIRST_WORDS)?.split(' ').collect();
    let [key, duration, octets, codecs] = words.try_into().ok()?;
    let key = RecordingKey::parse(key).ok()?;
    let octets: usize = octets.parse().ok()?;
    let (pcma, rest) = file[end + 1..].split_at_checked(octets)?;
    let (pcmu, rest) = rest.split_at_checked(octets)?;
    let g722 = match codecs {
        "2" if rest.is_empty() => None,
        "3" if rest.len() == octets => Some(rest.to_vec()),
        _ => return None,
    };
    Some(Sound {
        key: key.to_string(),
        duration_ms: duration.parse().ok()?,
        pcma: pcma.to_vec(),
        pcmu: pcmu.to_vec(),
        g722,
    })
}

const FIRST_WORDS: &str = "allo sound 1 ";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_recording_reads_back_as_it_was_written(octets in prop::collection::vec(any::<u8>(), 0..200), wide: bool, duration_ms: u32) {
            let sound = Sound {
                key: "0a".repeat(32),
                duration_ms,
                pcmu: octets.iter().rev().copied().collect(),
                g722: wide.then(|| octets.iter().map(|it| !it).collect()),
                pcma: octets,
            };
            prop_assert_eq!(read(&write(&sound)).unwrap(), sound);
        }

        #[test]
        fn no_file_stops_the_program(file: Vec<u8>, duration: u64, octets: usize, codecs: u8, begins: bool) {
            let key = "0a".repeat(32);
            let line = format!("{FIRST_WORDS}{key} {duration} {octets} {codecs}\n");
            let file = if begins { [line.as_bytes(), &file].concat() } else { file };
            let _ = read(&file);
        }
    }
}
