//! Who calls, as far as an INVITE says, and what carriers claim about it (RFC 3323, 3325, 8224, 8225).
//!
//! Nothing here is believed: no signature is verified and no certificate fetched, and a call goes on whatever
//! these headers hold. [`Calling`] is what a record may keep of them.

mod passport;
mod verstat;

pub use passport::Attestation;
pub use verstat::Verstat;

use crate::header::NameAddr;
use crate::message::Headers;
use crate::octets::{trim, unfold};
use crate::uri::Uri;

/// What an INVITE says about its caller beside From.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calling {
    /// The URIs of P-Asserted-Identity, at most two: one `sip:` and one `tel:` (RFC 3325 § 9.1).
    pub asserted: Vec<String>,
    /// Whether the caller does not want to be known: Privacy with `id`, `header` or `user`, or an anonymous From.
    pub is_private: bool,
    /// What a carrier says it found when it checked the number.
    pub verstat: Option<Verstat>,
    /// What the carrier that signed the call claims to know; its signature is not checked.
    pub attestation: Option<Attestation>,
}

impl Calling {
    /// Reads what there is; whatever cannot be read is passed over.
    pub(crate) fn read(headers: &Headers<'_>, from: &NameAddr<'_>) -> Self {
        let asserted: Vec<NameAddr<'_>> = headers
            .list("P-Asserted-Identity")
            .filter_map(|value| NameAddr::parse(value).ok())
            .take(MOST_ASSERTED)
            .collect();
        let verstat = asserted.iter().chain([from]).find_map(verstat::of);
        Self {
            is_private: asks_for_privacy(headers) || is_anonymous(from.uri),
            verstat,
            attestation: headers
                .all("Identity")
                .take(MOST_IDENTITIES)
                .find_map(passport::attestation),
            asserted: asserted.iter().map(|one| text(one.uri)).collect(),
        }
    }
}

/// RFC 3323 § 4.2 and RFC 3325 § 9.3: `none` asks for nothing, `session` and `history` are about other things.
fn asks_for_privacy(headers: &Headers<'_>) -> bool {
    let values = headers.list("Privacy");
    let mut words = values.flat_map(|value| value.split(|&octet| octet == b';'));
    words.any(|word| {
        let word = trim(word);
        [&b"id"[..], b"header", b"user"]
            .iter()
            .any(|private| word.eq_ignore_ascii_case(private))
    })
}

/// `sip:anonymous@anonymous.invalid` (RFC 3323 § 4.1.1.3), and the names that networks write in its place.
fn is_anonymous(uri: &[u8]) -> bool {
    let Ok(uri) = Uri::parse(uri) else {
        return false;
    };
    let host = uri.host().to_ascii_lowercase();
    let user = uri.user().unwrap_or_default().to_ascii_lowercase();
    host == "invalid" || host.ends_with(".invalid") || user == "anonymous"
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(&unfold(octets)).into_owned()
}

const MOST_ASSERTED: usize = 2;
/// A call has one Identity of its origin, and one for each carrier that diverted it.
const MOST_IDENTITIES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use proptest::prelude::*;

    #[test]
    fn an_asserted_identity_is_read_beside_from() {
        let calling = read(
            "<sip:1@h>;tag=1",
            "P-Asserted-Identity: \"R\" <sip:+33639980012@h;user=phone>, <tel:+33639980012>\r\n\
             P-Asserted-Identity: <tel:+33999>\r\n",
        );

        assert_eq!(
            calling.asserted,
            ["sip:+33639980012@h;user=phone", "tel:+33639980012"]
        );
        assert_eq!((calling.is_private, calling.verstat), (false, None));
    }

    #[test]
    fn privacy_in_any_of_its_forms_is_seen() {
        for (from, lines) in [
            ("<sip:1@h>", "Privacy: id\r\n"),
            ("<sip:1@h>", "Privacy: ID;critical\r\n"),
            ("<sip:1@h>", "Privacy: critical ; header\r\n"),
            ("<sip:1@h>", "Privacy: none\r\nPrivacy: user\r\n"),
            ("\"Anonymous\" <sip:anonymous@anonymous.invalid>", ""),
            ("<sip:Anonymous@carrier.example>", ""),
            ("<sip:unavailable@unknown.invalid>", ""),
        ] {
            let from = format!("{from};tag=1");
            assert!(read(&from, lines).is_private, "{from} {lines}");
        }
        for lines in ["", "Privacy: none\r\n", "Privacy: session;history\r\n"] {
            assert!(!read("<sip:1@h>;tag=1", lines).is_private, "{lines}");
        }
    }

    #[test]
    fn verstat_is_read_wherever_carriers_put_it() {
        for (from, lines, wanted) in [
            (
                "<sip:+33639980012;verstat=TN-Validation-Passed@h;user=phone>",
                "",
                Some(Verstat::Passed),
            ),
            (
                "<sip:+33639980012@h;verstat=TN-Validation-Failed>",
                "",
                Some(Verstat::Failed),
            ),
            (
                "<tel:+33639980012>",
                "P-Asserted-Identity: <tel:+33639980012;verstat=No-TN-Validation>\r\n",
                Some(Verstat::NotValidated),
            ),
            (
                "<tel:+33639980012;verstat=TN-Validation-Failed>",
                "P-Asserted-Identity: tel:+33639980012;VERSTAT=tn-validation-passed-b\r\n",
                Some(Verstat::Passed),
            ),
            ("\";verstat=TN-Validation-Passed\" <sip:1@h>", "", None),
            ("<tel:+33639980012;verstat=Certainly>", "", None),
        ] {
            let calling = read(&format!("{from};tag=1"), lines);
            assert_eq!(calling.verstat, wanted, "{from} {lines}");
        }
    }

    #[test]
    fn of_several_identities_the_first_that_attests_counts() {
        let div = identity(r#"{"orig":{"tn":"33639980012"},"opt":"x"}"#, 0);
        let shaken = identity(r#"{"attest":"B","orig":{"tn":"33639980012"}}"#, 30_000);
        let calling = read(
            "<sip:1@h>;tag=1",
            &format!("Identity: {div}\r\nIdentity: broken\r\ny: {shaken}\r\n"),
        );

        assert_eq!(calling.attestation, Some(Attestation::B));
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(value in "[^\r\n]{0,200}", dots in "[A-Za-z0-9_.;=-]{0,120}") {
            for value in [&value, &dots] {
                let lines = format!("Identity: {value}\r\nPrivacy: {value}\r\nP-Asserted-Identity: {value}\r\n");
                let _ = try_read("<sip:1@h>;tag=1", &lines);
            }
        }
    }

    /// An Identity whose signature has so many octets more than usual.
    fn identity(payload: &str, more: usize) -> String {
        let payload = passport::tests::encode(payload.as_bytes());
        let signature = "s".repeat(86 + more);
        format!(
            "eyJhbGciOiJFUzI1NiJ9.{payload}.{signature};info=<https://h/c,1.pem>;alg=ES256;ppt=shaken"
        )
    }

    fn read(from: &str, lines: &str) -> Calling {
        try_read(from, lines).expect("the INVITE is read")
    }

    fn try_read(from: &str, lines: &str) -> Option<Calling> {
        let invite = format!(
            "INVITE sip:+33805691282@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: {from}\r\nTo: <sip:2@h>\r\n\
             Call-ID: c\r\nCSeq: 1 INVITE\r\n{lines}\r\n"
        );
        match Message::parse(invite.as_bytes()) {
            Ok(Message::Request(request)) => Some(Calling::read(&request.headers, request.from())),
            _ => None,
        }
    }
}
