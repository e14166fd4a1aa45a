//! Words and voices as the rest of the program meets them, with each fault that a voice can have.

#![allow(
    clippy::unwrap_used,
    reason = "Clippy allows it in test functions only, not in their helpers"
)]

mod any_text;
mod golden;
mod hostile_voices;
mod http_voice;
mod level;
mod onnx_voice;
mod pace;
mod pronunciation;
#[path = "../service/mod.rs"]
mod service;
mod voices;
