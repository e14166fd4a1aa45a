//! The files of a data folder, and how they are written so that they are on disk, for their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use speech::PicoVoice;

use super::manifest::{KeptFile, hexadecimal, is_within};
use super::{BackupError, DATABASE, RESTORING};

/// Every file of a data folder that is to be kept besides the database, in the order of their paths.
///
/// What the service makes anew by itself is left out: what was known last, the files of the built-in voice.
///
/// # Errors
/// [`BackupError::Read`], also for a name that is no text, or too long.
pub(super) fn list(data: &Path) -> Result<Vec<String>, BackupError> {
    let mut found = Vec::new();
    collect(data, "", MOST_FOLDERS, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(
    data: &Path,
    folder: &str,
    depth: usize,
    found: &mut Vec<String>,
) -> Result<(), BackupError> {
    let place = data.join(folder);
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Read { path, source }
    };
    for entry in fs::read_dir(&place).map_err(unreadable(&place))? {
        let name = entry.map_err(unreadable(&place))?.file_name();
        let path = place.join(&name);
        let relative = name.to_str().map(|name| match folder {
            "" => name.to_owned(),
            _ => format!("{folder}/{name}"),
        });
        let Some(relative) = relative.filter(|relative| is_within(relative)) else {
            let source = io::Error::new(ErrorKind::InvalidFilename, "its name cannot be kept");
            return Err(BackupError::Read { path, source });
        };
        if is_left_out(&relative) {
            continue;
        }
        // What a link leads to is kept in its place.
        let kind = match fs::metadata(&path) {
            Ok(kind) => kind,
            // A file that was renamed meanwhile, or a link to nothing.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(&path)(error)),
        };
        if kind.is_file() {
            found.push(relative);
        } else if kind.is_dir() {
            let depth = depth.checked_sub(1).ok_or_else(|| {
                let source = io::Error::other("too many folders within one another");
                BackupError::Read { path, source }
            })?;
            collect(data, &relative, depth, found)?;
        }
    }
    Ok(())
}

fn is_left_out(path: &str) -> bool {
    // The database has its own way of being copied; a copy of its journal would be of another instant.
    path.starts_with(DATABASE)
        || path.starts_with(RESTORING)
        || path.starts_with("last-known")
        // By this name other nodes know the one that has this folder.
        || path == "node"
        || path.starts_with("node-")
        || path == "lost+found"
        || path
            .strip_prefix("voices/")
            .is_some_and(|name| PicoVoice::files().any(|file| file == name))
}

/// Copies a file for its owner's eyes; gives its length and its SHA-256.
///
/// # Errors
/// [`BackupError::Read`], [`BackupError::Write`] and [`BackupError::Full`], which say of which file.
pub(super) fn copy(from: &Path, to: &Path, path: &str) -> Result<KeptFile, BackupError> {
    let mut input = File::open(from).map_err(|source| BackupError::Read {
        path: from.to_owned(),
        source,
    })?;
    write(&mut input, to, path).map_err(|failed| failed.of(from, to))
}

/// Writes what can be read into a new file.
pub(super) fn write(from: &mut impl Read, to: &Path, path: &str) -> Result<KeptFile, Failed> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(to).map_err(Failed::Write)?;
    let kept = hash(from, path, |piece| {
        file.write_all(piece).map_err(Failed::Write)
    })?;
    file.sync_all().map_err(Failed::Write)?;
    Ok(kept)
}

/// Reads a file to its end; gives its length and its SHA-256.
///
/// # Errors
/// [`BackupError::Read`].
pub(super) fn hash_of(file: &Path, path: &str) -> Result<KeptFile, BackupError> {
    let opened = File::open(file).map_err(Failed::Read);
    let hashed = opened.and_then(|mut input| hash(&mut input, path, |_| Ok(())));
    hashed.map_err(|failed| failed.of(file, file))
}

