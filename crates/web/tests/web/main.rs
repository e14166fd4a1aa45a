//! The room through its public door: a real store on a temporary file, the real router, an own clock.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod api;
mod archive;
mod audio;
mod authorities;
mod browser;
mod calendar;
mod cap;
mod deliveries;
mod description;
mod desk_tokens;
mod door;
mod drafts;
mod elsewhere;
mod english;
mod errors;
mod feeds;
mod health;
mod hostile;
mod house;
mod idempotency;
mod letters;
mod live;
mod managing;
mod map;
mod matrix;
mod nights;
mod nodes;
mod not_lost;
mod numbers;
mod pages;
mod posting;
mod readers;
mod recalled;
mod recordings;
mod seats;
mod serve;
mod strangers;
mod strangers_at_the_desk;
mod subscriptions;
mod thread;
mod tokens;
mod written;
