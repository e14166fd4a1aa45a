//! The desk: pages for the public to read, pages for those who post, and the HTTP API of their programs.
//!
//! Three types to know: [`App`] is what the routes need from the rest of the program, [`Snapshot`] is
//! what the public may read at one instant, [`Pages`] is that snapshot as finished octets.
//!
//! A public page never waits for the database: it is rendered when something changes and served from
//! memory; it sets no cookie and has no script. Under `/admin` people sign in: forms, one cookie, one small
//! script that only adds comfort. This room never speaks, never places or answers a call and names no third party.

mod acknowledge;
mod admin;
mod api;
mod app;
mod audio;
mod documents;
mod elsewhere;
mod encoding;
mod error;
mod exchange;
mod feeds;
mod health;
mod letters;
mod metrics;
mod pages;
mod problem;
mod proof;
mod publisher;
mod qr;
mod range;
mod reader;
mod recorder;
mod rendered;
mod router;
mod serve;
mod shelf;
mod snapshot;
mod spans;
mod style;
mod subscriptions;
mod telephone;
mod wav;
mod words;

pub use admin::{
    Link, NotDone, PUBLISH, SPEAK_ANEW, SPEAK_TERRITORY, Totp, base32, hash_password, invite,
    publish_scheduled, remove, reset, say_again, say_all_again, verify_password,
};
pub use app::{App, Clock, Concern, Crowds, Mailbox, Node, Nodes, Random, Readiness, Refresh};
pub use audio::entry_sound;
pub use feeds::cap;
pub use health::health_router;
pub use letters::{AuthorityLetter, Letter, alert_letter};
pub use metrics::{Exposition, metrics_router};
pub use pages::Pages;
pub use proof::{Fault, Proof, Proofreader};
pub use publisher::{Ancestor, Publisher, Sign};
pub use reader::{Aloud, NotRead, Passage, Reader};
pub use recorder::{NotRecorded, Recorded, Recorder};
pub use router::router;
pub use serve::{Limits, serve};
pub use snapshot::{Snapshot, Speech};
pub use spans::{Follow, SPANS};
pub use telephone::{KeyMaker, NewKey, NoKey};
