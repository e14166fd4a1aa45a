//! Finished calls for other programs: CSV (RFC 4180) with a header, or JSON Lines, one object for each call.
//!
//! Both have the same fields in the same order. Instants are UTC with milliseconds.

use std::io::{self, Write};

use bulletin::Noticed;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{HeardBulletin, RecordedCall};

/// How calls are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines of values between commas, the first one with their names (RFC 4180).
    Csv,
    /// One JSON object in each line.
    Json,
}

impl Format {
    /// Writes what comes before the first call.
    ///
    /// # Errors
    /// Those of the writer.
    pub(crate) fn begin(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Csv => write!(out, "{}\r\n", FIELDS.join(",")),
            Self::Json => Ok(()),
        }
    }

    /// Writes one call.
    ///
    /// # Errors
    /// Those of the writer.
    pub(crate) fn write(self, call: &RecordedCall, out: &mut impl Write) -> io::Result<()> {
        let values = values(call);
        match self {
            Self::Csv => write!(out, "{}\r\n", values.map(|value| cell(&value)).join(",")),
            Self::Json => {
                let members = FIELDS
                    .iter()
                    .zip(values)
                    .map(|(name, value)| format!("\"{name}\":{value}"));
                writeln!(out, "{{{}}}", members.collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// The names of the fields; what each means stands in `docs/trunks.md`.
const FIELDS: [&str; 26] = [
    "call_id",
    "trunk",
    "territory",
    "dialled",
    "caller",
    "verstat",
    "attestation",
    "started_at",
    "answered_at",
    "ended_at",
    "seconds",
    "keys",
    "heard",
    "noticed",
    "codec",
    "ptime_ms",
    "srtp",
    "packets_sent",
    "packets_lost",
    "worst_loss_ratio",
    "jitter_ms",
    "round_trip_ms",
    "end",
    "ended_by",
    "sip_status",
    "q850",
];

fn values(call: &RecordedCall) -> [Value; FIELDS.len()] {
    let ms = |micros: Option<i64>| micros.map(|micros| json!(thousandth(micros)));
    let worst = call.worst_loss.map(|worst| f64::from(worst) / 256.0);
    [
        json!(call.call_id),
        json!(call.trunk),
        json!(call.territory),
        json!(call.dialled),
        json!(call.caller),
        json!(call.verstat),
        json!(call.attestation),
        json!(instant(call.started_at)),
        json!(call.answered_at.map(instant)),
        json!(instant(call.ended_at)),
        json!(
            call.answered_at
                .map(|at| thousandth(at.duration_until(call.ended_at).as_millis()))
        ),
        json!(call.keys),
        call.heard.iter().map(heard).collect(),
        json!(words(&call.noticed)),
        json!(call.codec),
        json!(call.ptime_ms),
        json!(call.srtp),
        json!(call.packets_sent),
        json!(call.packets_lost),
        json!(worst),
        json!(ms(call.jitter_us)),
        json!(ms(call.round_trip_us)),
        json!(call.end),
        json!(call.ended_by),
        json!(call.sip_status),
        json!(call.q850),
    ]
}

fn heard(one: &HeardBulletin) -> Value {
    json!({
        "bulletin": one.bulletin.as_str(),
        "played_ms": one.played_ms,
        "whole_ms": one.whole_ms,
    })
}

fn words(noticed: &[Noticed]) -> String {
    let words: Vec<_> = noticed.iter().map(|one| one.as_str()).collect();
    words.join(" ")
}

fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// With three decimals; whole days of it are exact.
fn thousandth(number: impl TryInto<i32>) -> f64 {
    f64::from(number.try_into().unwrap_or(i32::MAX)) / 1_000.0
}

/// A value between commas. Nothing is empty; a list of bulletins is `ID:PLAYED/WHOLE` in milliseconds, a space between
/// two.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        Value::Array(heard) => {
            let word = |one: &Value| {
                let bulletin = one["bulletin"].as_str().unwrap_or_default();
                format!("{bulletin}:{}/{}", one["played_ms"], one["whole_ms"])
            };
            heard.iter().map(word).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// RFC 4180 § 2. What a spreadsheet would take for a formula gets an apostrophe: a Call-ID is the caller's to choose.
fn quoted(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(text);
    let text = format!("{}{text}", if is_formula { "'" } else { "" });
    if text.contains(['"', ',', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

fn is_number(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::record;
    use super::super::row;
    use super::*;

    #[test]
    fn csv_has_a_header_and_a_line_for_each_call() {
        let text = export(Format::Csv, &[call()]);

        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].split(',').count(), FIELDS.len());
        assert_eq!(
            lines[1],
            "1@test,carrier,,+33805691282,33639xxxxxx,TN-Validation-Passed,,2026-03-12T14:30:00.000Z,\
             2026-03-12T14:30:00.000Z,2026-03-12T14:30:40.000Z,40.0,*#,\
             abcdefghijkl:8200/30140 bcdefghijklm:0/900,smell siren,PCMA,20,,2000,20,0.015625,8.0,40.0,completed,line,,16"
        );
    }

    #[test]
    fn json_has_an_object_in_each_line_with_the_same_fields() {
        let text = export(Format::Json, &[call(), call()]);

        assert_eq!(text.lines().count(), 2);
        let read: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(read.as_object().unwrap().len(), FIELDS.len());
        assert_eq!(read["caller"], "33639xxxxxx");
        assert_eq!(
            (&read["territory"], &read["seconds"]),
            (&Value::Null, &json!(40.0))
        );
        assert_eq!(
            read["heard"][0],
            json!({"bulletin": "abcdefghijkl", "played_ms": 8_200, "whole_ms": 30_140})
        );
    }

    #[test]
    fn what_callers_write_breaks_no_line_and_runs_in_no_spreadsheet() {
        for (call_id, written) in [
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\r\nb", "\"a\r\nb\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-1+2", "'-1+2"),
            ("+1+2", "'+1+2"),
            ("é", "é"),
        ] {
            assert_eq!(quoted(call_id), written);
        }
        assert_eq!(quoted("+33805691282"), "+33805691282");
    }

    fn export(format: Format, calls: &[RecordedCall]) -> String {
        let mut out = vec![];
        format.begin(&mut out).unwrap();
        for call in calls {
            format.write(call, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    fn call() -> RecordedCall {
        let heard = |id: &str, played_ms, whole_ms| HeardBulletin {
            bulletin: bulletin::BulletinId::parse(id).unwrap(),
            played_ms,
            whole_ms,
        };
        RecordedCall {
            dialled: Some("+33805691282".into()),
            caller: Some("33639xxxxxx".into()),
            verstat: Some("TN-Validation-Passed".into()),
            keys: "*#".into(),
            heard: vec![
                heard("abcdefghijkl", 8_200, 30_140),
                heard("bcdefghijklm", 0, 900),
            ],
            noticed: vec![Noticed::Smell, Noticed::Siren],
            ..row::of(&record())
        }
    }
}
