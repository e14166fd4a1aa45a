//! Rows, migrations, job queue.
