//! Keys heard in the sound itself: dual tones of ITU-T Q.23, found within the tolerances of Q.24.
//!
//! For callers whose way to us carries no `telephone-event`. Sound is cut into hops of 51 samples (6.4 ms), and every
//! window of two hops is asked for the energy at the eight frequencies of the keypad. A key is told when four windows
//! in a row name it and the tones stand the tests of [`Run`]; speech does so by chance almost never. Start with
//! [`ToneKeypad`]; `docs/rtp.md` gives the limits.

mod bank;
mod run;

use std::collections::VecDeque;

use crate::{Codec, Decoder, Key};
use bank::{Bank, HOP};
use run::Run;

/// The keypad of one caller, heard through a codec.
#[derive(Debug)]
pub struct ToneKeypad {
    codec: Codec,
    decoder: Decoder,
    bank: Bank,
    run: Run,
    /// The samples of a hop that has begun.
    hop: [f32; HOP],
    filled: usize,
    /// The timestamp of the next packet, if none gets lost.
    expected: Option<u32>,
    keys: VecDeque<Key>,
}

impl ToneKeypad {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self {
            codec,
            decoder: codec.decoder(),
            bank: Bank::default(),
            run: Run::default(),
            hop: [0.0; HOP],
            filled: 0,
            expected: None,
            keys: VecDeque::new(),
        }
    }

    /// Takes the sound of one packet; ask [`ToneKeypad::next_key`] afterwards.
    ///
    /// A packet that comes again or too late is passed over. One that got lost is a short break, over which a key that
    /// is held goes on; after a longer pause a key counts anew.
    ///
    /// - `timestamp`: of RTP, in ticks of 8,000 a second.
    pub fn hear(&mut self, timestamp: u32, payload: &[u8]) {
        let ticks = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let ahead = timestamp.wrapping_sub(self.expected.unwrap_or(timestamp));
        if ahead > u32::MAX - LATEST {
            return;
        }
        if ahead > LONGEST_BREAK {
            self.run = Run::default();
        }
        self.expected = Some(timestamp.wrapping_add(ticks));
        // G.711 decodes by a table; G.722 has twice the samples, of which pairs are one here.
        let samples = self.decoder.decode(payload);
        if self.codec.sample_rate() == crate::SAMPLE_RATE {
            for sample in samples {
                self.take(f32::from(sample));
            }
        } else {
            for pair in samples.chunks_exact(2) {
                self.take(0.5 * (f32::from(pair[0]) + f32::from(pair[1])));
            }
        }
    }

    /// The next key that was pressed and not told yet.
    pub fn next_key(&mut self) -> Option<Key> {
        self.keys.pop_front()
    }

    fn take(&mut self, sample: f32) {
        self.hop[self.filled] = sample;
        self.filled += 1;
        if self.filled < HOP {
            return;
        }
        self.filled = 0;
        let window = self.bank.hear(&self.hop);
        // Whoever does not ask for the keys does not fill the memory.
        let key = self.run.follow(&window);
        self.keys
            .extend(key.filter(|_| self.keys.len() < MOST_KEYS));
    }
}

/// Ticks of sound that may be missing within one press: two packets of 20 ms.
const LONGEST_BREAK: u32 = 320;
/// A packet whose timestamp is less than 200 ms behind is late, one further behind is of a clock that began again.
const LATEST: u32 = 1_600;
const MOST_KEYS: usize = 16;

#[cfg(test)]
mod tests;
