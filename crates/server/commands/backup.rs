//! `allo backup` and `allo restore`: a copy of the data folder that can be trusted, and the way back from one.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Outcome, block_on};
use crate::arguments::{Backup, DataFolder, Restore};
use crate::backup::{self, Manifest};

/// Copies the data folder of a service that may be at work, and says in one line what was kept.
///
/// # Errors
/// No database, a target that exists, a disk that is full.
pub fn backup(arguments: &Backup) -> Outcome {
    has_its_rows_in_a_file(&arguments.folder)?;
    block_on(async {
        let begun = Instant::now();
        let (data, target) = (&arguments.folder.data, &arguments.target);
        let manifest = backup::keep(data, target, Timestamp::now()).await?;
        println!("{}", kept(&manifest, begun.elapsed(), target));
        Ok(ExitCode::SUCCESS)
    })
}

/// Puts a backup into a data folder, and prints the rows of each table.
///
/// # Errors
/// A backup that is damaged, a folder that holds a database.
pub fn restore(arguments: &Restore) -> Outcome {
    has_its_rows_in_a_file(&arguments.folder)?;
    block_on(async {
        let data = &arguments.folder.data;
        let (manifest, rows) = backup::restore(&arguments.backup, data).await?;
        for (table, rows) in rows.iter().filter(|(_, rows)| **rows > 0) {
            println!("{table}\t{rows}");
        }
        println!(
            "restored {} of {} into {}: files and rows are those of the manifest",
            counted(&manifest),
            manifest.begun_at,
            data.display()
        );
        Ok(ExitCode::SUCCESS)
    })
}

/// PostgreSQL has tools of its own, which know its roles and its clusters.
fn has_its_rows_in_a_file(folder: &DataFolder) -> Result<(), &'static str> {
    match folder.rows.database {
        None => Ok(()),
        Some(_) => Err(
            "the rows are in PostgreSQL: copy them with pg_dump and the data folder beside them, as docs/guide/restore.md says",
        ),
    }
}

fn kept(manifest: &Manifest, taken: Duration, target: &Path) -> String {
    format!(
        "kept {}, {} octets in {:.1} s: {}",
        counted(manifest),
        manifest.octets(),
        taken.as_secs_f64(),
        target.display()
    )
}

fn counted(manifest: &Manifest) -> String {
    format!(
        "{} bulletins, {} recordings, {} acts and {} files",
        manifest.rows_of("bulletins"),
        manifest.rows_of("recordings"),
        manifest.rows_of("acts"),
        manifest.files.len()
    )
}
