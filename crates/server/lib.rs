//! The program itself: commands, configuration, jobs, and the wiring of all rooms.
//!
//! Three types to know: [`Config`] (checked once at start-up), [`Service`] (what `allo serve` runs
//! and what the tests run), [`Programmes`] (keeps callers and readers in step with the store).
//!
//! It never touches a packet or a row by itself: sound belongs to `line`, rows to `store`, pages to
//! `web`, voices to `speech`. Nothing it starts can place a call; `allo call` and `allo storm` are
//! commands of a person at a terminal.

mod announce;
mod answering;
pub mod arguments;
mod authorities;
mod backup;
mod calls;
mod certificates;
pub mod commands;
pub mod config;
pub mod demo;
mod dictation;
pub mod hep;
mod house;
mod jobs;
mod joining;
mod last_known;
mod lookout;
mod memory;
mod metrics;
mod names;
mod node;
mod presence;
mod probe;
mod programme;
mod proof;
mod reader;
mod readiness;
mod rounds;
mod secrets;
mod service;
mod short_programme;
mod signing;
#[cfg_attr(
    not(feature = "opentelemetry"),
    allow(dead_code, reason = "what is told is looked at by a collector alone")
)]
mod spans;
mod subscribers;
mod supervisor;
mod telephone;
mod trace;
mod uploads;
mod voices;
mod wall_clock;
mod working;

pub use certificates::CertificateError;
pub use config::{Config, NodeRole, Settings};
pub use programme::Programmes;
pub use rounds::Rounds;
pub use service::{Service, StartError};
pub use signing::SigningKeyError;
