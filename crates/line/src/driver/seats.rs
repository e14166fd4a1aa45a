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

    /// Takes a call into the least loaded slot.
    pub(super) fn join(&mut self, seat: u32, call: Box<LiveCall>) {
        self.leave(seat);
        if self.calls.len() <= place(seat) {
            self.calls.resize_with(place(seat) + 1, || None);
        }
        self.calls[place(seat)] = Some(call);
        self.taken += 1;
        if let Some(slot) = self.slots.iter_mut().min_by_key(|slot| slot.len()) {
            slot.push(seat);
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
