//! A way to a server that is asked something.

use std::net::SocketAddr;

use crate::peer::Peer;

/// Who is asked, and where its answers find us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Where the request goes.
    pub peer: Peer,
    /// Our own address as Via and Contact say it.
    pub local: SocketAddr,
    /// The URI of a proxy on the way, written as a loose route (RFC 3261 § 8.1.2); `None` to ask directly.
    pub route: Option<String>,
}

impl Hop {
    /// Our own URI as this server reaches it, with a user or without.
    pub(super) fn contact(&self, user: Option<&str>) -> String {
        let user = user.map_or(String::new(), |user| format!("{user}@"));
        format!(
            "sip:{user}{}{}",
            self.local,
            self.peer.transport.parameter()
        )
    }
}
