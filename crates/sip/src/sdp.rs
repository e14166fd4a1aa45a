//! What two parties say about their sound: SDP (RFC 8866) by the rules of offer and answer (RFC 3264).
//!
//! [`parse`] reads a description, [`answer`] answers one for a party that speaks G.711 or G.722 and
//! hears keys, in the clear or by SRTP, [`offer`] makes one, [`agree`] reads the answer to it. Nothing is resolved: an address is
//! a number or the medium is refused.

mod answer;
mod codec;
mod crypto;
mod keys;
mod media;
mod offer;
mod parse;
mod ptime;
mod refresh;
mod rtcp;

use std::net::IpAddr;

pub use answer::{Answer, NoCommonCodec, answer};
pub use codec::{CodecName, SdpCodec};
pub use crypto::{MasterKey, Mki, Secrecy, Srtp, Suite, hide_keys};
pub use keys::TelephoneEvent;
pub use media::{Direction, Media};
pub use offer::{Agreement, agree, offer};
pub use parse::{Sdp, parse};
pub use ptime::{PTIME_MS, PTIMES_MS};
pub use refresh::agree_again;

/// What we can do for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Where we hear; its family decides which offers can be taken.
    pub address: IpAddr,
    /// The port where we hear, even; reports are heard on the next one.
    pub port: u16,
    /// What we speak, preferred first.
    pub codecs: Vec<CodecName>,
    /// Whose order counts in our answers: ours, or as RFC 3264 § 6.1 recommends the offer's.
    pub ours_first: bool,
    /// Packets we would rather send than those asked for, in milliseconds, where the other side
    /// can take them.
    pub longer_ptime: Option<u32>,
    /// Whether sound is encrypted.
    pub srtp: Secrecy,
    /// Names this call's descriptions (`o=`); the same for all of one call.
    pub session_id: u64,
    /// Counts the descriptions of one call; one more for each that differs (RFC 3264 § 8).
    pub version: u64,
}

impl Capabilities {
    /// Both laws of G.711, A-law preferred but the other side's order first, never encrypted; first
    /// description of a call.
    pub fn new(address: IpAddr, port: u16, session_id: u64) -> Self {
        Self {
            address,
            port,
            codecs: vec![CodecName::Pcma, CodecName::Pcmu],
            ours_first: false,
            longer_ptime: None,
            srtp: Secrecy::Never,
            session_id,
            version: 1,
        }
    }

    /// The lines above the first `m=`.
    fn session_lines(&self, timing: &str) -> String {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let Self {
            address,
            session_id,
            version,
            ..
        } = self;
        format!(
            "v=0\r\no=- {session_id} {version} IN {family} {address}\r\ns=-\r\n\
             c=IN {family} {address}\r\nt={timing}\r\n"
        )
    }
}
