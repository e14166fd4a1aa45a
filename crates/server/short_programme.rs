//! The short programme by hand: a word in a small file, which a running service follows within a second.
//!
//! In a crisis each caller hears every bulletin once and then goodbye, so that more callers are answered. The line
//! turns to it by itself; whoever knows better says so with `allo short-programme on`, without a restart and without
//! the database. Start with [`Hand`].

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use line::{Line, ShortProgramme};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::service::until;

/// The file in the data folder.
pub(crate) const FILE: &str = "short-programme";

/// How the configuration, the file and the log say it.
pub(crate) fn word(when: ShortProgramme) -> &'static str {
    match when {
        ShortProgramme::Auto => "auto",
        ShortProgramme::On => "on",
        ShortProgramme::Off => "off",
    }
}

/// Reads what [`word`] says.
pub(crate) fn find(text: &str) -> Option<ShortProgramme> {
    use ShortProgramme::{Auto, Off, On};
    [Auto, On, Off].into_iter().find(|when| word(*when) == text)
}

/// Writes the file whole: a service that looks meanwhile sees the old word or the new one.
///
/// # Errors
/// Of the file system.
pub(crate) fn write(data: &Path, when: ShortProgramme) -> io::Result<()> {
    let unfinished = data.join(format!("{FILE}.{}", std::process::id()));
    std::fs::write(&unfinished, format!("{}\n", word(when)))?;
    std::fs::rename(&unfinished, data.join(FILE))
}

/// Reads the file; `None` where there is none, and the configuration decides.
///
/// # Errors
/// [`UnclearHand`] when the file cannot be read or holds another word.
pub(crate) fn read(data: &Path) -> Result<Option<ShortProgramme>, UnclearHand> {
    let path = data.join(FILE);
    let mut text = String::new();
    let opened = File::open(&path);
    match opened.and_then(|file| file.take(MOST_OCTETS).read_to_string(&mut text)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(UnclearHand::Unreadable {
            path,
            error: error.to_string(),
        }),
        Ok(_) => find(text.trim())
            .map(Some)
            .ok_or(UnclearHand::Word { path, text }),
    }
}

/// Why the file says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnclearHand {
    /// It cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: String,
    },
    /// It holds another word.
    #[error("{} says {text:?}; write auto, on or off", path.display())]
    Word {
        /// The file.
        path: PathBuf,
        /// What it holds.
        text: String,
    },
}

/// What is in force, between the configuration and the hand.
#[derive(Debug)]
pub(crate) struct Hand {
    data: PathBuf,
    configured: ShortProgramme,
    in_force: ShortProgramme,
    complaint: Option<UnclearHand>,
}

impl Hand {
    /// Follows the file of this folder; the configuration holds until it says otherwise.
    pub(crate) fn new(data: &Path, configured: ShortProgramme) -> Self {
        Self {
            data: data.into(),
            configured,
            in_force: configured,
            complaint: None,
        }
    }

    /// Looks at the file; answers what is to be done if that has changed, and logs it.
    ///
    /// A word that is not known is logged once and changes nothing.
    pub(crate) fn look(&mut self) -> Option<ShortProgramme> {
        let by_hand = match read(&self.data) {
            Ok(by_hand) => by_hand,
            Err(unclear) => {
                if self.complaint.as_ref() != Some(&unclear) {
                    tracing::warn!(%unclear, "the short programme stays as it is");
                    self.complaint = Some(unclear);
                }
                return None;
            }
        };
        self.complaint = None;
        let wanted = by_hand.unwrap_or(self.configured);
        if wanted == std::mem::replace(&mut self.in_force, wanted) {
            return None;
        }
        let said_by = by_hand.map_or("the configuration", |_| "the hand");
        tracing::info!(short_programme = word(wanted), said_by, "{}", say(wanted));
        Some(wanted)
    }

    /// Looks every second until the service stops, and tells the line.
    pub(crate) async fn follow(mut self, line: Arc<Line>, stop: watch::Receiver<bool>) {
        let mut seconds = tokio::time::interval(PAUSE);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = seconds.tick() => {}
                () = until(stop.clone()) => return,
            }
            // A disk that hangs must hold nobody up.
            let looked = tokio::task::spawn_blocking(move || (self.look(), self)).await;
            let Ok((change, hand)) = looked else { return };
            self = hand;
            if let Some(when) = change {
                line.set_short_programme(when);
            }
        }
    }
}

/// What it means for callers.
pub(crate) fn say(when: ShortProgramme) -> &'static str {
    match when {
        ShortProgramme::Auto => {
            "callers hear everything twice, and once while the line is nearly full"
        }
        ShortProgramme::On => "callers hear each bulletin once and then goodbye",
        ShortProgramme::Off => "callers hear everything twice, however full the line is",
    }
}

/// More is no word.
const MOST_OCTETS: u64 = 64;
/// Between two looks at the file.
const PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hand_wins_over_the_configuration_until_its_file_is_gone() {
        let data = tempfile::tempdir().unwrap();
        let mut hand = Hand::new(data.path(), ShortProgramme::Off);
        assert_eq!(hand.look(), None, "no file");

        write(data.path(), ShortProgramme::On).unwrap();
        assert_eq!(hand.look(), Some(ShortProgramme::On));
        assert_eq!(hand.look(), None, "told once");
        write(data.path(), ShortProgramme::Auto).unwrap();
        assert_eq!(hand.look(), Some(ShortProgramme::Auto));
        std::fs::remove_file(data.path().join(FILE)).unwrap();
        assert_eq!(hand.look(), Some(ShortProgramme::Off));
    }

    #[test]
    fn a_word_that_is_not_known_changes_nothing() {
        let data = tempfile::tempdir().unwrap();
        let mut hand = Hand::new(data.path(), ShortProgramme::Auto);
        write(data.path(), ShortProgramme::On).unwrap();
        assert_eq!(hand.look(), Some(ShortProgramme::On));

        for unclear in [&b"oui\n"[..], b"", b"\xff\xfe", &[b' '; 1_000_000]] {
            std::fs::write(data.path().join(FILE), unclear).unwrap();
            assert_eq!(hand.look(), None);
            assert!(hand.complaint.is_some());
        }
        write(data.path(), ShortProgramme::Off).unwrap();
        assert_eq!(hand.look(), Some(ShortProgramme::Off));
        assert_eq!(hand.complaint, None, "a later one is complained of anew");
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is_left_behind() {
        let data = tempfile::tempdir().unwrap();
        for when in [
            ShortProgramme::On,
            ShortProgramme::Off,
            ShortProgramme::Auto,
        ] {
            write(data.path(), when).unwrap();
            assert_eq!(read(data.path()), Ok(Some(when)));
        }
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1);
    }
}
