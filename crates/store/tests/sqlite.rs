//! The store seen from its door, on SQLite: all that holds on both databases, and what files alone can suffer.

#![expect(
    clippy::unwrap_used,
    reason = "Clippy allows it in test functions only, not in their helpers"
)]

#[path = "all/mod.rs"]
mod all;
#[path = "sqlite/files.rs"]
mod files;
#[path = "sqlite/history.rs"]
mod history;

use all::support;

/// Where [`support::Desk`] keeps its rows.
const DATABASE: support::Database = support::Database::Sqlite;
