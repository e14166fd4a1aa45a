//! One mail, from its words to the octets of RFC 5322.

use bulletin::{EmailAddress, Language};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, Message};

use super::{Inner, MailFailure};

/// Plain text for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whom it is for.
    pub to: EmailAddress,
    /// One line.
    pub subject: String,
    /// The text; its lines end with LF.
    pub text: String,
    /// Language of the text.
    pub language: Language,
    /// Names this mail for ever, in letters, digits, `.`, `_` and `-`: a mail that is sent twice bears the same
    /// Message-ID, by which mail programs drop the second.
    pub key: String,
    /// The keys of the mails to the same person that this one goes on from, oldest first.
    pub follows: Vec<String>,
    /// For mail that was subscribed to: the address to which a mail program posts to end that (RFC 8058).
    pub unsubscribe: Option<String>,
}

impl Inner {
    /// Puts a mail into the form in which it travels; whom it is for stands on its envelope.
    pub(super) fn compose(&self, mail: &Mail) -> Result<(Address, Vec<u8>), MailFailure> {
        let refused = |why: String| MailFailure::Refused { why };
        let to = mail.to.as_str().parse::<Address>();
        let to = to.map_err(|error| MailFailure::NoSuchAddress {
            why: error.to_string(),
        })?;
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(one_line(&mail.subject))
            .message_id(Some(self.message_id(&mail.key)))
            .header(ContentType::TEXT_PLAIN)
            .header(Field::<AutoSubmitted>::new("auto-generated"))
            .header(Field::<ContentLanguage>::new(mail.language.as_str()));
        if let Some(last) = mail.follows.last() {
            let all: Vec<_> = mail
                .follows
                .iter()
                .map(|key| self.message_id(key))
                .collect();
            builder = builder
                .in_reply_to(self.message_id(last))
                .references(all.join(" "));
        }
        if let Some(address) = &mail.unsubscribe {
            builder = one_click(builder, address);
        }
        let message = builder.body(mail.text.clone());
        let message = message.map_err(|error| refused(error.to_string()))?;
        Ok((to, message.formatted()))
    }

    /// A mail's name for ever (RFC 5322 § 3.6.4).
    fn message_id(&self, key: &str) -> String {
        format!("<{key}@{}>", self.settings.from.domain())
    }
}

/// Unsubscribing by a button of the mail program: both headers together, and the address over HTTP (RFC 8058 § 3.1).
fn one_click(builder: MessageBuilder, address: &str) -> MessageBuilder {
    builder
        .header(Field::<ListUnsubscribe>::new(&format!("<{address}>")))
        .header(Field::<ListUnsubscribePost>::new(
            "List-Unsubscribe=One-Click",
        ))
}

fn one_line(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    words.join(" ")
}

/// A header that lettre does not know, of visible ASCII; it is never folded, for an address in it must stay whole.
struct Field<N> {
    value: String,
    name: std::marker::PhantomData<N>,
}

impl<N> Field<N> {
    fn new(value: &str) -> Self {
        let visible = value.chars().filter(|c| (' '..='~').contains(c));
        Self {
            value: visible.collect(),
            name: std::marker::PhantomData,
        }
    }
}

impl<N> Clone for Field<N> {
    fn clone(&self) -> Self {
        Self::new(&self.value)
    }
}

impl<N: Named> Header for Field<N> {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str(N::NAME)
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self::new(text))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::dangerous_new_pre_encoded(Self::name(), self.value.clone(), self.value.clone())
    }
}

trait Named {
    const NAME: &'static str;
}

struct AutoSubmitted;
struct ContentLanguage;
struct ListUnsubscribe;
struct ListUnsubscribePost;

impl Named for AutoSubmitted {
    const NAME: &'static str = "Auto-Submitted";
}
impl Named for ContentLanguage {
    const NAME: &'static str = "Content-Language";
}
impl Named for ListUnsubscribe {
    const NAME: &'static str = "List-Unsubscribe";
}
impl Named for ListUnsubscribePost {
    const NAME: &'static str = "List-Unsubscribe-Post";
}
