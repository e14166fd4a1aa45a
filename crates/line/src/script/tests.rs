//! The script as callers hear it: transcripts of named prompts.

mod bulletins;
mod course;
mod crisis;
mod drawing;
mod keys;
mod language;
mod menu;
mod notice;
mod programme;
mod properties;
mod stage;
