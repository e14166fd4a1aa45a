//! A form on its way in: fields, and perhaps a file with a person's voice (RFC 7578).

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use tokio::sync::OwnedSemaphorePermit;

use super::form::Form;
use crate::api::UPLOAD_LIMIT;
use crate::app::Desk;
use crate::error::Error;

/// What a person has sent.
pub(crate) struct Submission {
    /// The name of the draft, drawn when the form was shown.
    pub(crate) id: String,
    pub(crate) form: Form,
    /// The button that was pressed.
    pub(crate) action: String,
    /// The file with a voice, and the seat it sits on in memory.
    pub(crate) sound: Option<(Bytes, OwnedSemaphorePermit)>,
}

impl Submission {
    /// Reads a request to its end.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::CutShort`], [`Error::NotForm`], [`Error::Busy`].
    pub(crate) async fn read(request: Request, desk: &Desk) -> Result<Self, Error> {
        let mut parts = Multipart::from_request(request, desk)
            .await
            .map_err(|_| Error::NotForm)?;
        let mut submission = Self {
            id: String::new(),
            form: Form::default(),
            action: String::new(),
            sound: None,
        };
        while let Some(field) = parts.next_field().await.map_err(|error| refused(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "sound" {
                submission.sound = sound(field, desk).await?;
                continue;
            }
            let value = field.text().await.map_err(|error| refused(&error))?;
            match name.as_str() {
                "id" => submission.id = value,
                "do" => submission.action = value,
                name => submission.form.set(name, value),
            }
        }
        Ok(submission)
    }
}

/// A file; nothing where the person chose none, for which browsers send an empty one.
async fn sound(
    mut field: Field<'_>,
    desk: &Desk,
) -> Result<Option<(Bytes, OwnedSemaphorePermit)>, Error> {
    let Some(first) = field.chunk().await.map_err(|error| refused(&error))? else {
        return Ok(None);
    };
    let seat = desk.uploads.clone().try_acquire_owned();
    let seat = seat.map_err(|_| Error::Busy)?;
    let mut file = first.to_vec();
    while let Some(more) = field.chunk().await.map_err(|error| refused(&error))? {
        file.extend_from_slice(&more);
    }
    Ok((!file.is_empty()).then(|| (file.into(), seat)))
}

fn refused(error: &MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(UPLOAD_LIMIT),
        _ => Error::CutShort,
    }
}
