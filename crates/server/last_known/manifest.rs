//! The manifest: which files of the folder are what was known last, and of when that is.
//!
//! Lines of words, the last of which seals those before it: one that was cut short or changed is no manifest at all.

use std::collections::BTreeMap;

use bulletin::RecordingKey;
use jiff::Timestamp;

use super::files::{Damage, Name};

/// Which files are what was known at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) checked_at: Timestamp,
    pub(super) files: Files,
}

/// Everything that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    /// One for each territory, in their order.
    pub(super) territories: Vec<Name>,
    /// By the keys of the recordings.
    pub(super) sounds: BTreeMap<RecordingKey, Name>,
}

impl Files {
    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.territories.iter().chain(self.sounds.values())
    }
}

impl Manifest {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut text = format!("{FIRST_LINE}checked-at {}\n", self.checked_at);
        for name in &self.files.territories {
            text.push_str(&format!("territory {name}\n"));
        }
        for (key, name) in &self.files.sounds {
            text.push_str(&format!("sound {key} {name}\n"));
        }
        let seal = Name::of(text.as_bytes());
        text.push_str(&format!("{SEAL}{seal}\n"));
        text.into_bytes()
    }

    /// Reads what [`Manifest::write`] wrote.
    ///
    /// # Errors
    /// [`Damage::Changed`] when it is not as it was written, [`Damage::Foreign`] when another program wrote it.
    pub(super) fn read(octets: &[u8]) -> Result<Self, Damage> {
        let text = std::str::from_utf8(octets).map_err(|_| Damage::Changed)?;
        let (text, seal) = text.rsplit_once(SEAL).ok_or(Damage::Changed)?;
        let seal = seal.strip_suffix('\n').and_then(Name::parse);
        if seal != Some(Name::of(text.as_bytes())) {
            return Err(Damage::Changed);
        }
        text.strip_prefix(FIRST_LINE)
            .and_then(lines)
            .ok_or(Damage::Foreign)
    }
}

fn lines(text: &str) -> Option<Manifest> {
    let mut lines = text.lines();
    let checked_at = lines.next()?.strip_prefix("checked-at ")?;
    let checked_at = checked_at.parse().ok()?;
    let mut files = Files::default();
    for line in lines {
        let mut words = line.split(' ');
        match (words.next()?, words.next()?, words.next(), words.next()) {
            ("territory", name, None, None) => files.territories.push(Name::parse(name)?),
            ("sound", key, Some(name), None) => {
                let key = RecordingKey::parse(key).ok()?;
                files.sounds.insert(key, Name::parse(name)?);
            }
            _ => return None,
        }
    }
    Some(Manifest { checked_at, files })
}

const FIRST_LINE: &str = "allo last known 1\n";
const SEAL: &str = "sha-256 ";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Name {
        Name::of(text.as_bytes())
    }

    fn manifest() -> Manifest {
        let key = |digit: &str| RecordingKey::parse(&digit.repeat(64)).unwrap();
        Manifest {
            checked_at: "2026-11-23T13:32:00.5Z".parse().unwrap(),
            files: Files {
                territories: vec![name("rouen"), name("le havre")],
                sounds: [(key("a"), name("one")), (key("b"), name("two"))].into(),
            },
        }
    }

    #[test]
    fn a_manifest_reads_back_as_it_was_written() {
        let read = Manifest::read(&manifest().write()).unwrap();
        assert_eq!(read, manifest());
        assert_eq!(read.files.names().count(), 4);
        let empty = Manifest {
            files: Files::default(),
            ..manifest()
        };
        assert_eq!(Manifest::read(&empty.write()).unwrap(), empty);
    }

    #[test]
    fn what_another_program_has_written_and_sealed_is_foreign() {
        for text in [
            "allo last known 2\nchecked-at 2026-11-23T13:32:00Z\n",
            "allo last known 1\n",
            "allo last known 1\nchecked-at today\n",
            "allo last known 1\nchecked-at 2026-11-23T13:32:00Z\nterritory ../allo.db\n",
        ] {
            let read = Manifest::read(&sealed(text));
            assert!(matches!(read, Err(Damage::Foreign)), "{text}: {read:?}");
        }
    }

    fn sealed(text: &str) -> Vec<u8> {
        format!("{text}sha-256 {}\n", Name::of(text.as_bytes())).into_bytes()
    }

    proptest! {
        #[test]
        fn a_manifest_that_was_changed_or_cut_is_noticed(place: prop::sample::Index, bit in 0_u32..8, cut: bool) {
            let mut octets = manifest().write();
            let place = place.index(octets.len());
            if cut {
                octets.truncate(place);
            } else {
                octets[place] ^= 1 << bit;
            }
            prop_assert!(Manifest::read(&octets).is_err());
        }

        #[test]
        fn no_octets_stop_the_program(octets: Vec<u8>) {
            let _ = Manifest::read(&octets);
        }

        #[test]
        fn no_words_stop_the_program(words in "(checked-at|territory|sound|sha-256|[a-f0-9]{64}|[ \n]|\\PC){0,20}") {
            let _ = Manifest::read(words.as_bytes());
            let _ = Manifest::read(&sealed(&format!("{FIRST_LINE}{words}")));
        }
    }
}
