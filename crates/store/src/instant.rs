//! Instants in rows: RFC 3339 text in UTC with nine decimals, which sorts as text and loses nothing.

use jiff::Timestamp;

use crate::{Error, Result, error::unreadable};

/// The instant as rows hold it: always 30 characters from the year 0 to 9999.
pub(crate) fn encode(instant: Timestamp) -> String {
    format!("{instant:.9}")
}

/// Reads an instant of a row.
pub(crate) fn parse(table: &'static str, text: &str) -> Result<Timestamp, Error> {
    text.parse()
        .map_err(|_| unreadable(table, "an instant", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_seconds_keep_their_decimals() {
        let text = encode("2027-03-28T03:00:00+02:00".parse().unwrap());
        assert_eq!(text, "2027-03-28T01:00:00.000000000Z");
    }

    proptest! {
        #[test]
        fn instants_read_back_and_sort_as_text(a in instants(), b in instants()) {
            prop_assert_eq!(parse("jobs", &encode(a)).unwrap(), a);
            prop_assert_eq!(encode(a).cmp(&encode(b)), a.cmp(&b));
        }
    }

    fn instants() -> impl Strategy<Value = Timestamp> {
        let years_1_to_9999 = -62_135_596_800_i64..253_402_207_000;
        (years_1_to_9999, 0..1_000_000_000_i32)
            .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
    }
}
