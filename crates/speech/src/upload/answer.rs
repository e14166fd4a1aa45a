//! What the decoding helper answers, and how its answer is read: the door between a process that a
//! stranger's file may have taken over and the service.
//!
//! `SND1`, then pieces: one octet of kind, the length of what follows (32 bits, little-endian), that
//! many octets. Pieces of samples come first (16-bit, little-endian, 16 kHz, one channel), then
//! exactly one that ends the answer: the count of frames and of clipped ones, or a refusal; both
//! begin with what the work has cost.

use std::io::{self, Write};

use super::{Spent, UploadRefusal};
use crate::TakeRefusal;

/// Writes an answer, piece by piece.
pub(super) struct Writer<W> {
    output: W,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(mut output: W) -> io::Result<Self> {
        output.write_all(MAGIC)?;
        Ok(Self { output })
    }

    /// Some samples at the rate of a master.
    pub(super) fn samples(&mut self, samples: &[i16]) -> io::Result<()> {
        for piece in samples.chunks(MOST_SAMPLES) {
            let octets: Vec<u8> = piece
                .iter()
                .flat_map(|sample| sample.to_le_bytes())
                .collect();
            self.piece(SAMPLES, &octets)?;
        }
        Ok(())
    }

    /// The end of the sound.
    ///
    /// - `frames`: decoded at the file's own rate; `clipped` of them stand at full scale.
    pub(super) fn finish(mut self, spent: Spent, frames: u64, clipped: u64) -> io::Result<()> {
        let mut payload = cost(spent).to_vec();
        payload.extend(frames.to_le_bytes());
        payload.extend(clipped.to_le_bytes());
        self.piece(END, &payload)?;
        self.output.flush()
    }

    /// The end of what cannot be taken.
    pub(super) fn refuse(mut self, spent: Spent, refusal: &UploadRefusal) -> io::Result<()> {
        let (code, detail) = coded(refusal);
        let mut payload = cost(spent).to_vec();
        payload.push(code);
        payload.extend(detail.bytes().take(MOST_DETAIL));
        self.piece(REFUSAL, &payload)?;
        self.output.flush()
    }

    fn piece(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        self.output.write_all(&[kind])?;
        self.output.write_all(&length.to_le_bytes())?;
        self.output.write_all(payload)
    }
}

/// What a helper has answered.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// One channel at 16 kHz.
    pub samples: Vec<i16>,
    /// What the work has cost, as the helper says.
    pub spent: Spent,
    /// The share of clipped frames, 0.0 to 1.0, or why the file is refused.
    pub outcome: Result<f64, UploadRefusal>,
}

/// Reads a whole answer; `None` for anything that `Writer` does not write.
pub fn read_answer(octets: &[u8]) -> Option<Answer> {
    let mut rest = octets.strip_prefix(MAGIC)?;
    let mut samples = Vec::new();
    loop {
        let (&[kind], after) = rest.split_first_chunk()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (payload, after) = after.split_at_checked(length)?;
        rest = after;
        if kind == SAMPLES {
            let (pairs, []) = payload.as_chunks::<2>() else {
                return None;
            };
            samples.extend(pairs.iter().map(|pair| i16::from_le_bytes(*pair)));
            continue;
        }
        let (spent, payload) = read_cost(payload)?;
        let outcome = match kind {
            END => Ok(read_end(payload)?),
            REFUSAL => Err(read_refusal(payload)?),
            _ => return None,
        };
        return rest.is_empty().then_some(Answer {
            samples,
            spent,
            outcome,
        });
    }
}

fn cost(spent: Spent) -> [u8; COST] {
    let mut cost = [0; COST];
    cost[..4].copy_from_slice(&spent.peak_kib.to_le_bytes());
    cost[4..].copy_from_slice(&spent.cpu_ms.to_le_bytes());
    cost
}

fn read_cost(payload: &[u8]) -> Option<(Spent, &[u8])> {
    let (peak_kib, payload) = payload.split_first_chunk()?;
    let (cpu_ms, payload) = payload.split_first_chunk()?;
    let spent = Spent {
        peak_kib: u32::from_le_bytes(*peak_kib),
        cpu_ms: u32::from_le_bytes(*cpu_ms),
    };
    Some((spent, payload))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the share of huge counts need not be exact"
)]
fn read_end(payload: &[u8]) -> Option<f64> {
    let (frames, payload) = payload.split_first_chunk()?;
    let (clipped, []) = payload.split_first_chunk()? else {
        return None;
    };
    let (frames, clipped) = (u64::from_le_bytes(*frames), u64::from_le_bytes(*clipped));
    (clipped <= frames).then(|| clipped as f64 / frames.max(1) as f64)
}

