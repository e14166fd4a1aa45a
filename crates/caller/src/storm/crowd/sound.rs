//! The sound of a storm: what callers say, in slots; what they hear, in sweeps.

use std::time::{Duration, Instant};

use media::Key;

use super::{Crowd, LONGEST_WAIT};
use crate::CallError;

impl Crowd<'_> {
    /// Lets those of the present slot speak, and some press a key; says when the next slot is due.
    pub(super) fn speak(&mut self, now: Instant) -> Result<Instant, CallError> {
        let presses = self.plan.keys_per_second > 0.0;
        if !(self.plan.speaks || presses) || self.listening.is_empty() {
            return Ok(now + LONGEST_WAIT);
        }
        let cpu = net::thread_cpu_time();
        let mut failure = None;
        let (residents, notebook) = (&mut self.residents, &mut self.notebook);
        let was_due = self.wheel.visit(now, |who| {
            let spoken = residents[who].speak(now, notebook);
            spoken.unwrap_or_else(|error| {
                failure = Some(error);
                false
            })
        });
        if let Some(error) = failure {
            return Err(CallError::socket("sound cannot be read")(error));
        }
        if was_due && presses {
            self.press_keys(now);
        }
        self.speaking += net::thread_cpu_time().saturating_sub(cpu);
        Ok(self.wheel.next())
    }

    fn press_keys(&mut self, now: Instant) {
        let listening = self.listening.len();
        self.presses.tick(listening);
        while let Some(place) = self.presses.next(listening) {
            let who = self.listening[place];
            let star = Key::from_char('*');
            if star.is_some_and(|star| self.residents[who].press(now, star)) {
                self.wheel.join(who);
            }
        }
    }

    /// Visits the next part of those who listen, so that each is visited every 200 ms; says when
    /// the next part is due.
    pub(super) fn sweep(&mut self, now: Instant) -> Result<Instant, CallError> {
        if self.listening.is_empty() {
            self.next_sweep = now;
            return Ok(now + LONGEST_WAIT);
        }
        if now < self.next_sweep {
            return Ok(self.next_sweep);
        }
        // Parts that were missed are not made up for; each visit takes all that waits.
        self.next_sweep = (self.next_sweep + PART).max(now.checked_sub(SWEEP).unwrap_or(now));
        self.sweep_due += self.listening.len();
        while self.sweep_due >= PARTS {
            self.sweep_due -= PARTS;
            if self.sweep_at >= self.listening.len() {
                self.sweep_at = 0;
            }
            let who = self.listening[self.sweep_at];
            let listened = self.residents[who].listen(&mut self.notebook);
            listened.map_err(CallError::socket("sound cannot be read"))?;
            self.sweep_at += 1;
        }
        Ok(self.next_sweep)
    }
}

/// Every listener is visited this often: about ten packets each.
const SWEEP: Duration = Duration::from_millis(200);
/// A sweep is cut in small parts, for signalling waits no longer than one of them.
const PART: Duration = Duration::from_millis(1);
const PARTS: usize = 200;
