//! The sentences of [`Error`] in English, for `detail_en`.

use super::Error;

impl Error {
    /// What happened and what to do, in English.
    pub(crate) fn english(&self) -> String {
        match self {
            Self::NotFound => "There is nothing at this address.".to_owned(),
            Self::Method(method) => {
                format!("This address does not accept {method}; the Allow header lists what it does.")
            }
            Self::Token => "Give the token of a site in the header \"Authorization: Bearer …\".".to_owned(),
            Self::ReadOnly => "This token can only read: post with a token of scope \"post\".".to_owned(),
            Self::OtherSite => "This token belongs to another site: it can only act for its own.".to_owned(),
            Self::NotJson => "Send JSON, with the header \"Content-Type: application/json\".".to_owned(),
            Self::NotSound => "Send the file as it is, with its type, such as \"Content-Type: audio/webm\"; no form, no JSON.".to_owned(),
            Self::Unheard { english, .. } => english.clone(),
            Self::Busy => "Other recordings are being made: try again in a few seconds.".to_owned(),
            Self::TooLarge(limit) => format!("The body is longer than {limit} octets: shorten it."),
            Self::CutShort => "The body did not arrive in full: send it again.".to_owned(),
            Self::Malformed(why) => format!("The body is not valid JSON ({why})."),
            Self::Shape(why) => format!("The JSON has not the expected shape ({why})."),
            Self::UnknownFields(names) => {
                format!("Unknown fields at this address: {}. Remove them or correct their names.", names.join(", "))
            }
            Self::Missing(field) => format!("The field \"{field}\" is missing."),
            Self::Value { field, value, possible } => {
                format!("\"{value}\" is not possible in \"{field}\". Possible values: {possible}.")
            }
            Self::Both(one, other) => format!("Give \"{one}\" or \"{other}\", not both."),
            Self::Character => "A text holds the character U+0000, which no keyboard types: take it out and send again.".to_owned(),
            Self::Key => "The Idempotency-Key header must have 1 to 255 visible ASCII characters.".to_owned(),
            Self::KeyReused => {
                "This Idempotency-Key was used for another request: take a new one.".to_owned()
            }
            Self::Changed => "The bulletin changed meanwhile: read it again, then retry.".to_owned(),
            Self::Role => "Your role does not allow this: ask the manager of the territory or the administrator for it.".to_owned(),
            Self::ForeignOrigin => "This form was sent from another site: open the page of the desk and try again.".to_owned(),
            Self::NotForm => "Send a form, with \"Content-Type: application/x-www-form-urlencoded\".".to_owned(),
            Self::WrongPassword => "This address and this password do not go together: check both.".to_owned(),
            Self::WrongCode => "This code is not right, or was used before: wait for the next one and type its six digits.".to_owned(),
            Self::Link => "This link opens nothing: it was used, or it is too old. Ask for another one.".to_owned(),
            Self::Weak(weak) => weak.english().to_owned(),
            Self::Unlike => "The two passwords are not the same: type the same one twice.".to_owned(),
            Self::Resting(pause) => format!("Too many wrong tries: try again in {} s.", pause.as_secs().max(1)),
            Self::Crowded => "Many people are signing in at this moment: try again in a few seconds.".to_owned(),
            Self::Refused(refusal) => refusal.english(),
            Self::Unspoken => "The recording is not ready: the bulletin's \"speech\" state says where it stands.".to_owned(),
            Self::Unspeakable => "A voice cannot read these words: put them another way.".to_owned(),
            Self::Voiceless => "No voice works at this moment: record your own, or try again in a minute.".to_owned(),
            Self::OffAir => "This bulletin is no longer on the line: there is nothing to hear.".to_owned(),
            Self::TooSlow(limit) => format!("The request took more than {} s: try again.", limit.as_secs()),
            Self::Starting => "The service is starting: try again in a few seconds.".to_owned(),
            Self::Store(_) => {
                "The service can neither read nor store at this moment. Try again in a few seconds, with the same Idempotency-Key.".to_owned()
            }
            Self::Fault(_) => "The service met an error; it is logged. Try again in a moment.".to_owned(),
        }
    }
}
