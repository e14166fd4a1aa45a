//! `allo token list`: what is known of a token, which is everything but the token.

use jiff::Timestamp;
use store::KeptToken;

/// Id, site, scope, label, when it was made, last of use and revoked, with a tab between two; a label of several lines
/// stays on one.
pub(super) fn line(token: &KeptToken) -> String {
    let at = |label: &str, at: Option<Timestamp>| {
        at.map_or_else(|| "-".to_owned(), |at| format!("{label} {at:.0}"))
    };
    let label: String = token
        .label
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    [
        token.id.clone(),
        token.site.to_string(),
        token.scope.as_str().to_owned(),
        label,
        at("made", token.made_at),
        at("used", token.used_at),
        at("revoked", token.revoked_at),
    ]
    .join("\t")
}
