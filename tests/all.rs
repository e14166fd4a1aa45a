//! The product seen from outside: a bulletin is posted, a telephone rings, a page is opened.
//!
//! Each scenario is a folder of `tests/scenarios` with a README; `support` holds what they share.

#![allow(
    clippy::unwrap_used,
    reason = "a scenario that cannot go on stops where it stands"
)]

#[path = "scenarios/mod.rs"]
mod scenarios;
mod support;
