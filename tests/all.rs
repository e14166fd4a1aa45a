//! The product seen from outside: a bulletin is posted, a telephone rings, a page is opened.
//!
//! Each scenario is a folder of `tests/scenarios` with a README; `support` holds what they share.

#[path = "scenarios/mod.rs"]
mod scenarios;
mod support;
