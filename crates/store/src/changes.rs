//! What other nodes write, heard at once.

use crate::error::Doing;
use crate::postgres::Listener;
use crate::sqlite::Version;
use crate::{Result, Store};

impl Store {
    /// Begins to listen; see [`Changes::next`].
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.server().map(Listener::new))
    }

    /// Begins to look whether a file is written to; none where a server has the rows.
    #[must_use]
    pub fn watch_file(&self) -> Option<FileWatch> {
        let is_file = self.server().is_none();
        is_file.then(|| FileWatch(Version::new(self.readers())))
    }
}

/// Hears that another node has written something that callers hear or readers see.
#[derive(Debug)]
pub struct Changes(Option<Listener>);

impl Changes {
    /// Waits until there is a reason to read again: another node has written, or may have written unheard, because this
    /// one has begun to listen only now. It is a hint: whoever listens reads now and then all the same. On a file, which
    /// has one node, there never is one.
    ///
    /// # Errors
    /// [`crate::Error::Database`] while nothing can be heard. The next call listens anew; try it a second later.
    pub async fn next(&mut self) -> Result<()> {
        match &mut self.0 {
            Some(listener) => listener.next().await,
            None => std::future::pending().await,
        }
    }
}

/// Sees that anything was written into a file that several processes of one machine share.
#[derive(Debug)]
pub struct FileWatch(Version);

impl FileWatch {
    /// Whether anybody, this process included, has written since the last look; so the first look says. It costs next to
    /// nothing, so that it may be asked twice a second.
    ///
    /// # Errors
    /// [`crate::Error::Database`] when the file cannot be read.
    pub async fn has_changed(&mut self) -> Result<bool> {
        let changed = self.0.has_changed().await;
        changed.doing("look whether the database was written to")
    }
}
