//! A demonstration that is set up and spoken already: it takes seconds, and most scenarios begin with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::House;

/// Puts a demonstration into an empty data folder, as a service that was stopped leaves it.
///
/// It is made once for all scenarios of a run, so that its hours are some minutes old for the last of them.
pub(crate) fn copy_to(data: &Path) {
    copy(&SPOKEN, data);
}

static SPOKEN: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut house = House::open_afresh();
    house.stop();
    let journal = house.data().join("allo.db-wal");
    assert!(
        !journal.exists(),
        "a service that stops closes its database"
    );
    let room = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = room.join(format!("demonstration-{}", std::process::id()));
    forget_those_of_other_runs(room);
    fs::create_dir_all(&folder).expect("a folder");
    copy(house.data(), &folder);
    folder
});

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("its files");
        if entry.file_type().expect("their kind").is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

fn forget_those_of_other_runs(room: &Path) {
    for entry in fs::read_dir(room).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let Some(process) = name.strip_prefix("demonstration-") else {
            continue;
        };
        if !Path::new("/proc").join(process).exists() {
            // Another run may be at it too.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
