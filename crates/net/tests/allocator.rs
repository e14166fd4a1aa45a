//! What the allocator does with memory that is free: a program of its own, for the rules are those of the whole process.

use std::hint::black_box;
use std::sync::Mutex;

/// Memory is that of the process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn what_was_large_goes_back_to_the_system_also_after_the_first_time() {
    let _alone = ALONE.lock();
    net::give_memory_back().expect("glibc");
    let before = memory_kb();

    // glibc left alone maps the first piece for itself, and keeps the second.
    for octets in [16 << 20, 8 << 20] {
        drop(black_box(vec![1_u8; octets]));
    }

    let kept = memory_kb().saturating_sub(before);
    assert!(kept < 1_024, "{kept} kB");
}

#[test]
fn recordings_that_go_leave_no_holes_between_small_pieces() {
    let _alone = ALONE.lock();
    net::give_memory_back().expect("glibc");
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

#[test]
fn what_lies_free_between_pieces_in_use_goes_back_when_that_is_wanted() {
    let _alone = ALONE.lock();
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
