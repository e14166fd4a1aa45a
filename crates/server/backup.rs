//! Copies of the whole data folder that can be trusted, and the way back from one.
//!
//! [`keep`] copies the rows of one instant while the service writes on, then every file beside them: a manifest tells
//! each by its SHA-256 and counts the rows of each table. Nothing bears the name of a backup before it is whole, proven
//! and on disk. [`restore`] believes none of it: what does not fit its manifest is refused by name, before anything is
//! in its place. A backup is the same whichever kind of database the rows were in, and goes into either.

mod archive;
mod files;
mod manifest;
mod restore;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::config::Database;
use files::Unfinished;
pub(crate) use manifest::Manifest;
pub(crate) use restore::restore;

/// Copies a data folder to a place where there is nothing yet: a folder, or a single file if the name ends in `.tar`.
///
/// The service may be at work. What it had acknowledged before is in the copy.
///
/// - `rows`: the database, which is in the folder or on a server; in the copy it is a file.
///
/// # Errors
/// [`BackupError`]; then nothing is left behind.
pub(crate) async fn keep(
    data: &Path,
    rows: &Database,
    target: &Path,
    now: Timestamp,
) -> Result<Manifest, BackupError> {
    if !rows.is_there() {
        return Err(BackupError::NoDatabase(data.join(DATABASE)));
    }
    let (place, name) = check_target(data, target)?;
    let unfinished = Unfinished::begin(place.join(format!(".{name}.{}", std::process::id())))?;
    let manifest = copy(data, rows, &unfinished.0, now).await;
    let manifest = manifest.map_err(|error| error.at(target))?;
    let whole = match name.ends_with(".tar") {
        true => pack(&unfinished.0, &manifest).map_err(|error| error.at(target))?,
        false => unfinished.0.clone(),
    };
    let named = fs::rename(whole, target);
    named.map_err(|source| BackupError::writing(target, source))?;
    files::sync_folder(&place)?;
    Ok(manifest)
}

/// The folder that the backup will lie in, and its name there.
fn check_target(data: &Path, target: &Path) -> Result<(PathBuf, String), BackupError> {
    if fs::symlink_metadata(target).is_ok() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    let name = target.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| BackupError::Nameless(target.to_owned()))?;
    let parent = target.parent().filter(|it| !it.as_os_str().is_empty());
    let resolve = |path: &Path| {
        let resolved = path.canonicalize();
        resolved.map_err(|source| BackupError::Read {
            path: path.to_owned(),
            source,
        })
    };
    let place = resolve(parent.unwrap_or(Path::new(".")))?;
    if place.starts_with(resolve(data)?) {
        return Err(BackupError::Within(target.to_owned()));
    }
    Ok((place, name.to_owned()))
}

/// Fills a folder with a whole backup, and has it on disk.
async fn copy(
    data: &Path,
    rows: &Database,
    to: &Path,
    now: Timestamp,
) -> Result<Manifest, BackupError> {
    let kept = to.join(KEPT);
    files::make_folder(&kept)?;
    let database = kept.join(DATABASE);
    put(&database, b"")?;
    // The rows first: a key that they need was there before them, and is there afterwards.
    let rows = rows.copy_to(&database).await;
    let rows = rows.map_err(|error| BackupError::of_rows(error, to))?;
    let mut all = vec![files::hash_of(&database, DATABASE)?];
    for path in files::list(data)? {
        let copy = kept.join(&path);
        files::make_folder(copy.parent().unwrap_or(&kept))?;
        match files::copy(&data.join(&path), &copy, &path) {
            Ok(file) => all.push(file),
            // It was renamed meanwhile, as files are that are written anew.
            Err(BackupError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let manifest = Manifest::new(now, rows, all);
    let text = manifest.encode();
    put(&to.join(manifest::SUM), manifest::sum_of(&text).as_bytes())?;
    put(&to.join(manifest::NAME), &text)?;
    files::sync_folders(to)?;
    Ok(manifest)
}

/// Makes one file of the folder, in it.
fn pack(folder: &Path, manifest: &Manifest) -> Result<PathBuf, BackupError> {
    let path = folder.join("backup.tar");
    let written = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let mut archive = archive::Writer::new(BufWriter::new(file), manifest.begun_second());
        let heads = [manifest::NAME, manifest::SUM].map(str::to_owned);
        let kept = manifest.files.iter().map(|file| kept_name(&file.path));
        for name in heads.into_iter().chain(kept) {
            let mut content = File::open(folder.join(&name))?;
            let octets = content.metadata()?.len();
            archive.write(&name, octets, &mut content)?;
        }
        archive.end()?.into_inner()?.sync_all()
    };
    written().map_err(|source| BackupError::writing(&path, source))?;
    Ok(path)
}

/// The name in a backup of a file of the data folder.
fn kept_name(path: &str) -> String {
    format!("{KEPT}/{path}")
}

/// Writes a new file for its owner's eyes.
fn put(path: &Path, octets: &[u8]) -> Result<(), BackupError> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    let written = opened.and_then(|mut file| {
        file.write_all(octets)?;
        file.sync_all()
    });
    written.map_err(|source| BackupError::writing(path, source))
}

/// Why there is no backup, or no restored folder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// There is nothing to keep.
    #[error(
        "there is no {}; name the data folder of the service with --data, and with --database the server that has the rows, \
         if one has",
        .0.display()
    )]
    NoDatabase(PathBuf),
    /// Nothing is overwritten.
    #[error("{} exists already; name a new folder, or a new file that ends in .tar", .0.display())]
    Exists(PathBuf),
    /// A path such as `..`.
    #[error("{} names nothing; name a new folder, or a new file that ends in .tar", .0.display())]
    Nameless(PathBuf),
    /// It would be lost with what it is a copy of.
    #[error("{} lies in the data folder and would be lost with it; name another place", .0.display())]
    Within(PathBuf),
    /// A file that should be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that should be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No room for it.
    #[error("the disk of {} is full: make room and try again", .0.display())]
    Full(PathBuf),
    /// The rows.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Something else than a backup.
    #[error("{} is no backup that this program reads: {why}", path.display())]
    NoBackup {
        /// What was named.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file of a backup.
    #[error("{file} of the backup is damaged: {why}; nothing was restored, take another backup")]
    Damaged {
        /// Its name in the backup.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// There are rows already.
    #[error(
        "{} is there already: restore into a folder without a database, or stop the service and move {} away",
        .0.display(), .0.with_file_name("allo.db*").display()
    )]
    Occupied(PathBuf),
    /// Another file of the same name.
    #[error("{} is there already and differs from that of the backup; move it away", .0.display())]
    InTheWay(PathBuf),
}

impl BackupError {
    fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full(path),
            _ => Self::Write { path, source },
        }
    }

    /// Names what was to become, where a file on the way there had no room.
    fn at(self, target: &Path) -> Self {
        match self {
            Self::Full(_) => Self::Full(target.to_owned()),
            other => other,
        }
    }

    fn of_rows(error: store::Error, place: &Path) -> Self {
        match error {
            store::Error::File { source, .. } => Self::writing(place, source),
            other => Self::Store(other),
        }
    }
}

/// The database's name in a data folder.
const DATABASE: &str = "allo.db";
/// The folder of a backup in which the files of the data folder lie.
const KEPT: &str = "data";
/// What the folder is called in which a restoration goes on.
const RESTORING: &str = ".restoring-";
