//! Speaks what a territory or a bulletin says, once, and keeps the recordings.
//!
//! A bulletin has three parts: `today` and `dated` are its two lead-ins ("publié aujourd'hui à …",
//! "publié lundi … à …"), both spoken at once so that no voice is needed at midnight; `body` is
//! the text, or what a person has recorded of it. The parts of a territory are those of [`territory`].

mod joined;
pub(crate) mod territory;
mod turns;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bulletin::{Bulletin, BulletinId, Kind, Language, RecordingKey, State, TerritorySlug};
use jiff::Timestamp;
use media::Codec;
use serde::{Deserialize, Serialize};
use speech::{Lexicon, Spoken, Studio, script};
use store::{Job, NewJob, Store};
use tokio::sync::Notify;

use crate::jobs::Failure;
use crate::jobs::speak::joined::joined;
use crate::jobs::speak::turns::Turns;
use crate::programme::Programmes;
use crate::voices;

/// The kind of a job that speaks the latest entry of a bulletin; `web` inserts it with each post.
pub(crate) const KIND: &str = "speak";
/// The job that speaks the latest entry of a bulletin.
pub(crate) fn job(bulletin: &Bulletin, now: Timestamp) -> NewJob {
    let (id, entry) = (&bulletin.id, bulletin.current().number);
    NewJob {
        kind: KIND.into(),
        payload: serde_json::json!({ "bulletin": id.as_str(), "entry": entry }).to_string(),
        run_at: now,
        unique: Some(format!("{KIND}/{id}/{entry}")),
    }
}

/// Whose speech a row of the store is: one entry of a bulletin.
pub(crate) fn owner(bulletin: &BulletinId, entry: u32) -> String {
    format!("bulletin/{bulletin}/{entry}")
}

/// Whose speech a row of the store is: a territory.
pub(crate) fn territory_owner(slug: &TerritorySlug) -> String {
    format!("territory/{slug}")
}

/// Turns words into recordings of the store.
pub(crate) struct Speaker {
    store: Store,
    studio: Arc<Studio>,
    data: PathBuf,
    programmes: Arc<Programmes>,
    /// Told when there are jobs for others.
    wake: Arc<Notify>,
    turns: Turns,
    trouble: Mutex<Option<String>>,
}

