//! The exact octets that a caller hears for one bulletin.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bulletin::{Bulletin, State as BulletinState, Territory};
use jiff::Timestamp;
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
    let law = Law::of(query.as_deref())?;
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
        law.append(&mut octets, recording);
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

/// The law of G.711 in which the octets are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Law {
    A,
    Mu,
}

impl Law {
    /// Reads `codec=`; A-law, that of European networks, when it is not there.
    fn of(query: Option<&str>) -> Result<Self, Error> {
        let mut fields = query
            .unwrap_or("")
            .split('&')
            .filter_map(|field| field.split_once('='));
        match fields
            .find(|(name, _)| *name == "codec")
            .map(|(_, value)| value)
        {
            None | Some("pcma") => Ok(Self::A),
            Some("pcmu") => Ok(Self::Mu),
            Some(other) => Err(Error::Value {
                field: "codec",
                value: other.chars().take(40).collect(),
                possible: "pcma, pcmu".to_owned(),
            }),
        }
    }

    /// Adds a recording, filled up with silence to whole packets as the line sends it.
    fn append(self, octets: &mut Vec<u8>, recording: Recording) {
        let (sound, silence) = match self {
            Self::A => (recording.pcma, 0xD5),
            Self::Mu => (recording.pcmu, 0xFF),
        };
        octets.extend(sound);
        octets.resize(octets.len().next_multiple_of(PACKET), silence);
    }
}

/// Octets of G.711 in a packet of 20 ms.
const PACKET: usize = 160;
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const UNKEPT: HeaderValue = HeaderValue::from_static("no-store");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_meant_unless_the_other_is_named() {
        assert!(matches!(Law::of(None), Ok(Law::A)));
        assert!(matches!(Law::of(Some("x=1&codec=pcmu")), Ok(Law::Mu)));
        assert!(matches!(
            Law::of(Some("codec=opus")),
            Err(Error::Value { .. })
        ));
    }
}
