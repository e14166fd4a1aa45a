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

#[cfg(test)]
mod tests {
    use crate::{Config, Settings};

    use super::*;

    #[test]
    fn programs_of_authorities_are_on_the_internet_unless_the_file_allows_private_networks() {
        let reach = |written: &str| {
            let file: Settings = toml::from_str(written).unwrap();
            let config = Config::from_settings(file, false).unwrap();
            let printed: Settings = toml::from_str(&config.as_toml()).unwrap();
            assert_eq!(printed.authorities, config.authorities);
            config.authorities.reach()
        };
        assert_eq!(reach(""), Reach::Public);
        let allowed = "[authorities]\nprivate-network = true\n";
        assert_eq!(reach(allowed), Reach::Anywhere);
    }
}
