//! What the helper that decodes uploads answers is read or refused, whoever may have taken it over; never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Some(answer) = speech::upload::read_answer(octets) else {
        return;
    };
    assert!(2 * answer.samples.len() <= octets.len());
    match answer.outcome {
        Ok(clipped) => assert!((0.0..=1.0).contains(&clipped)),
        Err(refusal) => {
            let words = refusal.to_string();
            assert!(words.len() < 300 && !words.contains(['<', '>', '\n']));
        }
    }
});
