//! What callers hear and readers see, kept on disk: a start that finds no database begins with it.
//!
//! After each change [`keep`] writes a file for each territory and each recording into a folder of the data folder, then
//! swaps the one small manifest that names them. [`read`] brings back what is whole: what is not is named in the log, and
//! the manifest before stands in for it. No other part of the program reads these files.

mod files;
mod manifest;
mod rows;
mod sound;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bulletin::RecordingKey;
use store::Store;
use tokio::sync::watch;

use self::files::{BEFORE, Damage, Folder, MANIFEST, Name};
use self::manifest::{Files, Manifest};
use crate::config::NodeRole;
use crate::programme::{Decided, Known, Sound, SpeechOf};
use crate::service::until;

/// The folder of a node of this role; nodes of several roles may share a data folder.
pub(crate) fn folder(data: &Path, role: NodeRole) -> PathBuf {
    data.join(role.name_of("last-known"))
}

/// Brings back what was kept last in such a folder; `None` when nothing of it can be used.
pub(crate) fn read(folder: &Path) -> Option<(Known, Vec<Sound>)> {
    let folder = Folder::new(folder.to_owned());
    let mut known = None;
    let mut sounds = BTreeMap::new();
    for file in [MANIFEST, BEFORE] {
        let manifest = read_manifest(&folder, file);
        let is_whole = match &manifest {
            Ok(manifest) => recall(&folder, manifest, &mut known, &mut sounds),
            // Where nothing was ever kept, it is said once.
            Err(damage) if file == BEFORE && damage.is_missing() => false,
            Err(damage) => {
                warn(&folder.path(file), damage);
                false
            }
        };
        if is_whole {
            break;
        }
    }
    let mut known: Known = known.filter(|it: &Known| !it.decided.territories.is_empty())?;
    // As the store gives them.
    known
        .recent
        .sort_by_key(|one| std::cmp::Reverse(one.posted_at));
    Some((known, sounds.into_values().collect()))
}

/// Adds what a manifest names and what is not known yet; answers whether all of it was whole.
fn recall(
    folder: &Folder,
    manifest: &Manifest,
    known: &mut Option<Known>,
    sounds: &mut BTreeMap<RecordingKey, Sound>,
) -> bool {
    let known = known.get_or_insert_with(|| Known {
        decided: Decided::default(),
        recent: vec![],
        speech: SpeechOf::default(),
        checked_at: manifest.checked_at,
        is_recalled: true,
    });
    // What is older than the rest is of when it is.
    known.checked_at = known.checked_at.min(manifest.checked_at);
    let mut is_whole = true;
    for name in &manifest.files.territories {
        let found = folder.find(name);
        if let Err(damage) = found.and_then(|file| rows::read(&file, known)) {
            warn(&folder.path(name), &damage);
            is_whole = false;
        }
    }
    for (key, name) in &manifest.files.sounds {
        if sounds.contains_key(key) {
            continue;
        }
        let found = folder.find(name);
        match found.and_then(|file| sound::read(&file)) {
            Ok(sound) => {
                sounds.insert(key.clone(), sound);
            }
            Err(damage) => {
                warn(&folder.path(name), &damage);
                is_whole = false;
            }
        }
    }
    is_whole
}

fn read_manifest(folder: &Folder, file: &str) -> Result<Manifest, Damage> {
    Manifest::read(&fs::read(folder.path(file))?)
}

fn warn(file: &Path, damage: &Damage) {
    tracing::warn!(file = %file.display(), %damage, "a file of what was known last cannot be used; the rest is");
}

/// Keeps what was read whenever it has changed, and each minute of when that is, until `stop` turns true.
pub(crate) async fn keep(
    folder: PathBuf,
    store: Store,
    mut latest: watch::Receiver<Option<Arc<Known>>>,
    stop: watch::Receiver<bool>,
) {
    let opened = blocking(move || Ok(Keeper::open(&folder))).await;
    let Ok(mut keeper) = opened.inspect_err(|error| log(error)) else {
        return;
    };
    let mut was_failing = false;
    latest.mark_changed();
    loop {
        tokio::select! {
            changed = latest.changed() => if changed.is_err() { return },
            () = until(stop.clone()) => return,
        }
        let known = latest.borrow_and_update().clone();
        // What came from the disk is there.
        let Some(known) = known.filter(|it| !it.is_recalled) else {
            continue;
        };
        match keeper.keep(&store, known).await {
            Ok(()) if was_failing => {
                tracing::info!("what is known is kept on disk again");
                was_failing = false;
            }
            Ok(()) => {}
            Err(error) if !was_failing => {
                log(&error);
                was_failing = true;
            }
            Err(_) => {}
        }
    }
}

