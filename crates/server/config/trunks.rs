//! `[[trunk]]`: who may call, how much they may bring, and what a call too many gets.

mod answering;
mod numbers;
mod srtp;

use std::time::Duration;

use line::{Limits, MediaDeath, NoPrefix, Prefix, Refusal, Trunk};
use media::{Codec, Ptime};
use serde::{Deserialize, Serialize};

mod uplink;

pub use uplink::{RegisterTable, UplinkFault};

/// One `[[trunk]]` as it is written; only the name is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrunkTable {
    /// Its name in records, metrics and the log: lower-case letters, digits, `_` and `-`.
    pub name: Option<String>,
    /// The addresses its requests come from, such as `198.51.100.0/24` [default: any address, or those of its servers if
    /// the line registers].
    pub peers: Option<Vec<String>>,
    /// The addresses its callers' sound may be sent to [default: any].
    pub media_peers: Option<Vec<String>>,
    /// Calls at once [default: as many as the line takes].
    pub max_calls: Option<usize>,
    /// New calls a second [default: as many as the line takes].
    pub max_call_rate: Option<u32>,
    /// The status of a call above a limit: 486, 480, 500, 503, 600 or 603 [default: 503].
    pub refusal: Option<u16>,
    /// Whether that refusal says when to come again [default: true].
    pub retry_after: Option<bool>,
    /// The codecs it may use, preferred first [default: any, in the order of the offer].
    pub codecs: Option<Vec<String>>,
    /// Where its INVITEs hold the dialled number, the most trusted place first: `request-uri`, `p-called-party-id`, `to`,
    /// `diversion`, `history-info` [default: all, in this order].
    pub number_sources: Option<Vec<String>>,
    /// Which of several Diversion headers is asked first: `first` or `last` [default: last].
    pub diversion: Option<String>,
    /// Which of several History-Info entries is asked first: `first` or `last` [default: first].
    pub history_info: Option<String>,
    /// Whether keys are listened for in the sound of callers who offer no telephone-event [default: false].
    pub in_band_keys: Option<bool>,
    /// Milliseconds of sound in a packet under load: 30, 40 or 60 [default: what the caller asks for].
    pub longer_ptime: Option<u32>,
    /// Whether sound is encrypted (SRTP): never, offered or required [default: offered].
    pub srtp: Option<String>,
    /// Seconds after the answer in which a caller's sound may come from another address of the trunk than its
    /// description names [default: 0].
    pub latching_seconds: Option<u64>,
    /// Seconds of refused sound after which a call ends; 0 never ends it [default: 2].
    pub unreachable_seconds: Option<u64>,
    /// Seconds without a report, once there were some, after which a call ends; 0 never ends it [default: 60].
    pub rtcp_silence_seconds: Option<u64>,
    /// Seconds without any sound or report after which a call ends; 0 never ends it [default: 120].
    pub rtp_silence_seconds: Option<u64>,
    /// Longest call in seconds [default: that of the line].
    pub max_call_seconds: Option<u64>,
    /// What a caller hears before the answer: `none` or `180` [default: none].
    pub ringing: Option<String>,
    /// Milliseconds from the INVITE to the answer, up to 5000 [default: 0].
    pub answer_delay_ms: Option<u64>,
    /// The session timer asked for where the caller knows timers and asks for none, in seconds; 0 asks for none
    /// [default: 0].
    pub session_expires_seconds: Option<u64>,
    /// The servers that the line's own requests go to, preferred first: `sip:sbc.example` [default: those they are for].
    pub proxies: Option<Vec<String>>,
    /// Seconds between two OPTIONS to each of them, or without any to each registrar; 0 asks none [default: 0].
    pub watch_seconds: Option<u64>,
    /// Whether operators may post by telephone through it [default: false].
    pub dictation: Option<bool>,
    /// How the line registers [default: it does not].
    pub register: Option<RegisterTable>,
    /// Whether its callers hear an announcement and are refused [default: false].
    pub closed: Option<bool>,
}

