//! The room seen from its door: example bulletins, threads, lifetimes, the programme, hostile texts.

#![expect(
    clippy::unwrap_used,
    reason = "Clippy allows it in test functions only, not in their helpers"
)]

mod examples;
mod hostile_texts;
mod lifetimes;
mod overdue;
mod programmes;
mod support;
mod threads;
