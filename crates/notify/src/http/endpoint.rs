//! The address of a service, as the person who sets up a channel writes it.

use std::fmt;
use std::net::IpAddr;

use hyper::Uri;

use super::guard;

/// `https://HOST[:PORT][/PATH]`; `http://` only to an address of one's own network, where no stranger listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Without a `/` at its end.
    text: String,
    origin: Origin,
}

impl Endpoint {
    /// Reads an address.
    ///
    /// # Errors
    /// One sentence that says what to write instead. It never repeats a password that stood in the address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let endpoint = Self::parse_even_in_clear(text)?;
        let origin = &endpoint.origin;
        let own = match origin.host.parse::<IpAddr>() {
            Ok(address) => !guard::is_public(address),
            Err(_) => origin.host == "localhost",
        };
        if !origin.encrypted && !own {
            return Err(format!(
                "what is sent to {} could be read on the way; write https://, http:// is for addresses of your own network",
                origin.host
            ));
        }
        Ok(endpoint)
    }

    /// The same for what anybody may read on its way: `http://` leads anywhere.
    ///
    /// # Errors
    /// Likewise.
    pub fn parse_even_in_clear(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches('/');
        let uri: Uri = text
            .parse()
            .map_err(|_| "the address is none; write https://HOST/PATH".to_owned())?;
        let origin = Origin::of(&uri)?;
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(
                "the address holds a name or a password; put it into a secret of its own"
                    .to_owned(),
            );
        }
        Ok(Self {
            text: text.to_owned(),
            origin,
        })
    }

    /// The address with a path behind it.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The name or address of the machine.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.origin.host
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Scheme, host and port: what two addresses must have in common to be of one service (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) encrypted: bool,
    /// Lower case; an IPv6 address without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Origin {
    pub(super) fn of(uri: &Uri) -> Result<Self, String> {
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("the address begins with neither https:// nor http://".to_owned()),
        };
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or("the address names no machine; write https://HOST/PATH")?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let usual = if encrypted { 443 } else { 80 };
        Ok(Self {
            encrypted,
            host: host.to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(usual),
        })
    }

    pub(super) fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host == "localhost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_clear_is_for_ones_own_network_only() {
        for good in [
            "https://mastodon.example",
            "https://mastodon.example:8443/prefix/",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://192.168.1.20/send",
            "http://[::1]:80",
        ] {
            assert!(Endpoint::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://mastodon.example",
            "http://93.184.216.34/",
            "mastodon.example",
            "ftp://mastodon.example",
            "https://",
            "https:///path",
            "",
        ] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_anybody_may_read_goes_in_clear_to_a_name() {
        assert!(Endpoint::parse_even_in_clear("http://collector:4318/v1/traces").is_ok());
        assert!(Endpoint::parse_even_in_clear("collector:4318").is_err());
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let error = Endpoint::parse("https://user:hunter2@example.org").unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_path_is_joined_with_one_stroke() {
        let endpoint = Endpoint::parse("https://example.org/sms/").unwrap();
        assert_eq!(endpoint.join("/send"), "https://example.org/sms/send");
        assert_eq!(endpoint.host(), "example.org");
    }
}
