//! What a helper process says on its standard output: eight octets, then samples of 16 bits.

use super::VoiceError;
use crate::Pcm;

/// The eight octets: `PCM1` and the rate (32 bits, little-endian).
pub(super) fn header(rate: u32) -> [u8; HEADER] {
    let [a, b, c, d] = rate.to_le_bytes();
    [b'P', b'C', b'M', b'1', a, b, c, d]
}

/// The length of an answer with so many samples.
pub(super) fn octets(samples: u32) -> usize {
    let samples = usize::try_from(samples).unwrap_or(usize::MAX);
    samples.saturating_mul(2).saturating_add(HEADER)
}

/// # Errors
/// [`VoiceError::BadSound`] for another header or rate, no sample, or half a one.
pub(super) fn decode(answer: &[u8], rate: u32) -> Result<Pcm, VoiceError> {
    let bad = |what: &str| VoiceError::BadSound(what.to_owned());
    let Some((found, sound)) = answer.split_first_chunk::<HEADER>() else {
        return Err(bad("nothing at all"));
    };
    if *found != header(rate) {
        return Err(bad("not the header or the rate that was agreed"));
    }
    let (samples, rest) = sound.as_chunks::<2>();
    if samples.is_empty() || !rest.is_empty() {
        return Err(bad("not a whole number of samples"));
    }
    Ok(Pcm {
        samples: samples
            .iter()
            .map(|octets| i16::from_le_bytes(*octets))
            .collect(),
        sample_rate: rate,
    })
}

const HEADER: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    #[test]
    fn an_answer_is_header_then_samples() {
        let mut answer = header(RATE).to_vec();
        answer.extend([1, 0, 255, 255]);
        assert_eq!(answer.len(), octets(2));
        assert_eq!(decode(&answer, RATE).unwrap().samples, [1, -1]);
    }

    #[test]
    fn anything_else_is_bad_sound() {
        let mut odd = header(RATE).to_vec();
        odd.push(0);
        for answer in [
            &b""[..],
            b"PCM1",
            &header(RATE),
            &header(22_050),
            &odd,
            b"RIFF12345678",
        ] {
            assert!(
                matches!(decode(answer, RATE), Err(VoiceError::BadSound(_))),
                "{answer:?}"
            );
        }
    }
}
