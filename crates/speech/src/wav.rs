//! WAV files in and out, over `hound`.
//!
//! Reading is for files of strangers: rates, channels and lengths have limits, a length that lies
//! in the header is not believed, and nothing here panics.

use std::borrow::Cow;
use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::Pcm;

/// Reads a WAV of 8 to 32-bit integers or 32-bit floats; two channels become one.
///
/// A stream cut off in its data is read up to the cut, since writers of live streams announce
/// lengths they do not know.
///
/// # Errors
/// [`WavError`] when it is no such WAV, or one beyond the limits it names.
pub fn read(bytes: &[u8]) -> Result<Pcm, WavError> {
    let bytes = with_true_length(bytes);
    let mut reader = WavReader::new(Cursor::new(bytes)).map_err(WavError::from_hound)?;
    let spec = reader.spec();
    if !(1..=2).contains(&spec.channels) {
        return Err(WavError::Channels(spec.channels));
    }
    if !RATES.contains(&spec.sample_rate) {
        return Err(WavError::Rate(spec.sample_rate));
    }
    if (spec.sample_format, spec.bits_per_sample, spec.channels) == (SampleFormat::Int, 16, 1) {
        let samples = collect(reader.samples::<i16>(), spec, |sample| sample)?;
        return Ok(Pcm {
            samples,
            sample_rate: spec.sample_rate,
        });
    }
    let interleaved = match spec.sample_format {
        SampleFormat::Float => collect(reader.samples::<f32>(), spec, f64::from)?,
        SampleFormat::Int => {
            let full = 2.0_f64.powi(i32::from(spec.bits_per_sample.clamp(1, 32)) - 1);
            collect(reader.samples::<i32>(), spec, |s| f64::from(s) / full)?
        }
    };
    let channels = usize::from(spec.channels);
    let mono: Vec<f64> = interleaved
        .chunks_exact(channels)
        .map(|frame| frame.iter().sum::<f64>() / f64::from(spec.channels))
        .collect();
    if mono.is_empty() {
        return Err(WavError::Empty);
    }
    Ok(Pcm::from_unit(&mono, spec.sample_rate))
}

/// The file with a length of its sound that can be true: who writes while somebody speaks announces
/// 0xFFFFFFFF octets, which no whole number of frames has.
fn with_true_length(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (mut at, mut frame) = (12, 2);
    while let Some((head, rest)) = bytes
        .get(at..)
        .and_then(|chunk| chunk.split_first_chunk::<8>())
    {
        let [name @ .., a, b, c, d] = *head;
        let length = u32::from_le_bytes([a, b, c, d]);
        match &name {
            b"fmt " => {
                frame = rest
                    .get(12..14)
                    .map_or(2, |two| usize::from(two[0]) + 256 * usize::from(two[1]));
            }
            b"data" if length == u32::MAX => {
                let whole = rest.len() - rest.len() % frame.max(1);
                let true_length = u32::try_from(whole).unwrap_or(u32::MAX).to_le_bytes();
                let mut mended = bytes.to_vec();
                mended[at + 4..at + 8].copy_from_slice(&true_length);
                return Cow::Owned(mended);
            }
            b"data" => break,
            _ => {}
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        // Chunks begin at even places.
        at = at
            .saturating_add(8)
            .saturating_add(length)
            .saturating_add(length % 2);
    }
    Cow::Borrowed(bytes)
}

/// Writes 16-bit mono.
pub fn write(pcm: &Pcm) -> Vec<u8> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: pcm.sample_rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::with_capacity(44 + 2 * pcm.samples.len()));
    let mut fill = || -> hound::Result<()> {
        let mut writer = WavWriter::new(&mut file, spec)?;
        for sample in &pcm.samples {
            writer.write_sample(*sample)?;
        }
        writer.finalize()
    };
    fill().expect("memory takes every write, and no recording comes near 4 GiB");
    file.into_inner()
}

/// The same file with a remark in it (`LIST`, `INFO`, `ICMT`), which nothing that plays it minds.
pub(crate) fn with_remark(mut file: Vec<u8>, remark: &str) -> Vec<u8> {
    let mut text = remark.as_bytes().to_vec();
    // Ends with a zero, and chunks have an even length.
    text.resize(text.len() + 2 - text.len() % 2, 0);
    let length = |octets: usize| u32::try_from(octets).unwrap_or(0).to_le_bytes();
    file.extend(b"LIST");
    file.extend(length(12 + text.len()));
    file.extend(b"INFOICMT");
    file.extend(length(text.len()));
    file.extend(text);
    let whole = length(file.len() - 8);
    file[4..8].copy_from_slice(&whole);
    file
}

/// The remark of a WAV file, if it has one.
pub(crate) fn remark(file: &[u8]) -> Option<&str> {
    let list = find_chunk(file.get(12..)?, b"LIST")?;
    let text = find_chunk(list.strip_prefix(b"INFO")?, b"ICMT")?;
    Some(std::str::from_utf8(text).ok()?.trim_end_matches('\0'))
}

