//! Any octets are a WAV within its limits, or an error; never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(pcm) = speech::wav::read(octets) {
        assert!(!pcm.samples.is_empty());
        assert!((8000..=96_000).contains(&pcm.sample_rate));
    }
});
