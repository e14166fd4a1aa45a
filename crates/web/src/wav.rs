//! Joins WAV files of one format into one sound, without decoding them.
//!
//! A bulletin is spoken as a lead-in and a body, two recordings; a listener of the page gets one file.
//! Source: Multimedia Programming Interface 1.0 (IBM and Microsoft, 1991), chapter 3, RIFF and WAVE.

/// Puts the samples of each part one after the other under the format of the first.
///
/// - `parts`: whole WAV files; chunks other than `fmt ` and `data` are dropped.
///
/// # Errors
/// [`WavError::NotWav`] when a part cannot be read, [`WavError::Formats`] when the parts differ in rate,
/// channels or sample size, [`WavError::TooLong`] above 4 GiB.
pub(crate) fn join(parts: &[&[u8]]) -> Result<Vec<u8>, WavError> {
    let sounds = parts
        .iter()
        .map(|part| Sound::parse(part))
        .collect::<Result<Vec<_>, _>>()?;
    let format = sounds.first().ok_or(WavError::NotWav)?.format;
    if sounds.iter().any(|sound| sound.format != format) {
        return Err(WavError::Formats);
    }
    let length = sounds
        .iter()
        .map(|sound| sound.samples.len())
        .sum::<usize>();
    let mut file = header(format, length)?;
    for sound in &sounds {
        file.extend_from_slice(sound.samples);
    }
    Ok(file)
}

/// A file of what a telephone plays: 8 kHz, 16 bits, one channel.
///
/// # Errors
/// [`WavError::TooLong`] above 4 GiB.
pub(crate) fn telephone(samples: &[i16]) -> Result<Vec<u8>, WavError> {
    let mut file = header(&TELEPHONE, 2 * samples.len())?;
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    Ok(file)
}

/// Why recordings cannot be joined.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WavError {
    /// No RIFF header, or no `fmt ` or `data` chunk.
    #[error("a recording is not a WAV file")]
    NotWav,
    /// Two parts of different formats would play at the wrong speed.
    #[error("the recordings differ in format")]
    Formats,
    /// A RIFF length has 32 bits.
    #[error("the recordings are longer than a WAV file can say")]
    TooLong,
}

/// What is needed of one file: the body of `fmt `, the body of `data`.
struct Sound<'a> {
    format: &'a [u8],
    samples: &'a [u8],
}

impl<'a> Sound<'a> {
    fn parse(file: &'a [u8]) -> Result<Self, WavError> {
        if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let (mut format, mut rest) = (None, &file[12..]);
        while let Some((name, body, after)) = split_chunk(rest) {
            match name {
                b"fmt " => format = Some(body),
                b"data" => {
                    let format = format.ok_or(WavError::NotWav)?;
                    return Ok(Self {
                        format,
                        samples: body,
                    });
                }
                _ => {}
            }
            rest = after;
        }
        Err(WavError::NotWav)
    }
}

/// Name, body and what follows. A length beyond the end of the file means "to the end".
fn split_chunk(octets: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (name, rest) = octets.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length))
        .ok()?
        .min(rest.len());
    let (body, after) = rest.split_at(length);
    // Chunks begin at even offsets.
    Some((name, body, after.get(length % 2..).unwrap_or(&[])))
}

fn header(format: &[u8], samples: usize) -> Result<Vec<u8>, WavError> {
    let size = |length: usize| u32::try_from(length).map_err(|_| WavError::TooLong);
    let mut header = Vec::with_capacity(28 + format.len() + samples);
    header.extend_from_slice(b"RIFF");
    header.extend_from_slice(&size(20 + format.len() + samples)?.to_le_bytes());
    header.extend_from_slice(b"WAVEfmt ");
    header.extend_from_slice(&size(format.len())?.to_le_bytes());
    header.extend_from_slice(format);
    header.extend_from_slice(b"data");
    header.extend_from_slice(&size(samples)?.to_le_bytes());
    Ok(header)
}

/// PCM, one channel, 8 000 samples and 16 000 octets a second, frames of 2 octets, 16 bits.
const TELEPHONE: [u8; 16] = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_recordings_become_one_file_with_their_samples_back_to_back() {
        let joined = join(&[&wav(16_000, &[1, 2, 3, 4]), &wav(16_000, &[5, 6])]).unwrap();
        assert_eq!(joined, wav(16_000, &[1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn a_telephone_file_says_8_khz_and_holds_the_samples() {
        let file = telephone(&[1, -1]).unwrap();
        assert_eq!(file, wav(8_000, &[1, 0, 255, 255]));
    }

    #[test]
    fn chunks_that_are_not_sound_are_dropped() {
        let mut noted = wav(16_000, &[7, 8]);
        noted.splice(12..12, *b"LIST\x03\x00\x00\x00abc\x00");
        assert_eq!(join(&[&noted]).unwrap(), wav(16_000, &[7, 8]));
    }

    #[test]
    fn recordings_of_two_rates_are_refused() {
        assert_eq!(
            join(&[&wav(16_000, &[1, 2]), &wav(8_000, &[1, 2])]),
            Err(WavError::Formats)
        );
    }

    #[test]
    fn what_is_not_a_wav_file_is_refused_and_never_panics() {
        let good = wav(16_000, &[1, 2]);
        for end in 0..40 {
            assert!(join(&[&good[..end]]).is_err());
        }
        assert_eq!(join(&[]), Err(WavError::NotWav));
        assert_eq!(
            join(&[b"RIFF\0\0\0\0WAVEdata\x02\0\0\0ab"]),
            Err(WavError::NotWav)
        );
    }

    fn wav(rate: u32, samples: &[u8]) -> Vec<u8> {
        let mut format = vec![1, 0, 1, 0];
        format.extend_from_slice(&rate.to_le_bytes());
        format.extend_from_slice(&(2 * rate).to_le_bytes());
        format.extend_from_slice(&[2, 0, 16, 0]);
        let mut file = header(&format, samples.len()).unwrap();
        file.extend_from_slice(samples);
        file
    }
}
