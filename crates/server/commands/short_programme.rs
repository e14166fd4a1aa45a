//! `allo short-programme`: decides by hand whether callers hear each bulletin once; it asks no database.

use std::process::ExitCode;

use super::Outcome;
use crate::arguments::ShortProgramme;
use crate::short_programme;

/// Writes the word for the running service, or prints what was written.
///
/// # Errors
/// A data folder that is not there, or a file that cannot be written or read.
pub fn short_programme(arguments: &ShortProgramme) -> Outcome {
    let data = &arguments.folder.data;
    if !data.is_dir() {
        let folder = data.display();
        return Err(
            format!("there is no folder {folder}; name that of the service with --data").into(),
        );
    }
    let Some(word) = &arguments.when else {
        match short_programme::read(data)? {
            Some(when) => println!(
                "{}: {}",
                short_programme::word(when),
                short_programme::say(when)
            ),
            None => println!("nothing is set by hand: the configuration decides"),
        }
        return Ok(ExitCode::SUCCESS);
    };
    let when = short_programme::find(word).ok_or("write on, off or auto")?;
    short_programme::write(data, when)?;
    println!("{word}: {}", short_programme::say(when));
    println!(
        "The service follows within a second. To leave it to the configuration again, remove {}.",
        data.join(short_programme::FILE).display()
    );
    Ok(ExitCode::SUCCESS)
}
