//! The keys of a `[[trunk]]` that say how its calls are answered.

use std::time::Duration;

use line::Answering;

use super::{Fault, TrunkTable};

/// Reads `ringing`, `answer-delay-ms`, `session-expires-seconds` and `closed`.
pub(super) fn parse(table: &TrunkTable) -> Result<Answering, Fault> {
    Ok(Answering {
        rings: match table.ringing.as_deref() {
            None | Some("none") => false,
            Some("180") => true,
            Some(other) => return Err(Fault::Ringing(other.to_owned())),
        },
        delay: match table.answer_delay_ms.unwrap_or(0) {
            ms @ 0..=LONGEST_DELAY_MS => Duration::from_millis(ms),
            ms => return Err(Fault::AnswerDelay(ms)),
        },
        session: match table.session_expires_seconds.unwrap_or(0) {
            0 => None,
            seconds @ SHORTEST_SESSION_S..=LONGEST_SESSION_S => Some(Duration::from_secs(seconds)),
            seconds => return Err(Fault::SessionExpires(seconds)),
        },
        closed: table.closed.unwrap_or(false),
    })
}

/// Says it as a file would.
pub(super) fn write(answering: Answering, table: &mut TrunkTable) {
    let ringing = if answering.rings { "180" } else { "none" };
    table.ringing = Some(ringing.to_owned());
    table.answer_delay_ms = u64::try_from(answering.delay.as_millis()).ok();
    table.closed = Some(answering.closed);
    table.session_expires_seconds = Some(answering.session.map_or(0, |session| session.as_secs()));
}

/// A caller who hears nothing for longer gives up.
const LONGEST_DELAY_MS: u64 = 5_000;
/// The least that RFC 4028 § 5 allows, and a day.
const SHORTEST_SESSION_S: u64 = 90;
const LONGEST_SESSION_S: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let table = TrunkTable {
            ringing: Some("180".into()),
            answer_delay_ms: Some(300),
            session_expires_seconds: Some(1800),
            closed: Some(true),
            ..TrunkTable::default()
        };

        let answering = parse(&table).unwrap();
        let mut again = TrunkTable::default();
        write(answering, &mut again);

        assert_eq!(again, table);
        assert_eq!(parse(&TrunkTable::default()), Ok(Answering::default()));
    }

    #[test]
    fn what_no_caller_would_bear_is_refused_with_what_to_write() {
        let refused = |table: TrunkTable| parse(&table).unwrap_err().to_string();
        let ringing = Some("183".into());
        let said = refused(TrunkTable {
            ringing,
            ..TrunkTable::default()
        });
        assert!(
            said.contains("\"183\"") && said.contains("\"180\""),
            "{said}"
        );
        let said = refused(TrunkTable {
            answer_delay_ms: Some(5_001),
            ..TrunkTable::default()
        });
        assert!(said.contains("0 to 5000"), "{said}");
        for seconds in [89, 86_401] {
            let said = refused(TrunkTable {
                session_expires_seconds: Some(seconds),
                ..TrunkTable::default()
            });
            assert!(said.contains("90 to 86400"), "{said}");
        }
    }
}