fn read_refusal(payload: &[u8]) -> Option<UploadRefusal> {
    let (&code, detail) = payload.split_first()?;
    if detail.len() > MOST_DETAIL {
        return None;
    }
    let detail = std::str::from_utf8(detail).ok()?;
    let number = || detail.parse().ok();
    Some(match code {
        1 => UploadRefusal::NotSound,
        2 => UploadRefusal::NoTrack,
        // The name comes out of a stranger's file: it is shown to people.
        3 => UploadRefusal::Codec(detail.chars().filter(|c| is_plain(*c)).collect()),
        4 => UploadRefusal::Channels(number()?),
        5 => UploadRefusal::Broken,
        6 => UploadRefusal::TooHeavy,
        7 => UploadRefusal::Take(TakeRefusal::TooLong),
        8 => UploadRefusal::Take(TakeRefusal::Rate(number()?)),
        9 => UploadRefusal::Take(TakeRefusal::Empty),
        _ => return None,
    })
}

fn coded(refusal: &UploadRefusal) -> (u8, String) {
    let plain = |code| (code, String::new());
    match refusal {
        UploadRefusal::NotSound => plain(1),
        UploadRefusal::NoTrack => plain(2),
        UploadRefusal::Codec(name) => (3, name.chars().filter(|c| is_plain(*c)).collect()),
        UploadRefusal::Channels(channels) => (4, channels.to_string()),
        UploadRefusal::Broken => plain(5),
        UploadRefusal::TooHeavy => plain(6),
        UploadRefusal::Take(TakeRefusal::TooLong) => plain(7),
        UploadRefusal::Take(TakeRefusal::Rate(rate)) => (8, rate.to_string()),
        // The helper judges no speech: of all else it knows that there is nothing.
        UploadRefusal::Take(_) => plain(9),
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_')
}

const MAGIC: &[u8] = b"SND1";
const SAMPLES: u8 = 0;
const END: u8 = 1;
const REFUSAL: u8 = 2;
const COST: usize = 8;
/// Samples of one piece.
const MOST_SAMPLES: usize = 16 * 1024;
/// Octets of a codec's name.
const MOST_DETAIL: usize = 40;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPENT: Spent = Spent {
        peak_kib: 31_000,
        cpu_ms: 120,
    };

    fn finished(samples: &[i16], frames: u64, clipped: u64) -> Vec<u8> {
        let mut answer = Vec::new();
        let mut writer = Writer::begin(&mut answer).unwrap();
        writer.samples(samples).unwrap();
        writer.finish(SPENT, frames, clipped).unwrap();
        answer
    }

    fn refused(refusal: &UploadRefusal) -> Vec<u8> {
        let mut answer = Vec::new();
        Writer::begin(&mut answer)
            .unwrap()
            .refuse(SPENT, refusal)
            .unwrap();
        answer
    }

    #[test]
    fn every_refusal_of_the_helper_arrives() {
        for refusal in [
            UploadRefusal::NotSound,
            UploadRefusal::NoTrack,
            UploadRefusal::Codec("gsm".to_owned()),
            UploadRefusal::Channels(65_535),
            UploadRefusal::Broken,
            UploadRefusal::TooHeavy,
            TakeRefusal::TooLong.into(),
            TakeRefusal::Rate(4_000_000_000).into(),
            TakeRefusal::Empty.into(),
        ] {
            let answer = read_answer(&refused(&refusal)).unwrap();
            assert_eq!(answer.outcome, Err(refusal));
            assert_eq!(answer.spent, SPENT);
        }
    }

    #[test]
    fn a_name_from_a_file_brings_no_markup() {
        let mut answer = Vec::new();
        let writer = Writer::begin(&mut answer).unwrap();
        let hostile = UploadRefusal::Codec("<b>\u{202e}a\n".to_owned());
        writer.refuse(SPENT, &hostile).unwrap();
        let outcome = read_answer(&answer).unwrap().outcome;
        assert_eq!(outcome, Err(UploadRefusal::Codec("ba".to_owned())));
    }

    #[test]
    fn an_answer_that_is_not_whole_is_none() {
        let whole = finished(&[1, -1], 2, 1);
        for end in 0..whole.len() {
            assert_eq!(read_answer(&whole[..end]), None, "{end}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(read_answer(&longer), None);
        assert_eq!(
            read_answer(&finished(&[1], 2, 3)),
            None,
            "more clipped than there are"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(samples: Vec<i16>, frames in 0..u64::MAX) {
            let answer = read_answer(&finished(&samples, frames, frames / 2)).unwrap();
            prop_assert_eq!(answer.samples, samples);
            prop_assert!(answer.outcome.is_ok_and(|share| (0.0..=0.5).contains(&share)));
        }

        #[test]
        fn never_panics(mut noise: Vec<u8>) {
            let _ = read_answer(&noise);
            noise.splice(0..0, MAGIC.iter().copied());
            let _ = read_answer(&noise);
        }
    }
}
