//! What makes a muffled voice clear, or a thin one warm: a few filters for each voice.

use super::filter::Biquad;

/// The filters of one voice, in order; none for a voice that is clear by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Equaliser(Vec<Tone>);

impl Equaliser {
    /// These filters, one after the other.
    ///
    /// # Errors
    /// [`EqualiserError`] for a filter that would do harm, or more of them than anybody needs.
    pub fn new(tones: Vec<Tone>) -> Result<Self, EqualiserError> {
        if tones.len() > MOST_TONES {
            return Err(EqualiserError::TooMany);
        }
        match tones.iter().find(|tone| !tone.is_sound()) {
            Some(tone) => Err(EqualiserError::Tone(*tone)),
            None => Ok(Self(tones)),
        }
    }

    /// For filters that are written in the code and tried by its tests.
    pub(crate) fn of(tones: &[Tone]) -> Self {
        Self(tones.to_vec())
    }

    /// Filters in place.
    pub(super) fn run(&self, sound: &mut [f64], rate: u32) {
        for tone in &self.0 {
            tone.filter(rate).run(sound);
        }
    }
}

/// One filter (R. Bristow-Johnson, Audio EQ Cookbook).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tone {
    /// Lifts what is below `hertz`.
    Low {
        /// Where half of the gain is reached.
        hertz: f64,
        /// Gain, negative to lower.
        gain_db: f64,
    },
    /// Lifts what is around `hertz`.
    Peak {
        /// The middle.
        hertz: f64,
        /// Gain, negative to lower.
        gain_db: f64,
        /// How narrow: 0.5 is two octaves wide, 1.4 one octave.
        q: f64,
    },
    /// Lifts what is above `hertz`.
    High {
        /// Where half of the gain is reached.
        hertz: f64,
        /// Gain, negative to lower.
        gain_db: f64,
    },
}

impl Tone {
    fn filter(self, rate: u32) -> Biquad {
        match self {
            Self::Low { hertz, gain_db } => Biquad::low_shelf(hertz, rate, gain_db),
            Self::Peak { hertz, gain_db, q } => Biquad::peak(hertz, rate, gain_db, q),
            Self::High { hertz, gain_db } => Biquad::high_shelf(hertz, rate, gain_db),
        }
    }

    fn is_sound(self) -> bool {
        let (hertz, gain_db, q) = match self {
            Self::Low { hertz, gain_db } | Self::High { hertz, gain_db } => (hertz, gain_db, 1.0),
            Self::Peak { hertz, gain_db, q } => (hertz, gain_db, q),
        };
        (50.0..=7000.0).contains(&hertz)
            && (-24.0..=24.0).contains(&gain_db)
            && (0.1..=10.0).contains(&q)
    }
}

/// Why filters are not taken.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum EqualiserError {
    /// More than eight.
    #[error("an equaliser has at most {MOST_TONES} filters")]
    TooMany,
    /// Outside of what a telephone carries, or louder than any voice needs.
    #[error(
        "{0:?} is no filter for a voice: 50 to 7000 Hz, -24 to 24 dB, a width (q) of 0.1 to 10"
    )]
    Tone(Tone),
}

const MOST_TONES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{goertzel_db, tone};

    /// What a filter does to a steady tone, in dB.
    fn gain_db(filter: Tone, hertz: f64) -> f64 {
        let mut sound = tone(hertz, 0.05, 1.0, 16_000);
        let before = goertzel_db(&sound[4000..12_000], hertz, 16_000);
        Equaliser::new(vec![filter])
            .unwrap()
            .run(&mut sound, 16_000);
        goertzel_db(&sound[4000..12_000], hertz, 16_000) - before
    }

    #[test]
    fn shelves_and_peaks_lift_what_they_name() {
        let high = Tone::High {
            hertz: 1200.0,
            gain_db: 12.0,
        };
        assert!((gain_db(high, 5000.0) - 12.0).abs() < 0.5);
        assert!((gain_db(high, 1200.0) - 6.0).abs() < 0.3);
        assert!(gain_db(high, 250.0).abs() < 0.5);
        let low = Tone::Low {
            hertz: 500.0,
            gain_db: -6.0,
        };
        assert!((gain_db(low, 100.0) - -6.0).abs() < 0.3);
        assert!((gain_db(low, 500.0) - -3.0).abs() < 0.3);
        assert!(gain_db(low, 3000.0).abs() < 0.3);
        let peak = Tone::Peak {
            hertz: 1000.0,
            gain_db: 5.0,
            q: 1.0,
        };
        assert!((gain_db(peak, 1000.0) - 5.0).abs() < 0.1);
        assert!(gain_db(peak, 200.0) < 0.6 && gain_db(peak, 5000.0) < 0.6);
    }

    #[test]
    fn a_filter_that_would_do_harm_is_refused() {
        for tone in [
            Tone::High {
                hertz: 9000.0,
                gain_db: 3.0,
            },
            Tone::High {
                hertz: 1000.0,
                gain_db: 40.0,
            },
            Tone::Peak {
                hertz: 1000.0,
                gain_db: f64::NAN,
                q: 1.0,
            },
            Tone::Peak {
                hertz: 1000.0,
                gain_db: 3.0,
                q: 0.0,
            },
        ] {
            assert!(Equaliser::new(vec![tone]).is_err(), "{tone:?}");
        }
        let one = Tone::Low {
            hertz: 300.0,
            gain_db: 1.0,
        };
        assert_eq!(Equaliser::new(vec![one; 9]), Err(EqualiserError::TooMany));
    }
}
