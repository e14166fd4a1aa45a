//! The energy and the phase of sound at the eight frequencies of the keypad.

use std::sync::OnceLock;

/// Low group, then high group, in Hz (ITU-T Q.23 § 4).
pub(super) const FREQUENCIES: [f32; TONES] =
    [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
pub(super) const TONES: usize = 8;
/// Samples of a hop; a window has two, and tells 697 Hz from 770 Hz.
pub(super) const HOP: usize = 51;

/// Follows one stream hop by hop.
#[derive(Debug, Default)]
pub(super) struct Bank {
    hop: Spectrum,
    energy: f32,
    window: Spectrum,
}

/// A complex number for each frequency.
#[derive(Clone, Copy, Debug, Default)]
struct Spectrum {
    re: [f32; TONES],
    im: [f32; TONES],
}

/// What two hops hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Squared amplitude at each frequency: that of a tone which is exactly there and alone.
    pub(super) power: [f32; TONES],
    /// Mean square of the samples, twice: what the powers of pure tones add up to.
    pub(super) total: f32,
    /// The window before, turned back and multiplied: its angle is how far each tone is from its frequency.
    pub(super) advance: [(f32, f32); TONES],
}

impl Bank {
    pub(super) fn hear(&mut self, samples: &[f32; HOP]) -> Window {
        let tables = tables();
        let (mut hop, mut energy) = (Spectrum::default(), 0.0);
        for (sample, (cosines, sines)) in samples.iter().zip(&tables.steps) {
            energy += sample * sample;
            for tone in 0..TONES {
                hop.re[tone] += sample * cosines[tone];
                hop.im[tone] -= sample * sines[tone];
            }
        }
        let (turn_re, turn_im) = &tables.turn;
        let mut window = Spectrum::default();
        let mut advance = [(0.0, 0.0); TONES];
        let mut power = [0.0; TONES];
        for tone in 0..TONES {
            // Phases count from the beginning of the window, which is one hop before this hop.
            let (re, im) = (hop.re[tone], hop.im[tone]);
            let (cos, sin) = (turn_re[tone], turn_im[tone]);
            let (re, im) = (re * cos + im * sin, im * cos - re * sin);
            window.re[tone] = self.hop.re[tone] + re;
            window.im[tone] = self.hop.im[tone] + im;
            let (re, im) = (window.re[tone], window.im[tone]);
            let (old_re, old_im) = (self.window.re[tone], self.window.im[tone]);
            let (ahead, across) = (re * old_re + im * old_im, im * old_re - re * old_im);
            advance[tone] = (ahead * cos + across * sin, across * cos - ahead * sin);
            power[tone] = (re * re + im * im) * SCALE;
        }
        let total = (energy + self.energy) / HOP_COUNT;
        (self.hop, self.energy, self.window) = (hop, energy, window);
        Window {
            power,
            total,
            advance,
        }
    }
}

struct Tables {
    /// For each sample of a hop.
    steps: [([f32; TONES], [f32; TONES]); HOP],
    /// How far each tone turns in one hop.
    turn: ([f32; TONES], [f32; TONES]),
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut at = 0.0;
        let mut angles = || {
            let angles = FREQUENCIES.map(|hertz| std::f32::consts::TAU * hertz * at / RATE);
            at += 1.0;
            (angles.map(f32::cos), angles.map(f32::sin))
        };
        Tables {
            steps: std::array::from_fn(|_| angles()),
            turn: angles(),
        }
    })
}

const RATE: f32 = 8_000.0;
const HOP_COUNT: f32 = 51.0;
/// From the squared sum over a window to a squared amplitude.
const SCALE: f32 = 1.0 / (HOP_COUNT * HOP_COUNT);
