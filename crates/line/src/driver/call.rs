//! What the signalling thread knows of a call.

use std::net::IpAddr;

use bulletin::DialledNumber;
use jiff::Timestamp;
use media::Codec;
use net::MediaSocket;
use sip::sdp::{self, Capabilities, CodecName};

use super::live_call::LiveCall;
use super::order::Agreed;
use super::staff::Seat;
use crate::{CallRecord, EndCause, dice};

/// One call, from its INVITE to its record.
#[derive(Debug)]
pub(super) struct Call {
    call_id: String,
    pub(super) dialled: Option<DialledNumber>,
    started_at: Timestamp,
    answered_at: Option<Timestamp>,
    /// Its RTP port, and the address callers are told.
    pub(super) port: u16,
    /// The socket of that port until the ACK; the media thread has it from then on.
    pub(super) socket: Option<MediaSocket>,
    ours: Capabilities,
    /// The description last sent, to tell whether the next one differs.
    description: Vec<u8>,
    /// Known at the INVITE, or with the ACK when the line had to offer.
    pub(super) agreed: Option<Agreed>,
    pub(super) seat: Option<Seat>,
    /// How it ended, when that is known before the agent says that it is over.
    pub(super) end: Option<EndCause>,
}

impl Call {
    /// A call just announced.
    pub(super) fn new(
        call_id: &str,
        dialled: Option<DialledNumber>,
        (socket, port): (MediaSocket, u16),
        address: IpAddr,
        now: Timestamp,
    ) -> Self {
        Self {
            call_id: call_id.to_owned(),
            dialled,
            started_at: now,
            answered_at: None,
            port,
            socket: Some(socket),
            ours: Capabilities::new(address, port, dice::number().into()),
            description: vec![],
            agreed: None,
            seat: None,
            end: None,
        }
    }

    /// Reads an offer and writes the answer; nothing is changed by one that cannot be taken.
    pub(super) fn answer(&mut self, offer: &[u8]) -> Option<(Agreed, Vec<u8>)> {
        let offer = sdp::parse(offer).ok()?;
        let answer = sdp::answer(&offer, &self.ours).ok()?;
        let agreed = agreed(
            answer.codec.name,
            answer.telephone_event,
            answer.peer,
            answer.sends,
        );
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
        let mut offer = sdp::offer(&self.ours);
        if !self.description.is_empty() && self.description != offer {
            self.ours.version += 1;
            offer = sdp::offer(&self.ours);
        }
        self.description.clone_from(&offer);
        offer
    }

    /// Reads the answer to [`Call::offer`].
    pub(super) fn agree(&self, answer: &[u8]) -> Option<Agreed> {
        let answer = sdp::parse(answer).ok()?;
        let agreement = sdp::agree(&answer, &self.ours).ok()?;
        Some(agreed(
            agreement.codec.name,
            agreement.telephone_event,
            agreement.peer,
            agreement.sends,
        ))
    }

    /// The ACK has come.
    pub(super) fn acknowledge(&mut self, now: Timestamp) {
        self.answered_at.get_or_insert(now);
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
        live: Option<&LiveCall>,
        end: EndCause,
        now: Timestamp,
    ) -> CallRecord {
        let script = live.map(LiveCall::script);
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
            codec: live
                .map(LiveCall::codec)
                .or(self.agreed.map(|agreed| agreed.codec)),
            packets_sent: live.map_or(0, |live| live.counts().sent),
            end,
        }
    }
}

fn agreed(
    name: CodecName,
    telephone_event: Option<u8>,
    peer: std::net::SocketAddr,
    sends: bool,
) -> Agreed {
    Agreed {
        codec: match name {
            CodecName::Pcma => Codec::Pcma,
            CodecName::Pcmu => Codec::Pcmu,
            CodecName::G722 => Codec::G722,
        },
        telephone_event,
        peer: (!peer.ip().is_unspecified()).then_some(peer),
        sends,
    }
}
