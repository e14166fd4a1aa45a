//! Decides from windows in a row whether a key is pressed (ITU-T Q.24 § 2).

use super::bank::{TONES, Window};
use crate::Key;

/// The windows in a row that name one key.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Row and column that the latest windows name.
    named: Option<(usize, usize)>,
    length: u32,
    /// Sums over the run: of the powers of both tones, of everything, and of the advances but the first.
    power: (f32, f32),
    total: f32,
    advance: ((f32, f32), (f32, f32)),
    /// The key told last, while it is still held.
    held: Option<(usize, usize)>,
    /// Windows since the last one that named the key held.
    missed: u32,
}

impl Run {
    /// Takes the next window; answers the key when a press begins.
    pub(super) fn follow(&mut self, window: &Window) -> Option<Key> {
        let named = name(window);
        self.let_go(named);
        if named.is_none() || named != self.named {
            self.begin(named);
        }
        let (row, column) = named?;
        if self.length > 0 {
            add(&mut self.advance.0, window.advance[row]);
            add(&mut self.advance.1, window.advance[column]);
        }
        add(&mut self.power, (window.power[row], window.power[column]));
        self.total += window.total;
        self.length += 1;
        if self.length < ENOUGH || self.held == named || !self.stands() {
            return None;
        }
        (self.held, self.missed) = (named, 0);
        Key::from_char(KEYS[row][column - COLUMNS])
    }

    /// A key held is let go when enough windows in a row do not name it: a break of 10 ms is none.
    fn let_go(&mut self, named: Option<(usize, usize)>) {
        if named == self.held {
            self.missed = 0;
            return;
        }
        self.missed += 1;
        if self.missed >= LET_GO {
            self.held = None;
        }
    }

    fn begin(&mut self, named: Option<(usize, usize)>) {
        *self = Self {
            named,
            held: self.held,
            missed: self.missed,
            ..Self::default()
        };
    }

    /// Both tones are where a telephone's are, neither is far louder than the other, and together they are nearly all
    /// there is.
    fn stands(&self) -> bool {
        let Some((row, column)) = self.named else {
            return false;
        };
        let off = (turns(self.advance.0), turns(self.advance.1));
        if !is_near(row, off.0) || !is_near(column, off.1) {
            return false;
        }
        // A tone beside its frequency shows less power there than it has.
        let low = self.power.0 / gain(off.0);
        let high = self.power.1 / gain(off.1);
        let is_level = high <= low * LOUDEST_HIGH && low <= high * LOUDEST_LOW;
        is_level && low + high >= PURE * self.total
    }
}

/// The key that one window names: one tone of each group that is loud enough and well above its neighbours, and both
/// most of what is heard.
fn name(window: &Window) -> Option<(usize, usize)> {
    let row = loudest(&window.power, 0..COLUMNS)?;
    let column = loudest(&window.power, COLUMNS..TONES)?;
    let both = window.power[row] + window.power[column];
    (both >= MOSTLY * window.total).then_some((row, column))
}

fn loudest(power: &[f32; TONES], group: std::ops::Range<usize>) -> Option<usize> {
    let first = group
        .clone()
        .max_by(|&a, &b| power[a].total_cmp(&power[b]))?;
    let mut others = group.filter(|&one| one != first);
    let stands_out = others.all(|one| power[one] * ABOVE_OTHERS < power[first]);
    (stands_out && power[first] >= QUIETEST).then_some(first)
}

/// Turns of a tone in one hop beside those of its frequency; half a turn is 78 Hz.
fn turns((ahead, across): (f32, f32)) -> f32 {
    across.atan2(ahead) / std::f32::consts::TAU
}

/// Whether a tone so far beside a frequency is still the keypad's.
fn is_near(tone: usize, off: f32) -> bool {
    off.abs() * HOPS_A_SECOND <= super::bank::FREQUENCIES[tone] * TOLERANCE
}

/// The share of its power that a window of two hops shows of a tone so far beside.
fn gain(off: f32) -> f32 {
    let angle = std::f32::consts::TAU * off;
    if angle.abs() < 0.01 {
        return 1.0;
    }
    (angle.sin() / angle).powi(2)
}

fn add(sum: &mut (f32, f32), more: (f32, f32)) {
    sum.0 += more.0;
    sum.1 += more.1;
}

/// Rows from the top, columns from the left (ITU-T Q.23).
const KEYS: [[char; 4]; 4] = [
    ['1', '2', '3', 'A'],
    ['4', '5', '6', 'B'],
    ['7', '8', '9', 'C'],
    ['*', '0', '#', 'D'],
];
/// Where the high group begins.
const COLUMNS: usize = 4;
const HOPS_A_SECOND: f32 = 8_000.0 / 51.0;
/// Windows that must agree: five hops, 32 ms. A tone of 40 ms always has them, one of 23 ms never.
const ENOUGH: u32 = 4;
/// Windows without a key that let it go: a break of 10 ms spoils two, a pause of 40 ms at least six.
const LET_GO: u32 = 4;
/// Accepted is ±1.5 %, refused ±3.5 % (Q.24 table 1); here between the two.
const TOLERANCE: f32 = 0.025;
/// The high tone may be 4 dB above the low one and 8 dB below (Q.24, the widest of the table). The louder one falsifies
/// the other's power by up to 2.5 dB, hence 6 and 11 here.
const LOUDEST_HIGH: f32 = 4.0;
const LOUDEST_LOW: f32 = 12.6;
/// Of the power, what must lie in the two tones: noise 9 dB below passes, the harmonics of a voice seldom do.
const PURE: f32 = 0.86;
/// The same in one window, whose first and last samples may be before the tone and after it, and whose tones may be
/// beside their frequencies.
const MOSTLY: f32 = 0.7;
/// 4 dB above any other of the group, which a tone of the other group, 8 dB louder and beside its frequency, may raise.
const ABOVE_OTHERS: f32 = 2.5;
/// A squared amplitude of 16-bit samples: −31 dBm0 in each tone, where 3.17 dBm0 is a full sine of µ-law.
const QUIETEST: f32 = 630.0 * 630.0;
