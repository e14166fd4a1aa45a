//! The methods of SIP by name.

use crate::octets::is_token;

/// What a request wants; names are case-sensitive (RFC 3261 § 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method<'a> {
    /// Opens a call or changes it (RFC 3261).
    Invite,
    /// Acknowledges the final response to an INVITE.
    Ack,
    /// Ends a call.
    Bye,
    /// Takes an INVITE back.
    Cancel,
    /// Asks what the other side can do.
    Options,
    /// Tells where somebody is.
    Register,
    /// Carries something inside a call, for us a key (RFC 6086).
    Info,
    /// Acknowledges a provisional response (RFC 3262).
    Prack,
    /// Changes a call without three steps (RFC 3311).
    Update,
    /// Asks for notifications (RFC 6665).
    Subscribe,
    /// Notifies (RFC 6665).
    Notify,
    /// Asks to call somebody else (RFC 3515).
    Refer,
    /// Carries a text (RFC 3428).
    Message,
    /// Publishes a state (RFC 3903).
    Publish,
    /// Any other token.
    Other(&'a [u8]),
}

impl<'a> Method<'a> {
    /// Reads a method; `None` if the octets are not a token.
    pub fn parse(name: &'a [u8]) -> Option<Self> {
        let known = KNOWN.iter().find(|(_, known)| known.as_bytes() == name);
        match known {
            Some((method, _)) => Some(*method),
            None => is_token(name).then_some(Self::Other(name)),
        }
    }

    /// The name as it is written.
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Other(name) => name,
            known => KNOWN
                .iter()
                .find(|(method, _)| method == known)
                .map_or(b"", |(_, name)| name.as_bytes()),
        }
    }
}

const KNOWN: [(Method<'static>, &str); 14] = [
    (Method::Invite, "INVITE"),
    (Method::Ack, "ACK"),
    (Method::Bye, "BYE"),
    (Method::Cancel, "CANCEL"),
    (Method::Options, "OPTIONS"),
    (Method::Register, "REGISTER"),
    (Method::Info, "INFO"),
    (Method::Prack, "PRACK"),
    (Method::Update, "UPDATE"),
    (Method::Subscribe, "SUBSCRIBE"),
    (Method::Notify, "NOTIFY"),
    (Method::Refer, "REFER"),
    (Method::Message, "MESSAGE"),
    (Method::Publish, "PUBLISH"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_read_back_from_its_name() {
        for (method, name) in KNOWN {
            assert_eq!(Method::parse(name.as_bytes()), Some(method));
            assert_eq!(method.as_bytes(), name.as_bytes());
        }
        assert_eq!(Method::parse(b"invite"), Some(Method::Other(b"invite")));
        assert_eq!(Method::parse(b"IN VITE"), None);
        assert_eq!(Method::parse(b""), None);
    }
}
