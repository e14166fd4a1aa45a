//! The store seen from its door, on real files.

#![expect(
    clippy::unwrap_used,
    reason = "Clippy allows it in test functions only, not in their helpers"
)]

mod acts;
mod all_or_nothing;
mod authorities;
mod bulletins;
mod calls;
mod deliveries;
mod desk_drafts;
mod figures;
mod files;
mod jobs;
mod line_settings;
mod logins;
mod posters;
mod recordings;
mod register;
mod registry;
mod repeats;
mod subscribers;
mod support;
mod takes;
mod telephone;
mod words;
mod written;
