//! What a form brings.

use axum::extract::{Form, FromRequest, Request, rejection::FormRejection};

use super::Trouble;
use crate::app::Desk;
use crate::error::Error;

/// The fields of a posted form, in their order; names may come several times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first field of this name as it was typed; empty without one.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field of this name.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let fields = self.0.iter().filter(move |(one, _)| one == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// Whether a box of this name was ticked: browsers leave out those that are not.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }
}

impl From<Vec<(String, String)>> for Fields {
    fn from(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }
}

impl FromRequest<Desk> for Fields {
    type Rejection = Trouble;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Trouble> {
        match Form::from_request(request, desk).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(Trouble(refusal(&rejection))),
        }
    }
}

fn refusal(rejection: &FormRejection) -> Error {
    match rejection {
        FormRejection::InvalidFormContentType(_) => Error::NotForm,
        FormRejection::BytesRejection(rejection) if rejection.status() == 413 => {
            Error::TooLarge(LIMIT)
        }
        FormRejection::BytesRejection(_) => Error::CutShort,
        other => Error::Shape(other.to_string()),
    }
}

/// The longest form: a bulletin of 600 characters, each of them nine octets once escaped, takes a tenth of it.
pub(super) const LIMIT: usize = 64 * 1024;