impl TrunkTable {
    /// Says a trunk as a file would.
    pub(super) fn of(trunk: &Trunk) -> Self {
        let death = trunk.media_death;
        let (peers, codecs) = (&trunk.peers, &trunk.codecs);
        let Limits { calls, rate } = trunk.limits;
        let mut table = Self {
            name: Some(trunk.name.clone()),
            peers: written(peers),
            media_peers: written(&trunk.media_peers),
            max_calls: (calls != Limits::NONE.calls).then_some(calls),
            max_call_rate: (rate != Limits::NONE.rate).then_some(rate),
            refusal: Some(trunk.refusal.status),
            retry_after: Some(trunk.refusal.retry_after),
            codecs: (!codecs.is_empty()).then(|| codecs.iter().map(|&one| word(one)).collect()),
            number_sources: Some(numbers::words(&trunk.numbers)),
            diversion: Some(trunk.numbers.diversion.as_str().to_owned()),
            history_info: Some(trunk.numbers.history_info.as_str().to_owned()),
            in_band_keys: Some(trunk.in_band_keys),
            longer_ptime: trunk.longer_ptime.map(Ptime::ms),
            srtp: Some(srtp::word(trunk.srtp).to_owned()),
            latching_seconds: Some(trunk.latching.as_secs()),
            unreachable_seconds: Some(or_zero(death.unreachable)),
            rtcp_silence_seconds: Some(or_zero(death.rtcp_silence)),
            rtp_silence_seconds: Some(or_zero(death.rtp_silence)),
            max_call_seconds: trunk.max_call.map(|longest| longest.as_secs()),
            dictation: Some(trunk.dictation),
            ..Self::default()
        };
        answering::write(trunk.answering, &mut table);
        uplink::write(&trunk.uplink, &mut table);
        table
    }

    fn check(&self, name: &str) -> Result<Trunk, Fault> {
        let usual = MediaDeath::default();
        let max_call = above_zero("max-call-seconds", self.max_call_seconds)?;
        Ok(Trunk {
            name: name.to_owned(),
            peers: parse_peers("peers", self.peers.as_deref())?,
            media_peers: parse_peers("media-peers", self.media_peers.as_deref())?,
            limits: Limits {
                calls: above_zero("max-calls", self.max_calls)?.unwrap_or(Limits::NONE.calls),
                rate: above_zero("max-call-rate", self.max_call_rate)?.unwrap_or(Limits::NONE.rate),
            },
            refusal: parse_refusal(self.refusal, self.retry_after)?,
            codecs: parse_codecs(self.codecs.as_deref())?,
            numbers: numbers::parse(self)?,
            in_band_keys: self.in_band_keys.unwrap_or(false),
            longer_ptime: self.longer_ptime.map(parse_longer_ptime).transpose()?,
            srtp: srtp::parse(self.srtp.as_deref())?,
            latching: Duration::from_secs(self.latching_seconds.unwrap_or(0)),
            media_death: MediaDeath {
                unreachable: or_never(self.unreachable_seconds, usual.unreachable),
                rtcp_silence: or_never(self.rtcp_silence_seconds, usual.rtcp_silence),
                rtp_silence: or_never(self.rtp_silence_seconds, usual.rtp_silence),
            },
            max_call: max_call.map(Duration::from_secs),
            answering: answering::parse(self)?,
            dictation: self.dictation.unwrap_or(false),
            uplink: uplink::parse(self, name)?,
        })
    }
}

/// Checks every trunk, and that each can be told from the others.
///
/// # Errors
/// [`TrunkError`], which names the trunk and the key and says what to write.
pub(super) fn parse(tables: &[TrunkTable]) -> Result<Vec<Trunk>, TrunkError> {
    let mut trunks: Vec<Trunk> = Vec::with_capacity(tables.len());
    for (table, place) in tables.iter().zip(1..) {
        let name = parse_name(table.name.as_deref(), place)?;
        let trunk = table.check(name).map_err(|fault| TrunkError::Key {
            trunk: name.to_owned(),
            fault,
        })?;
        for before in &trunks {
            tell_apart(before, &trunk)?;
        }
        trunks.push(trunk);
    }
    Ok(trunks)
}