fn hash(
    from: &mut impl Read,
    path: &str,
    mut each: impl FnMut(&[u8]) -> Result<(), Failed>,
) -> Result<KeptFile, Failed> {
    let (mut context, mut octets) = (Context::new(&SHA256), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => &piece[..read],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Read(error)),
        };
        context.update(read);
        octets += read.len() as u64;
        each(read)?;
    }
    Ok(KeptFile {
        path: path.to_owned(),
        octets,
        sha256: hexadecimal(context.finish().as_ref()),
    })
}

/// At which end copying failed.
#[derive(Debug)]
pub(super) enum Failed {
    Read(io::Error),
    Write(io::Error),
}

impl Failed {
    pub(super) fn of(self, from: &Path, to: &Path) -> BackupError {
        match self {
            Self::Read(source) => BackupError::Read {
                path: from.to_owned(),
                source,
            },
            Self::Write(source) => BackupError::writing(to, source),
        }
    }
}

/// Makes a folder and those above it, for their owner's eyes.
///
/// # Errors
/// [`BackupError::Write`].
pub(super) fn make_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(path);
    made.map_err(|source| BackupError::writing(path, source))
}

/// Has a folder's names on disk.
///
/// # Errors
/// [`BackupError::Write`].
pub(super) fn sync_folder(path: &Path) -> Result<(), BackupError> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(|source| BackupError::writing(path, source))
}

/// The same of every folder in it.
///
/// # Errors
/// [`BackupError::Write`].
pub(super) fn sync_folders(path: &Path) -> Result<(), BackupError> {
    let entries = fs::read_dir(path).map_err(|source| BackupError::writing(path, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| BackupError::writing(path, source))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(path)
}

/// A folder that is gone when this is dropped, unless it has been given its name before.
#[derive(Debug)]
pub(super) struct Unfinished(pub(super) PathBuf);

impl Unfinished {
    /// # Errors
    /// [`BackupError::Write`].
    pub(super) fn begin(path: PathBuf) -> Result<Self, BackupError> {
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|source| BackupError::writing(&path, source))?;
        Ok(Self(path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Where it has its name there is nothing left; what cannot be removed is seen by who looks for the backup.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PIECE: usize = 256 * 1024;
/// A link to a folder above would lead on for ever.
const MOST_FOLDERS: usize = 8;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn every_file_is_kept_but_those_of_the_database_and_what_the_service_makes_by_itself() {
        let data = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = data.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        let kept = [
            "addresses.key",
            "channels/x/token",
            "lexicon/rouen_metropole.toml",
            "short-programme",
            "signing.key",
            "voices/ours.onnx",
        ];
        kept.into_iter().for_each(put);
        let made = [
            "allo.db",
            "allo.db-wal",
            "allo.db-shm",
            "last-known/manifest",
            "node",
            "node-web",
        ];
        made.into_iter().for_each(put);
        put("voices/fr-FR_ta.bin");
        put(".restoring-7/allo.db");
        let _socket = UnixListener::bind(data.path().join("trace.sock")).unwrap();
        symlink("nowhere", data.path().join("gone")).unwrap();
        symlink("signing.key", data.path().join("linked.key")).unwrap();

        let mut wanted = kept.to_vec();
        wanted.push("linked.key");
        wanted.sort_unstable();
        assert_eq!(list(data.path()).unwrap(), wanted);
    }

    #[test]
    fn a_folder_that_leads_to_itself_is_refused_by_name() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("lexicon")).unwrap();
        symlink("..", data.path().join("lexicon/up")).unwrap();
        let refused = list(data.path()).unwrap_err().to_string();
        assert!(refused.contains("lexicon/up"), "{refused}");
    }

    #[test]
    fn a_copy_is_for_its_owner_and_known_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "abc").unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o644)).unwrap();

        let kept = copy(&from, &to, "a").unwrap();

        assert_eq!(
            fs::metadata(&to).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(kept.octets, 3);
        // The first example of FIPS 180-2.
        assert!(kept.sha256.starts_with("ba7816bf8f01cfea"));
        assert_eq!(hash_of(&to, "a").unwrap(), kept);
        assert!(copy(&from, &to, "a").is_err(), "nothing is overwritten");
    }
}
