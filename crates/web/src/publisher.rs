//! Who publishes: what feeds, messages and embedded pages say of the house itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bulletin::TerritorySlug;

/// What stays the same as long as the program runs, and stands in what machines read.
#[derive(Clone)]
pub struct Publisher {
    /// What comes before the path of an address: `https://allo.example`, without a `/` at its end.
    pub public_url: String,
    /// Who may show a territory in a frame of their own page; nobody else does.
    pub embedders: HashMap<TerritorySlug, Vec<Ancestor>>,
    /// Signs a CAP message.
    pub sign: Sign,
    /// The key that verifies those signatures, as `openssl` reads it (PEM, SubjectPublicKeyInfo).
    pub key_pem: String,
}

/// The Ed25519 signature (RFC 8032) of some octets.
pub type Sign = Arc<dyn Fn(&[u8]) -> [u8; 64] + Send + Sync>;

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("public_url", &self.public_url)
            .field("embedders", &self.embedders)
            .finish_non_exhaustive()
    }
}

/// A web site that may frame a page of ours: scheme and host as a `host-source` of CSP writes them.
///
/// `https://www.rouen.example`, `https://*.rouen.example`, with `:8443` where the port is not that of the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor(String);

impl Ancestor {
    /// Reads one; `None` for what is no such thing, or could end the policy that it stands in.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
        let labels = host.strip_prefix("*.").unwrap_or(host);
        let is_label = |label: &str| {
            let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || sign == b'-';
            !label.is_empty() && label.bytes().all(is_sign)
        };
        let is_host = labels.split('.').all(is_label);
        (is_port && is_host).then(|| Self(text.to_ascii_lowercase()))
    }

    /// As it stands in a policy, and as it was written but for capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_site_is_named_by_scheme_and_host() {
        for good in [
            "https://www.rouen.example",
            "https://*.rouen.example",
            "http://127.0.0.1:8080",
        ] {
            assert_eq!(Ancestor::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "www.rouen.example",
            "https://",
            "https://*",
            "https://a/b",
            "https://a; script-src *",
            "https://a b",
            "https://a,b",
            "https://a:x",
            "'none'",
            "*",
        ] {
            assert_eq!(Ancestor::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_read_ends_a_policy(text in "(https?://)?\\PC{0,20}") {
            if let Some(read) = Ancestor::parse(&text) {
                prop_assert!(!read.as_str().contains([';', ',', ' ', '\'', '"', '\n']));
            }
        }
    }
}