/// Why a trunk cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrunkError {
    /// It has no name.
    #[error("[[trunk]] number {place} has no name; write one, such as name = \"carrier\"")]
    Nameless {
        /// Counted from 1, in the order of the file.
        place: usize,
    },
    /// Its name does not do for a metric.
    #[error(
        "name of [[trunk]] number {place} is {name:?}; write lower-case letters, digits, _ and -, such as \"carrier\""
    )]
    Name {
        /// Counted from 1, in the order of the file.
        place: usize,
        /// What was written.
        name: String,
    },
    /// Two of one name.
    #[error("two trunks have the name {0:?}; give each its own")]
    Twice(String),
    /// Nobody could come by it.
    #[error(
        "no call can come by trunk {after:?}: trunk {before:?} stands before it and has no peers, so it takes \
         every address; give it peers, or write it last"
    )]
    Unreachable {
        /// The one that takes every address.
        before: String,
        /// The one behind.
        after: String,
    },
    /// The same addresses in two trunks.
    #[error(
        "peers of trunk {after:?} has {peer}, which is in peers of trunk {before:?} too; write it in one of them"
    )]
    SharedPeer {
        /// The first one.
        before: String,
        /// The second one.
        after: String,
        /// What stands in both.
        peer: Prefix,
    },
    /// One of its keys.
    #[error("{fault} (trunk {trunk:?})")]
    Key {
        /// Its name.
        trunk: String,
        /// The key, what is wrong with it, and what to write.
        fault: Fault,
    },
}

/// What is wrong with one key of a `[[trunk]]` or a `[territory…]`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A number that must be at least 1.
    #[error("{0} is 0; write at least 1, or leave the key out for no limit of its own")]
    Zero(&'static str),
    /// A list that would let nobody in.
    #[error("{0} is an empty list; leave the key out to allow any")]
    Nobody(&'static str),
    /// No address.
    #[error("{0}: {1}")]
    Peer(&'static str, NoPrefix),
    /// A status that means something else.
    #[error("refusal is {0}; write 503 (the usual one), 486, 480, 500, 600 or 603")]
    Refusal(u16),
    /// A codec that the line does not speak.
    #[error("codecs names {name:?}; write one or more of {known}")]
    Codec {
        /// What was written.
        name: String,
        /// What could be.
        known: String,
    },
    /// No place of an INVITE, or one written twice.
    #[error(
        "number-sources names {0:?}; write each of request-uri, p-called-party-id, to, diversion, history-info at most once"
    )]
    NumberSource(String),
    /// Neither end of a list.
    #[error("{0} is {1:?}; write first or last")]
    Turn(&'static str, String),
    /// A policy that is none.
    #[error("srtp is {0:?}; write never, offered or required")]
    Srtp(String),
    /// A length that no packet has.
    #[error("longer-ptime is {0}; write 30, 40 or 60 (milliseconds of sound in a packet)")]
    LongerPtime(u32),
    /// Something else than ringing.
    #[error("ringing is {0:?}; write \"none\", or \"180\" to let callers hear that it rings")]
    Ringing(String),
    /// A wait that no caller would bear.
    #[error("answer-delay-ms is {0}; write 0 to 5000 (milliseconds from the INVITE to the answer)")]
    AnswerDelay(u64),
    /// A timer that RFC 4028 does not allow, or a useless one.
    #[error("session-expires-seconds is {0}; write 90 to 86400, or 0 for no timer of ours")]
    SessionExpires(u64),
    /// No web site that could hold a frame.
    #[error(
        "embedded-by names {0:?}; write a web site without a path, such as https://www.rouen.example or https://*.rouen.example"
    )]
    Ancestor(String),
    /// What the line asks by itself.
    #[error(transparent)]
    Uplink(#[from] UplinkFault),
}

