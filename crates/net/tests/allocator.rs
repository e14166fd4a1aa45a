//! What the allocator does with memory that is free: a program of its own, for the rules are those of the whole process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: net::Allocator = net::Allocator;

/// In this order: what one part measures another would change.
#[test]
fn memory_that_is_free_goes_back() {
    net::give_memory_back().expect("glibc");
    what_was_large_in_c_goes_back_to_the_system_also_after_the_first_time();
    recordings_that_go_leave_no_holes_between_small_pieces();
    recordings_take_no_room_in_the_holes_of_a_heap();
    what_lies_free_between_pieces_in_use_goes_back_when_that_is_wanted();
}

#[allow(unsafe_code, reason = "as a library in C takes memory")]
fn what_was_large_in_c_goes_back_to_the_system_also_after_the_first_time() {
    let before = memory_kb();

    // glibc left alone maps the first piece for itself, and keeps the second.
    for octets in [16 << 20, 8 << 20] {
        let layout = Layout::array::<u8>(octets).expect("a layout");
        // SAFETY: the layout is not empty, and the piece goes back with the one it was asked for.
        unsafe {
            let piece = System.alloc(layout);
            assert!(!piece.is_null());
            piece.write_bytes(1, octets);
            // As long as something lies above it, the top of the heap does not go back.
            let above = System.alloc(Layout::array::<u8>(1_024).expect("a layout"));
            System.dealloc(piece, layout);
            black_box(above);
        }
    }

    let kept = memory_kb().saturating_sub(before);
    assert!(kept < 1_024, "{kept} kB");
}

fn recordings_that_go_leave_no_holes_between_small_pieces() {
    let before = memory_kb();
    let pieces: Vec<_> = (0..500)
        .map(|_| (vec![1_u8; 72 << 10], vec![1_u8; 1 << 10]))
        .collect();
    let held = memory_kb().saturating_sub(before);
    assert!(held > 36_000, "{held} kB");

    let small: Vec<_> = pieces.into_iter().map(|(_, small)| small).collect();

    let kept = memory_kb().saturating_sub(before);
    assert!(kept < 2_048, "{kept} kB for {} pieces", small.len());
}

fn recordings_take_no_room_in_the_holes_of_a_heap() {
    // Of eight small pieces one stays: between two of them a recording has room.
    let mut number = 0;
    let mut small: Vec<_> = (0..2_048).map(|_| vec![1_u8; 16 << 10]).collect();
    small.retain(|_| {
        number += 1;
        number % 8 == 0
    });
    net::give_free_pages_back();
    let before = memory_kb();

    let recordings: Vec<_> = (0..200).map(|_| vec![1_u8; 72 << 10]).collect();
    let held = memory_kb().saturating_sub(before);
    assert!(held > 14_000, "{held} kB");
    drop(black_box(recordings));

    let kept = memory_kb().saturating_sub(before);
    assert!(kept < 1_024, "{kept} kB beside {} pieces", small.len());
}

fn what_lies_free_between_pieces_in_use_goes_back_when_that_is_wanted() {
    let before = memory_kb();
    // 64 MB, of which every other piece stays.
    let mut pieces: Vec<_> = (0..4_096)
        .map(|_| black_box(vec![1_u8; 16 << 10]))
        .collect();
    let mut number = 0;
    pieces.retain(|_| {
        number += 1;
        number % 2 == 0
    });
    let kept = memory_kb().saturating_sub(before);
    assert!(kept > 60_000, "{kept} kB");

    net::give_free_pages_back();

    let kept = memory_kb().saturating_sub(before);
    assert!(kept < 45_000, "{kept} kB of {} in use", pieces.len() * 16);
}

fn memory_kb() -> u64 {
    net::anonymous_memory().expect("the process lives") / 1024
}
