//! The way back: from a backup to a data folder on which a service starts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use store::Store;

use super::archive::{Fault, Reader};
use super::files::{self, Unfinished};
use super::manifest::{self, KeptFile, MOST_MANIFEST, Manifest};
use super::{BackupError, DATABASE, RESTORING, kept_name};
use crate::config::Database;

/// Puts everything of a backup into a data folder, or the rows into a database of a server that has none, and brings the
/// tables up to date. Gives the manifest, and the rows of each table as they are now.
///
/// Nothing is in its place before every file has the SHA-256 of the manifest and every table its rows; the rows come
/// last, all at once, so that a restoration that was interrupted can be begun again.
///
/// # Errors
/// [`BackupError`].
pub(crate) async fn restore(
    backup: &Path,
    data: &Path,
    rows: &Database,
) -> Result<(Manifest, BTreeMap<String, u64>), BackupError> {
    let server = match rows.is_file() {
        true => {
            refuse_occupied(data)?;
            None
        }
        false => {
            let server = rows.open().await?;
            server.refuse_rows().await?;
            Some(server)
        }
    };
    let (mut source, manifest) = Source::open(backup)?;
    files::make_folder(data)?;
    let place = data.join(format!("{RESTORING}{}", std::process::id()));
    let unfinished = Unfinished::begin(place)?;
    for file in &manifest.files {
        let copy = unfinished.0.join(&file.path);
        files::make_folder(copy.parent().unwrap_or(&unfinished.0))?;
        source.take(file, &copy)?;
    }
    source.end()?;
    let database = unfinished.0.join(DATABASE);
    let found = store::count_copy(&database).await?;
    if let Some(why) = store::find_difference(&manifest.rows, &found) {
        return Err(damaged(&kept_name(DATABASE), why));
    }
    let missing = missing(data, &manifest)?;
    let file = Store::open(&database).await?;
    for path in missing {
        put(&unfinished.0, data, path)?;
    }
    let rows = match server {
        None => {
            file.close().await;
            let rows = store::count_copy(&database).await?;
            put(&unfinished.0, data, DATABASE)?;
            rows
        }
        Some(server) => {
            let moved = server.move_from(&file).await?;
            file.close().await;
            server.close().await;
            moved.into_iter().collect()
        }
    };
    Ok((manifest, rows))
}

/// Rows that are there are worth more than any backup: who wants them away does that by hand. A journal alone would be
/// taken for that of the database that is to come.
fn refuse_occupied(data: &Path) -> Result<(), BackupError> {
    let files = ["", "-wal", "-shm", "-journal"];
    let mut files = files
        .map(|end| data.join(format!("{DATABASE}{end}")))
        .into_iter();
    match files.find(|path| fs::symlink_metadata(path).is_ok()) {
        Some(path) => Err(BackupError::Occupied(path)),
        None => Ok(()),
    }
}

/// The files besides the database that are not there yet. One that is there must be the same.
fn missing<'a>(data: &Path, manifest: &'a Manifest) -> Result<Vec<&'a str>, BackupError> {
    let mut missing = Vec::new();
    for file in manifest.files.iter().filter(|file| file.path != DATABASE) {
        let path = data.join(&file.path);
        if fs::symlink_metadata(&path).is_err() {
            missing.push(file.path.as_str());
        } else if files::hash_of(&path, &file.path)? != *file {
            return Err(BackupError::InTheWay(path));
        }
    }
    Ok(missing)
}

/// Gives a file its place, and has that on disk.
fn put(from: &Path, data: &Path, path: &str) -> Result<(), BackupError> {
    let to = data.join(path);
    files::make_folder(to.parent().unwrap_or(data))?;
    let moved = fs::rename(from.join(path), &to);
    moved.map_err(|source| BackupError::writing(&to, source))?;
    let mut folders = to
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(data));
    folders.try_for_each(files::sync_folder)
}

/// Where the files come from.
enum Source {
    Folder(PathBuf),
    Archive(PathBuf, Reader<BufReader<File>>),
}

impl Source {
    /// Opens a backup and reads its manifest.
    fn open(backup: &Path) -> Result<(Self, Manifest), BackupError> {
        let unreadable = |source| BackupError::Read {
            path: backup.to_owned(),
            source,
        };
        if fs::metadata(backup).map_err(unreadable)?.is_dir() {
            let (text, sum) = (read(backup, manifest::NAME)?, read(backup, manifest::SUM)?);
            let manifest = check(backup, &text, &sum)?;
            return Ok((Self::Folder(backup.to_owned()), manifest));
        }
        let input = BufReader::new(File::open(backup).map_err(unreadable)?);
        let begun = Reader::begin(input).map_err(|fault| match fault {
            Fault::Unreadable(source) => unreadable(source),
            fault => no_backup(backup, format!("{}: {fault}", manifest::NAME)),
        });
        let (mut reader, text) = begun?;
        let sum = reader.read_file(manifest::SUM, manifest::sum_of(&text).len() as u64);
        let sum = sum.map_err(|fault| of_fault(backup, manifest::SUM, fault))?;
        let manifest = check(backup, &text, &sum)?;
        if reader.at() != manifest.begun_second() {
            return Err(of_fault(backup, manifest::NAME, Fault::Changed));
        }
        Ok((Self::Archive(backup.to_owned(), reader), manifest))
    }

