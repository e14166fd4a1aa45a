//! The desk towards the public: pages to read without JavaScript, and the HTTP API that sites post with.
//!
//! Three types to know: [`App`] is what the routes need from the rest of the program, [`Snapshot`] is
//! what the public may read at one instant, [`Pages`] is that snapshot as finished octets.
//!
//! A public page never waits for the database: it is rendered when something changes and served from
//! memory. This room never speaks, never places or answers a call, sets no cookie, sends no script
//! and names no third party.

mod api;
mod app;
mod audio;
mod error;
mod exchange;
mod health;
mod metrics;
mod pages;
mod problem;
mod range;
mod reader;
mod recorder;
mod rendered;
mod router;
mod serve;
mod shelf;
mod snapshot;
mod style;
mod wav;
mod words;

pub use app::{App, Clock, Concern, Node, Nodes, Random, Readiness, Refresh};
pub use metrics::{Exposition, metrics_router};
pub use pages::Pages;
pub use reader::{Aloud, NotRead, Passage, Reader};
pub use recorder::{NotRecorded, Recorded, Recorder};
pub use router::router;
pub use serve::{Limits, serve};
pub use snapshot::{Snapshot, Speech};
