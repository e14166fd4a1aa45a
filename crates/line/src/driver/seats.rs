//! The calls of one media thread: found by seat, sent by slot.
//!
//! There is a round of slots for each length of packet, so that a call of 40 ms packets costs half of one of 20 ms.
//! Tracks lie in their slot itself, one after the other in memory.

use std::ops::Range;

use media::Ptime;

use super::live_call::LiveCall;
use super::track::Track;

/// Every call of a thread.
#[derive(Debug)]
pub(super) struct Seats {
    calls: Vec<Option<Seated>>,
    rounds: [Round; Ptime::ALL.len()],
    taken: usize,
}

/// A call, and where its track lies.
#[derive(Debug)]
struct Seated {
    call: Box<LiveCall>,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    round: usize,
    slot: usize,
    index: usize,
}

/// One slot for each millisecond of a packet.
#[derive(Debug)]
struct Round {
    slots: Vec<Vec<Track>>,
}

impl Seats {
    /// Room for so many calls of 20 ms; it grows when more come.
    pub(super) fn new(capacity: usize) -> Self {
        let round = |ptime: Ptime| {
            let slots = ptime.duration().as_millis();
            let room = match ptime {
                Ptime::Ms20 => capacity.div_ceil(20) * 2,
                _ => 0,
            };
            Round {
                slots: (0..slots).map(|_| Vec::with_capacity(room)).collect(),
            }
        };
        Self {
            calls: (0..capacity).map(|_| None).collect(),
            rounds: Ptime::ALL.map(round),
            taken: 0,
        }
    }

    /// Whether nobody is here.
    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// Seats, taken or not: every call has a number below this one.
    pub(super) fn count(&self) -> usize {
        self.calls.len()
    }

    /// The call in this seat and its track.
    pub(super) fn find(&mut self, seat: u32) -> Option<(&mut LiveCall, &mut Track)> {
        let seated = self.calls.get_mut(number(seat))?.as_mut()?;
        let Place { round, slot, index } = seated.place;
        let track = self.rounds[round].slots[slot].get_mut(index)?;
        Some((&mut seated.call, track))
    }

    /// Takes a call into the least loaded slot; among equals the one that comes first after `slot`, so that sound
    /// begins soon.
    ///
    /// - `slot`: slots since the origin of the wheel; the one being sent.
    pub(super) fn join(&mut self, call: Box<LiveCall>, track: Track, slot: u64) {
        let seat = number(track.seat);
        self.leave(track.seat);
        if self.calls.len() <= seat {
            self.calls.resize_with(seat + 1, || None);
        }
        let place = self.place(track, slot);
        self.calls[seat] = Some(Seated { call, place });
        self.taken += 1;
    }

    /// Gives the call of this seat back.
    pub(super) fn leave(&mut self, seat: u32) -> Option<(Box<LiveCall>, Track)> {
        let Seated { call, place } = self.calls.get_mut(number(seat))?.take()?;
        self.taken -= 1;
        Some((call, self.lift(place)))
    }

    /// Moves a track to the round of its packets, after their length has changed.
    pub(super) fn change_round(&mut self, seat: u32, slot: u64) {
        let Some(place) = self.calls.get(number(seat)).and_then(Option::as_ref) else {
            return;
        };
        let track = self.lift(place.place);
        let place = self.place(track, slot);
        if let Some(Some(seated)) = self.calls.get_mut(number(seat)) {
            seated.place = place;
        }
    }

    /// Milliseconds from slot `now` on until the next packet of this seat is due.
    pub(super) fn due_in(&self, seat: u32, now: u64) -> Option<u64> {
        let place = self.calls.get(number(seat))?.as_ref()?.place;
        let slots = self.rounds[place.round].slots.len();
        let at = position(now, slots);
        u64::try_from((place.slot + slots - at) % slots).ok()
    }

    /// Sends everybody away.
    pub(super) fn clear(&mut self) {
        self.calls.iter_mut().for_each(|call| *call = None);
        let slots = self.rounds.iter_mut().flat_map(|round| &mut round.slots);
        slots.for_each(Vec::clear);
        self.taken = 0;
    }

