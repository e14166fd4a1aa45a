//! Signs of life and counters of the threads, read by whoever asks for the line's health.
//!
//! Each counter has one writer; readers want a recent value, not an exact moment, hence the relaxed order.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::load::Load;
use crate::crowd::Crowds;
use crate::health::LineHealth;

/// The whole line's.
#[derive(Debug)]
pub(crate) struct Vitals {
    pub(super) signalling: Beat,
    pub(super) media: Vec<Pulse>,
    pub(super) calls: AtomicUsize,
    /// TCP connections of signalling.
    pub(super) connections: AtomicUsize,
    pub(super) accepting: AtomicBool,
    pub(super) answered: AtomicU64,
    pub(super) refused: AtomicU64,
    /// Of these, because no media thread had room.
    pub(super) refused_overloaded: AtomicU64,
    pub(super) malformed: AtomicU64,
    pub(super) records_dropped: AtomicU64,
    pub(super) signalling_faults: AtomicU64,
    /// Datagrams from addresses of no trunk.
    pub(super) strangers: AtomicU64,
    /// Whether callers hear the short programme; the media threads obey.
    pub(super) short: AtomicBool,
    /// Set once, at the start: threads that got real-time priority.
    pub(crate) real_time_threads: AtomicUsize,
    /// The callers of each territory.
    pub(crate) crowds: Crowds,
}

impl Vitals {
    pub(crate) fn new(media_threads: usize, now: Instant) -> Self {
        Self {
            signalling: Beat::new(now),
            media: (0..media_threads).map(|_| Pulse::new(now)).collect(),
            calls: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            accepting: AtomicBool::new(true),
            answered: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            refused_overloaded: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
            records_dropped: AtomicU64::new(0),
            signalling_faults: AtomicU64::new(0),
            strangers: AtomicU64::new(0),
            short: AtomicBool::new(false),
            real_time_threads: AtomicUsize::new(0),
            crowds: Crowds::default(),
        }
    }

    /// Whether no media thread has room for one more call.
    pub(super) fn overloaded(&self, now: Instant) -> bool {
        self.media.iter().all(|pulse| pulse.is_full(now))
    }

    /// The same for a new call, which is turned away then and counted.
    pub(super) fn turns_away(&self, now: Instant) -> bool {
        let overloaded = self.overloaded(now);
        count(&self.refused_overloaded, overloaded.into());
        overloaded
    }

    /// The share of its time that the busiest media thread works.
    pub(super) fn busiest_percent(&self) -> u8 {
        let busy = self
            .media
            .iter()
            .map(|pulse| pulse.busy_percent.load(Relaxed));
        busy.max().unwrap_or(0)
    }

    /// Calls not yet over.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Relaxed)
    }

    /// The threads that have made no turn since then, by the names the system knows them by.
    pub(crate) fn standing_still(&self, since: Instant) -> Vec<String> {
        let signalling = (!self.signalling.struck_since(since)).then(|| SIGNALLING.to_owned());
        let media = self.media.iter().enumerate();
        let still = media.filter(|(_, pulse)| !pulse.beat.struck_since(since));
        let still = still.map(|(thread, _)| media_thread(thread));
        signalling.into_iter().chain(still).collect()
    }

    pub(crate) fn health(&self, now: Instant) -> LineHealth {
        let sum = |counter: fn(&Pulse) -> &AtomicU64| -> u64 {
            self.media
                .iter()
                .map(|pulse| counter(pulse).load(Relaxed))
                .sum()
        };
        let alive = |pulse: &&Pulse| pulse.beat.age(now) < Duration::from_secs(1);
        LineHealth {
            calls: self.calls(),
            connections: self.connections.load(Relaxed),
            accepting: self.accepting.load(Relaxed),
            real_time: self.real_time_threads.load(Relaxed) == self.media.len() + 1,
            short_programme: self.short.load(Relaxed),
            busiest_thread_percent: self.busiest_percent(),
            reports_heard: sum(|pulse| &pulse.reports),
            media_deaths: sum(|pulse| &pulse.deaths),
            strangers: self.strangers.load(Relaxed),
            media_threads: self.media.len(),
            media_threads_alive: self.media.iter().filter(alive).count(),
            signalling_alive: self.signalling.age(now) < Duration::from_secs(2),
            calls_answered: self.answered.load(Relaxed),
            calls_refused: self.refused.load(Relaxed),
            calls_refused_overloaded: self.refused_overloaded.load(Relaxed),
            packets_sent: sum(|pulse| &pulse.sent),
            packets_unsent: sum(|pulse| &pulse.unsent),
            unreachable: sum(|pulse| &pulse.unreachable),
            forgeries: sum(|pulse| &pulse.forgeries),
            late_slots: sum(|pulse| &pulse.late_slots),
            skipped_slots: sum(|pulse| &pulse.skipped_slots),
            malformed: self.malformed.load(Relaxed),
            records_dropped: self.records_dropped.load(Relaxed),
            faults: sum(|pulse| &pulse.faults) + self.signalling_faults.load(Relaxed),
        }
    }
}