    /// Copies a file, and checks that it is the one of the manifest.
    fn take(&mut self, file: &KeptFile, to: &Path) -> Result<(), BackupError> {
        let name = kept_name(&file.path);
        let taken = match self {
            Self::Folder(folder) => match files::copy(&folder.join(&name), to, &file.path) {
                Err(BackupError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
                    return Err(damaged(&name, "it is not there".to_owned()));
                }
                copied => copied?,
            },
            Self::Archive(path, reader) => {
                let path = &*path;
                let faulty = |fault| of_fault(path, &name, fault);
                reader.next_file(&name, file.octets).map_err(faulty)?;
                let taken = files::write(&mut reader.content(file.octets), to, &file.path);
                let taken = taken.map_err(|failed| failed.of(path, to))?;
                let ended = reader.end_of_file(file.octets, taken.octets);
                ended.map_err(faulty)?;
                taken
            }
        };
        if taken.octets != file.octets {
            let (found, wanted) = (taken.octets, file.octets);
            return Err(damaged(
                &name,
                format!("it has {found} octets in place of {wanted}"),
            ));
        }
        match taken == *file {
            true => Ok(()),
            false => Err(damaged(
                &name,
                "its SHA-256 is not that of the manifest".to_owned(),
            )),
        }
    }

    /// Whether nothing stands behind the last file that nobody has written there.
    fn end(self) -> Result<(), BackupError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Archive(path, reader) => {
                let ended = reader.end();
                ended.map_err(|fault| of_fault(&path, "the end", fault))
            }
        }
    }
}

/// Reads the manifest, or what stands beside it, of a folder.
fn read(backup: &Path, name: &str) -> Result<Vec<u8>, BackupError> {
    let mut octets = Vec::new();
    let path = backup.join(name);
    let opened = File::open(&path);
    match opened.and_then(|file| file.take(MOST_MANIFEST).read_to_end(&mut octets)) {
        Ok(_) => Ok(octets),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(no_backup(backup, format!("there is no {name} in it")))
        }
        Err(source) => Err(BackupError::Read { path, source }),
    }
}

/// Reads the manifest, if it has the SHA-256 that stands beside it.
fn check(backup: &Path, text: &[u8], sum: &[u8]) -> Result<Manifest, BackupError> {
    if manifest::sum_of(text).as_bytes() != sum {
        let why = format!("its SHA-256 is not that of {}", manifest::SUM);
        return Err(damaged(manifest::NAME, why));
    }
    Manifest::parse(text).map_err(|why| no_backup(backup, format!("{}: {why}", manifest::NAME)))
}

fn no_backup(path: &Path, why: String) -> BackupError {
    BackupError::NoBackup {
        path: path.to_owned(),
        why,
    }
}

fn damaged(file: &str, why: String) -> BackupError {
    BackupError::Damaged {
        file: file.to_owned(),
        why,
    }
}

