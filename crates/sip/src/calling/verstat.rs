//! `verstat`: what the carrier at our end found when it checked the caller's number (3GPP TS 24.229 § 7.2A.20).

use crate::header::NameAddr;

/// The result of a check that somebody else has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verstat {
    /// The signature is right and the number is the signer's to use.
    Passed,
    /// It is not.
    Failed,
    /// There was nothing to check.
    NotValidated,
}

impl Verstat {
    /// The word of the specification.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "TN-Validation-Passed",
            Self::Failed => "TN-Validation-Failed",
            Self::NotValidated => "No-TN-Validation",
        }
    }

    /// Some carriers add the attestation behind a dash: `TN-Validation-Passed-A`.
    fn parse(word: &[u8]) -> Option<Self> {
        let all = [Self::Passed, Self::Failed, Self::NotValidated];
        all.into_iter().find(|one| {
            let known = one.as_str().as_bytes();
            let (start, rest) = word.split_at(known.len().min(word.len()));
            start.eq_ignore_ascii_case(known) && matches!(rest, [] | [b'-', ..])
        })
    }
}

/// The one of a name and address: a parameter of the number, of the URI, or of the header.
pub(super) fn of(address: &NameAddr<'_>) -> Option<Verstat> {
    let of_uri = address.uri.split(|&octet| octet == b';').skip(1);
    let of_uri = of_uri.filter_map(|parameter| {
        let end = parameter.iter().position(|octet| b"@?".contains(octet));
        let parameter = &parameter[..end.unwrap_or(parameter.len())];
        let (name, word) = parameter.split_at(NAME.len().min(parameter.len()));
        name.eq_ignore_ascii_case(NAME).then_some(word)
    });
    of_uri
        .chain(address.params.find("verstat"))
        .find_map(Verstat::parse)
}

const NAME: &[u8] = b"verstat=";