/// One media thread's.
#[derive(Debug)]
pub(super) struct Pulse {
    pub(super) beat: Beat,
    /// When the thread last fell so far behind, twice within a second, that it is plainly overloaded.
    pub(super) trouble: Beat,
    /// Of the latest window; see [`Load`].
    busy_percent: AtomicU8,
    /// Whether its windows say that it has no room.
    is_full: AtomicBool,
    /// How many windows in a row up to the latest one say otherwise.
    contradictions: AtomicU8,
    /// Reports heard, and calls ended because nothing was heard any more.
    pub(super) reports: AtomicU64,
    pub(super) deaths: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) unsent: AtomicU64,
    pub(super) unreachable: AtomicU64,
    /// Packets and reports of encrypted calls that were not the caller's.
    pub(super) forgeries: AtomicU64,
    pub(super) late_slots: AtomicU64,
    pub(super) skipped_slots: AtomicU64,
    pub(super) faults: AtomicU64,
}

impl Pulse {
    fn new(now: Instant) -> Self {
        Self {
            beat: Beat::new(now),
            trouble: Beat::never(now),
            busy_percent: AtomicU8::new(0),
            is_full: AtomicBool::new(false),
            contradictions: AtomicU8::new(0),
            reports: AtomicU64::new(0),
            deaths: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            unsent: AtomicU64::new(0),
            unreachable: AtomicU64::new(0),
            forgeries: AtomicU64::new(0),
            late_slots: AtomicU64::new(0),
            skipped_slots: AtomicU64::new(0),
            faults: AtomicU64::new(0),
        }
    }

    /// Takes note of the thread's latest window.
    pub(super) fn note(&self, load: Load) {
        self.busy_percent.store(load.busy_percent, Relaxed);
        let is_full = self.is_full.load(Relaxed);
        if load.is_full() == is_full {
            self.contradictions.store(0, Relaxed);
            return;
        }
        let in_a_row = self.contradictions.load(Relaxed) + 1;
        let believed = if is_full { CALM_WINDOWS } else { FULL_WINDOWS };
        if in_a_row < believed {
            self.contradictions.store(in_a_row, Relaxed);
            return;
        }
        self.contradictions.store(0, Relaxed);
        self.is_full.store(!is_full, Relaxed);
    }

    /// Whether one more call would be heard by the others of this thread.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.is_full.load(Relaxed) || self.trouble.age(now) < TROUBLE_LASTS
    }
}

/// Adds to a counter that only this thread writes.
pub(super) fn count(counter: &AtomicU64, more: u64) {
    if more > 0 {
        counter.store(counter.load(Relaxed) + more, Relaxed);
    }
}

/// When something last happened, in a form that threads can share without a lock.
#[derive(Debug)]
pub(super) struct Beat {
    origin: Instant,
    /// Milliseconds after the origin; [`NEVER`] before the first time.
    at: AtomicU64,
}

impl Beat {
    fn new(now: Instant) -> Self {
        Self {
            origin: now,
            at: AtomicU64::new(0),
        }
    }

    fn never(now: Instant) -> Self {
        Self {
            origin: now,
            at: AtomicU64::new(NEVER),
        }
    }

    /// It happens now.
    pub(super) fn strike(&self, now: Instant) {
        self.at.store(self.since_origin(now), Relaxed);
    }

    /// How long ago it last happened.
    pub(super) fn age(&self, now: Instant) -> Duration {
        match self.at.load(Relaxed) {
            NEVER => Duration::MAX,
            at => Duration::from_millis(self.since_origin(now).saturating_sub(at)),
        }
    }

    /// Whether it happened then or later.
    fn struck_since(&self, since: Instant) -> bool {
        let at = self.at.load(Relaxed);
        at != NEVER && at >= self.since_origin(since)
    }

    fn since_origin(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.origin).as_millis();
        u64::try_from(passed).unwrap_or(NEVER - 1)
    }
}

