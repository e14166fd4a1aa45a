//! What was said: which known sounds can be heard in a recording, in which order, and how much of each.
//!
//! A telephone that decodes G.711 and loses nothing hears what the line sends sample for sample, so that a sound is found
//! by its samples and not by likeness.

use std::collections::HashMap;

/// Sounds that can be told from each other.
#[derive(Default)]
pub(crate) struct Sounds {
    sounds: Vec<(String, Vec<i16>)>,
    /// By eight loud samples: in which sound they stand, and where.
    anchors: HashMap<u128, Vec<(usize, usize)>>,
}

impl Sounds {
    /// Takes a sound under its name. One that is known already keeps its first name.
    pub(crate) fn add(&mut self, name: &str, samples: Vec<i16>) {
        if self.sounds.iter().any(|(_, known)| *known == samples) {
            return;
        }
        let sound = self.sounds.len();
        for place in (0..samples.len().saturating_sub(EIGHT)).step_by(ANCHOR_EVERY) {
            if let Some(key) = key(&samples[place..]) {
                self.anchors.entry(key).or_default().push((sound, place));
            }
        }
        self.sounds.push((name.to_owned(), samples));
    }

    /// The sound that goes on at a place of what was heard, and where in it; proven by a tenth of a second.
    fn find(&self, heard: &[i16], place: usize) -> Option<(usize, usize)> {
        let anchors = self.anchors.get(&key(&heard[place..])?)?;
        let same = |&(sound, from): &(usize, usize)| {
            let sound = &self.sounds[sound].1[from..];
            let pairs = sound.iter().zip(&heard[place..]);
            pairs.take_while(|(one, other)| one == other).count()
        };
        let best = anchors.iter().max_by_key(|anchor| same(anchor))?;
        (same(best) >= PROOF).then_some(*best)
    }
}

/// What was said up to now.
pub(crate) struct Transcript<'a> {
    sounds: &'a Sounds,
    heard: Vec<i16>,
    /// How much of it has been looked at.
    place: usize,
    said: Vec<Said>,
}

/// A sound that was heard.
#[derive(Clone, Copy, Debug)]
struct Said {
    sound: usize,
    /// Where it begins in what was heard.
    at: usize,
    /// How far it was said.
    until: usize,
    /// Where it ends in what was heard.
    end: usize,
    /// It may go on with the next sample.
    open: bool,
    /// There was a silence in the middle, after which it went on.
    paused: bool,
}

impl<'a> Transcript<'a> {
    /// Nothing yet.
    pub(crate) fn new(sounds: &'a Sounds) -> Self {
        Self {
            sounds,
            heard: vec![],
            place: 0,
            said: vec![],
        }
    }

    /// Hears on.
    pub(crate) fn hear(&mut self, samples: &[i16]) {
        self.heard.extend_from_slice(samples);
        while self.follow() && self.look_for_next() {}
    }

    /// Samples heard.
    pub(crate) fn length(&self) -> usize {
        self.heard.len()
    }

    /// Where the sound that was playing at a sample was left.
    pub(crate) fn left_at(&self, sample: usize) -> Option<usize> {
        let said = self.said.iter().rfind(|said| said.at <= sample)?;
        Some(said.end)
    }

