//! Cuts the silence a voice leaves around its words, and puts the house's own there.

use std::fmt;

/// How much silence there is around the words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edges {
    before_ms: u32,
    after_ms: u32,
}

impl Edges {
    /// A whole message.
    pub(crate) const SENTENCE: Self = Self::of(100, 300);

    pub(crate) const fn of(before_ms: u32, after_ms: u32) -> Self {
        Self {
            before_ms,
            after_ms,
        }
    }
}

/// Milliseconds before and after, with a stroke between.
impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.before_ms, self.after_ms)
    }
}

/// From just before the first sound to just after the last; `None` if there is none.
///
/// The voice's own quiet stays, as breath and reverberation live in it; where it has less than the
/// edges ask for, silence is added.
pub(super) fn trim(sound: &[f64], rate: u32, edges: Edges) -> Option<Vec<f64>> {
    let heard = |x: &f64| x.abs() >= HEARD;
    let first = sound.iter().position(heard)?;
    let last = sound.iter().rposition(heard)?;
    let samples = |ms: u32| usize::try_from(u64::from(rate) * u64::from(ms) / 1000).unwrap_or(0);
    let (before, after) = (samples(edges.before_ms), samples(edges.after_ms));
    let start = first.saturating_sub(before);
    let end = (last + 1 + after).min(sound.len());
    let mut trimmed = vec![0.0; before - (first - start)];
    trimmed.extend_from_slice(&sound[start..end]);
    trimmed.resize(before + (last + 1 - first) + after, 0.0);
    Some(trimmed)
}

/// -50 dBFS.
const HEARD: f64 = 0.003_162;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_100_ms_before_and_300_ms_after() {
        let mut sound = vec![0.0; 16_000];
        sound[8000..9000].fill(0.1);
        let trimmed = trim(&sound, 16_000, Edges::SENTENCE).unwrap();
        assert_eq!(trimmed.len(), 1600 + 1000 + 4800);
        assert_eq!(trimmed[1600..2600], [0.1; 1000]);
    }

    #[test]
    fn adds_what_the_voice_did_not_leave() {
        let trimmed = trim(&[0.0, 0.5, 0.001], 1000, Edges::of(4, 3)).unwrap();
        assert_eq!(trimmed, [0.0, 0.0, 0.0, 0.0, 0.5, 0.001, 0.0, 0.0]);
    }

    #[test]
    fn a_whisper_under_50_decibels_is_silence() {
        assert!(trim(&[0.003; 400], 8000, Edges::SENTENCE).is_none());
    }
}
