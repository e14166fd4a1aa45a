//! Changes the sampling rate of a sound that arrives in pieces.

use super::{Kernels, greatest_common_divisor};

/// The same as [`super::resample`], piece by piece, holding no more than a filter is long.
pub(crate) struct Stream {
    up: u64,
    down: u64,
    /// `None` when nothing is to be changed.
    kernels: Option<Kernels>,
    /// Input that is still needed, and how much came before it.
    held: Vec<f64>,
    gone: u64,
    /// Samples given out.
    given: u64,
}

impl Stream {
    /// - `from`, `to`: samples a second, neither of them 0; a sensible divisor of both keeps the
    ///   filters small.
    /// - `cutoff`: as in [`super::resample`].
    pub(crate) fn new(from: u32, to: u32, cutoff: f64) -> Self {
        let common = greatest_common_divisor(from, to).max(1);
        let (up, down) = (to / common, from / common);
        let low = f64::from(from.min(to)) / f64::from(from.max(1));
        Self {
            up: up.into(),
            down: down.max(1).into(),
            kernels: (from != to).then(|| Kernels::new(up, low * cutoff)),
            held: Vec::new(),
            gone: 0,
            given: 0,
        }
    }

    /// Takes the next piece and gives what is finished.
    pub(crate) fn take(&mut self, piece: &[f64]) -> Vec<f64> {
        let Some(kernels) = &self.kernels else {
            return piece.to_vec();
        };
        self.held.extend_from_slice(piece);
        let reach = kernels.reach as u64;
        let whole = (self.gone + self.held.len() as u64).saturating_sub(reach);
        let finished = self.give_up_to(whole);
        let needed = (self.given * self.down / self.up + 1).saturating_sub(reach);
        let drop = needed.saturating_sub(self.gone);
        let drop = usize::try_from(drop).map_or(self.held.len(), |drop| drop.min(self.held.len()));
        self.held.drain(..drop);
        self.gone += drop as u64;
        finished
    }

    /// Gives the rest; after the last piece there is silence.
    pub(crate) fn finish(&mut self) -> Vec<f64> {
        let whole = self.gone + self.held.len() as u64;
        self.give_up_to(whole)
    }

    /// Gives every sample whose place lies before this place of the input.
    fn give_up_to(&mut self, end: u64) -> Vec<f64> {
        let Some(kernels) = &self.kernels else {
            return Vec::new();
        };
        let last = end * self.up / self.down;
        let first = self.given;
        self.given = self.given.max(last);
        (first..last)
            .map(|out| {
                let place = out * self.down;
                kernels.sample(&self.held, place / self.up - self.gone, place % self.up)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::resample;
    use super::*;
    use crate::chain::tone;

    #[test]
    fn pieces_give_what_the_whole_gives() {
        for (from, to) in [
            (48_000, 16_000),
            (44_100, 16_000),
            (8_000, 16_000),
            (22_050, 16_000),
            (16_000, 16_000),
        ] {
            let sound = tone(440.0, 0.5, 0.3, from);
            for size in [1, 7, 960, 4096, 100_000] {
                let mut stream = Stream::new(from, to, 0.95);
                let mut pieced: Vec<f64> = sound
                    .chunks(size)
                    .flat_map(|piece| stream.take(piece))
                    .collect();
                assert!(
                    stream.held.len() < 1000 + size,
                    "{} held",
                    stream.held.len()
                );
                pieced.extend(stream.finish());
                let whole = resample(&sound, from, to, 0.95);
                assert_eq!(pieced.len(), whole.len(), "{from} Hz in pieces of {size}");
                let worst = pieced
                    .iter()
                    .zip(&whole)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f64::max);
                assert!(worst < 1e-9, "{from} Hz in pieces of {size}: {worst}");
            }
        }
    }
}