/// The octets of the first chunk of this name in a row of chunks.
fn find_chunk<'a>(mut chunks: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    loop {
        let (head, rest) = chunks.split_first_chunk::<8>()?;
        let [a, b, c, d, length @ ..] = *head;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        if [a, b, c, d] == *name {
            return rest.get(..length);
        }
        chunks = rest.get(length.checked_add(length % 2)?..)?;
    }
}

/// Why a WAV was not read.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// Not a WAV, or one of a kind that is not read.
    #[error("not a readable WAV file: {0}")]
    Malformed(String),
    /// No sample at all.
    #[error("the WAV file holds no sound")]
    Empty,
    /// Neither mono nor stereo.
    #[error("the WAV file has {0} channels; 1 or 2 are read")]
    Channels(u16),
    /// A rate of no recording.
    #[error("the WAV file has {0} samples a second; {low} to {high} are read", low = RATES.start(), high = RATES.end())]
    Rate(u32),
    /// Longer than a caller would listen.
    #[error("the WAV file lasts more than {MAX_SECONDS} s")]
    TooLong,
}

impl WavError {
    #[expect(clippy::needless_pass_by_value, reason = "the shape map_err asks for")]
    fn from_hound(error: hound::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

fn collect<S, T>(
    samples: impl Iterator<Item = hound::Result<S>>,
    spec: WavSpec,
    convert: impl Fn(S) -> T,
) -> Result<Vec<T>, WavError> {
    let most = u64::from(spec.sample_rate) * u64::from(spec.channels) * MAX_SECONDS;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut collected = Vec::new();
    for sample in samples {
        match sample {
            Ok(_) if collected.len() == most => return Err(WavError::TooLong),
            Ok(sample) => collected.push(convert(sample)),
            Err(hound::Error::IoError(_)) if !collected.is_empty() => break,
            Err(error) => return Err(WavError::from_hound(error)),
        }
    }
    if collected.is_empty() {
        return Err(WavError::Empty);
    }
    Ok(collected)
}

const RATES: std::ops::RangeInclusive<u32> = 8000..=96_000;
const MAX_SECONDS: u64 = 600;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn short() -> Pcm {
        Pcm {
            samples: vec![0, 1, -1, 20_000, i16::MIN, i16::MAX],
            sample_rate: 8000,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(read(&write(&short())).unwrap(), short());
    }

    #[test]
    fn a_remark_is_read_again_and_changes_no_sample() {
        for remark_of_length in ["", "a", "ab", "by Anne, 2026"] {
            let file = with_remark(write(&short()), remark_of_length);
            assert_eq!(remark(&file), Some(remark_of_length));
            assert_eq!(read(&file).unwrap(), short());
            assert_eq!(file.len() % 2, 0);
        }
        assert_eq!(remark(&write(&short())), None);
        assert_eq!(remark(b"RIFF"), None);
    }

    #[test]
    fn a_stream_that_stops_early_is_read_to_its_end() {
        let file = write(&short());
        assert_eq!(
            read(&file[..file.len() - 2]).unwrap().samples,
            [0, 1, -1, 20_000, i16::MIN]
        );
    }

    #[test]
    fn a_live_stream_that_announces_no_length_is_read() {
        let mut file = write(&short());
        file[4..8].copy_from_slice(&[0xFF; 4]);
        file[40..44].copy_from_slice(&[0xFF; 4]);
        assert_eq!(read(&file).unwrap(), short());
        file.push(7);
        assert_eq!(read(&file).unwrap(), short());
    }

    #[test]
    fn two_channels_become_their_mean() {
        let spec = WavSpec {
            channels: 2,
            sample_rate: 16_000,
            bits_per_sample: 32,
            sample_format: SampleFormat::Float,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        for sample in [0.5_f32, 0.25, -1.0, 0.0] {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        assert_eq!(read(file.get_ref()).unwrap().samples, [12_288, -16_384]);
    }

    #[test]
    fn limits_are_said() {
        let fast = Pcm {
            sample_rate: 500_000,
            ..short()
        };
        assert!(matches!(read(&write(&fast)), Err(WavError::Rate(500_000))));
        let empty = Pcm {
            samples: vec![],
            sample_rate: 8000,
        };
        assert!(matches!(read(&write(&empty)), Err(WavError::Empty)));
        assert!(matches!(read(b"RIFF"), Err(WavError::Malformed(_))));
    }

    #[test]
    fn half_a_frame_of_two_channels_is_no_sound() {
        let file =
            b"RIFF\xC4\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xBB\0\0\0\xEE\x02\0\x04\0\x10\0\
            data\0\x01\0\0\x01\0";

        assert!(matches!(read(file), Err(WavError::Empty)));
    }

    proptest! {
        #[test]
        fn never_panics(mut noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&noise);
            let mut file = with_remark(write(&short()), "a remark");
            file.truncate(file.len().saturating_sub(noise.len() % 40));
            for (place, octet) in noise.drain(..).take(12).enumerate() {
                let at = (usize::from(octet) * 7 + place) % file.len();
                file[at] ^= octet;
            }
            let _ = read(&file);
            let _ = remark(&file);
        }
    }
}
