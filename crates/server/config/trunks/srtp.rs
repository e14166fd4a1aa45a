//! `srtp`: whether the sound of a trunk is encrypted.

use line::SrtpPolicy;

use super::Fault;

/// Reads the word; without one, sound is encrypted where the caller offers it.
pub(super) fn parse(word: Option<&str>) -> Result<SrtpPolicy, Fault> {
    match word.map(str::trim) {
        None => Ok(SrtpPolicy::default()),
        Some("never") => Ok(SrtpPolicy::Never),
        Some("offered") => Ok(SrtpPolicy::Offered),
        Some("required") => Ok(SrtpPolicy::Required),
        Some(other) => Err(Fault::Srtp(other.to_owned())),
    }
}

/// The word of a file.
pub(super) fn word(policy: SrtpPolicy) -> &'static str {
    match policy {
        SrtpPolicy::Never => "never",
        SrtpPolicy::Offered => "offered",
        SrtpPolicy::Required => "required",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_has_its_word_and_other_words_are_refused_with_these() {
        for policy in [SrtpPolicy::Never, SrtpPolicy::Offered, SrtpPolicy::Required] {
            assert_eq!(parse(Some(word(policy))), Ok(policy));
        }
        assert_eq!(parse(None), Ok(SrtpPolicy::Offered));
        let refused = parse(Some("always")).unwrap_err().to_string();
        assert!(refused.contains("never, offered or required"), "{refused}");
    }
}
