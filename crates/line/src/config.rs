//! Where the line listens and how much it takes on.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bulletin::TerritorySlug;
use net::{Dscp, TlsIdentity};

use crate::{DictationLine, Limits, Trunk};

/// Settings of a [`Line`](crate::Line), fixed for its life.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where SIP is heard, over UDP and TCP; the RTP ports of a call are bound to the address that heard it. Port 0 lets
    /// the system choose. `[::]` hears IPv6 only.
    pub sip: Vec<SocketAddr>,
    /// Where SIP is heard over TLS besides, and as whom.
    pub tls: Option<Tls>,
    /// The addresses callers are told to use, one for each family, when it is not the one bound to (behind a one-to-one
    /// address translation). Without it, the one from which packets to the caller leave.
    pub advertised: Vec<IpAddr>,
    /// The mark of signalling on its way.
    pub sip_dscp: Dscp,
    /// The mark of sound and reports.
    pub rtp_dscp: Dscp,
    /// Ports for sound. A call takes an even one and leaves the next one free.
    pub rtp_ports: RangeInclusive<u16>,
    /// Calls at once; further ones get 503 with Retry-After.
    pub max_calls: usize,
    /// New calls a second; further ones get 503 with Retry-After.
    pub max_call_rate: u32,
    /// Threads that send sound; 0 means one for each core.
    pub media_threads: usize,
    /// Longest call: it is announced before it is over, and ends with a BYE.
    pub max_call: Duration,
    /// Who may call: the first one whose addresses hold the source decides, and a source of none gets no answer at
    /// all. Empty: anybody, without limits beside those above.
    pub trunks: Vec<Trunk>,
    /// What the callers of one territory may take of the line, so that one town does not fill it.
    pub territories: HashMap<TerritorySlug, Limits>,
    /// When callers hear each bulletin once and then goodbye.
    pub short_programme: ShortProgramme,
    /// Posting by telephone; without it no number is private.
    pub dictation: Option<DictationLine>,
    /// Country code of numbers dialled without one, digits only.
    pub country: String,
}

impl Config {
    /// The defaults, listening here.
    #[must_use]
    pub fn new(sip: SocketAddr) -> Self {
        Self {
            sip: vec![sip],
            tls: None,
            advertised: vec![],
            sip_dscp: Dscp::CS3,
            rtp_dscp: Dscp::EF,
            rtp_ports: 10_000..=59_999,
            max_calls: CALLS_PER_THREAD * cores(),
            max_call_rate: 100,
            media_threads: 0,
            max_call: Duration::from_mins(10),
            trunks: vec![],
            territories: HashMap::new(),
            short_programme: ShortProgramme::Auto,
            dictation: None,
            country: "33".to_owned(),
        }
    }

    /// How many media threads that makes.
    pub(crate) fn media_threads(&self) -> usize {
        match self.media_threads {
            0 => cores(),
            threads => threads,
        }
    }
}

impl Default for Config {
    /// Listens on port 5060 of every IPv4 address.
    fn default() -> Self {
        Self::new(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 5060))
    }
}

/// TLS: where, and with which certificate.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Port 0 lets the system choose.
    pub addresses: Vec<SocketAddr>,
    /// What new connections are shown; it may be exchanged while the line runs.
    pub identity: Arc<ArcSwap<TlsIdentity>>,
}

/// The programme of a crisis: every caller hears each bulletin once, newest first, and goodbye. It frees places sooner,
/// so that more callers are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShortProgramme {
    /// While the line is nearly full or its threads nearly busy.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// One media thread sends 4,000 calls cleanly at 80 % of its core; this leaves room for the rest of the machine.
const CALLS_PER_THREAD: usize = 2_500;
