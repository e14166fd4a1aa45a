//! The helper process: a file on standard input, samples on standard output, and then its end.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Read, Seek, Write};
use std::process::ExitCode;

use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions};
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::answer::Writer;
use super::opus::{self, Opus};
use super::reducer::Reducer;
use super::{MOST_OCTETS, Spent, UploadRefusal};
use crate::TakeRefusal;
use crate::cage::{self, Cage};

/// The whole life of the helper process: reads a file from standard input, writes sound, ends.
///
/// Call it first thing in `main`, before any thread or runtime exists.
pub fn decode_helper_main() -> ExitCode {
    match help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is closed in service; this is for someone who starts it by hand.
            let _ = writeln!(io::stderr(), "decode helper: {error}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> io::Result<()> {
    // Opened first: in the cage nothing can be opened, neither file nor socket.
    let mut status = File::open("/proc/self/status")?;
    let mapped_kib = field_kib(&mut status, "VmSize:")?;
    let cage = Cage {
        cpu_seconds: 20,
        address_space: (mapped_kib * 1024).saturating_add(MEMORY),
        open_files: 0,
        niceness: 15,
    };
    cage.enter()?;
    let mut file = Vec::with_capacity(MOST_OCTETS);
    let most = u64::try_from(MOST_OCTETS).unwrap_or(u64::MAX);
    io::stdin().lock().take(most).read_to_end(&mut file)?;
    let output = BufWriter::new(io::stdout().lock());
    decode(file, output, || Spent {
        peak_kib: field_kib(&mut status, "VmHWM:")
            .ok()
            .and_then(|kib| kib.try_into().ok())
            .unwrap_or(0),
        cpu_ms: cage::cpu_ms(),
    })
}

/// A number of `/proc/self/status` as it is now, in KiB.
fn field_kib(status: &mut File, name: &str) -> io::Result<u64> {
    let mut text = String::new();
    status.rewind()?;
    status.read_to_string(&mut text)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("the system does not tell {name}")))
}

/// Decodes a whole file and writes the answer.
///
/// - `spent`: asked at the end for what it has cost.
///
/// # Errors
/// Of `output` alone; what is wrong with the file is in the answer.
pub fn decode(file: Vec<u8>, output: impl Write, spent: impl FnOnce() -> Spent) -> io::Result<()> {
    let mut answer = Writer::begin(output)?;
    let outcome = transfer(file, |samples| answer.samples(samples));
    match outcome {
        Ok((frames, clipped)) => answer.finish(spent(), frames, clipped),
        Err(Stop::Refusal(refusal)) => answer.refuse(spent(), &refusal),
        Err(Stop::Output(error)) => Err(error),
    }
}

/// Why decoding does not go on.
enum Stop {
    Refusal(UploadRefusal),
    Output(io::Error),
}

impl<R: Into<UploadRefusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self::Refusal(refusal.into())
    }
}

/// Gives every sample of the file to `give`; then the numbers of frames and of clipped ones.
fn transfer(
    file: Vec<u8>,
    mut give: impl FnMut(&[i16]) -> io::Result<()>,
) -> Result<(u64, u64), Stop> {
    if file.is_empty() {
        return Err(TakeRefusal::Empty.into());
    }
    let mut track = Track::open(file)?;
    let mut reducer: Option<Reducer> = None;
    while let Some(sound) = track.next_sound()? {
        let (rate, channels) = (sound.rate, sound.channels);
        let reducer = match &mut reducer {
            Some(reducer) if !reducer.fits(rate, channels) => {
                return Err(UploadRefusal::Broken.into());
            }
            Some(reducer) => reducer,
            none => none.insert(Reducer::new(rate, channels)?),
        };
        give(&reducer.take(sound.interleaved)?).map_err(Stop::Output)?;
    }
    let mut reducer = reducer.ok_or(TakeRefusal::Empty)?;
    give(&reducer.finish()).map_err(Stop::Output)?;
    Ok((reducer.frames, reducer.clipped))
}

/// The sound track of a file.
struct Track {
    format: Box<dyn FormatReader>,
    id: u32,
    codec: Codec,
    sound: Vec<f32>,
    /// Packets that gave sound, and packets that gave none.
    good: u64,
    bad: u64,
}

/// What one packet holds.
struct Sound<'a> {
    rate: u32,
    channels: usize,
    interleaved: &'a [f32],
}

enum Codec {
    Known(Box<dyn AudioDecoder>),
    Opus(Box<Opus>),
}

