//! The public pages on disk: written while all is well, served when the program starts and its database does not answer.

use std::fs::File;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use store::Store;
use tokio::sync::watch;
use web::{Kept, Pages, Snapshot};

use crate::config::Database;
use crate::service::until;

/// Writes the pages whenever what they tell has changed, and each minute besides, until `stop` turns true.
pub(crate) async fn keep(
    data: PathBuf,
    mut latest: watch::Receiver<Option<Arc<Snapshot>>>,
    stop: watch::Receiver<bool>,
) {
    let mut written: Option<(Arc<Snapshot>, Instant)> = None;
    latest.mark_changed();
    loop {
        tokio::select! {
            changed = latest.changed() => if changed.is_err() { return },
            () = until(stop.clone()) => return,
        }
        let Some(snapshot) = latest.borrow_and_update().clone() else {
            continue;
        };
        let is_needed = written.as_ref().is_none_or(|(before, at)| {
            before.recent != snapshot.recent
                || before.settings != snapshot.settings
                || at.elapsed() >= AT_LEAST_EVERY
        });
        if !is_needed {
            continue;
        }
        let (path, told) = (data.join(FILE), Arc::clone(&snapshot));
        let write = move || write(&path, &Kept::write(&Pages::render(&told.as_kept())));
        match tokio::task::spawn_blocking(write).await {
            Ok(Ok(())) => written = Some((snapshot, Instant::now())),
            Ok(Err(error)) => tracing::warn!(%error, "the public pages cannot be kept on disk"),
            Err(fault) => tracing::error!(%fault, "the public pages were not kept on disk"),
        }
    }
}

/// Opens the database; as long as it does not open, serves the pages that were kept, if there are any.
///
/// # Errors
/// Of the store, when there are none: nothing could be served then.
pub(crate) async fn open_store(
    data: &Path,
    database: &Database,
    http: &TcpListener,
) -> Result<Store, store::Error> {
    let error = match database.open().await {
        Ok(store) => return Ok(store),
        Err(error) => error,
    };
    let file = std::fs::read(data.join(FILE)).unwrap_or_default();
    let (Some(kept), Ok(listener)) = (Kept::read(&file), listener(http)) else {
        return Err(error);
    };
    tracing::error!(%error, "the database does not open; readers get the pages as they were kept, nobody else is served");
    let (opened, wait) = watch::channel(false);
    let router = kept.router(&error.to_string());
    // Readers who are still being answered when it ends get the rest; callers do not wait for them.
    tokio::spawn(web::serve(listener, router, until(wait)));
    let mut last = error;
    let store = loop {
        // Looking at the whole file takes its time.
        let is_damaged = matches!(last, store::Error::Damaged { .. });
        tokio::time::sleep(if is_damaged { LOOK_EVERY } else { TRY_EVERY }).await;
        match database.open().await {
            Ok(store) => break store,
            Err(error) => last = error,
        }
    };
    tracing::info!("the database opens; the service begins");
    opened.send_replace(true);
    Ok(store)
}

fn listener(http: &TcpListener) -> io::Result<tokio::net::TcpListener> {
    let listener = http.try_clone()?;
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}

/// The old file stays until the new one is whole.
fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(octets)?;
    file.sync_all()?;
    std::fs::rename(new, path)
}

/// In the data folder.
const FILE: &str = "pages.kept";
/// How old the hour of the last check may be in what is kept.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
const TRY_EVERY: Duration = Duration::from_secs(1);
/// The same for a damaged one.
const LOOK_EVERY: Duration = Duration::from_secs(10);
