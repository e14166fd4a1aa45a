//! One operator's call, from the code to the bulletin or the draft.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bulletin::{
    Bulletin, BulletinId, Event, Kind, Language, Lifetime, RecordingKey, Site, Territory, notice,
};
use jiff::Timestamp;
use line::{DictatedCall, Saying, Word};
use speech::Pcm;
use store::KeptDraft;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Desk;
use super::gate::Verdict;
use super::recording::{self, Tape};
use crate::jobs::speak;
use crate::secrets;

/// Whoever is at the telephone: nothing is published for a caller who was not let in here, whatever the line says.
pub(super) struct Attendance {
    desk: Arc<Desk>,
    call: DictatedCall,
    poster: Option<(Site, Territory)>,
    /// How the thread names whoever was let in.
    author: String,
    place: Option<OwnedSemaphorePermit>,
    chosen: Option<(Kind, Event)>,
    tape: Option<Tape>,
    /// What was spoken, as it came and as callers will hear it.
    sound: Option<Pcm>,
    recording: Option<speech::Recording>,
    /// The bulletin of this choice: asked twice, it is published once.
    id: BulletinId,
    is_done: bool,
}

impl Attendance {
    /// Knows nothing of the caller yet.
    pub(super) fn new(desk: Arc<Desk>, call: DictatedCall) -> Self {
        Self {
            desk,
            call,
            poster: None,
            author: String::new(),
            place: None,
            chosen: None,
            tape: None,
            sound: None,
            recording: None,
            id: BulletinId::from_random(secrets::random_name()),
            is_done: false,
        }
    }

    /// Does what the call asks for until it is over, and keeps a draft of what was not published.
    pub(super) async fn attend(mut self, mut said: mpsc::Receiver<Saying>) {
        while let Ok(Some(what)) = tokio::time::timeout(LONGEST_SILENCE, said.recv()).await {
            if let Some(word) = self.handle(what).await {
                self.desk.answer(self.call, word);
            }
        }
        self.keep_draft().await;
    }

    async fn handle(&mut self, what: Saying) -> Option<Word> {
        match what {
            Saying::Credentials { code, pin } => {
                let verdict = self.desk.gate.judge(&code, &pin, Instant::now()).await;
                if matches!(verdict, Verdict::Welcome(_)) {
                    self.author = format!("telephone:{}", code.reveal());
                }
                return Some(self.let_in(verdict).await);
            }
            _ if self.poster.is_none() => {}
            Saying::Chosen { kind, event } => {
                self.chosen = Some((kind, event));
                self.id = BulletinId::from_random(secrets::random_name());
                (self.tape, self.sound, self.recording) = (None, None, None);
            }
            Saying::RecordingBegins => {
                self.tape = Some(Tape::default());
                (self.sound, self.recording) = (None, None);
            }
            Saying::Sound(packet) => {
                if let Some(tape) = &mut self.tape {
                    tape.take(&packet);
                }
            }
            Saying::Key => {
                if let Some(tape) = &mut self.tape {
                    tape.blank_key();
                }
            }
            Saying::RecordingEnds => return Some(self.end_recording().await),
            Saying::Publish { with_recording } => return Some(self.publish(with_recording).await),
            Saying::Abandoned => self.chosen = None,
            Saying::Over => {}
        }
        None
    }

    async fn let_in(&mut self, verdict: Verdict) -> Word {
        let slug = match verdict {
            Verdict::Welcome(slug) => slug,
            Verdict::Wrong => return Word::Wrong,
            Verdict::Locked => return Word::Locked,
            Verdict::Trouble => return Word::Trouble,
        };
        if self.place.is_none() {
            let Ok(place) = Arc::clone(&self.desk.places).try_acquire_owned() else {
                return Word::Busy;
            };
            self.place = Some(place);
        }
        match self.find_poster(slug).await {
            Ok(Some(poster)) => {
                tracing::info!(site = %poster.0.slug, "an operator dictates by telephone");
                self.poster = Some(poster);
                Word::Welcome
            }
            Ok(None) => Word::Trouble,
            Err(error) => {
                tracing::error!(%error, "the site of an operator cannot be read");
                Word::Trouble
            }
        }
    }

    async fn find_poster(
        &self,
        slug: bulletin::SiteSlug,
    ) -> Result<Option<(Site, Territory)>, store::Error> {
        let store = &self.desk.store;
        let mut sites = store.sites().await?.into_iter();
        let Some(site) = sites.find(|one| one.slug == slug) else {
            return Ok(None);
        };
        let mut territories = store.territories().await?.into_iter();
        let territory = territories.find(|one| one.slug == site.territory);
        Ok(territory.map(|territory| (site, territory)))
    }

