//! What the signalling thread knows of a call.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bulletin::{DialledNumber, TerritorySlug};
use jiff::Timestamp;
use media::srtp::{self, Keys};
use media::{Codec, Ptime};
use net::PortPair;
use sip::sdp::{self, Agreement, Capabilities, CodecName, MasterKey, Secrecy, Srtp};

use super::live_call::LiveCall;
use super::order::{Agreed, ReportsTo};
use super::staff::Seat;
use super::track::Track;
use crate::admission::Entrance;
use crate::{CallRecord, Caller, EndCause, SrtpPolicy, Trunk, dice};

/// One call, from its INVITE to its record.
#[derive(Debug)]
pub(super) struct Call {
    call_id: String,
    pub(super) dialled: Option<DialledNumber>,
    caller: Caller,
    pub(super) entrance: Entrance,
    started_at: Timestamp,
    answered_at: Option<Timestamp>,
    /// What its RTP port is bound to; the address callers are told is in `ours`.
    pub(super) bound: SocketAddr,
    /// Its two sockets until the ACK; the media thread has them from then on.
    pub(super) ports: Option<PortPair>,
    ours: Capabilities,
    /// The description last sent, to tell whether the next one differs.
    description: Vec<u8>,
    /// Known at the INVITE, or with the ACK when the line had to offer.
    pub(super) agreed: Option<Agreed>,
    /// The keys agreed on with it, where sound is encrypted.
    srtp: Option<Box<Srtp>>,
    pub(super) seat: Option<Seat>,
    /// How it ended, when that is known before the agent says that it is over.
    pub(super) end: Option<EndCause>,
    /// Why the caller's side ended it.
    pub(super) reason: sip::Reason,
    /// It hears an announcement before any answer, and is refused.
    pub(super) is_announced: bool,
    /// It is an operator's, who posts by telephone.
    pub(super) is_private: bool,
}

impl Call {
    /// A call just announced.
    pub(super) fn new(
        call_id: &str,
        dialled: Option<DialledNumber>,
        caller: Caller,
        entrance: Entrance,
        (bound, ports): (SocketAddr, PortPair),
        ours: Capabilities,
        now: Timestamp,
    ) -> Self {
        Self {
            call_id: call_id.to_owned(),
            dialled,
            caller,
            entrance,
            started_at: now,
            answered_at: None,
            bound,
            ports: Some(ports),
            ours,
            description: vec![],
            agreed: None,
            srtp: None,
            seat: None,
            end: None,
            reason: sip::Reason::default(),
            is_announced: false,
            is_private: false,
        }
    }

    /// Reads an offer and writes the answer; nothing is changed by one that cannot be taken.
    pub(super) fn answer(&mut self, offer: &[u8]) -> Option<(Agreed, Vec<u8>)> {
        let offer = sdp::parse(offer).ok()?;
        let mut answer = sdp::answer(&offer, &self.ours).ok()?;
        if self.srtp.is_some() && self.srtp.as_deref() != answer.srtp.as_ref() {
            // Another key of theirs, or none: what ours has sealed so far must not go on under other terms (RFC 4568 § 7.1.4).
            let key = MasterKey(dice::key().ok()?);
            self.ours.srtp = self.ours.srtp.with_key(key);
            answer = sdp::answer(&offer, &self.ours).ok()?;
        }
        let agreed = agreed(Agreement {
            codec: answer.codec,
            telephone_event: answer.telephone_event,
            peer: answer.peer,
            rtcp: answer.rtcp,
            rtcp_mux: answer.rtcp_mux,
            ptime: answer.ptime,
            sends: answer.sends,
            srtp: answer.srtp,
        });
        self.srtp = answer.srtp.map(Box::new);
        let same = self.description.is_empty() || self.description == answer.sdp;
        if same {
            self.description.clone_from(&answer.sdp);
            return Some((agreed, answer.sdp));
        }
        // A description that differs counts one more (RFC 3264 § 8).
        self.ours.version += 1;
        let answer = sdp::answer(&offer, &self.ours).ok()?;
        self.description.clone_from(&answer.sdp);
        Some((agreed, answer.sdp))
    }

