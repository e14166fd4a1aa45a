//! What holds on both databases; `sqlite.rs` and `postgres.rs` beside this folder run all of it.

mod acts;
mod all_or_nothing;
mod authorities;
mod bulletins;
pub(crate) mod calls;
#[path = "../cluster/mod.rs"]
#[allow(dead_code, reason = "each of the two stops and starts what it has")]
pub(crate) mod cluster;
mod deliveries;
mod desk_drafts;
mod figures;
mod jobs;
mod later_versions;
mod line_settings;
mod logins;
mod nodes;
mod posters;
pub(crate) mod recordings;
mod register;
mod registry;
mod repeats;
pub(crate) mod restarts;
mod subscribers;
pub(crate) mod support;
mod takes;
mod telephone;
mod words;
mod written;
