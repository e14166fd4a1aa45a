//! The script as callers hear it: transcripts of named prompts.

mod course;
mod keys;
mod menu;
mod programme;
mod properties;
mod stage;