fn log(error: &dyn std::fmt::Display) {
    tracing::warn!(%error, "what is known cannot be kept on disk; a start without the database will not have it");
}

/// Writes the folder.
struct Keeper {
    folder: Arc<Folder>,
    /// What the manifest on disk names, and those of its files that are known to be whole.
    files: Files,
    written: Option<Instant>,
}

impl Keeper {
    /// Looks at what is there, and sweeps what nothing names.
    fn open(folder: &Path) -> Self {
        let folder = Folder::new(folder.to_owned());
        let manifests = [MANIFEST, BEFORE].map(|file| read_manifest(&folder, file).ok());
        let needed: HashSet<_> = manifests.iter().flatten().flat_map(names).collect();
        // Without a manifest nobody can tell what is an orphan, until the next one is written.
        if !needed.is_empty() {
            sweep(&folder, &needed);
        }
        let [manifest, _] = manifests;
        let mut files = manifest.map(|it| it.files).unwrap_or_default();
        files.sounds.retain(|_, name| folder.find(name).is_ok());
        Self {
            folder: Arc::new(folder),
            files,
            written: None,
        }
    }

    /// Writes what is new of it, and then the manifest; nothing when all of it is there and younger than a minute.
    ///
    /// # Errors
    /// [`NotKept`]; what was kept before stays.
    async fn keep(&mut self, store: &Store, known: Arc<Known>) -> Result<(), NotKept> {
        let territories = &known.decided.territories;
        let needed = known
            .speech
            .needed(&known.live(known.checked_at), territories)
            .into_iter()
            .filter_map(|key| RecordingKey::parse(key).ok());
        let mut sounds = BTreeMap::new();
        for key in needed {
            let name = match self.files.sounds.get(&key) {
                Some(name) => name.clone(),
                None => {
                    let Some(recording) = store.find_recording(key.as_str()).await? else {
                        continue;
                    };
                    let folder = Arc::clone(&self.folder);
                    blocking(move || folder.put(&sound::write(&recording.into()))).await?
                }
            };
            sounds.insert(key, name);
        }
        let folder = Arc::clone(&self.folder);
        let (before, written) = (self.files.clone(), self.written);
        let kept = blocking(move || {
            let territories = rows::write(&known);
            let written_as = territories.iter().map(|file| Name::of(file));
            let is_same = written_as.eq(before.territories) && sounds == before.sounds;
            match written {
                Some(at) if is_same && at.elapsed() < AT_LEAST_EVERY => return Ok(None),
                _ => {}
            }
            let territories = territories.iter().map(|file| folder.put(file));
            let files = Files {
                territories: territories.collect::<io::Result<_>>()?,
                sounds,
            };
            let manifest = Manifest {
                checked_at: known.checked_at,
                files,
            };
            folder.swap(&manifest.write())?;
            if !is_same {
                // What the manifest before names stays as long as it may be needed.
                let before = read_manifest(&folder, BEFORE).ok();
                let needed = before.iter().flat_map(names).chain(names(&manifest));
                sweep(&folder, &needed.collect());
            }
            Ok(Some(manifest.files))
        });
        if let Some(files) = kept.await? {
            self.files = files;
            self.written = Some(Instant::now());
        }
        Ok(())
    }
}

/// Why it could not be kept.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error("a recording cannot be read: {0}")]
    Store(#[from] store::Error),
    #[error(transparent)]
    Disk(#[from] io::Error),
}

fn names(manifest: &Manifest) -> Vec<Name> {
    manifest.files.names().cloned().collect()
}

fn sweep(folder: &Folder, needed: &HashSet<Name>) {
    match folder.sweep(needed) {
        Ok(strangers) => {
            for file in strangers {
                tracing::warn!(file = %file.display(), "a file among what was known last is none of ours; it stays");
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, "what is known no more stays on disk"),
    }
}

/// Away from the threads that answer.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|fault| Err(io::Error::other(fault)))
}

/// How old the hour of the last check may be in what is kept.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
