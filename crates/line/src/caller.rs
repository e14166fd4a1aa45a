//! What is kept of who called: never a whole number (`docs/trunks.md` says why it is this much).

use std::fmt;

use bulletin::DialledNumber;
use sip::{Attestation, Invitation, Verstat};

/// Who called, as far as a record may say. Nothing about a call depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The beginning of the number.
    pub number: CallerNumber,
    /// What a carrier says it found when it checked the number.
    pub verstat: Option<Verstat>,
    /// What the carrier that signed the call claims to know.
    pub attestation: Option<Attestation>,
}

impl Caller {
    /// - `country`: for numbers written without one.
    pub(crate) fn of(invitation: &Invitation, country: &str) -> Self {
        let calling = &invitation.calling;
        let number = match numbers(invitation, country).next() {
            _ if calling.is_private => CallerNumber::Withheld,
            Some(number) => CallerNumber::Short(ShortNumber::of(&number)),
            None => CallerNumber::Absent,
        };
        Self {
            number,
            verstat: calling.verstat,
            attestation: calling.attestation,
        }
    }
}

/// The caller's own numbers: what the network asserts over what the caller's side says (RFC 3325 § 8).
pub(crate) fn numbers<'a>(
    invitation: &'a Invitation,
    country: &'a str,
) -> impl Iterator<Item = DialledNumber> + 'a {
    let uris = invitation.calling.asserted.iter();
    uris.chain([&invitation.from])
        .filter_map(move |uri| DialledNumber::parse(uri, country))
}

/// As much of a caller's number as is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallerNumber {
    /// There was none, or a name.
    #[default]
    Absent,
    /// The caller did not want it shown.
    Withheld,
    /// Its first digits.
    Short(ShortNumber),
}

impl CallerNumber {
    /// As records say it: `33639xxxxxx`, `withheld`, or nothing.
    #[must_use]
    pub fn as_text(self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Withheld => Some("withheld".to_owned()),
            Self::Short(short) => Some(short.to_string()),
        }
    }
}

/// The first digits of a number: at most five, country included, and never one of the last six. In France that is the
/// kind of telephone or the region, which a million numbers share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortNumber {
    kept: [u8; KEPT],
    /// Digits kept, and digits cut.
    lengths: (u8, u8),
}

impl ShortNumber {
    pub(crate) fn of(number: &DialledNumber) -> Self {
        let digits = number.as_str().trim_start_matches('+').as_bytes();
        let count = KEPT.min(digits.len().saturating_sub(CUT));
        let mut kept = [0; KEPT];
        kept[..count].copy_from_slice(&digits[..count]);
        let length = |count| u8::try_from(count).unwrap_or(u8::MAX);
        Self {
            kept,
            lengths: (length(count), length(digits.len() - count)),
        }
    }
}

impl fmt::Display for ShortNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kept, cut) = self.lengths;
        for &digit in &self.kept[..usize::from(kept)] {
            write!(f, "{}", char::from(digit))?;
        }
        (0..cut).try_for_each(|_| f.write_str("x"))
    }
}

/// Digits kept at most.
const KEPT: usize = 5;
/// Digits always cut.
const CUT: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sip::Calling;

    #[test]
    fn of_a_number_its_country_and_kind_are_kept() {
        for (uri, kept) in [
            ("sip:+33639980012@h;user=phone", Some("33639xxxxxx")),
            ("tel:0235001234;phone-context=+33", Some("33235xxxxxx")),
            ("tel:+442079460123", Some("44207xxxxxxx")),
            ("tel:+2901234", Some("2xxxxxx")),
            ("sip:203@pbx.example", None),
            ("sip:alice@pbx.example", None),
        ] {
            assert_eq!(text_of(&called_by(uri)).as_deref(), kept, "{uri}");
        }
    }

    #[test]
    fn what_the_network_asserts_counts_before_from() {
        let mut invitation = called_by("tel:+33199000001");
        invitation.calling.asserted = vec!["tel:+33639980012".to_owned()];

        assert_eq!(text_of(&invitation).as_deref(), Some("33639xxxxxx"));
    }

    #[test]
    fn of_a_caller_who_withholds_the_number_nothing_is_kept_of_it() {
        let mut invitation = called_by("tel:+33639980012");
        invitation.calling.is_private = true;

        assert_eq!(text_of(&invitation).as_deref(), Some("withheld"));
    }

    #[test]
    fn what_carriers_claim_is_kept_as_claimed() {
        let mut invitation = called_by("tel:+33639980012");
        invitation.calling.verstat = Some(Verstat::Failed);
        invitation.calling.attestation = Some(Attestation::C);

        let caller = Caller::of(&invitation, "33");

        assert_eq!(caller.verstat, Some(Verstat::Failed));
        assert_eq!(caller.attestation, Some(Attestation::C));
    }

    proptest! {
        #[test]
        fn the_last_six_digits_are_never_kept(digits in "[1-9][0-9]{6,14}") {
            let number = DialledNumber::parse(&format!("+{digits}"), "33");
            prop_assume!(number.is_some());
            let number = number.unwrap();
            // Of "+330…" the 0 is not part of the number.
            let digits = number.as_str().trim_start_matches('+');
            let text = ShortNumber::of(&number).to_string();
            prop_assert!(text.len() == digits.len() && text.ends_with("xxxxxx"));
            let kept = text.trim_end_matches('x');
            prop_assert!(kept.len() <= 5 && digits.starts_with(kept));
        }
    }

    fn text_of(invitation: &Invitation) -> Option<String> {
        Caller::of(invitation, "33").number.as_text()
    }

    fn called_by(from: &str) -> Invitation {
        Invitation {
            call_id: "1@carrier.example".to_owned(),
            request_uri: "sip:+33805691282@h".to_owned(),
            to: "sip:+33805691282@h".to_owned(),
            from: from.to_owned(),
            calling: Calling::default(),
            offer: None,
            p_called_party_id: None,
            diversion: vec![],
            history_info: vec![],
            source: "192.0.2.9:5060".parse().unwrap(),
            listener: 0,
        }
    }
}
