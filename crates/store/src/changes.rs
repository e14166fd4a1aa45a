//! What other nodes write, heard at once.

use crate::postgres::Listener;
use crate::{Result, Store};

impl Store {
    /// Begins to listen; see [`Changes::next`].
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.server().map(Listener::new))
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
