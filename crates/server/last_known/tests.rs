use std::sync::Mutex;

use jiff::SignedDuration;
use store::Recording;
use tempfile::TempDir;

use super::rows::tests::{full, key};
use super::*;

#[tokio::test]
async fn a_start_recalls_what_was_kept_with_its_sound() {
    let house = House::new().await;
    house.keep(full()).await;

    let (known, sounds) = read(&house.folder()).unwrap();

    let expected = Known {
        is_recalled: true,
        ..full()
    };
    assert_eq!(known, expected);
    assert_eq!(sounds, [sound(1), sound(2)]);
}

#[tokio::test]
async fn what_has_changed_since_is_recalled_and_what_nobody_hears_any_more_is_swept() {
    let house = House::new().await;
    let mut keeper = house.keep(full()).await;
    let mut changed = full();
    changed.recent.remove(1);
    for minutes in [1, 2, 3] {
        changed.checked_at = full().checked_at + SignedDuration::from_mins(minutes);
        // As if a minute had passed.
        keeper.written = None;
        let known = Arc::new(changed.clone());
        keeper.keep(&house.store, known).await.unwrap();
    }
    // What the manifest before names may be needed; the next start sweeps it.
    Keeper::open(&house.folder());

    let (known, sounds) = read(&house.folder()).unwrap();
    assert_eq!(known.checked_at, changed.checked_at);
    assert_eq!(known.recent, changed.recent);
    assert_eq!(sounds, [sound(1)]);
    // Two territories, a sound, two manifests.
    assert_eq!(house.files().len(), 5);
}

#[tokio::test]
async fn nothing_is_written_while_nothing_changes() {
    let house = House::new().await;
    let mut keeper = house.keep(full()).await;
    let folder = house.folder();
    fs::remove_dir_all(&folder).unwrap();

    let known = Arc::new(full());
    keeper.keep(&house.store, known).await.unwrap();

    assert!(!folder.exists());
}

#[tokio::test]
async fn a_file_that_is_torn_or_gone_is_named_in_the_log_and_the_rest_is_used() {
    let house = House::new().await;
    house.keep(full()).await;
    let of = |digit: u8| house.file_with(&key(digit));
    let (territory, recording) = (house.file_with("\"le_havre\""), of(1));
    let torn = fs::read(&territory).unwrap();
    fs::write(&territory, &torn[..torn.len() / 2]).unwrap();
    fs::remove_file(&recording).unwrap();

    let (recalled, log) = logged(|| read(&house.folder()));

    let (known, sounds) = recalled.unwrap();
    let slugs = known.decided.territories.iter().map(|it| it.slug.as_str());
    assert_eq!(slugs.collect::<Vec<_>>(), ["rouen_metropole"]);
    assert_eq!(sounds, [sound(2)]);
    for file in [&territory, &recording] {
        assert!(log.contains(&file.display().to_string()), "{log}");
    }
}

#[tokio::test]
async fn a_damaged_manifest_is_named_in_the_log_and_the_one_before_is_used() {
    for damage in ["allo last known 1\n", "", "\u{0}\u{0}\u{0}"] {
        let house = House::new().await;
        let mut keeper = house.keep(full()).await;
        let mut changed = full();
        changed.recent.remove(0);
        keeper.keep(&house.store, Arc::new(changed)).await.unwrap();
        let manifest = house.folder().join(MANIFEST);
        fs::write(&manifest, damage).unwrap();

        let (recalled, log) = logged(|| read(&house.folder()));

        let (known, sounds) = recalled.unwrap();
        assert_eq!(known.recent, full().recent);
        assert_eq!(sounds.len(), 2);
        assert!(log.contains(&manifest.display().to_string()), "{log}");
    }
}

#[tokio::test]
async fn what_was_damaged_is_whole_again_after_the_next_start() {
    let house = House::new().await;
    house.keep(full()).await;
    for file in house.files() {
        fs::write(file, "?").unwrap();
    }
    assert!(read(&house.folder()).is_none());

    house.keep(full()).await;

    let (known, sounds) = read(&house.folder()).unwrap();
    assert_eq!(known.recent, full().recent);
    assert_eq!(sounds.len(), 2);
}

#[tokio::test]
async fn where_nothing_was_kept_nothing_is_recalled() {
    let house = House::new().await;
    assert!(read(&house.folder()).is_none());

    fs::create_dir(house.folder()).unwrap();
    assert!(read(&house.folder()).is_none());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told() {
    let house = House::new().await;
    fs::write(house.folder(), "in the way").unwrap();

    let mut keeper = Keeper::open(&house.folder());
    let kept = keeper.keep(&house.store, Arc::new(full())).await;

    assert!(matches!(kept, Err(NotKept::Disk(_))), "{kept:?}");
}

/// A data folder beside a store that has two recordings.
struct House {
    data: TempDir,
    store: Store,
}

impl House {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&data.path().join("allo.db")).await.unwrap();
        for digit in [1, 2] {
            store.save_recording(&recording(digit)).await.unwrap();
        }
        Self { data, store }
    }

    fn folder(&self) -> PathBuf {
        folder(self.data.path(), NodeRole::All)
    }

    async fn keep(&self, known: Known) -> Keeper {
        let mut keeper = Keeper::open(&self.folder());
        keeper.keep(&self.store, Arc::new(known)).await.unwrap();
        keeper
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = fs::read_dir(self.folder()).unwrap();
        folder.map(|file| file.unwrap().path()).collect()
    }

    /// The file, no manifest, that has these words at its beginning.
    fn file_with(&self, words: &str) -> PathBuf {
        let has_them = |path: &PathBuf| {
            let octets = fs::read(path).unwrap();
            let beginning = String::from_utf8_lossy(&octets[..octets.len().min(150)]).into_owned();
            beginning.contains(words) && !beginning.starts_with("allo last known")
        };
        self.files().into_iter().find(has_them).unwrap()
    }
}

fn recording(digit: u8) -> Recording {
    Recording {
        key: key(digit),
        text: "Une torche.".to_owned(),
        engine: "test".to_owned(),
        master_wav: vec![],
        pcma: vec![digit; 800],
        pcmu: vec![digit + 1; 800],
        g722: Some(vec![digit + 2; 800]),
        duration_ms: 100,
    }
}

fn sound(digit: u8) -> Sound {
    recording(digit).into()
}

/// What it gives, and what it writes into the log meanwhile.
fn logged<T>(work: impl FnOnce() -> T) -> (T, String) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = {
        let log = Arc::clone(&log);
        move || Pen(Arc::clone(&log))
    };
    let subscriber = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_ansi(false)
        .finish();
    let done = tracing::subscriber::with_default(subscriber, work);
    let log = log.lock().unwrap();
    (done, String::from_utf8_lossy(&log).into_owned())
}

struct Pen(Arc<Mutex<Vec<u8>>>);

impl io::Write for Pen {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
