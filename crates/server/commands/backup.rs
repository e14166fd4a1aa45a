//! `allo backup` and `allo restore`: a copy of rows and data folder that can be trusted, and the way back from one.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Outcome, block_on};
use crate::arguments::{Backup, Restore};
use crate::backup::{self, Manifest};

/// Copies the rows and the data folder of a service that may be at work, and says in one line what was kept.
///
/// # Errors
/// No database, a target that exists, a disk that is full.
pub fn backup(arguments: &Backup) -> Outcome {
    let rows = arguments.folder.database()?;
    block_on(async {
        let begun = Instant::now();
        let (data, target) = (&arguments.folder.data, &arguments.target);
        let manifest = backup::keep(data, &rows, target, Timestamp::now()).await?;
        println!("{}", kept(&manifest, begun.elapsed(), target));
        Ok(ExitCode::SUCCESS)
    })
}

/// Puts a backup into a data folder, or its rows into a database of a server, and prints the rows of each table.
///
/// # Errors
/// A backup that is damaged, a folder that holds a database, a server that has rows.
pub fn restore(arguments: &Restore) -> Outcome {
    let database = arguments.folder.database()?;
    block_on(async {
        let begun = Instant::now();
        let data = &arguments.folder.data;
        let (manifest, rows) = backup::restore(&arguments.backup, data, &database).await?;
        for (table, rows) in rows.iter().filter(|(_, rows)| **rows > 0) {
            println!("{table}\t{rows}");
        }
        let place = match database.is_file() {
            true => data.display().to_string(),
            false => format!("{} and {database}", data.display()),
        };
        println!(
            "restored {} of {} into {place} in {:.1} s: files and rows are those of the manifest",
            counted(&manifest),
            manifest.begun_at,
            begun.elapsed().as_secs_f64()
        );
        Ok(ExitCode::SUCCESS)
    })
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
