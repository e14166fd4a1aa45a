//! What a backup says of itself: every file with its SHA-256, and how many rows each table has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// The list at the head of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// How backups are built; a program refuses a form that it does not know.
    form: u32,
    /// The program that made it.
    program: String,
    /// When it was begun (RFC 3339): nothing posted before is missing.
    pub(crate) begun_at: String,
    /// The rows of each table.
    pub(crate) rows: BTreeMap<String, u64>,
    /// Every file of the data folder that is kept, the database first.
    pub(crate) files: Vec<KeptFile>,
}

/// One file of the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptFile {
    /// Where it lies in the data folder, with `/` between folders.
    pub(crate) path: String,
    /// Its length.
    pub(crate) octets: u64,
    /// Of its content, in small hexadecimal digits.
    pub(crate) sha256: String,
}

impl Manifest {
    pub(super) fn new(
        begun_at: Timestamp,
        rows: BTreeMap<String, u64>,
        files: Vec<KeptFile>,
    ) -> Self {
        Self {
            form: FORM,
            program: format!("allo {}", env!("CARGO_PKG_VERSION")),
            begun_at: begun_at.to_string(),
            rows,
            files,
        }
    }

    /// How many rows a table has.
    pub(crate) fn rows_of(&self, table: &str) -> u64 {
        self.rows.get(table).copied().unwrap_or(0)
    }

    /// The length of all files.
    pub(crate) fn octets(&self) -> u64 {
        self.files.iter().map(|file| file.octets).sum()
    }

    /// Seconds since 1970 at its beginning; 0 for an instant before.
    pub(super) fn begun_second(&self) -> u64 {
        let begun = self.begun_at.parse::<Timestamp>();
        begun.map_or(0, |begun| begun.as_second().try_into().unwrap_or(0))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self)
            .expect("structs of texts and numbers with string keys are always JSON");
        text.push(b'\n');
        text
    }

    /// Reads what [`Manifest::encode`] wrote, and what no hand has written in its place: no path leads out of the folder.
    ///
    /// # Errors
    /// In words.
    pub(super) fn parse(octets: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(octets).map_err(|error| error.to_string())?;
        if manifest.form != FORM {
            return Err(format!(
                "it has form {} and was made by {}; this program reads form {FORM}",
                manifest.form, manifest.program
            ));
        }
        if manifest.begun_at.parse::<Timestamp>().is_err() {
            return Err(format!("{:?} is no instant", manifest.begun_at));
        }
        let mut paths = BTreeSet::new();
        for file in &manifest.files {
            if !is_within(&file.path) || !paths.insert(&file.path) {
                return Err(format!("{:?} is no path of a kept file", file.path));
            }
            if !is_sha256(&file.sha256) {
                return Err(format!("{:?} is no SHA-256", file.sha256));
            }
        }
        let total = manifest.files.iter().try_fold(0_u64, |total, file| {
            let total = total.checked_add(file.octets)?;
            (total < MOST_OCTETS).then_some(total)
        });
        total.ok_or("its files are too long")?;
        match manifest.files.first() {
            Some(first) if first.path == super::DATABASE => Ok(manifest),
            _ => Err(format!("it does not begin with {}", super::DATABASE)),
        }
    }
}

/// SHA-256 in small hexadecimal digits.
pub(super) fn sha256(octets: &[u8]) -> String {
    hexadecimal(digest(&SHA256, octets).as_ref())
}

pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The line beside a manifest by which `sha256sum -c` checks it.
pub(super) fn sum_of(manifest: &[u8]) -> String {
    format!("{}  {NAME}\n", sha256(manifest))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a path names a file below the folder it is joined to.
pub(super) fn is_within(path: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name != "." && name != "..";
    path.len() <= LONGEST_PATH && !path.contains('\0') && path.split('/').all(is_name)
}

/// The name of the manifest in a backup.
pub(super) const NAME: &str = "manifest.json";
/// The name of the line beside it.
pub(super) const SUM: &str = "manifest.json.sha256";
/// The longest manifest: a hundred thousand files.
pub(super) const MOST_MANIFEST: u64 = 32 * 1024 * 1024;

const FORM: u32 = 1;
const LONGEST_PATH: usize = 250;
/// More than any disk holds, and still a length that files have.
const MOST_OCTETS: u64 = 1 << 60;

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_written_is_read_and_another_form_is_refused_with_the_program_that_made_it() {
        let manifest = example();
        assert_eq!(Manifest::parse(&manifest.encode()), Ok(manifest.clone()));
        let later = Manifest {
            form: 2,
            program: "allo 9.0.0".into(),
            ..manifest
        };
        let refused = Manifest::parse(&later.encode()).unwrap_err();
        assert!(refused.contains("allo 9.0.0"), "{refused}");
    }

    #[test]
    fn no_path_leads_out_of_the_folder_and_none_stands_twice() {
        for path in [
            "../allo.db",
            "/etc/passwd",
            "a/../../b",
            "",
            "a//b",
            ".",
            "a\0b",
            "allo.db",
        ] {
            let mut manifest = example();
            manifest.files.push(kept(path));
            assert!(Manifest::parse(&manifest.encode()).is_err(), "{path:?}");
        }
        let mut without_rows = example();
        without_rows.files.remove(0);
        assert!(Manifest::parse(&without_rows.encode()).is_err());
        let mut endless = example();
        endless.files[0].octets = u64::MAX;
        assert!(Manifest::parse(&endless.encode()).is_err());
    }

    proptest! {
        #[test]
        fn any_octets_are_refused_or_name_files_within_the_folder(
            octets in proptest::collection::vec(any::<u8>(), 0..200),
            place in 0..400_usize,
            flip in 1..=255_u8,
            path in "[a./\\\\]{0,12}",
        ) {
            prop_assert!(Manifest::parse(&octets).is_err());
            let mut touched = example();
            touched.files.push(kept(&path));
            let mut touched = touched.encode();
            let place = place % touched.len();
            touched[place] ^= flip;
            if let Ok(manifest) = Manifest::parse(&touched) {
                for file in manifest.files {
                    let mut parts = Path::new(&file.path).components();
                    prop_assert!(parts.all(|part| matches!(part, Component::Normal(_))), "{}", file.path);
                }
            }
        }

        #[test]
        fn the_sum_of_a_manifest_fits_no_other(place in 0..400_usize, flip in 1..=255_u8) {
            let whole = example().encode();
            let mut touched = whole.clone();
            let place = place % touched.len();
            touched[place] ^= flip;
            prop_assert_ne!(sum_of(&whole), sum_of(&touched));
        }
    }

    fn example() -> Manifest {
        let begun_at = "2026-11-26T03:00:00Z".parse().unwrap();
        let rows = [("bulletins".to_owned(), 12)].into();
        let files = vec![kept("allo.db"), kept("channels/mastodon/token")];
        Manifest::new(begun_at, rows, files)
    }

    fn kept(path: &str) -> KeptFile {
        KeptFile {
            path: path.into(),
            octets: 5,
            sha256: sha256(b"allo!"),
        }
    }
}
