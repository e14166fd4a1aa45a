//! `[authorities]`: where the programs of authorities may be. Who they are is entered at the desk.

use notify::Reach;
use serde::{Deserialize, Serialize};

/// `[authorities]` as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AuthoritiesTable {
    /// Whether their programs may have an address of a private network, such as one that a prefecture is reached by.
    /// Whoever manages a territory writes those addresses, and could make this machine speak to its neighbours
    /// [default: false].
    #[serde(default)]
    pub private_network: bool,
}

impl AuthoritiesTable {
    /// Whether nothing was written that is not so anyway.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Where their programs may be, once their names are resolved.
    pub(crate) fn reach(self) -> Reach {
        if self.private_network {
            Reach::Anywhere
        } else {
            Reach::Public
        }
    }
}
