//! A file with a person's voice that comes within a form (RFC 7578).

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use tokio::sync::OwnedSemaphorePermit;

use crate::api::UPLOAD_LIMIT;
use crate::app::Desk;
use crate::error::Error;

/// The most that a form with a file may have in octets: beside the file there are fields and their envelope.
pub(super) const LIMIT: usize = UPLOAD_LIMIT + 128 * 1024;

/// Reads a file; nothing where the person chose none, for which browsers send an empty one.
///
/// The second half is its seat in memory, to be kept until the file is let go.
///
/// # Errors
/// [`Error::Busy`] without a free seat, and those of [`refused`].
pub(super) async fn receive(
    field: &mut Field<'_>,
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

/// Lets what is left of a file pass unread.
///
/// # Errors
/// Those of [`refused`].
pub(super) async fn pass_over(field: &mut Field<'_>) -> Result<(), Error> {
    while field
        .chunk()
        .await
        .map_err(|error| refused(&error))?
        .is_some()
    {}
    Ok(())
}

/// [`Error::TooLarge`] or [`Error::CutShort`].
pub(super) fn refused(error: &MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(UPLOAD_LIMIT),
        _ => Error::CutShort,
    }
}
