//! What a territory's callers hear now, in order.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::{Bulletin, Kind, State, TerritorySlug};

/// What a territory's callers hear now, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Programme {
    /// Heard by everybody: unplanned events, then other ongoing ones, then announced ones; newest first in each.
    pub ongoing: Vec<Bulletin>,
    /// Heard behind a key: what has ended and is not past its lifetime; newest first.
    pub ended: Vec<Bulletin>,
}

/// Chooses and orders the bulletins of one territory; withdrawn and expired ones are in neither list.
pub fn programme(bulletins: &[Bulletin], territory: &TerritorySlug, now: Timestamp) -> Programme {
    let mut programme = Programme::default();
    for bulletin in bulletins.iter().filter(|it| it.territory == *territory) {
        match bulletin.state(now) {
            State::Scheduled | State::Ongoing | State::UnderControl => {
                programme.ongoing.push(bulletin.clone());
            }
            State::Ended => programme.ended.push(bulletin.clone()),
            State::Cancelled | State::Expired => {}
        }
    }
    // The id decides between two of the same instant, so that every node says them in the same order.
    programme
        .ongoing
        .sort_by_key(|it| (rank(it, now), Reverse(it.updated_at()), it.id.clone()));
    programme
        .ended
        .sort_by_key(|it| (Reverse(it.updated_at()), it.id.clone()));
    programme
}

fn rank(bulletin: &Bulletin, now: Timestamp) -> u8 {
    match (bulletin.state(now), bulletin.kind) {
        (State::Scheduled, _) => 2,
        (_, Kind::Unplanned) => 0,
        _ => 1,
    }
}
