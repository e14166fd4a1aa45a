//! What the store keeps of a finished call.

use std::time::Duration;

use line::{Attestation, CallRecord, Heard, Verstat};
use media::srtp::Suite;
use media::{Codec, Ptime};
use store::{HeardBulletin, RecordedCall};

/// The row of a call.
pub(super) fn of(record: &CallRecord) -> RecordedCall {
    let quality = record.quality.as_ref();
    let round_trip = quality.and_then(|quality| quality.round_trip);
    let word = |word: &str| word.to_owned();
    RecordedCall {
        call_id: record.call_id.clone(),
        trunk: record.trunk.clone(),
        territory: record.territory.as_ref().map(ToString::to_string),
        dialled: record.dialled.as_ref().map(ToString::to_string),
        caller: record.caller.number.as_text(),
        verstat: record.caller.verstat.map(Verstat::as_str).map(word),
        attestation: record.caller.attestation.map(Attestation::as_str).map(word),
        started_at: record.started_at,
        answered_at: record.answered_at,
        ended_at: record.ended_at,
        keys: record.keys.clone(),
        heard: record.heard.iter().map(heard).collect(),
        noticed: record.noticed.clone(),
        codec: record.codec.map(Codec::name).map(word),
        ptime_ms: record.ptime.map(Ptime::ms),
        srtp: record.srtp.map(Suite::name).map(word),
        packets_sent: i64::try_from(record.packets_sent).unwrap_or(i64::MAX),
        packets_lost: quality.map(|quality| quality.lost),
        worst_loss: quality.map(|quality| quality.worst_fraction),
        jitter_us: quality.map(|quality| micros(quality.jitter)),
        round_trip_us: round_trip.map(micros),
        end: word(record.end.as_str()),
        ended_by: word(record.end.ended_by()),
        sip_status: record.end.sip_status().or(record.reason.sip),
        q850: record.reason.q850.or(record.end.q850()),
    }
}

fn heard(one: &Heard) -> HeardBulletin {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    HeardBulletin {
        bulletin: one.bulletin.clone(),
        played_ms: ms(one.played),
        whole_ms: ms(one.whole),
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::record;
    use super::*;
    use bulletin::Noticed;
    use line::{Caller, EndCause};

    #[test]
    fn the_caller_s_reason_is_the_cause_where_the_caller_ended_the_call() {
        let call = CallRecord {
            end: EndCause::CallerHungUp,
            reason: line::Reason {
                q850: Some(31),
                sip: Some(200),
            },
            ..record()
        };

        let row = of(&call);

        assert_eq!((row.ended_by.as_str(), row.q850), ("caller", Some(31)));
        assert_eq!(row.sip_status, Some(200));
    }

    #[test]
    fn of_a_call_everything_but_the_caller_s_number_reaches_the_row() {
        let call = CallRecord {
            keys: "*5".into(),
            noticed: vec![Noticed::Smell],
            caller: Caller {
                verstat: Some(Verstat::Passed),
                attestation: Some(Attestation::B),
                ..Caller::default()
            },
            end: EndCause::MediaDead,
            srtp: Some(Suite::AesCm128HmacSha1_32),
            ..record()
        };

        let row = of(&call);

        assert_eq!((row.keys.as_str(), row.caller), ("*5", None));
        assert_eq!(row.noticed, [Noticed::Smell]);
        assert_eq!(row.verstat.as_deref(), Some("TN-Validation-Passed"));
        assert_eq!(row.attestation.as_deref(), Some("B"));
        assert_eq!((row.packets_sent, row.packets_lost), (2_000, Some(20)));
        assert_eq!(
            (row.jitter_us, row.round_trip_us),
            (Some(8_000), Some(40_000))
        );
        assert_eq!(
            (row.codec.as_deref(), row.ptime_ms),
            (Some("PCMA"), Some(20))
        );
        assert_eq!(row.srtp.as_deref(), Some("AES_CM_128_HMAC_SHA1_32"));
        assert_eq!(
            (row.end.as_str(), row.ended_by.as_str()),
            ("media_dead", "line")
        );
        assert_eq!((row.sip_status, row.q850), (None, Some(102)));
    }
}