    /// The tracks that are due in a slot, counted since the origin of the wheel: a row for each length of packet.
    pub(super) fn due(&mut self, slot: u64) -> impl Iterator<Item = &mut [Track]> {
        self.rounds.iter_mut().map(move |round| {
            let position = position(slot, round.slots.len());
            round.slots[position].as_mut_slice()
        })
    }

    /// The tracks of each slot of each round, with how many packets of theirs are due in a range of slots.
    pub(super) fn due_within(
        &mut self,
        range: &Range<u64>,
    ) -> impl Iterator<Item = (&mut [Track], u32)> {
        self.rounds.iter_mut().flat_map(move |round| {
            let slots = u64::try_from(round.slots.len()).unwrap_or(1);
            let rows = round.slots.iter_mut().zip(0..);
            rows.map(move |(row, position): (_, u64)| {
                let before = |slot: u64| (slot + slots - 1 - position) / slots;
                let packets = before(range.end) - before(range.start);
                (
                    row.as_mut_slice(),
                    u32::try_from(packets).unwrap_or(u32::MAX),
                )
            })
        })
    }

    /// The tracks due in a slot whose callers are to be heard after it: each one every [`HEARD_EVERY`] slots, or with
    /// each packet where packets are longer.
    pub(super) fn to_hear(&self, slot: u64) -> impl Iterator<Item = &Track> {
        self.rounds.iter().flat_map(move |round| {
            let slots = u64::try_from(round.slots.len()).unwrap_or(1);
            let position = position(slot, round.slots.len());
            // Neighbouring slots take turns, so that each millisecond has its share.
            let turn = slot / slots + slot % slots;
            let is_heard = turn.is_multiple_of((HEARD_EVERY / slots).max(1));
            let tracks = &round.slots[position];
            tracks[..if is_heard { tracks.len() } else { 0 }].iter()
        })
    }

    fn place(&mut self, track: Track, slot: u64) -> Place {
        let ptime = track.player.ptime();
        let round = Ptime::ALL.iter().position(|&one| one == ptime).unwrap_or(0);
        let slots = &mut self.rounds[round].slots;
        let in_turn =
            (1..=slots.len()).map(|ahead| (position(slot, slots.len()) + ahead) % slots.len());
        let slot = in_turn.min_by_key(|&slot| slots[slot].len()).unwrap_or(0);
        slots[slot].push(track);
        Place {
            round,
            slot,
            index: slots[slot].len() - 1,
        }
    }

    /// Takes a track out; the last one of its slot takes its place.
    fn lift(&mut self, Place { round, slot, index }: Place) -> Track {
        let tracks = &mut self.rounds[round].slots[slot];
        let track = tracks.swap_remove(index);
        if let Some(moved) = tracks.get(index)
            && let Some(Some(seated)) = self.calls.get_mut(number(moved.seat))
        {
            seated.place.index = index;
        }
        track
    }
}

/// Slots between two looks at what a caller sends. Asking costs a tenth of a packet, because what the kernel keeps of a
/// socket is seldom in the cache.
const HEARD_EVERY: u64 = 60;

/// Where a slot lies in a round.
fn position(slot: u64, slots: usize) -> usize {
    let slots = u64::try_from(slots).unwrap_or(1);
    usize::try_from(slot % slots).unwrap_or(0)
}

