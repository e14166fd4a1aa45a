//! Files that are named by what they hold, and a manifest that is swapped whole.
//!
//! Each is written beside its place, forced to the disk and renamed: a power cut leaves the old one or the new one. What
//! was changed by somebody or something else no longer fits its name.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bulletin::RecordingKey;
use ring::digest::{SHA256, digest};

/// The SHA-256 of a file's octets in hexadecimal: its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name(RecordingKey);

impl Name {
    pub(super) fn of(octets: &[u8]) -> Self {
        let digits = digest(&SHA256, octets);
        let digits = digits.as_ref().iter().map(|octet| format!("{octet:02x}"));
        let digits = RecordingKey::parse(&digits.collect::<String>());
        Self(digits.expect("32 octets are 64 digits"))
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        RecordingKey::parse(text).ok().map(Self)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damage {
    /// It is not there, or cannot be read.
    #[error("it cannot be read: {0}")]
    Unread(#[from] io::Error),
    /// Cut short or changed.
    #[error("it is not as it was written: cut short, or changed")]
    Changed,
    /// Whole, and not of this version of the program.
    #[error("it was written by another program, or by another version of this one")]
    Foreign,
}

impl Damage {
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Unread(error) if error.kind() == ErrorKind::NotFound)
    }
}

/// The folder of such files.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self, file: impl fmt::Display) -> PathBuf {
        self.0.join(file.to_string())
    }

    /// Writes a file, unless it is there already and whole.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn put(&self, octets: &[u8]) -> io::Result<Name> {
        let name = Name::of(octets);
        let path = self.path(&name);
        if !fs::read(&path).is_ok_and(|there| there == octets) {
            self.write(&path, octets)?;
        }
        Ok(name)
    }

    /// The octets of a file.
    ///
    /// # Errors
    /// [`Damage::Unread`], or [`Damage::Changed`] when they do not fit its name.
    pub(super) fn find(&self, name: &Name) -> Result<Vec<u8>, Damage> {
        let octets = fs::read(self.path(name))?;
        if Name::of(&octets) == *name {
            Ok(octets)
        } else {
            Err(Damage::Changed)
        }
    }

    /// Puts a manifest in the place of the one before, which is kept for the day on which the new one is damaged.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn swap(&self, manifest: &[u8]) -> io::Result<()> {
        let path = self.path(MANIFEST);
        match fs::rename(&path, self.path(BEFORE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.write(&path, manifest)
    }

    /// Removes what was left half-written, and every file that is not among `needed`; answers the files that are none of
    /// ours, which stay.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn sweep(&self, needed: &HashSet<Name>) -> io::Result<Vec<PathBuf>> {
        let mut strangers = vec![];
        for file in fs::read_dir(&self.0)? {
            let path = file?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let known = name.and_then(Name::parse);
            match (name, known) {
                (_, Some(known)) if needed.contains(&known) => {}
                (_, Some(_)) => fs::remove_file(&path)?,
                (Some(MANIFEST | BEFORE), None) => {}
                (Some(name), None) if name.ends_with(HALF) => fs::remove_file(&path)?,
                _ => strangers.push(path),
            }
        }
        Ok(strangers)
    }

    fn write(&self, path: &Path, octets: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let half = path.with_extension(&HALF[1..]);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&half)?;
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(half, path)?;
        File::open(&self.0)?.sync_all()
    }
}

pub(super) const MANIFEST: &str = "manifest";
/// The manifest before it.
pub(super) const BEFORE: &str = "manifest-before";
/// What the name of a file that is being written ends with.
const HALF: &str = ".new";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_octets_and_one_that_was_changed_does_not_fit_its_name() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("deep/er"));
        let name = folder.put(b"bonjour").unwrap();
        assert_eq!(folder.find(&name).unwrap(), b"bonjour");

        fs::write(folder.path(&name), b"bonsoir").unwrap();
        assert!(matches!(folder.find(&name), Err(Damage::Changed)));
        fs::remove_file(folder.path(&name)).unwrap();
        assert!(matches!(folder.find(&name), Err(Damage::Unread(_))));
    }

    #[test]
    fn a_damaged_file_is_written_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().into());
        let name = folder.put(b"bonjour").unwrap();
        fs::write(folder.path(&name), b"bon").unwrap();

        folder.put(b"bonjour").unwrap();

        assert_eq!(folder.find(&name).unwrap(), b"bonjour");
    }

    #[test]
    fn a_manifest_takes_the_place_of_the_one_before_which_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().into());
        for manifest in [b"one", b"two", b"six"] {
            folder.swap(manifest).unwrap();
        }
        assert_eq!(fs::read(folder.path(MANIFEST)).unwrap(), b"six");
        assert_eq!(fs::read(folder.path(BEFORE)).unwrap(), b"two");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
    }

    #[test]
    fn orphans_and_halves_are_swept_and_what_is_needed_or_not_ours_stays() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().into());
        let (needed, orphan) = (folder.put(b"a").unwrap(), folder.put(b"b").unwrap());
        folder.swap(b"manifest").unwrap();
        let half = format!("{orphan}.new");
        for name in ["notes.txt", "manifest.new", half.as_str()] {
            fs::write(folder.path(name), b"?").unwrap();
        }

        let strangers = folder.sweep(&HashSet::from([needed.clone()])).unwrap();

        assert_eq!(strangers, [folder.path("notes.txt")]);
        let left = fs::read_dir(home.path()).unwrap();
        let mut left: Vec<_> = left.map(|file| file.unwrap().path()).collect();
        left.sort();
        let mut expected = ["manifest", "notes.txt"]
            .map(|name| folder.path(name))
            .to_vec();
        expected.push(folder.path(&needed));
        expected.sort();
        assert_eq!(left, expected);
    }
}
