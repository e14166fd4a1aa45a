//! `allo migrate`: the tables of this version, and the way from a file to a server.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use store::Store;

use super::{Outcome, block_on};
use crate::arguments::Migrate;
use crate::config::Database;

/// Brings the tables up to date, and moves the rows of a file where one is named.
///
/// # Errors
/// Of the store; a file that is not there.
pub fn migrate(arguments: &Migrate) -> Outcome {
    let database = arguments.folder.database()?;
    block_on(async move {
        if let Some(file) = &arguments.from {
            move_rows(file, &database).await?;
        } else {
            std::fs::create_dir_all(&arguments.folder.data)?;
            let store = database.open().await?;
            let version = store.version().await?;
            println!("{database} has the tables of version {version}");
            store.close().await;
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn move_rows(file: &Path, database: &Database) -> Result<(), Box<dyn Error + Send + Sync>> {
    if !file.is_file() {
        return Err(format!("there is no {}", file.display()).into());
    }
    let from = Store::open(file).await?;
    let to = database.open().await?;
    let moved = to.move_from(&from).await?;
    for (table, rows) in moved.iter().filter(|(_, rows)| *rows > 0) {
        println!("{rows:>9} {table}");
    }
    let rows: u64 = moved.iter().map(|(_, rows)| rows).sum();
    println!(
        "{rows} rows of {} are in {database}, counted there. Write database = \"{database}\" into the configuration, name \
         it to `allo backup --database`, start the service again, and keep the file until it has run well.",
        file.display()
    );
    from.close().await;
    to.close().await;
    Ok(())
}