fn of_fault(backup: &Path, file: &str, fault: Fault) -> BackupError {
    match fault {
        Fault::Unreadable(source) => BackupError::Read {
            path: backup.to_owned(),
            source,
        },
        fault => damaged(file, fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use jiff::Timestamp;
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    #[tokio::test]
    async fn what_was_kept_comes_back_octet_for_octet_from_a_folder_and_from_a_file() {
        let (house, data) = house().await;
        for name in ["kept", "kept.tar"] {
            let backup = house.path().join(name);
            let made = keep(&data, &backup).await.unwrap();
            assert_eq!(made.files.len(), 4);
            let back = house.path().join(format!("from-{name}"));

            let (manifest, rows) = restore(&backup, &back).await.unwrap();

            assert_eq!((&manifest, &rows), (&made, &made.rows));
            for file in ["signing.key", "addresses.key", "channels/x/token"] {
                let both = [&data, &back].map(|folder| fs::read(folder.join(file)).unwrap());
                assert_eq!(both[0], both[1], "{file}");
            }
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&back), 0o700);
            assert_eq!(mode(&back.join("channels/x/token")), 0o600);
            let backup_mode = if backup.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&backup), backup_mode);
            let left = fs::read_dir(&back).unwrap().count();
            assert_eq!(left, 4, "nothing of the way there is left");
        }
        let beside = fs::read_dir(house.path()).unwrap().count();
        assert_eq!(beside, 5, "nor beside the backups");
    }

    #[tokio::test]
    async fn nothing_is_overwritten_and_no_backup_lies_in_what_it_keeps() {
        let (house, data) = house().await;
        let backup = house.path().join("kept");
        keep(&data, &backup).await.unwrap();

        let again = keep(&data, &backup).await;
        assert!(matches!(again, Err(BackupError::Exists(_))), "{again:?}");
        let within = keep(&data, &data.join("kept")).await;
        assert!(matches!(within, Err(BackupError::Within(_))), "{within:?}");
        let nowhere = house.path().join("nowhere");
        let nothing = keep(&nowhere, &house.path().join("other")).await;
        assert!(
            matches!(nothing, Err(BackupError::NoDatabase(_))),
            "{nothing:?}"
        );
        let occupied = restore(&backup, &data).await;
        assert!(
            matches!(occupied, Err(BackupError::Occupied(_))),
            "{occupied:?}"
        );
        // A journal without its database would be taken for that of the one that comes.
        let journal = house.path().join("journal");
        files::make_folder(&journal).unwrap();
        fs::write(journal.join("allo.db-wal"), "").unwrap();
        let occupied = restore(&backup, &journal).await;
        assert!(
            matches!(occupied, Err(BackupError::Occupied(_))),
            "{occupied:?}"
        );
    }

    #[tokio::test]
    async fn a_key_that_is_there_stays_and_another_one_is_in_the_way() {
        let (house, data) = house().await;
        let backup = house.path().join("kept");
        keep(&data, &backup).await.unwrap();
        let back = house.path().join("back");
        files::make_folder(&back).unwrap();
        fs::write(back.join("signing.key"), "another").unwrap();

        let refused = restore(&backup, &back).await;

        assert!(
            matches!(refused, Err(BackupError::InTheWay(_))),
            "{refused:?}"
        );
        assert_eq!(
            fs::read_dir(&back).unwrap().count(),
            1,
            "nothing was put there"
        );
        fs::copy(data.join("signing.key"), back.join("signing.key")).unwrap();
        restore(&backup, &back).await.unwrap();
    }

    #[tokio::test]
    async fn any_file_that_is_cut_gone_or_changed_is_named() {
        let (house, data) = house().await;
        let backup = house.path().join("kept");
        keep(&data, &backup).await.unwrap();
        for name in ["manifest.json", "data/allo.db", "data/signing.key"] {
            let path = backup.join(name);
            let whole = fs::read(&path).unwrap();
            let mut flipped = whole.clone();
            flipped[whole.len() / 2] ^= 1;
            for octets in [Some(&whole[..whole.len() - 1]), Some(&flipped[..]), None] {
                fs::remove_file(&path).unwrap();
                if let Some(octets) = octets {
                    fs::write(&path, octets).unwrap();
                }
                let back = house.path().join("back");
                let refused = restore(&backup, &back).await.unwrap_err();
                assert!(refused.to_string().contains(name), "{refused}");
                assert!(!back.join("allo.db").exists());
            }
            fs::write(&path, whole).unwrap();
        }
        restore(&backup, &house.path().join("back")).await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_is_no_backup_is_refused_in_words() {
        let house = tempfile::tempdir().unwrap();
        let path = house.path().join("letter.tar");
        fs::write(&path, "Dear Sir or Madam").unwrap();
        for backup in [path.as_path(), house.path()] {
            let refused = restore(backup, &house.path().join("back"))
                .await
                .unwrap_err();
            assert!(refused.to_string().contains("is no backup"), "{refused}");
        }
        let missing = restore(&house.path().join("nothing"), house.path()).await;
        assert!(
            matches!(missing, Err(BackupError::Read { .. })),
            "{missing:?}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn one_file_with_one_flipped_bit_or_cut_anywhere_is_refused(place in 0..1_000_000_usize, bit in 0..8) {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let (house, data) = house().await;
                let backup = house.path().join("kept.tar");
                keep(&data, &backup).await.unwrap();
                let whole = fs::read(&backup).unwrap();
                let place = place % whole.len();
                let mut flipped = whole.clone();
                flipped[place] ^= 1_u8 << bit;
                for octets in [&flipped[..], &whole[..place]] {
                    fs::write(&backup, octets).unwrap();
                    let back = house.path().join("back");
                    assert!(restore(&backup, &back).await.is_err(), "octet {place}");
                    assert!(!back.join("allo.db").exists());
                }
            });
        }
    }

    /// Keeps a data folder that has its rows in a file.
    async fn keep(data: &Path, target: &Path) -> Result<Manifest, BackupError> {
        crate::backup::keep(data, &file_of(data), target, now()).await
    }

    /// Brings one back that has them there.
    async fn restore(
        backup: &Path,
        data: &Path,
    ) -> Result<(Manifest, BTreeMap<String, u64>), BackupError> {
        super::restore(backup, data, &file_of(data)).await
    }

    fn file_of(data: &Path) -> Database {
        Database::find(data, None, None).unwrap()
    }

    /// A data folder with a database, two keys and a token.
    async fn house() -> (TempDir, PathBuf) {
        let house = tempfile::tempdir().unwrap();
        let data = house.path().join("data");
        let store = Store::open(&data.join("allo.db")).await.unwrap();
        store.close().await;
        for (path, octets) in [
            ("signing.key", "a key"),
            ("addresses.key", "another key"),
            ("channels/x/token", "a token"),
        ] {
            let path = data.join(path);
            files::make_folder(path.parent().unwrap()).unwrap();
            fs::write(path, octets).unwrap();
        }
        (house, data)
    }

    fn now() -> Timestamp {
        "2026-11-26T03:00:00.5Z".parse().unwrap()
    }
}
