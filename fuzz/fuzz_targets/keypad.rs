//! No stream of events makes the keypad panic, and repeating a packet never presses a key.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|stream: Vec<(u32, [u8; 4])>| {
    let mut keypad = media::Keypad::new();
    for (timestamp, payload) in stream {
        let _ = keypad.handle_event(timestamp, &payload);
        assert_eq!(keypad.handle_event(timestamp, &payload), None);
    }
});
