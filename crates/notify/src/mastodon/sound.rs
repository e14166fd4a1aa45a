//! The sound of the line beside a status, with its text as the description for those who cannot hear it.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::{sleep, timeout};

use super::Mastodon;
use crate::announcement::Sound;
use crate::http::multipart;
use crate::{Announcement, Request, SecretText};

impl Mastodon {
    /// Sends the sound and waits until it can be attached; `None` where that fails or takes too long, since the words
    /// matter more.
    pub(super) async fn upload(
        &self,
        sound: &Sound,
        announcement: &Announcement,
        token: &SecretText,
    ) -> Option<String> {
        timeout(PATIENCE, self.uploaded(sound, announcement, token))
            .await
            .ok()?
    }

    async fn uploaded(
        &self,
        sound: &Sound,
        announcement: &Announcement,
        token: &SecretText,
    ) -> Option<String> {
        let description: String = announcement
            .entry
            .text
            .chars()
            .take(MOST_DESCRIPTION)
            .collect();
        let name = match sound.media_type {
            "audio/ogg" => "allo.ogg",
            _ => "allo.wav",
        };
        let (media_type, body) = multipart::encoded(
            &[("description", &description)],
            "file",
            name,
            sound.media_type,
            &sound.octets,
        );
        let request = Request::post(self.server.join("/api/v2/media")).bearer(token);
        let answer = self
            .http
            .send(request.content(&media_type, body))
            .await
            .ok()?;
        let media: Media = answer.json().filter(|_| answer.is_success())?;
        let mut ready = answer.status == 200;
        while !ready {
            sleep(PAUSE).await;
            let address = self.server.join(&format!("/api/v1/media/{}", media.id));
            let answer = self
                .http
                .send(Request::get(address).bearer(token))
                .await
                .ok()?;
            ready = match answer.status {
                200 => true,
                206 => false,
                _ => return None,
            };
        }
        Some(media.id)
    }
}

#[derive(Deserialize)]
struct Media {
    id: String,
}

/// For sending and processing: people wait for the words.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(500);
/// What Mastodon takes as a description.
const MOST_DESCRIPTION: usize = 1500;
