//! The exact octets that a caller hears for one bulletin.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bulletin::{Bulletin, State as BulletinState, Territory};
use jiff::Timestamp;
use media::{Codec, Ptime, Reels};
use store::Recording;

use super::bearer::Bearer;
use super::rows;
use crate::app::App;
use crate::audio::Parts;
use crate::error::Error;
use crate::problem::Problem;

/// GET `/api/v1/bulletins/{id}/recording?codec=pcma`: lead-in and body as the line plays them back to back.
pub(crate) async fn hear(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    bearer: Bearer,
) -> Result<Response, Problem> {
    let codec = codec(query.as_deref())?;
    let bulletin = rows::bulletin(&app.store, &id).await?;
    bearer.check(&bulletin)?;
    let now = app.now();
    if matches!(
        bulletin.state(now),
        BulletinState::Cancelled | BulletinState::Expired
    ) {
        return Err(Error::OffAir.into());
    }
    let territory = rows::territory(&app.store, &bulletin.territory).await?;
    let parts = Parts::find(&app.store, &bulletin.id, bulletin.current().number).await?;
    let (lead_in, body) = parts
        .key(lead_in(&bulletin, &territory, now))
        .zip(parts.key("body"))
        .ok_or(Error::Unspoken)?;
    let mut octets = vec![];
    for key in [lead_in, body] {
        let recording = app
            .store
            .find_recording(key)
            .await?
            .ok_or(Error::Unspoken)?;
        append(&mut octets, recording, codec);
    }
    Ok((
        [
            (header::CONTENT_TYPE, OCTETS),
            (header::CACHE_CONTROL, UNKEPT),
        ],
        octets,
    )
        .into_response())
}

/// The lead-in that is due: on the day of the entry "today", afterwards the date.
fn lead_in(bulletin: &Bulletin, territory: &Territory, now: Timestamp) -> &'static str {
    let day = |at: Timestamp| at.to_zoned(territory.zone.clone()).date();
    if day(bulletin.current().at) == day(now) {
        "today"
    } else {
        "dated"
    }
}

/// Reads `codec=`; A-law, that of European networks, when it is not there.
fn codec(query: Option<&str>) -> Result<Codec, Error> {
    let mut fields = query
        .unwrap_or("")
        .split('&')
        .filter_map(|field| field.split_once('='));
    let Some((_, name)) = fields.find(|(name, _)| *name == "codec") else {
        return Ok(Codec::Pcma);
    };
    Codec::find(name).ok_or_else(|| Error::Value {
        field: "codec",
        value: name.chars().take(40).collect(),
        possible: Codec::ALL
            .map(|codec| codec.name().to_lowercase())
            .join(", "),
    })
}

/// Adds a recording, filled up with silence to whole packets as the line sends it.
fn append(octets: &mut Vec<u8>, recording: Recording, codec: Codec) {
    let Recording {
        pcma, pcmu, g722, ..
    } = recording;
    octets.extend(match (codec, g722) {
        (Codec::Pcma, _) => pcma,
        (Codec::Pcmu, _) => pcmu,
        (Codec::G722, Some(g722)) => g722,
        (Codec::G722, None) => Reels::from_narrow_octets(pcma, pcmu).g722.octets().to_vec(),
    });
    let whole = octets.len().next_multiple_of(Ptime::default().octets());
    octets.resize(whole, codec.silence());
}

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const UNKEPT: HeaderValue = HeaderValue::from_static("no-store");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_meant_unless_another_codec_is_named() {
        assert!(matches!(codec(None), Ok(Codec::Pcma)));
        assert!(matches!(codec(Some("x=1&codec=pcmu")), Ok(Codec::Pcmu)));
        assert!(matches!(codec(Some("codec=g722")), Ok(Codec::G722)));
        let refused = codec(Some("codec=opus"));
        assert!(
            matches!(&refused, Err(Error::Value { possible, .. }) if possible == "pcma, pcmu, g722"),
            "{refused:?}"
        );
    }
}
