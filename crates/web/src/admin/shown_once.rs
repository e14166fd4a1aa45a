//! What is shown once: kept in memory between the POST that made it and the page that shows it, nowhere else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Secrets on their way to the one page that shows them. A restart loses them: others can be made.
#[derive(Debug, Default)]
pub(crate) struct ShownOnce(Mutex<HashMap<(String, &'static str), Kept>>);

#[derive(Clone)]
struct Kept {
    at: Timestamp,
    lines: Vec<String>,
}

impl ShownOnce {
    /// Keeps lines for a login until they are acknowledged, ten minutes at most.
    ///
    /// - `topic`: what they are, so that a login may have several.
    pub(crate) fn keep(
        &self,
        login: &str,
        topic: &'static str,
        lines: Vec<String>,
        now: Timestamp,
    ) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, kept| now.duration_since(kept.at) < LONGEST);
        if kept.len() >= MOST {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.at);
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                kept.remove(&name);
            }
        }
        kept.insert((login.to_owned(), topic), Kept { at: now, lines });
    }

    /// What was kept for a login; none once it was acknowledged or its time is over.
    pub(crate) fn read(
        &self,
        login: &str,
        topic: &'static str,
        now: Timestamp,
    ) -> Option<Vec<String>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&(login.to_owned(), topic))?;
        (now.duration_since(found.at) < LONGEST).then(|| found.lines.clone())
    }

    /// The reader has it: it is shown no more.
    pub(crate) fn forget(&self, login: &str, topic: &'static str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&(login.to_owned(), topic));
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hidden lines", self.lines.len())
    }
}

const LONGEST: SignedDuration = SignedDuration::from_mins(10);
const MOST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_to_their_login_until_acknowledged_and_ten_minutes_at_most() {
        let (shown, now) = (ShownOnce::default(), at(0));
        shown.keep("anne", "codes", vec!["a".into()], now);

        assert_eq!(shown.read("anne", "codes", at(599)), Some(vec!["a".into()]));
        assert_eq!(shown.read("bruno", "codes", now), None);
        assert_eq!(shown.read("anne", "token", now), None);
        assert_eq!(shown.read("anne", "codes", at(600)), None);
        shown.forget("anne", "codes");
        assert_eq!(shown.read("anne", "codes", now), None);
    }

    #[test]
    fn memory_is_bounded() {
        let shown = ShownOnce::default();
        for number in 0..1_000 {
            shown.keep(&number.to_string(), "codes", vec![], at(0));
        }
        assert_eq!(shown.0.lock().unwrap().len(), MOST);
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
