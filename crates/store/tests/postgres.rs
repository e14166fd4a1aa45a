//! The store seen from its door, on PostgreSQL: all that holds on both databases, and what a server alone can suffer.

#![expect(
    clippy::unwrap_used,
    reason = "Clippy allows it in test functions only, not in their helpers"
)]

#[path = "all/mod.rs"]
mod all;
#[path = "postgres/server.rs"]
mod server;

use all::support;

/// Where [`support::Desk`] keeps its rows.
const DATABASE: support::Database = support::Database::Postgres;