/// What the system calls a media thread.
pub(super) fn media_thread(number: usize) -> String {
    format!("allo-media-{number}")
}

/// What the system calls the signalling thread.
pub(crate) const SIGNALLING: &str = "allo-signalling";
const NEVER: u64 = u64::MAX;
/// After so many of them in a row a thread takes no more calls. One alone may be a moment in which another machine on the
/// same hardware had the core: no reason to send a caller away.
const FULL_WINDOWS: u8 = 2;
/// After so many in a row that are not full it takes calls again. Were it one, each calm moment of a full thread would
/// let some in, until none is calm any more.
const CALM_WINDOWS: u8 = 4;
/// For so long no new call is taken after a media thread fell behind.
const TROUBLE_LASTS: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_stops_beating_is_seen_within_a_second() {
        let start = Instant::now();
        let vitals = Vitals::new(2, start);
        let later = start + Duration::from_millis(1_500);
        vitals.signalling.strike(later);
        vitals.media[0].beat.strike(later);

        let health = vitals.health(later);

        assert_eq!((health.media_threads, health.media_threads_alive), (2, 1));
        assert!(health.signalling_alive && !health.alive());
        vitals.media[1].beat.strike(later);
        assert!(vitals.health(later).alive());
    }

    #[test]
    fn a_thread_that_has_made_no_turn_since_then_is_named() {
        let start = Instant::now();
        let vitals = Vitals::new(2, start);
        let then = start + Duration::from_secs(3);
        assert_eq!(
            vitals.standing_still(then),
            ["allo-signalling", "allo-media-0", "allo-media-1"]
        );

        vitals.signalling.strike(then);
        vitals.media[1].beat.strike(then + Duration::from_secs(1));

        assert_eq!(vitals.standing_still(then), ["allo-media-0"]);
        vitals.media[0].beat.strike(then);
        assert!(vitals.standing_still(then).is_empty());
    }

    #[test]
    fn a_media_thread_in_trouble_is_full_for_two_seconds_and_the_line_when_all_are() {
        let start = Instant::now();
        let vitals = Vitals::new(2, start);
        vitals.media[0].note(FULL);
        vitals.media[0].note(FULL);
        assert!(!vitals.overloaded(start) && !vitals.turns_away(start));

        vitals.media[1].trouble.strike(start);

        let over = start + Duration::from_millis(2_000);
        let before = over - Duration::from_millis(1);
        assert!(vitals.overloaded(before) && vitals.turns_away(before));
        assert!(!vitals.overloaded(over) && !vitals.turns_away(over));
        assert_eq!(vitals.health(over).calls_refused_overloaded, 1);
    }

    #[test]
    fn one_full_window_turns_nobody_away_and_the_second_in_a_row_does() {
        let now = Instant::now();
        let vitals = Vitals::new(1, now);

        for load in [FULL, CALM, FULL] {
            vitals.media[0].note(load);
            assert!(!vitals.turns_away(now), "{load:?}");
        }
        vitals.media[0].note(FULL);

        assert!(vitals.turns_away(now));
    }

    #[test]
    fn a_full_thread_takes_calls_again_after_a_second_of_calm_and_not_after_a_moment() {
        let now = Instant::now();
        let vitals = Vitals::new(1, now);
        for load in [FULL, FULL, CALM, CALM, CALM, FULL, CALM, CALM, CALM] {
            vitals.media[0].note(load);
        }
        assert!(vitals.turns_away(now));

        vitals.media[0].note(CALM);

        assert!(!vitals.turns_away(now));
        vitals.media[0].note(FULL);
        assert!(!vitals.turns_away(now));
    }

    #[test]
    fn counters_of_all_media_threads_are_added() {
        let vitals = Vitals::new(2, Instant::now());
        count(&vitals.media[0].sent, 3);
        count(&vitals.media[1].sent, 4);

        assert_eq!(vitals.health(Instant::now()).packets_sent, 7);
    }

    #[test]
    fn the_line_is_real_time_when_every_thread_is() {
        let vitals = Vitals::new(2, Instant::now());
        vitals.real_time_threads.store(2, Relaxed);
        assert!(!vitals.health(Instant::now()).real_time);
        vitals.real_time_threads.store(3, Relaxed);
        assert!(vitals.health(Instant::now()).real_time);
    }

    const CALM: Load = Load {
        busy_percent: 79,
        overrun_percent: 0,
        heavy_percent: 100,
    };
    const FULL: Load = Load {
        busy_percent: 81,
        overrun_percent: 0,
        heavy_percent: 100,
    };
}
