//! Cuts the silence a voice leaves around its words.

/// How much silence stays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edges {
    before_ms: u32,
    after_ms: u32,
}

impl Edges {
    /// A whole message.
    pub(crate) const SENTENCE: Self = Self {
        before_ms: 100,
        after_ms: 300,
    };
    /// A piece that is joined to others, as the hour and the minutes are.
    pub(crate) const FRAGMENT: Self = Self {
        before_ms: 30,
        after_ms: 90,
    };
}

/// The part from just before the first sound to just after the last; `None` if there is none.
pub(super) fn trim(sound: &[f64], rate: u32, edges: Edges) -> Option<&[f64]> {
    let heard = |x: &f64| x.abs() >= HEARD;
    let first = sound.iter().position(heard)?;
    let last = sound.iter().rposition(heard)?;
    let samples = |ms: u32| usize::try_from(u64::from(rate) * u64::from(ms) / 1000).unwrap_or(0);
    let start = first.saturating_sub(samples(edges.before_ms));
    let end = (last + 1 + samples(edges.after_ms)).min(sound.len());
    Some(&sound[start..end])
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
        assert_eq!(
            trim(&sound, 16_000, Edges::SENTENCE).unwrap().len(),
            1600 + 1000 + 4800
        );
    }

    #[test]
    fn takes_what_there_is_when_the_edges_are_short() {
        assert_eq!(
            trim(&[0.0, 0.5, 0.0], 16_000, Edges::SENTENCE)
                .unwrap()
                .len(),
            3
        );
    }

    #[test]
    fn a_whisper_under_50_decibels_is_silence() {
        assert!(trim(&[0.003; 400], 8000, Edges::SENTENCE).is_none());
    }
}
