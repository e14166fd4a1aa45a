//! One after the other for the same owner: what was decided first must not be linked last.
//!
//! A job that began before a manager's change and ends after the job of that change would put the old words back, or
//! take the new ones away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// Whose turn it is, by owner.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits until nobody else speaks for this owner; dropping the guard ends the turn.
    pub(super) async fn take(&self, owner: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(owner.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn an_owner_has_one_turn_at_a_time_and_is_forgotten_afterwards() {
        let turns = Turns::default();
        let soon = Duration::from_millis(20);
        let first = turns.take("territory/rouen").await;

        assert!(timeout(soon, turns.take("territory/rouen")).await.is_err());
        let other = timeout(soon, turns.take("territory/havre")).await;
        assert!(other.is_ok());
        drop((first, other));

        assert!(timeout(soon, turns.take("territory/rouen")).await.is_ok());
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
