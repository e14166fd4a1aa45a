//! A form on its way in: fields, and perhaps a file with a person's voice (RFC 7578).

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use tokio::sync::OwnedSemaphorePermit;

use super::form::Form;
use crate::admin::upload::{pass_over, receive, refused};
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
    /// - `keeps_file`: whether a file is wanted; that of a stranger takes nobody's seat.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::CutShort`], [`Error::NotForm`]; never because of the file, of which the form then
    /// says what is wrong.
    pub(crate) async fn read(
        request: Request,
        desk: &Desk,
        keeps_file: bool,
    ) -> Result<Self, Error> {
        let mut parts = Multipart::from_request(request, desk)
            .await
            .map_err(|_| Error::NotForm)?;
        let mut submission = Self {
            id: String::new(),
            form: Form::default(),
            action: String::new(),
            sound: None,
        };
        while let Some(mut field) = parts.next_field().await.map_err(|error| refused(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "sound" {
                let received = match keeps_file {
                    true => receive(&mut field, desk).await,
                    false => Ok(None),
                };
                match received {
                    Ok(file) => submission.sound = file,
                    // The words are worth more than the sound: they are kept, and the reason stands beside its field.
                    Err(error) => {
                        submission.form.unheard = Some((error.french(), error.english()));
                    }
                }
                if pass_over(&mut field).await.is_err() {
                    break;
                }
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
