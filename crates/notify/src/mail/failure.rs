//! What a mail server's refusal means: for this address, for this mail, or for all mail.

use lettre::transport::smtp::Error;

use crate::Failure;

/// Why a mail was not taken. The words hold what the server said, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFailure {
    /// The server does not take this mail at the moment: its own words, a 4xx.
    #[error("{why}")]
    Later {
        /// What the server said.
        why: String,
    },
    /// No mail leaves: the server cannot be reached, or refuses this side as a whole.
    #[error("{why}")]
    Stuck {
        /// What happened.
        why: String,
    },
    /// There is no such mailbox, or it takes nothing any more: writing again would make us a nuisance.
    #[error("{why}")]
    NoSuchAddress {
        /// What the server said.
        why: String,
    },
    /// This mail is refused for good, for another reason than its address.
    #[error("{why}")]
    Refused {
        /// What the server said.
        why: String,
    },
}

/// How far a server had come with a mail when it refused (RFC 5321 § 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The greeting, TLS, the account: no mail is in hand.
    Opening,
    /// MAIL, which names this side.
    Sender,
    /// RCPT, which names whom it is for.
    Recipient,
    /// DATA, and the mail itself.
    Content,
}

impl MailFailure {
    pub(super) fn of(step: Step, error: &Error) -> Self {
        let why = match std::error::Error::source(error) {
            Some(cause) if !error.to_string().contains(&cause.to_string()) => {
                format!("{error}: {cause}")
            }
            _ => error.to_string(),
        };
        let Some(code) = error.status() else {
            return Self::Stuck { why };
        };
        Self::judge(step, code.into(), why)
    }

    /// Reads a reply code (RFC 5321 § 4.2.3) and the enhanced one that may stand in the words (RFC 3463), which tells
    /// an address (X.1, X.2) from a policy (X.7). Only RCPT is about the reader's address: what is refused before it
    /// would be refused of every mail.
    fn judge(step: Step, code: u16, why: String) -> Self {
        match (step, code, enhanced_code(&why)) {
            // Closing, or no room for anybody; no TLS, no authentication at the moment.
            (_, 421 | 454, _) => Self::Stuck { why },
            (_, 400..=499, _) => Self::Later { why },
            // Authentication: missing, too weak, wrong, or not without TLS (RFC 4954 § 6).
            (_, 530 | 534 | 535 | 538, _) => Self::Stuck { why },
            (Step::Opening | Step::Sender, ..) => Self::Stuck { why },
            // The sender's address, which many servers look at no sooner than here.
            (Step::Recipient, 500..=599, Some((1, 7 | 8))) => Self::Stuck { why },
            (Step::Recipient, 500..=599, Some((1 | 2, _))) => Self::NoSuchAddress { why },
            (Step::Recipient, 550 | 551 | 553, None) => Self::NoSuchAddress { why },
            (Step::Recipient | Step::Content, ..) => Self::Refused { why },
        }
    }
}

impl From<MailFailure> for Failure {
    fn from(failure: MailFailure) -> Self {
        match failure {
            MailFailure::Later { why } | MailFailure::Stuck { why } => {
                Self::Later { why, after: None }
            }
            MailFailure::NoSuchAddress { why } | MailFailure::Refused { why } => {
                Self::Never { why }
            }
        }
    }
}

/// Subject and detail of the first enhanced code (`5.1.8` has 1 and 8) among some words.
fn enhanced_code(words: &str) -> Option<(u16, u16)> {
    let mut codes = words.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    codes.find_map(|word| {
        let mut parts = word.split('.');
        let class = parts.next()?;
        let subject = parts.next()?.parse().ok()?;
        let detail = parts.next()?.parse().ok()?;
        let is_whole = ["4", "5"].contains(&class) && parts.next().is_none();
        is_whole.then_some((subject, detail))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_of_the_address_of_the_mail_or_of_us() {
        for (code, words, meant) in [
            (450, "4.2.0 greylisted, try again", "later"),
            (452, "4.2.2 mailbox full", "later"),
            (451, "local error", "later"),
            (421, "4.7.0 too many connections", "stuck"),
            (454, "4.7.0 temporary authentication failure", "stuck"),
            (535, "5.7.8 authentication credentials invalid", "stuck"),
            (530, "5.7.0 must issue a STARTTLS command first", "stuck"),
            (550, "5.1.1 no such user", "address"),
            (550, "no such user here", "address"),
            (552, "5.2.2 mailbox full for good", "address"),
            (554, "5.1.1 recipient unknown", "address"),
            (550, "5.7.1 listed at 192.0.2.1", "refused"),
            (554, "transaction failed", "refused"),
            (552, "5.3.4 message too big", "refused"),
        ] {
            assert_eq!(kind(Step::Recipient, code, words), meant, "{code} {words}");
        }
    }

    #[test]
    fn what_is_refused_of_the_sender_or_of_the_content_says_nothing_of_the_readers_address() {
        for (step, code, words, meant) in [
            (Step::Opening, 554, "no mail service here", "stuck"),
            (Step::Sender, 550, "5.1.8 sender rejected", "stuck"),
            (Step::Sender, 553, "sender not owned", "stuck"),
            (Step::Sender, 550, "5.1.1 no such user", "stuck"),
            (Step::Sender, 451, "try again", "later"),
            (Step::Recipient, 550, "5.1.8 sender rejected", "stuck"),
            (Step::Recipient, 553, "5.1.7 bad sender syntax", "stuck"),
            (Step::Content, 550, "looks like spam", "refused"),
            (Step::Content, 550, "5.1.1 no such user", "refused"),
            (Step::Content, 550, "5.1.8 sender rejected", "refused"),
            (Step::Content, 451, "try again", "later"),
        ] {
            assert_eq!(kind(step, code, words), meant, "{step:?} {code} {words}");
        }
    }

    #[test]
    fn an_address_of_ipv4_among_the_words_is_no_code() {
        assert_eq!(enhanced_code("blocked 5.1.1.9, see 5.7.1"), Some((7, 1)));
        assert_eq!(enhanced_code("no such user"), None);
    }

    fn kind(step: Step, code: u16, words: &str) -> &'static str {
        match MailFailure::judge(step, code, words.to_owned()) {
            MailFailure::Later { .. } => "later",
            MailFailure::Stuck { .. } => "stuck",
            MailFailure::NoSuchAddress { .. } => "address",
            MailFailure::Refused { .. } => "refused",
        }
    }
}
