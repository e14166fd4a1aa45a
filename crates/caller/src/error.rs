//! Why a call could not even be tried. What the line answers, or does not, is in the report.

use std::io;

/// What kept a plan from becoming a call.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The target is not an address that can be called.
    #[error("`{text}` cannot be called: {why}; write it like sip:0805691282@192.0.2.1:5060")]
    Target {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The host of the target has no address.
    #[error("the host `{host}` has no address: {source}")]
    UnknownHost {
        /// The name.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// The key script cannot be read.
    #[error(
        "`{item}` in the key script is not understood: {why}; write it like \"2,#,@12.5:*\" \
         (each key 2 s after the one before, or at @SECONDS: after the answer)"
    )]
    Keys {
        /// The item.
        item: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The plan asks for something that makes no call.
    #[error("{0}")]
    Plan(&'static str),
    /// More calls at once than this process may open sockets.
    #[error(
        "{sockets} calls at once need as many sockets, and this process may open {allowed}: \
         raise the limit (ulimit -n), or lower the rate or the hold time"
    )]
    TooManyCalls {
        /// Sockets needed.
        sockets: u64,
        /// Descriptors allowed.
        allowed: u64,
    },
    /// A socket of this machine.
    #[error("{what}: {source}")]
    Socket {
        /// What was tried.
        what: &'static str,
        /// What the kernel says.
        source: io::Error,
    },
    /// The system gives no random octets.
    #[error("the system gives no random octets: {0}")]
    Random(getrandom::Error),
}

impl CallError {
    /// Says what was tried when the kernel refused.
    pub(crate) fn socket(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Socket { what, source }
    }
}
