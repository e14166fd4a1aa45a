//! The calls of one media thread, by seat and by slot.

use super::live_call::LiveCall;
use super::wheel::SLOTS;

/// A seat is a number that names a call; a slot is the millisecond of the round in which it gets its packet.
#[derive(Debug)]
pub(super) struct Seats {
    calls: Vec<Option<Box<LiveCall>>>,
    slots: [Vec<u32>; SLOTS],
    taken: usize,
}

impl Seats {
    /// No calls, and room for so many without allocating.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            calls: (0..capacity).map(|_| None).collect(),
            slots: std::array::from_fn(|_| Vec::with_capacity(capacity.div_ceil(SLOTS) * 2)),
            taken: 0,
        }
    }

    /// Whether nobody is here.
    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// The call in this seat.
    pub(super) fn find(&mut self, seat: u32) -> Option<&mut LiveCall> {
        self.calls.get_mut(place(seat))?.as_deref_mut()
    }

    /// Takes a call into the least loaded slot; among equals the one that comes first after `position`, so that sound
    /// begins soon.
    pub(super) fn join(&mut self, seat: u32, call: Box<LiveCall>, position: usize) {
        self.leave(seat);
        if self.calls.len() <= place(seat) {
            self.calls.resize_with(place(seat) + 1, || None);
        }
        self.calls[place(seat)] = Some(call);
        self.taken += 1;
        let in_turn = (1..=SLOTS).map(|ahead| (position + ahead) % SLOTS);
        if let Some(least) = in_turn.min_by_key(|&slot| self.slots[slot].len()) {
            self.slots[least].push(seat);
        }
    }

    /// Gives the call of this seat back.
    pub(super) fn leave(&mut self, seat: u32) -> Option<Box<LiveCall>> {
        let call = self.calls.get_mut(place(seat))?.take()?;
        self.taken -= 1;
        for slot in &mut self.slots {
            if let Some(index) = slot.iter().position(|&other| other == seat) {
                slot.swap_remove(index);
            }
        }
        Some(call)
    }

    /// Sends everybody away.
    pub(super) fn clear(&mut self) {
        self.calls.iter_mut().for_each(|call| *call = None);
        self.slots.iter_mut().for_each(Vec::clear);
        self.taken = 0;
    }

    /// Visits the calls of one slot.
    pub(super) fn for_each_in_slot(
        &mut self,
        position: usize,
        mut visit: impl FnMut(u32, &mut LiveCall),
    ) {
        let Some(slot) = self.slots.get(position) else {
            return;
        };
        for &seat in slot {
            if let Some(call) = self
                .calls
                .get_mut(place(seat))
                .and_then(Option::as_deref_mut)
            {
                visit(seat, call);
            }
        }
    }
}

fn place(seat: u32) -> usize {
    usize::try_from(seat).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::live_call::tests::call;
    use crate::{HousePrompts, OnAir};
    use media::Reels;
    use std::sync::Arc;

    #[test]
    fn calls_spread_evenly_over_the_slots_beginning_with_the_next_one() {
        let on_air = Arc::new(nothing_on_air());
        let mut seats = Seats::new(4);
        for seat in 0..45 {
            seats.join(seat, call(&on_air).0, 17);
        }

        let loads: Vec<usize> = (0..SLOTS)
            .map(|slot| in_slot(&mut seats, slot).len())
            .collect();

        assert!(loads.iter().all(|load| (2..=3).contains(load)), "{loads:?}");
        assert_eq!(in_slot(&mut seats, 18), [0, 20, 40]);
        assert_eq!(in_slot(&mut seats, 17), [19, 39]);
    }

    #[test]
    fn a_place_that_comes_free_is_filled_first() {
        let on_air = Arc::new(nothing_on_air());
        let mut seats = Seats::new(40);
        for seat in 0..40 {
            seats.join(seat, call(&on_air).0, 0);
        }
        assert!(seats.leave(7).is_some());
        assert!(seats.leave(7).is_none());
        seats.join(99, call(&on_air).0, 0);

        assert_eq!(in_slot(&mut seats, 8), [27, 99]);
        seats.clear();
        assert!(seats.is_empty() && in_slot(&mut seats, 8).is_empty());
    }

    fn in_slot(seats: &mut Seats, slot: usize) -> Vec<u32> {
        let mut found = vec![];
        seats.for_each_in_slot(slot, |seat, _| found.push(seat));
        found
    }

    fn nothing_on_air() -> OnAir {
        let ids = HousePrompts::ids().map(|id| (id, Reels::from_samples(&[0; 160])));
        OnAir {
            territories: vec![],
            prompts: Arc::new(HousePrompts::new(ids.collect()).unwrap()),
        }
    }
}