fn parse_name(name: Option<&str>, place: usize) -> Result<&str, TrunkError> {
    let name = name.ok_or(TrunkError::Nameless { place })?;
    let fits = |octet: u8| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if name.is_empty() || !name.bytes().all(fits) {
        let name = name.to_owned();
        return Err(TrunkError::Name { place, name });
    }
    Ok(name)
}

fn tell_apart(before: &Trunk, after: &Trunk) -> Result<(), TrunkError> {
    if before.name == after.name {
        return Err(TrunkError::Twice(after.name.clone()));
    }
    let names = (before.name.clone(), after.name.clone());
    if before.takes_any() {
        let (before, after) = names;
        return Err(TrunkError::Unreachable { before, after });
    }
    let mut shared = after.peers.iter().filter(|one| before.peers.contains(one));
    match (shared.next(), names) {
        (None, _) => Ok(()),
        (Some(&peer), (before, after)) => Err(TrunkError::SharedPeer {
            before,
            after,
            peer,
        }),
    }
}

fn parse_peers(key: &'static str, peers: Option<&[String]>) -> Result<Vec<Prefix>, Fault> {
    let peers = not_empty(key, peers)?.iter();
    let peers = peers.map(|text| text.parse()).collect::<Result<_, _>>();
    peers.map_err(|fault| Fault::Peer(key, fault))
}

fn written(peers: &[Prefix]) -> Option<Vec<String>> {
    (!peers.is_empty()).then(|| peers.iter().map(Prefix::to_string).collect())
}

fn parse_refusal(status: Option<u16>, retry_after: Option<bool>) -> Result<Refusal, Fault> {
    let usual = Refusal::default();
    match status.unwrap_or(usual.status) {
        status @ (480 | 486 | 500 | 503 | 600 | 603) => Ok(Refusal {
            status,
            retry_after: retry_after.unwrap_or(usual.retry_after),
        }),
        other => Err(Fault::Refusal(other)),
    }
}

fn parse_codecs(names: Option<&[String]>) -> Result<Vec<Codec>, Fault> {
    let names = not_empty("codecs", names)?.iter();
    names
        .map(|name| {
            Codec::find(name.trim()).ok_or_else(|| Fault::Codec {
                name: name.clone(),
                known: Codec::ALL.map(word).join(", "),
            })
        })
        .collect()
}

fn parse_longer_ptime(ms: u32) -> Result<Ptime, Fault> {
    let longer = Ptime::from_ms(ms).filter(|ptime| *ptime > Ptime::default());
    longer.ok_or(Fault::LongerPtime(ms))
}

/// A key that is left out means any; an empty list would mean nobody, which is what nobody wants.
fn not_empty<'a>(key: &'static str, list: Option<&'a [String]>) -> Result<&'a [String], Fault> {
    match list {
        Some([]) => Err(Fault::Nobody(key)),
        Some(list) => Ok(list),
        None => Ok(&[]),
    }
}

pub(super) fn above_zero<N: PartialEq + From<u8>>(
    key: &'static str,
    number: Option<N>,
) -> Result<Option<N>, Fault> {
    if number == Some(N::from(0)) {
        return Err(Fault::Zero(key));
    }
    Ok(number)
}

fn word(codec: Codec) -> String {
    codec.name().to_ascii_lowercase()
}

fn or_never(seconds: Option<u64>, usual: Duration) -> Duration {
    match seconds {
        Some(0) => Duration::MAX,
        Some(seconds) => Duration::from_secs(seconds),
        None => usual,
    }
}

fn or_zero(silence: Duration) -> u64 {
    match silence {
        Duration::MAX => 0,
        seconds => seconds.as_secs(),
    }
}

#[cfg(test)]
mod tests;