    /// Puts the recording together and masters it, away from what has a clock to keep.
    async fn end_recording(&mut self) -> Word {
        let Some(tape) = self.tape.take() else {
            return Word::Unheard;
        };
        let work = move || {
            let sound = tape.finish();
            let mastered = sound.as_ref().map(|sound| {
                let recording = recording::mastered(sound)?;
                let reels = recording::reels(&recording);
                Ok::<_, Word>((recording, reels))
            });
            (sound, mastered)
        };
        let Ok((sound, mastered)) = tokio::task::spawn_blocking(work).await else {
            return Word::Trouble;
        };
        self.sound = sound;
        match mastered {
            Some(Ok((recording, reels))) => {
                self.recording = Some(recording);
                Word::Take(reels)
            }
            Some(Err(word)) => word,
            None => Word::Unheard,
        }
    }

    async fn publish(&mut self, with_recording: bool) -> Word {
        if self.is_done {
            return Word::Published;
        }
        match self.try_publish(with_recording).await {
            Ok(()) => {
                self.is_done = true;
                self.show().await;
                Word::Published
            }
            Err(why) => {
                tracing::error!(why, "a dictation could not be published");
                Word::Trouble
            }
        }
    }

    async fn try_publish(&self, with_recording: bool) -> Result<(), String> {
        let (site, territory) = self.poster.as_ref().ok_or("nobody was let in")?;
        let (kind, event) = self.chosen.ok_or("nothing was chosen")?;
        let recording = self.recording.as_ref().filter(|_| with_recording);
        let heard_at = recording.and_then(|_| territory.numbers.first());
        let draft = bulletin::Draft {
            kind,
            events: vec![event],
            nuisances: vec![],
            text: notice(site, kind, event, heard_at),
            language: Language::French,
            starts_at: None,
            ends_at: None,
            lifetime: Lifetime::default(),
        };
        let now = Timestamp::now();
        let composed =
            Bulletin::compose(self.id.clone(), site, territory, draft, &self.author, now);
        let mut bulletin = composed.map_err(|refusal| refusal.english())?;
        if let Some(recording) = recording {
            let row = speak::as_row(recording);
            let key = RecordingKey::parse(&row.key).map_err(|refusal| refusal.english())?;
            let saved = self.desk.store.save_take(&site.slug, &row, now).await;
            saved.map_err(|error| error.to_string())?;
            bulletin.attach_recording(key);
        }
        let jobs = [speak::job(&bulletin, now)];
        match self
            .desk
            .store
            .insert_bulletin(&bulletin, &jobs, None)
            .await
        {
            Ok(()) => {}
            // Written by an attempt whose answer was lost.
            Err(store::Error::Conflict) => {}
            Err(error) => return Err(error.to_string()),
        }
        tracing::info!(bulletin.id = %bulletin.id, site = %site.slug, recorded = recording.is_some(), "a bulletin was posted by telephone");
        Ok(())
    }

    /// Wakes those who wait for work and has the page and the programme follow; the post stands whatever happens.
    async fn show(&self) {
        self.desk.posted.notify_waiters();
        let refresh = self.desk.programmes.refresh_logged();
        if tokio::time::timeout(PATIENCE, refresh).await.is_err() {
            tracing::warn!("the programme was not rebuilt in time after a dictation");
        }
    }

    /// Keeps what was chosen and spoken, unless it is published or was given up.
    async fn keep_draft(mut self) {
        let (Some((site, _)), Some((kind, event)), false) =
            (self.poster.take(), self.chosen, self.is_done)
        else {
            return;
        };
        let sound = self
            .tape
            .take()
            .and_then(Tape::finish)
            .or(self.sound.take());
        let draft = KeptDraft {
            id: self.id.to_string(),
            kind,
            event,
            at: Timestamp::now(),
            duration_ms: sound.as_ref().map_or(0, Pcm::duration_ms),
        };
        let wav = sound.as_ref().map(speech::wav::write);
        for attempt in 1..=DRAFT_ATTEMPTS {
            match self
                .desk
                .store
                .save_draft(&site.slug, &draft, wav.as_deref())
                .await
            {
                Ok(()) => {
                    tracing::info!(site = %site.slug, "a dictation that was not published is kept as a draft");
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, attempt, "the draft of a dictation cannot be written");
                }
            }
            if self.desk.line.strong_count() == 0 {
                return; // the program is being stopped
            }
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
    }
}

/// No call is that long: whoever says nothing for so long has gone without a word.
const LONGEST_SILENCE: Duration = Duration::from_secs(900);
const PATIENCE: Duration = Duration::from_secs(2);
/// A database that is back within ten minutes gets the draft.
const DRAFT_ATTEMPTS: u32 = 60;
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(10);
