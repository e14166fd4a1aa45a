//! Whom a registrar knows us as.

use crate::digest::Credentials;
use crate::uri::Uri;

/// What stays the same in every REGISTER for one registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The registrar's URI, such as `sip:registrar.example`.
    pub registrar: String,
    /// The address of record, such as `sip:0805691282@registrar.example`.
    pub address: String,
    /// The user of our Contact as a URI holds it, which calls then have in their Request-URI.
    pub contact_user: String,
    /// What proves it, where the registrar asks.
    pub credentials: Option<Credentials>,
    /// Seconds for which a registration is asked; the registrar may grant less.
    pub expires_s: u32,
}

impl Account {
    /// An account at the registrar of this URI, under this user.
    ///
    /// - `contact_user`: see [`Account::contact_user`]. Users are written as people do, without escapes.
    pub fn new(
        registrar: &str,
        username: &str,
        contact_user: &str,
        credentials: Option<Credentials>,
        expires_s: u32,
    ) -> Self {
        let registrar_uri = Uri::parse(registrar.as_bytes());
        let host = match registrar_uri.map_or("", |uri| uri.host()) {
            address if address.contains(':') => format!("[{address}]"),
            name => name.to_owned(),
        };
        Self {
            registrar: registrar.to_owned(),
            address: format!("sip:{}@{host}", escape_user(username)),
            contact_user: escape_user(contact_user),
            credentials,
            expires_s,
        }
    }
}

/// A user as it stands in a URI (RFC 3261 § 25.1): what may not stand there is written with `%`.
fn escape_user(user: &str) -> String {
    let mut escaped = String::with_capacity(user.len());
    for octet in user.bytes() {
        match octet {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => escaped.push(char::from(octet)),
            _ if b"-_.!~*'()&=+$,;?/".contains(&octet) => escaped.push(char::from(octet)),
            _ => escaped.push_str(&format!("%{octet:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_comes_back_from_the_uri_as_it_went_in() {
        for user in ["0805691282", "+33805691282", "tr@unk", "a b:c%", "é"] {
            let uri = format!("sip:{}@h", escape_user(user));
            let read = Uri::parse(uri.as_bytes()).unwrap();
            assert_eq!(read.user().as_deref(), Some(user));
        }
    }
}