fn number(seat: u32) -> usize {
    usize::try_from(seat).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::live_call::tests::{call_of, nothing_on_air};
    use std::sync::Arc;

    #[test]
    fn calls_spread_evenly_over_the_slots_beginning_with_the_next_one() {
        let mut seats = Seats::new(4);
        for seat in 0..45 {
            join(&mut seats, seat, Ptime::Ms20, 17);
        }

        let loads: Vec<usize> = (0..20)
            .map(|slot| in_slot(&mut seats, slot).len())
            .collect();

        assert!(loads.iter().all(|load| (2..=3).contains(load)), "{loads:?}");
        assert_eq!(in_slot(&mut seats, 18), [0, 20, 40]);
        assert_eq!(in_slot(&mut seats, 37), [19, 39]);
    }

    #[test]
    fn packets_of_every_length_come_as_often_as_they_must() {
        let mut seats = Seats::new(5);
        for (seat, ptime) in (0..).zip(Ptime::ALL) {
            join(&mut seats, seat, ptime, 0);
        }
        let mut packets = [0; 5];
        for slot in 1..=120 {
            for seat in in_slot(&mut seats, slot) {
                packets[number(seat)] += 1;
            }
        }

        assert_eq!(packets, [12, 6, 4, 3, 2]);
        assert_eq!(seats.due_in(2, 1), Some(0));
        assert_eq!(seats.due_in(2, 2), Some(29));
        assert_eq!(seats.due_in(9, 2), None);
    }

    #[test]
    fn within_any_range_as_many_packets_are_due_as_slot_by_slot() {
        let mut seats = Seats::new(5);
        for seat in 0..50 {
            join(&mut seats, seat, Ptime::ALL[number(seat) % 5], 0);
        }
        for range in [0..0, 7..8, 0..60, 13..200, 59..1_061] {
            let mut one_by_one = [0; 50];
            for slot in range.clone() {
                for seat in in_slot(&mut seats, slot) {
                    one_by_one[number(seat)] += 1;
                }
            }
            let mut at_once = [0; 50];
            for (row, packets) in seats.due_within(&range) {
                row.iter()
                    .for_each(|track| at_once[number(track.seat)] = packets);
            }
            assert_eq!(at_once, one_by_one, "{range:?}");
        }
    }

    #[test]
    fn a_place_that_comes_free_is_filled_first_and_everybody_is_found_again() {
        let mut seats = Seats::new(40);
        for seat in 0..60 {
            join(&mut seats, seat, Ptime::Ms20, 0);
        }
        assert!(seats.leave(7).is_some());
        assert!(seats.leave(7).is_none());
        join(&mut seats, 99, Ptime::Ms20, 0);

        assert_eq!(in_slot(&mut seats, 8), [47, 27, 99]);
        for seat in (0..60).filter(|&seat| seat != 7).chain([99]) {
            assert_eq!(seats.find(seat).unwrap().1.seat, seat);
        }
        seats.clear();
        assert!(seats.is_empty() && in_slot(&mut seats, 8).is_empty());
    }

    #[test]
    fn who_changes_the_length_of_packets_changes_the_round() {
        let mut seats = Seats::new(3);
        for seat in 0..3 {
            join(&mut seats, seat, Ptime::Ms20, 0);
        }
        seats.find(1).unwrap().1.player.change_ptime(Ptime::Ms60);
        seats.change_round(1, 0);
        seats.change_round(77, 0);

        let sent: Vec<u32> = (1..=60)
            .flat_map(|slot| in_slot(&mut seats, slot))
            .collect();
        assert_eq!(sent.iter().filter(|&&seat| seat == 1).count(), 1);
        assert_eq!(sent.iter().filter(|&&seat| seat == 2).count(), 3);
        assert_eq!(seats.find(1).unwrap().1.seat, 1);
    }

    #[test]
    fn everybody_is_heard_about_every_60_ms_after_a_packet_of_their_own() {
        let mut seats = Seats::new(100);
        for seat in 0..100 {
            let ptime = Ptime::ALL[number(seat) % 5];
            join(&mut seats, seat, ptime, 0);
        }
        let mut heard = [0; 5];
        let mut last = [0; 100];
        for slot in 1..=240 {
            let now: Vec<u32> = seats.to_hear(slot).map(|track| track.seat).collect();
            let due = in_slot(&mut seats, slot);
            assert!(now.iter().all(|seat| due.contains(seat)));
            for seat in now.into_iter().map(number) {
                assert!(slot - last[seat] <= 60, "seat {seat} at {slot}");
                last[seat] = slot;
                heard[seat % 5] += 1;
            }
        }

        assert_eq!(heard, [80, 80, 80, 120, 80], "of 20 calls each in 240 ms");
    }

    fn join(seats: &mut Seats, seat: u32, ptime: Ptime, slot: u64) {
        let (call, mut track, _ear) = call_of(&Arc::new(nothing_on_air()), ptime);
        track.seat = seat;
        seats.join(call, track, slot);
    }

    fn in_slot(seats: &mut Seats, slot: u64) -> Vec<u32> {
        seats.due(slot).flatten().map(|track| track.seat).collect()
    }
}
