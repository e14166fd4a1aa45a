//! What one call was like, in figures, and what was heard.

use std::fmt;

use serde::Serialize;

use crate::{Counts, Encryption, Lateness, Reports, Spread};

/// The judgement of one call. Serialised without the sound.
///
/// Times are milliseconds; those of sound come from the kernel's receive timestamps.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// The final response to the INVITE; 408 when there was none (RFC 3261 § 8.1.3.1).
    pub status: u16,
    /// From the INVITE to the 200.
    pub setup_ms: Option<f64>,
    /// From the ACK to the first RTP packet.
    pub first_sound_ms: Option<f64>,
    /// From the ACK to the first packet that holds more than silence (−40 dBov).
    pub first_speech_ms: Option<f64>,
    /// From the ACK to the end of the call.
    pub duration_ms: f64,
    /// The law the line chose, as SDP names it.
    pub codec: Option<&'static str>,
    /// Milliseconds of sound in one packet, going by the first.
    pub packet_ms: Option<u32>,
    /// Packets: received, lost, twice, out of order, with a wrong step …
    #[serde(flatten)]
    pub counts: Counts,
    /// How late packets were against the call's own ideal clock.
    pub late_ms: Lateness,
    /// |arrival gap − media gap| of neighbours in the order of arrival.
    pub gap_ms: Spread,
    /// How the call was encrypted; `None` in the clear.
    pub srtp: Option<Encryption>,
    /// Reports exchanged with the line; `None` if it wants none.
    pub rtcp: Option<Reports>,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// Keys pressed, with the moment and the place in `octets`.
    pub keys: Vec<PressedKey>,
    /// INVITEs, CANCELs and BYEs sent again for want of an answer.
    pub retransmissions: u32,
    /// What a reader of the figures should know, in words.
    pub notes: Vec<String>,
    /// The payloads in the order of their sequence numbers, exactly as received; lost ones are
    /// absent, doubled ones stand once.
    #[serde(skip)]
    pub octets: Vec<u8>,
    /// The same decoded (at the codec's rate), with silence in the place of lost packets.
    #[serde(skip)]
    pub samples: Vec<i16>,
}

impl CallReport {
    /// A call that was never answered.
    pub(crate) fn unanswered(status: u16, ended_by: EndedBy) -> Self {
        Self {
            status,
            setup_ms: None,
            first_sound_ms: None,
            first_speech_ms: None,
            duration_ms: 0.0,
            codec: None,
            packet_ms: None,
            counts: Counts::default(),
            late_ms: Lateness::default(),
            gap_ms: Spread::default(),
            srtp: None,
            rtcp: None,
            ended_by,
            keys: vec![],
            retransmissions: 0,
            notes: vec![],
            octets: vec![],
            samples: vec![],
        }
    }
}

impl fmt::Display for CallReport {
    /// A page for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Option<f64>| time.map_or("-".to_owned(), |time| format!("{time:.1} ms"));
        let counts = &self.counts;
        writeln!(
            f,
            "call       {}, ended by {:?} after {:.1} s, {} in packets of {} ms",
            self.status,
            self.ended_by,
            self.duration_ms / 1_000.0,
            self.codec.unwrap_or("no sound"),
            self.packet_ms.unwrap_or(0)
        )?;
        writeln!(
            f,
            "times      200 after {}, sound {}, speech {}; {} repeats",
            ms(self.setup_ms),
            ms(self.first_sound_ms),
            ms(self.first_speech_ms),
            self.retransmissions
        )?;
        writeln!(
            f,
            "packets    {} received, {} lost, {} twice, {} out of order, {} wrong steps, {} bad",
            counts.packets,
            counts.lost,
            counts.duplicates,
            counts.out_of_order,
            counts.timestamp_steps,
            counts.bad_packets
        )?;
        writeln!(f, "late       {} ms", self.late_ms)?;
        write!(f, "gap        {:.2} ms", self.gap_ms)?;
        if let Some(Encryption { suite, refused }) = self.srtp {
            write!(f, "\nsrtp       {suite}, {refused} packets refused")?;
        }
        if let Some(rtcp) = &self.rtcp {
            let there_and_back = ms(rtcp.round_trip_ms);
            write!(
                f,
                "\nrtcp       {} sender reports heard, {} reports sent, there and back {there_and_back}",
                rtcp.sender_reports, rtcp.sent
            )?;
        }
        for PressedKey { key, at_ms, .. } in &self.keys {
            write!(f, "\nkey        {key} at {:.2} s", at_ms / 1_000.0)?;
        }
        for note in &self.notes {
            write!(f, "\nnote       {note}")?;
        }
        Ok(())
    }
}

/// Who ended a call, and how far it had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The line said goodbye.
    Line,
    /// The caller hung up at its limit.
    Caller,
    /// The line refused the call; `status` says how.
    Refused,
    /// Nobody answered; the caller gave up.
    Unanswered,
}

/// One key pressed during a call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PressedKey {
    /// What is printed on it.
    pub key: char,
    /// When its first packet was sent, in milliseconds after the ACK.
    pub at_ms: f64,
    /// How many octets of sound had been received by then.
    pub octets_before: usize,
}