    /// The names of what was heard, in order; one that was broken off ends in "…".
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |said: &Said| {
            let whole = said.until + PROOF >= self.sounds.sounds[said.sound].1.len();
            let paused = if said.paused { " (paused)" } else { "" };
            format!(
                "{}{}{paused}",
                self.name(said),
                if whole { "" } else { "…" }
            )
        };
        self.said.iter().map(line).collect()
    }

    fn name(&self, said: &Said) -> &str {
        &self.sounds.sounds[said.sound].0
    }

    /// Goes on with what is being said; whether that is over.
    fn follow(&mut self) -> bool {
        let Some(said) = self.said.last_mut().filter(|said| said.open) else {
            return true;
        };
        let left = &self.sounds.sounds[said.sound].1[said.until..];
        let pairs = left.iter().zip(&self.heard[self.place..]);
        let same = pairs.take_while(|(one, other)| one == other).count();
        (said.until, self.place) = (said.until + same, self.place + same);
        said.end = self.place;
        said.open = self.place == self.heard.len() && same < left.len();
        !said.open
    }

    /// Looks for the next sound; whether there is one.
    fn look_for_next(&mut self) -> bool {
        while self.place + PROOF <= self.heard.len() {
            let Some((sound, from)) = self.sounds.find(&self.heard, self.place) else {
                self.place += 1;
                continue;
            };
            let (said, begun) = self.begin(sound, from);
            match self.said.last_mut() {
                // A telephone's buffer left something out, or said it twice; or the voice goes on after a pause.
                Some(last) if last.is_same(sound, begun, self.place - last.end) => {
                    last.paused |= self.place - last.end > SECOND;
                    last.until = from;
                    last.open = true;
                }
                _ => self.said.push(said),
            }
            return true;
        }
        false
    }

    /// The anchor is a little way into the sound: gives also where in the sound it really begins to be heard.
    fn begin(&self, sound: usize, from: usize) -> (Said, usize) {
        let before = self.said.last().map_or(0, |said| said.end);
        let reach = from.min(self.place - before.min(self.place));
        let samples = &self.sounds.sounds[sound].1;
        let pairs = (1..=reach).map(|back| (samples[from - back], self.heard[self.place - back]));
        let back = pairs.take_while(|(one, other)| one == other).count();
        let said = Said {
            sound,
            at: self.place - back,
            until: from,
            end: self.place,
            open: true,
            paused: false,
        };
        (said, from - back)
    }
}

impl Said {
    /// Whether a sound that is heard from `begun` on, so many samples later, is this one going on.
    fn is_same(&self, sound: usize, begun: usize, later: usize) -> bool {
        let room = if later < HICCUP { HICCUP } else { SEAM };
        self.sound == sound && self.until.abs_diff(begun) < room
    }
}

/// Eight samples as one number, if they are loud enough to be like no others.
fn key(samples: &[i16]) -> Option<u128> {
    let eight = samples.get(..EIGHT)?;
    let loudness: i32 = eight.iter().map(|&one| i32::from(one).abs()).sum();
    let join = |key: u128, one: &i16| key << 16 | u128::from(one.cast_unsigned());
    (loudness > 3_000).then(|| eight.iter().fold(0, join))
}

const EIGHT: usize = 8;
/// A tenth of a second.
const PROOF: usize = 800;
/// After a pause the voice goes on where it stopped.
const SEAM: usize = 200;
const SECOND: usize = 8_000;
const ANCHOR_EVERY: usize = 40;
/// A quarter of a second.
const HICCUP: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_found_whole_and_broken_off_also_bit_by_bit() {
        let (one, other) = (noise(1, 9_000), noise(2, 8_000));
        let mut sounds = Sounds::default();
        sounds.add("one", one.clone());
        sounds.add("other", other.clone());
        let pause = vec![8; 4_000];
        let (first, second) = other.split_at(3_000);
        let heard = [
            &pause,
            &one,
            first,
            &pause,
            &other,
            &one[..2_500],
            &pause,
            first,
        ];
        let heard = [&heard.concat()[..], &pause, &pause, &pause, second].concat();
        for step in [heard.len(), 160, 777] {
            let mut transcript = Transcript::new(&sounds);
            for samples in heard.chunks(step) {
                transcript.hear(samples);
            }
            assert_eq!(
                transcript.lines(),
                ["one", "other…", "other", "one…", "other (paused)"]
            );
            assert_eq!(transcript.left_at(14_000), Some(16_000));
        }
    }

    fn noise(seed: u32, length: usize) -> Vec<i16> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as u16 as i16
        };
        std::iter::repeat_with(next).take(length).collect()
    }
}
