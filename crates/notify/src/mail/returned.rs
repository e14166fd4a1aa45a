//! Reads the reports of mail servers about mails that they had taken and could not deliver (RFC 3464).
//!
//! Such a report comes as a mail to the return path, minutes or days later, and holds the head of the mail it is about,
//! with the Message-ID that names its reader. Servers write reports in many ways; what is not understood is no report.

/// Finds, in a report, the names of readers whose mailbox does not exist or takes nothing any more; empty for a report
/// of anything else, such as a delay or a filter's opinion, and for a mail that is no report.
///
/// - `report`: the mail as it came; from [`LONGEST`] octets on nothing is read.
///
/// The names are not checked: whoever calls looks them up.
#[must_use]
pub fn returned(report: &[u8]) -> Vec<String> {
    let report = &report[..report.len().min(LONGEST)];
    let text = String::from_utf8_lossy(report);
    let field = |name: &'static str| {
        let lines = text.lines();
        lines.filter_map(move |line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let failed = field("Action").any(|value| value.eq_ignore_ascii_case("failed"));
    // RFC 3463: class 5 is for good, subjects 1 and 2 are the address and the mailbox.
    let of_the_address =
        field("Status").any(|value| value.starts_with("5.1.") || value.starts_with("5.2."));
    if !failed || !of_the_address {
        return vec![];
    }
    let mut readers: Vec<_> = field("Message-ID").filter_map(reader).collect();
    readers.dedup();
    readers
}

/// The reader that a Message-ID of ours names: what stands between the last stop of its key and the `@`.
fn reader(message_id: &str) -> Option<String> {
    let inner = message_id.strip_prefix('<')?.strip_suffix('>')?;
    let (key, _) = inner.split_once('@')?;
    let (_, reader) = key.rsplit_once('.')?;
    let fits = !reader.is_empty() && reader.len() <= 64;
    let is_plain = reader
        .bytes()
        .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit());
    (fits && is_plain).then(|| reader.to_owned())
}

/// Whoever sends back a whole mail sends its head first.
pub const LONGEST: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mailbox_that_does_not_exist_is_told_from_a_delay_and_from_a_filter() {
        let report = include_str!("returned/postfix.txt");
        assert_eq!(returned(report.as_bytes()), ["abcdefgh2345"]);
        for (from, to) in [
            ("Action: failed", "Action: delayed"),
            ("Status: 5.1.1", "Status: 4.4.1"),
            ("Status: 5.1.1", "Status: 5.7.1"),
            (
                "Message-ID: <k2j4h6g8f2d4-1.abcdefgh2345@",
                "Message-ID: <somebody@",
            ),
        ] {
            let other = report.replace(from, to);
            assert_ne!(other, report, "{from}");
            assert_eq!(returned(other.as_bytes()), [""; 0], "{to}");
        }
    }

    #[test]
    fn a_mail_of_a_person_is_no_report() {
        assert_eq!(
            returned(b"Subject: merci\r\n\r\nBonjour, Status: 5.1.1\r\n"),
            [""; 0]
        );
    }

    proptest! {
        #[test]
        fn anything_is_read_without_a_panic(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = returned(&octets);
        }

        #[test]
        fn pieces_of_reports_are_read_without_a_panic(text in "(Action: failed|Status: 5\\.1\\.1|Message-ID: <[a-z0-9.@<>]{0,40}|:|\r\n|\n){0,30}") {
            for reader in returned(text.as_bytes()) {
                prop_assert!(reader.len() <= 64 && reader.is_ascii());
            }
        }
    }
}