    /// Writes an offer, for an INVITE that had none.
    pub(super) fn offer(&mut self) -> Vec<u8> {
        let mut offer = sdp::offer(&self.as_offered());
        if !self.description.is_empty() && self.description != offer {
            self.ours.version += 1;
            offer = sdp::offer(&self.as_offered());
        }
        self.description.clone_from(&offer);
        offer
    }

    /// Reads the answer to [`Call::offer`].
    pub(super) fn agree(&mut self, answer: &[u8]) -> Option<Agreed> {
        let answer = sdp::parse(answer).ok()?;
        let agreement = sdp::agree(&answer, &self.as_offered()).ok()?;
        self.srtp = agreement.srtp.map(Box::new);
        Some(agreed(agreement))
    }

    /// The description that stands, to be said again when a session is refreshed.
    pub(super) fn description(&self) -> &[u8] {
        &self.description
    }

    /// Reads the answer to [`Call::description`]; `None` for one that changes nothing or cannot be taken.
    pub(super) fn agree_again(&mut self, answer: &[u8]) -> Option<Agreed> {
        let said = sdp::parse(&self.description).ok()?;
        let answer = sdp::parse(answer).ok()?;
        let agreement = sdp::agree_again(&said, &answer, &self.ours).ok()?;
        let before = std::mem::replace(&mut self.srtp, agreement.srtp.map(Box::new));
        let agreed = agreed(agreement);
        (before != self.srtp || Some(agreed) != self.agreed).then_some(agreed)
    }

    /// What we can do where we offer: a call that is encrypted stays so.
    fn as_offered(&self) -> Capabilities {
        let mut ours = self.ours.clone();
        if let (Some(_), Some(key)) = (&self.srtp, ours.srtp.key()) {
            ours.srtp = Secrecy::Required(key);
        }
        ours
    }

    /// The keys of its sound as they are agreed now.
    pub(super) fn keys(&self) -> Option<Box<Keys>> {
        self.srtp.as_deref().map(keys_of).map(Box::new)
    }

    /// The ACK has come.
    pub(super) fn acknowledge(&mut self, now: Timestamp) {
        self.answered_at.get_or_insert(now);
    }

    /// The territory whose crowd it belongs to: that of the number dialled, once it is answered; none for an operator.
    pub(super) fn heard_territory(&self) -> Option<&TerritorySlug> {
        let is_counted = self.answered_at.is_some() && !self.is_private;
        self.entrance.territory.as_ref().filter(|_| is_counted)
    }

    /// How long ago its INVITE came; nothing where the clock was set back.
    pub(super) fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.started_at)).unwrap_or_default()
    }

    /// The Call-ID, for the log.
    pub(super) fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The address callers are told.
    pub(super) fn address(&self) -> IpAddr {
        self.ours.address
    }

    /// What remains of it. `live` is what the media thread gave back, if it ever had the call.
    pub(super) fn record(
        self,
        live: Option<(&LiveCall, &Track)>,
        trunk: Option<&Trunk>,
        end: EndCause,
        now: Timestamp,
    ) -> CallRecord {
        let script = live.and_then(|(live, _)| live.script());
        let agreed = live.map(|(live, _)| live.agreed()).or(self.agreed);
        let srtp = match live {
            Some((live, _)) => live.suite(),
            None => self.keys().map(|keys| keys.suite),
        };
        CallRecord {
            call_id: self.call_id,
            territory: script.and_then(|script| script.territory().cloned()),
            dialled: self.dialled,
            started_at: self.started_at,
            answered_at: self.answered_at,
            ended_at: now,
            keys: script
                .map(|script| script.keys().to_owned())
                .unwrap_or_default(),
            heard: script
                .map(|script| script.heard().to_vec())
                .unwrap_or_default(),
            noticed: script
                .map(|script| script.noticed().to_vec())
                .unwrap_or_default(),
            caller: self.caller,
            trunk: trunk.map(|trunk| trunk.name.clone()),
            codec: agreed.map(|agreed| agreed.codec),
            ptime: agreed.map(|agreed| agreed.ptime),
            srtp,
            packets_sent: live.map_or(0, |(_, track)| track.counts.sent.into()),
            quality: live.and_then(|(live, _)| live.quality()),
            end,
            reason: self.reason,
        }
    }
}

