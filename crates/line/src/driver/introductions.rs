//! Shows in the log where the first calls of each trunk hold their number, so that an integrator can say which place to
//! ask first.

use std::collections::HashMap;

use bulletin::DialledNumber;
use sip::Invitation;

use crate::caller::{self, Caller};
use crate::dialled::Candidate;

/// What the log has still to show of each trunk, by its number.
#[derive(Debug, Default)]
pub(super) struct Introductions {
    left: HashMap<Option<usize>, Left>,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    any: u32,
    /// Calls of which no number is ours, after the first ones.
    unknown: u32,
}

impl Introductions {
    /// Whether this call of a trunk is one to show.
    pub(super) fn is_due(&mut self, trunk: Option<usize>, found: bool) -> bool {
        let left = self.left.entry(trunk).or_insert(Left {
            any: SHOWN,
            unknown: SHOWN,
        });
        let left = match (left.any, found) {
            (0, true) => return false,
            (0, false) => &mut left.unknown,
            _ => &mut left.any,
        };
        let due = *left > 0;
        *left = left.saturating_sub(1);
        due
    }
}

/// One line with every place that was asked. A caller's own number is shortened wherever it stands.
pub(super) fn show(
    invitation: &Invitation,
    trunk: Option<&str>,
    candidates: &[Candidate<'_>],
    dialled: Option<&DialledNumber>,
    country: &str,
) {
    let caller = Caller::of(invitation, country).number.as_text();
    let own: Vec<DialledNumber> = caller::numbers(invitation, country).collect();
    let candidates: Vec<(&str, &str)> = candidates
        .iter()
        .map(|(source, uri)| {
            let number = DialledNumber::parse(uri, country);
            let is_own = number.is_some_and(|number| own.contains(&number));
            let shown = if is_own { "the caller's own" } else { uri };
            (source.as_str(), shown)
        })
        .collect();
    match dialled {
        Some(number) => tracing::info!(
            call.id = invitation.call_id,
            trunk,
            %number,
            ?candidates,
            caller,
            "one of the first calls of a trunk, and where its number was looked for"
        ),
        None => tracing::info!(
            call.id = invitation.call_id,
            trunk,
            ?candidates,
            caller,
            "the number dialled belongs to no territory: the caller gets the menu"
        ),
    }
}

/// Calls of a trunk shown after each start.
const SHOWN: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ten_of_each_trunk_are_shown_and_then_ten_of_an_unknown_number() {
        let mut introductions = Introductions::default();
        let mut shown = |trunk, found, calls: u32| {
            let due = (0..calls).filter(|_| introductions.is_due(trunk, found));
            due.count()
        };

        assert_eq!(shown(Some(0), true, 15), 10);
        assert_eq!(shown(Some(0), false, 15), 10);
        assert_eq!(shown(Some(0), true, 15), 0);
        assert_eq!((shown(Some(1), false, 30), shown(None, true, 3)), (20, 3));
    }
}
