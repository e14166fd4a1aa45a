//! Public pages and the HTTP API.
