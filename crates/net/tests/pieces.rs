//! Pieces of memory of every length, taken, changed and given back as programs do.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: net::Allocator = net::Allocator;

#[test]
fn what_a_piece_holds_stays_when_it_becomes_longer_or_shorter() {
    let octet = |place: usize| u8::try_from(place % 251).expect("below 251");
    let mut piece: Vec<u8> = vec![];
    for length in [
        1,
        32_767,
        32_768,
        32_769,
        100_000,
        40_960,
        40_961,
        32_768,
        300,
        1 << 20,
        33_000,
        32_767,
        0,
        70_000,
    ] {
        piece.truncate(length);
        piece.shrink_to_fit();
        let was = piece.len();
        piece.reserve_exact(length - was);
        piece.extend((was..length).map(octet));
        let differs = piece
            .iter()
            .zip(0..)
            .find(|(it, place)| **it != octet(*place));
        assert_eq!((piece.len(), differs), (length, None));
    }
}

#[test]
fn a_piece_asked_for_in_zeros_has_no_other_octet_although_others_lay_there() {
    for length in [1_000, 32_767, 32_768, 200_000] {
        drop(black_box(vec![7_u8; length]));
        let piece = black_box(vec![0_u8; length]);
        assert!(piece.iter().all(|octet| *octet == 0), "{length}");
    }
}

#[test]
#[allow(unsafe_code, reason = "an alignment can be asked for in no other way")]
fn a_piece_begins_where_its_alignment_says() {
    for align in [1, 64, 4_096, 8_192, 1 << 20] {
        for size in [1, 32_768, 100_000] {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: the layout is not empty, and the piece goes back with the one it was asked for.
            unsafe {
                let piece = ALLOCATOR.alloc(layout);
                assert!(
                    !piece.is_null() && piece.addr().is_multiple_of(align),
                    "{layout:?}"
                );
                piece.write_bytes(1, size);
                ALLOCATOR.dealloc(piece, layout);
            }
        }
    }
}