/// What we can do for a call of this trunk.
///
/// - `under_load`: whether longer packets may be answered where the trunk wants that.
///
/// # Errors
/// Without random numbers for a key.
pub(super) fn capabilities(
    address: IpAddr,
    port: u16,
    trunk: Option<&Trunk>,
    under_load: bool,
) -> io::Result<Capabilities> {
    let codecs = trunk.map_or(&[][..], |trunk| &trunk.codecs);
    let longer = trunk
        .and_then(|trunk| trunk.longer_ptime)
        .filter(|_| under_load);
    let allowed = if codecs.is_empty() {
        &Codec::ALL
    } else {
        codecs
    };
    Ok(Capabilities {
        codecs: allowed.iter().map(|&codec| name_of(codec)).collect(),
        ours_first: !codecs.is_empty(),
        longer_ptime: longer.map(Ptime::ms),
        srtp: secrecy(trunk.map_or_else(SrtpPolicy::default, |trunk| trunk.srtp))?,
        ..Capabilities::new(address, port, dice::number().into())
    })
}

fn secrecy(policy: SrtpPolicy) -> io::Result<Secrecy> {
    Ok(match policy {
        SrtpPolicy::Never => Secrecy::Never,
        SrtpPolicy::Offered => Secrecy::IfOffered(MasterKey(dice::key()?)),
        SrtpPolicy::Required => Secrecy::Required(MasterKey(dice::key()?)),
    })
}

fn keys_of(srtp: &Srtp) -> Keys {
    Keys {
        suite: match srtp.suite {
            sdp::Suite::AesCm128HmacSha1_80 => srtp::Suite::AesCm128HmacSha1_80,
            sdp::Suite::AesCm128HmacSha1_32 => srtp::Suite::AesCm128HmacSha1_32,
        },
        ours: srtp::MasterKey::new(srtp.ours.0),
        theirs: srtp::MasterKey::new(srtp.theirs.0),
        mki: srtp
            .mki
            .and_then(|mki| srtp::Mki::new(mki.value, mki.octets)),
    }
}

fn agreed(agreement: Agreement) -> Agreed {
    let Agreement { peer, rtcp, .. } = agreement;
    let beside_the_sound = |reports: &SocketAddr| reports.ip() == peer.ip();
    Agreed {
        codec: codec_of(agreement.codec.name),
        ptime: Ptime::from_ms(agreement.ptime).unwrap_or_default(),
        keys: agreement.telephone_event,
        in_band: false,
        dictates: false,
        peer: (!peer.ip().is_unspecified()).then_some(peer),
        sends: agreement.sends,
        reports: match rtcp {
            Some(_) if agreement.rtcp_mux => Some(ReportsTo::Sound),
            // Reports go to whoever hears the sound, and to no third party.
            other => other.filter(beside_the_sound).map(ReportsTo::Port),
        },
    }
}

fn codec_of(name: CodecName) -> Codec {
    match name {
        CodecName::Pcma => Codec::Pcma,
        CodecName::Pcmu => Codec::Pcmu,
        CodecName::G722 => Codec::G722,
    }
}

fn name_of(codec: Codec) -> CodecName {
    match codec {
        Codec::Pcma => CodecName::Pcma,
        Codec::Pcmu => CodecName::Pcmu,
        Codec::G722 => CodecName::G722,
    }
}