impl Speaker {
    /// A speaker that refreshes `programmes` when something new can be heard; `data` may hold lexicons.
    pub(crate) fn new(
        store: Store,
        studio: Arc<Studio>,
        data: PathBuf,
        programmes: Arc<Programmes>,
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            store,
            studio,
            data,
            programmes,
            wake,
            turns: Turns::default(),
            trouble: Mutex::new(None),
        }
    }

    /// What is wrong with the voice, if its last word did not come out.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Voices whose last word did not come out, with the reason.
    pub(crate) fn voice_troubles(&self) -> Vec<(String, String)> {
        self.studio.troubles()
    }

    /// Does one job of this file's kinds.
    ///
    /// # Errors
    /// [`Failure::Final`] when the rows it names are gone, [`Failure::Later`] when the voice or
    /// the store failed.
    pub(crate) async fn perform(&self, job: &Job) -> Result<(), Failure> {
        let payload: Payload = serde_json::from_str(&job.payload)
            .map_err(|error| Failure::Final(format!("the payload cannot be read: {error}")))?;
        match payload {
            Payload::Bulletin { bulletin, entry } => self.speak_bulletin(&bulletin, entry).await,
            Payload::Territory { territory } if job.kind == web::SPEAK_ANEW => {
                self.speak_anew(&territory).await
            }
            Payload::Territory { territory } => self.speak_territory(&territory).await,
        }
    }

    async fn speak_bulletin(&self, id: &str, entry: u32) -> Result<(), Failure> {
        let id = BulletinId::parse(id).map_err(gone)?;
        let owner = owner(&id, entry);
        let _turn = self.turns.take(&owner).await;
        let Some(bulletin) = self.store.find_bulletin(&id).await? else {
            return Err(gone(id));
        };
        if bulletin.current().number != entry {
            return Ok(()); // a later entry has its own job
        }
        let territories = self.store.territories().await?;
        let sites = self.store.registered_sites().await?;
        let territory = territories
            .iter()
            .find(|one| one.slug == bulletin.territory);
        let mut known = sites.iter().map(|one| &one.site);
        let site = known.find(|one| one.slug == bulletin.site);
        let (Some(territory), Some(site)) = (territory, site) else {
            return Err(gone(&bulletin.site));
        };
        let lexicon = self.lexicon(&territory.slug).await;
        let words = match script::bulletin(&bulletin, site, territory, &lexicon) {
            Ok(words) => words,
            Err(error) => {
                self.store
                    .set_speech_state(&owner, "failed", &error.to_string())
                    .await?;
                self.programmes.refresh_logged().await;
                return Err(Failure::Final(error.to_string()));
            }
        };
        let mut detail = "";
        if let Some(key) = &bulletin.current().recording {
            if let Some(person) = self.playable(key).await? {
                let lead_ins = [words.today, words.dated];
                return self
                    .present(&owner, &bulletin, &person, lead_ins, words.closing)
                    .await;
            }
            tracing::error!(bulletin.id = %id, entry, recording = %key, "{LOST}");
            detail = LOST;
        }
        let parts = [
            ("today", words.today),
            ("dated", words.dated),
            ("body", words.body),
        ];
        let parts = parts.map(|(name, words)| (name.to_owned(), words)).to_vec();
        self.record(&owner, parts, bulletin.language, detail).await
    }

    async fn speak_territory(&self, slug: &str) -> Result<(), Failure> {
        let slug = TerritorySlug::parse(slug).map_err(gone)?;
        let owner = territory_owner(&slug);
        let _turn = self.turns.take(&owner).await;
        let territories = self.store.territories().await?;
        let Some(territory) = territories.iter().find(|one| one.slug == slug) else {
            return Err(gone(slug));
        };
        let settings = self.store.line_settings().await?;
        let settings = settings.get(&slug).cloned().unwrap_or_default();
        let sites = self.store.sites().await?;
        let members = sites.iter().filter(|site| site.territory == slug).count();
        let own = self.store.own_words().await?.remove(&slug);
        let own = own.unwrap_or_default();
        let lexicon = self.lexicon(&slug).await;
        let words = territory::Words::of(territory, &settings, &own, members, &lexicon)
            .map_err(|error| Failure::Final(error.to_string()))?;
        let mut names = words.names();
        for words in &own {
            if let Some((part, key)) = territory::own_recording(words).zip(words.recording.as_ref())
                && self.playable(key).await?.is_some()
            {
                self.store.link_speech(&owner, &part, key.as_str()).await?;
                names.push(part);
            }
        }
        for (language, parts) in words.into_parts() {
            self.record(&owner, parts, language, "").await?;
        }
        self.store.keep_speech(&owner, &names).await?;
        self.programmes.refresh_logged().await;
        Ok(())
    }

    /// Has what a territory says of itself and each of its bulletins spoken again; what is said as before is not made
    /// again.
    async fn speak_anew(&self, slug: &str) -> Result<(), Failure> {
        let now = Timestamp::now();
        let live = self.store.live_bulletins(now).await?;
        let here = live.iter().filter(|one| one.territory.as_str() == slug);
        let again = here.filter(|one| one.state(now) != State::Cancelled);
        let again = again.map(|one| job(one, now));
        // The territory by the job of its own: another node that is at it would be overtaken here, and what it had linked
        // meanwhile, such as a word to everybody, would be taken off the line.
        let slug = TerritorySlug::parse(slug).map_err(gone)?;
        let again: Vec<_> = again.chain(web::say_again(&slug, now)).collect();
        self.store.insert_jobs(&again).await?;
        self.wake.notify_waiters();
        Ok(())
    }

    /// A territory's lexicon; a fault in it must not silence the territory.
    async fn lexicon(&self, territory: &TerritorySlug) -> Lexicon {
        let lexicon = voices::lexicon_of(&self.store, &self.data, territory).await;
        lexicon.unwrap_or_else(|fault| {
            tracing::error!(%territory, %fault, "the territory is spoken with the built-in lexicon");
            Lexicon::built_in()
        })
    }

    /// Speaks each part, keeps it, and says whose it is; all parts or none count as spoken.
    ///
    /// - `detail`: what the operator should know of it.
    async fn record(
        &self,
        owner: &str,
        parts: Vec<(String, Spoken)>,
        language: Language,
        detail: &str,
    ) -> Result<(), Failure> {
        let (names, words): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let (keys, note) = match self.keep(words, language).await? {
            Ok(kept) => kept,
            Err(why) => return self.give_up(owner, why).await,
        };
        self.remember(None);
        for (name, key) in names.into_iter().zip(keys) {
            self.store.link_speech(owner, &name, &key).await?;
        }
        let remarks: Vec<_> = [detail, note.as_str()]
            .into_iter()
            .filter(|remark| !remark.is_empty())
            .collect();
        self.store
            .set_speech_state(owner, "ready", &remarks.join("; "))
            .await?;
        self.programmes.refresh_logged().await;
        Ok(())
    }

    /// Speaks what stands around the words that a person has recorded.
    ///
    /// A voice that fails does not keep the person off the air: a pause stands for the lead-ins until
    /// the voice is back. A drill or a test waits for it: nobody may hear one without being told so.
    async fn present(
        &self,
        owner: &str,
        bulletin: &Bulletin,
        person: &store::Recording,
        [today, dated]: [Spoken; 2],
        closing: Option<Spoken>,
    ) -> Result<(), Failure> {
        let (language, ends) = (bulletin.language, closing.is_some());
        let words = [today, dated].into_iter().chain(closing).collect();
        let (keys, note, trouble) = match self.keep(words, language).await? {
            Ok((mut keys, note)) => {
                if ends && let Some(closing) = keys.pop() {
                    keys.push(self.join(person, &closing).await?);
                } else {
                    keys.push(person.key.clone());
                }
                (keys, note, None)
            }
            Err(why) if matches!(bulletin.kind, Kind::Drill | Kind::Test) => {
                return self.give_up(owner, why).await;
            }
            Err(why) => {
                let pause = as_row(&speech::Recording::pause(PAUSE_MS, language));
                self.store.save_recording(&pause).await?;
                let keys = vec![pause.key.clone(), pause.key, person.key.clone()];
                (keys, String::new(), Some(why))
            }
        };
        self.remember(trouble.as_deref());
        for (part, key) in ["today", "dated", "body"].into_iter().zip(keys) {
            self.store.link_speech(owner, part, &key).await?;
        }
        let detail = trouble.as_deref().unwrap_or(&note);
        self.store.set_speech_state(owner, "ready", detail).await?;
        self.programmes.refresh_logged().await;
        trouble.map_or(Ok(()), |why| Err(Failure::Later(why)))
    }

    /// Keeps a person's words with a recording of the voice behind them; the key of both.
    async fn join(&self, person: &store::Recording, closing: &str) -> Result<String, Failure> {
        let closing = self.store.find_recording(closing).await?;
        let closing = closing.ok_or_else(|| gone("what follows the recording"))?;
        let both = joined(person, &closing).map_err(Failure::Final)?;
        self.store.save_recording(&both).await?;
        Ok(both.key)
    }

    /// Says that a voice has failed, and that it is to be tried again.
    async fn give_up(&self, owner: &str, why: String) -> Result<(), Failure> {
        self.remember(Some(&why));
        self.store.set_speech_state(owner, "failed", &why).await?;
        self.programmes.refresh_logged().await;
        Err(Failure::Later(why))
    }

    /// A person's recording, if it is in the store and whole.
    async fn playable(&self, key: &RecordingKey) -> Result<Option<store::Recording>, store::Error> {
        match self.store.find_recording(key.as_str()).await {
            Ok(found) => Ok(found.filter(is_whole)),
            Err(store::Error::Unreadable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Has every text in the store as a recording and gives their keys, with a remark if another
    /// voice than the first one spoke; or says why the voices failed. What the first voice has said
    /// before is not said again.
    async fn keep(
        &self,
        words: Vec<Spoken>,
        language: Language,
    ) -> Result<Result<(Vec<String>, String), String>, store::Error> {
        let voice = self.studio.first_voice(language).unwrap_or_default();
        let mut keys: Vec<_> = words
            .iter()
            .map(|words| speech::recording_key(words, language, &voice))
            .collect();
        let known = self.store.find_recording_keys(&keys).await?;
        let mut note = String::new();
        for (words, key) in words.into_iter().zip(&mut keys) {
            if known.iter().any(|(one, _)| one == key) {
                continue;
            }
            match self.speak(words, language).await {
                Ok(recording) => {
                    self.store.save_recording(&recording).await?;
                    if recording.engine != voice {
                        note = self.instead(&recording.engine);
                    }
                    *key = recording.key;
                }
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok((keys, note)))
    }

    /// What the operator is told when another voice than the first one spoke.
    fn instead(&self, engine: &str) -> String {
        format!(
            "spoken by {engine}; {}",
            voices::listed(&self.voice_troubles())
        )
    }

    async fn speak(&self, words: Spoken, language: Language) -> Result<store::Recording, String> {
        let studio = Arc::clone(&self.studio);
        let speaking = move || studio.record(&words, language).map(|done| as_row(&done));
        match tokio::task::spawn_blocking(speaking).await {
            Ok(done) => done.map_err(|error| error.to_string()),
            Err(panic) => Err(format!("the studio stopped: {panic}")),
        }
    }

    fn remember(&self, trouble: Option<&str>) {
        let mut last = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *last = trouble.map(str::to_owned);
    }
}

/// Whether both bands and the sound of the page are there, of the length that the row says.
fn is_whole(recording: &store::Recording) -> bool {
    let octets = recording.pcma.len();
    let wide = recording.g722.as_ref().map_or(octets, Vec::len);
    octets > 0
        && octets / 8 == recording.duration_ms.try_into().unwrap_or(usize::MAX)
        && octets == recording.pcmu.len()
        && octets == wide
        && speech::wav::read(&recording.master_wav).is_ok()
}

/// A recording as the store keeps it.
pub(crate) fn as_row(recording: &speech::Recording) -> store::Recording {
    store::Recording {
        key: recording.key(),
        text: recording.words.clone(),
        engine: recording.engine.clone(),
        master_wav: recording.web_wav(),
        pcma: Codec::Pcma.encode(&recording.phone),
        pcmu: Codec::Pcmu.encode(&recording.phone),
        g722: Some(Codec::G722.encode(&recording.wide)),
        duration_ms: recording.duration_ms(),
    }
}

/// What a bulletin's state says when its recording cannot be played.
const LOST: &str =
    "the recording of a person is lost or unreadable; a voice reads the text in its place";
/// Where a lead-in is missing.
const PAUSE_MS: u32 = 200;

fn gone(what: impl std::fmt::Display) -> Failure {
    Failure::Final(format!("{what} is not in the store"))
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Payload {
    Bulletin { bulletin: String, entry: u32 },
    Territory { territory: String },
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::programme::tests::programmes_of;

    #[tokio::test]
    async fn a_territory_anew_is_left_to_its_one_job_and_each_bulletin_to_its_own() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&data.path().join("allo.db")).await.unwrap();
        let now = Timestamp::now();
        crate::demo::seed(&store, data.path(), now).await.unwrap();
        let live = store.live_bulletins(now).await.unwrap();
        // What the demonstration asks for itself, and what speaks anew.
        while let Some(job) = claim(&store, KIND).await {
            store.complete_job(&job).await.unwrap();
        }
        let slug = TerritorySlug::parse("rouen_metropole").unwrap();
        let jobs = web::say_all_again(&slug, now);
        store.insert_jobs(&jobs).await.unwrap();
        let anew = claim(&store, web::SPEAK_ANEW).await.unwrap();
        // Nobody can speak here: whoever tried to would fail.
        let speaker = Speaker::new(
            store.clone(),
            Arc::new(Studio::new(vec![])),
            data.path().into(),
            Arc::new(programmes_of(store.clone()).0),
            Arc::default(),
        );

        speaker.perform(&anew).await.unwrap();

        let waiting = store.pending_jobs().await.unwrap();
        let payloads: HashSet<_> = waiting
            .iter()
            .filter(|job| [KIND, web::SPEAK_TERRITORY].contains(&job.kind.as_str()))
            .map(|job| job.payload.clone())
            .collect();
        let here = live.iter().filter(|one| one.territory == slug);
        let wanted = here
            .map(|one| super::job(one, now))
            .chain(web::say_again(&slug, now));
        assert_eq!(payloads, wanted.map(|job| job.payload).collect());
    }

    async fn claim(store: &Store, kind: &'static str) -> Option<Job> {
        let lease = std::time::Duration::from_secs(90);
        store
            .claim_job(&[kind], "node", Timestamp::now(), lease)
            .await
            .unwrap()
    }
}
