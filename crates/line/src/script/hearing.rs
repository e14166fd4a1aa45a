//! How much of each bulletin one caller heard.

use std::time::Duration;

use bulletin::BulletinId;

/// A bulletin that began to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which one.
    pub bulletin: BulletinId,
    /// The most that was heard of it without a break; silences between its parts do not count.
    pub played: Duration,
    /// How long it is in whole, lead-in included.
    pub whole: Duration,
}

/// The bulletins that began to play, each once, in the order they were first heard.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    heard: Vec<Heard>,
    /// Of `heard`, the one whose turn it is.
    current: Option<usize>,
    /// Of that one, the sound that is over, and the length of the sound that plays.
    over: Duration,
    playing: Duration,
}

impl Hearing {
    /// Everything heard so far.
    pub(super) fn all(&self) -> &[Heard] {
        &self.heard
    }

    /// The caller is elsewhere, or at the beginning again.
    pub(super) fn leave(&mut self) {
        self.current = None;
        (self.over, self.playing) = (Duration::ZERO, Duration::ZERO);
    }

    /// Sound of this length begins, of a bulletin that has `whole`.
    pub(super) fn begin(&mut self, bulletin: &BulletinId, length: Duration, whole: Duration) {
        let known = self.heard.iter().position(|one| one.bulletin == *bulletin);
        let index = known.unwrap_or(self.heard.len());
        if known.is_none() {
            self.heard.push(Heard {
                bulletin: bulletin.clone(),
                played: Duration::ZERO,
                whole,
            });
        }
        self.current = Some(index);
        self.playing = length;
    }

    /// The sound that was playing has come to its end.
    pub(super) fn finish(&mut self) {
        self.over += std::mem::take(&mut self.playing);
        self.credit(self.over);
    }

    /// So much of the sound that is playing has been sent.
    pub(super) fn so_far(&mut self, played: Duration) {
        self.credit(self.over + played.min(self.playing));
    }

    fn credit(&mut self, played: Duration) {
        if let Some(one) = self.current.and_then(|index| self.heard.get_mut(index)) {
            // A correction may be longer than what it corrects.
            one.whole = one.whole.max(played);
            one.played = one.played.max(played);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_the_longest_hearing_counts() {
        let mut hearing = Hearing::default();
        hear(&mut hearing, "b", &[3, 5], 2);
        hearing.leave();
        hear(&mut hearing, "c", &[3, 5], 9);
        hearing.leave();
        hear(&mut hearing, "b", &[3], 1);

        let all: Vec<_> = hearing
            .all()
            .iter()
            .map(|one| (one.played.as_secs(), one.whole.as_secs()))
            .collect();
        assert_eq!(all, [(5, 8), (8, 8)]);
    }

    #[test]
    fn nothing_counts_where_no_bulletin_plays() {
        let mut hearing = Hearing::default();
        hearing.so_far(Duration::from_secs(3));
        hearing.finish();

        assert!(hearing.all().is_empty());
    }

    /// Hears these parts of 8 s, the last one for so many seconds.
    fn hear(hearing: &mut Hearing, id: &str, parts: &[u64], last: u64) {
        let id = BulletinId::parse(&format!("aaaaaaaaaaa{id}")).unwrap();
        for (part, place) in parts.iter().zip(1..) {
            hearing.begin(&id, Duration::from_secs(*part), Duration::from_secs(8));
            if place < parts.len() {
                hearing.finish();
            }
        }
        hearing.so_far(Duration::from_secs(last));
    }
}