impl Track {
    fn open(file: Vec<u8>) -> Result<Self, UploadRefusal> {
        // A live recording has no end to look at, and one that was cut has lost it: WebM is read as it
        // comes. MP4 may keep at its end what is needed first.
        let comes_in_order = file.starts_with(EBML);
        let file = Cursor::new(file);
        let source: Box<dyn MediaSource> = if comes_in_order {
            Box::new(ReadOnlySource::new(file))
        } else {
            Box::new(file)
        };
        let source = MediaSourceStream::new(source, Default::default());
        let mut probe = Probe::new_with_options(&ProbeOptions {
            max_probe_depth: MOST_BEFORE,
            ..Default::default()
        });
        symphonia::default::register_enabled_formats(&mut probe);
        let format = probe
            .probe(
                &Hint::new(),
                source,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(|_| UploadRefusal::NotSound)?;
        let track = format
            .default_track(TrackType::Audio)
            .ok_or(UploadRefusal::NoTrack)?;
        let parameters = track.codec_params.as_ref();
        let parameters = parameters
            .and_then(|parameters| parameters.audio())
            .ok_or(UploadRefusal::NoTrack)?;
        let codec = if parameters.codec == CODEC_ID_OPUS {
            let (channels, skip) = opus_head(parameters);
            Codec::Opus(Box::new(Opus::new(channels, skip)?))
        } else {
            let decoder = symphonia::default::get_codecs()
                .make_audio_decoder(parameters, &AudioDecoderOptions::default())
                .map_err(|_| UploadRefusal::Codec(parameters.codec.to_string()))?;
            Codec::Known(decoder)
        };
        Ok(Self {
            id: track.id,
            format,
            codec,
            sound: Vec::new(),
            good: 0,
            bad: 0,
        })
    }

    /// The sound of the next packet that has any; `None` at the end.
    fn next_sound(&mut self) -> Result<Option<Sound<'_>>, UploadRefusal> {
        loop {
            let Some(packet) = self.next_packet()? else {
                return Ok(None);
            };
            if let Some((rate, channels)) = self.codec.decode(&packet, &mut self.sound) {
                self.good += 1;
                return Ok(Some(Sound {
                    rate,
                    channels,
                    interleaved: &self.sound,
                }));
            }
            self.bad += 1;
            if self.bad > MOST_BAD && self.bad > self.good {
                return Err(UploadRefusal::Broken);
            }
        }
    }

    /// What fails after the first sound is the end: a live stream knows no other, and of a file that
    /// was cut the beginning is worth hearing.
    fn next_packet(&mut self) -> Result<Option<Packet>, UploadRefusal> {
        loop {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.id => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(_) if self.good > 0 => return Ok(None),
                Err(_) => return Err(UploadRefusal::Broken),
            }
        }
    }
}

impl Codec {
    /// Puts the sound of a packet into `sound` and gives rate and channels; `None` for a bad packet.
    fn decode(&mut self, packet: &Packet, sound: &mut Vec<f32>) -> Option<(u32, usize)> {
        match self {
            Self::Known(decoder) => {
                let decoded = decoder.decode(packet).ok()?;
                let spec = decoded.spec();
                let kind = (spec.rate(), spec.channels().count());
                decoded.copy_to_vec_interleaved(sound);
                Some(kind)
            }
            Self::Opus(opus) => {
                let channels = opus.channels();
                let decoded = opus.decode(&packet.data).ok()?;
                sound.clear();
                sound.extend_from_slice(decoded);
                Some((opus::RATE, channels))
            }
        }
    }
}

/// Channels and pre-skip of the identification header (RFC 7845 § 5.1).
///
/// MP4 keeps it too, as version 0 and with the most significant octet first (Opus in ISOBMFF § 4.3.2);
/// symphonia hands it on as it is, behind the name.
fn opus_head(parameters: &AudioCodecParameters) -> (usize, u32) {
    let told = parameters.channels.as_ref();
    let head = parameters.extra_data.as_deref().unwrap_or_default();
    match head.strip_prefix(b"OpusHead") {
        Some(&[version, channels, a, b, ..]) => {
            let skip = match version {
                0 => u16::from_be_bytes([a, b]),
                _ => u16::from_le_bytes([a, b]),
            };
            (channels.into(), skip.into())
        }
        _ => (told.map_or(1, |channels| channels.count()), 0),
    }
}

/// Memory beyond the program itself: the file, and what decoders need.
const MEMORY: u64 = 48 * 1024 * 1024;
/// How Matroska begins, and WebM (RFC 8794 § 8.1).
const EBML: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3];
/// Octets that may stand before the sound begins, labels apart: a file with a recording somewhere inside is another thing.
const MOST_BEFORE: u32 = 16 * 1024;
/// Packets without sound, before any is looked at twice.
const MOST_BAD: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::read_answer;
    use crate::{Pcm, wav};

    fn decoded(file: &[u8]) -> crate::upload::Answer {
        let mut answer = Vec::new();
        decode(file.to_vec(), &mut answer, Spent::default).unwrap();
        read_answer(&answer).unwrap()
    }

    #[test]
    fn a_wav_arrives_sample_by_sample() {
        let pcm = Pcm {
            samples: (0..20_000).map(|at| at % 7_000).collect(),
            sample_rate: 16_000,
        };
        let answer = decoded(&wav::write(&pcm));
        assert_eq!(answer.outcome, Ok(0.0));
        assert_eq!(answer.samples, pcm.samples);
    }

    #[test]
    fn a_file_with_sound_somewhere_inside_is_no_recording() {
        let pcm = Pcm {
            samples: vec![1; 20_000],
            sample_rate: 16_000,
        };
        let hidden = [vec![b'x'; 50_000], wav::write(&pcm)].concat();
        assert_eq!(decoded(&hidden).outcome, Err(UploadRefusal::NotSound));
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        assert_eq!(decoded(b"").outcome, Err(TakeRefusal::Empty.into()));
        for junk in [&b"x"[..], b"%PDF-1.7", &[0; 5_000], &[0xff; 5_000]] {
            assert_eq!(decoded(junk).outcome, Err(UploadRefusal::NotSound));
        }
    }
}
