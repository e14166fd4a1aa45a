//! What is told of a call: how it went, and nothing about who called.

use line::{CallRecord, EndCause};
use media::{Codec, Ptime};

use super::{Done, Value, tell};

/// Tells a call that is over, from its first INVITE to its end. Its Call-ID stays out: many hold an address.
pub(crate) fn tell_call(record: &CallRecord) {
    tell(|| Done {
        name: "call",
        began: record.started_at,
        ended: record.ended_at,
        has_failed: record.end == EndCause::Fault,
        attributes: attributes(record),
    });
}

fn attributes(record: &CallRecord) -> Vec<(&'static str, Value)> {
    let ms =
        |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let quality = record.quality.as_ref();
    let set_up = record
        .answered_at
        .map(|at| at.duration_since(record.started_at));
    let set_up = set_up.map(|it| it.as_millis().try_into().unwrap_or(i64::MAX));
    let heard: Vec<_> = record.heard.iter().map(|it| it.bulletin.clone()).collect();
    let known = [
        (
            "territory",
            record.territory.as_ref().map(|it| it.as_str().into()),
        ),
        ("call.trunk", record.trunk.as_deref().map(Value::from)),
        ("call.end", Some(record.end.as_str().into())),
        ("call.ended_by", Some(record.end.ended_by().into())),
        (
            "call.sip_status",
            record.end.sip_status().map(|it| i64::from(it).into()),
        ),
        ("call.set_up_ms", set_up.map(Value::Count)),
        ("call.codec", record.codec.map(|it| Codec::name(it).into())),
        (
            "call.ptime_ms",
            record.ptime.map(|it| i64::from(Ptime::ms(it)).into()),
        ),
        ("call.srtp", record.srtp.map(|it| it.name().into())),
        ("call.packets_sent", Some(record.packets_sent.into())),
        (
            "call.packets_lost",
            quality.map(|it| i64::from(it.lost).into()),
        ),
        ("call.jitter_ms", quality.map(|it| ms(it.jitter).into())),
        (
            "call.round_trip_ms",
            quality.and_then(|it| it.round_trip).map(|it| ms(it).into()),
        ),
        (
            "bulletin.ids",
            (!heard.is_empty()).then_some(Value::Bulletins(heard)),
        ),
    ];
    let known = known.into_iter();
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bulletin::{BulletinId, DialledNumber, TerritorySlug};
    use line::Heard;
    use media::srtp::Suite;

    use super::*;
    use crate::calls::tests::record;

    #[test]
    fn a_call_is_told_by_how_it_went_and_not_by_who_called_or_what_was_dialled() {
        let heard = Heard {
            bulletin: BulletinId::from_random([7; 8]),
            played: Duration::from_secs(9),
            whole: Duration::from_secs(10),
        };

        let record = CallRecord {
            call_id: "0612345678@192.0.2.7".to_owned(),
            territory: Some(TerritorySlug::parse("rouen_metropole").unwrap()),
            dialled: DialledNumber::parse("+33805691282", "33"),
            keys: "0612345678".to_owned(),
            heard: vec![heard],
            srtp: Some(Suite::AesCm128HmacSha1_80),
            ..record()
        };

        let told = attributes(&record).into_iter();

        let told: Vec<_> = told.map(|(name, value)| (name, worded(value))).collect();
        let id = BulletinId::from_random([7; 8]).to_string();
        let srtp = Suite::AesCm128HmacSha1_80.name();
        let wanted = [
            ("territory", "rouen_metropole"),
            ("call.trunk", "carrier"),
            ("call.end", "completed"),
            ("call.ended_by", "line"),
            ("call.set_up_ms", "0"),
            ("call.codec", "PCMA"),
            ("call.ptime_ms", "20"),
            ("call.srtp", srtp),
            ("call.packets_sent", "2000"),
            ("call.packets_lost", "20"),
            ("call.jitter_ms", "8"),
            ("call.round_trip_ms", "40"),
            ("bulletin.ids", &id),
        ];
        assert_eq!(told, wanted.map(|(name, value)| (name, value.to_owned())));
    }

    fn worded(value: Value) -> String {
        match value {
            Value::Word(word) => word,
            Value::Count(count) => count.to_string(),
            Value::Bulletins(ids) => ids.iter().map(ToString::to_string).collect(),
        }
    }
}
