//! What stands in the place of the collector in a program without the feature `opentelemetry`.

use std::convert::Infallible;

use tokio::runtime::Handle;
use tracing_subscriber::layer::Identity;

use super::{Asked, Done};

/// There is none.
pub(crate) struct Collector(Infallible);

impl Collector {
    /// # Errors
    /// Always: one sentence that says what is missing.
    pub(crate) fn open(asked: &Asked, _: &Handle) -> Result<Self, String> {
        let endpoint = &asked.endpoint;
        Err(format!(
            "this program was built without the feature opentelemetry and sends none to {endpoint}"
        ))
    }

    pub(crate) fn endpoint(&self) -> &str {
        match self.0 {}
    }

    pub(crate) fn layer(&self) -> Identity {
        match self.0 {}
    }

    pub(crate) async fn end(self) {
        match self.0 {}
    }
}

/// Nobody collects.
pub(crate) fn is_wanted() -> bool {
    false
}

/// Tells nobody.
pub(crate) fn tell(_: impl FnOnce() -> Done) {}

/// Nobody's trace is known.
pub(crate) fn follow() -> Option<web::Follow> {
    None
}
