//! Reads words aloud for the previews of the desk, with the voices and the words of the line.
//!
//! What a preview plays is decoded from the octets that callers are sent. Nothing of it is kept: what is published is
//! spoken by its own job.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bulletin::{Bulletin, Language, Site, Territory};
use media::Codec;
use speech::{Lexicon, Pcm, Spoken, Studio, script, wav};
use store::Store;
use tokio::sync::Semaphore;
use tokio::time;
use web::{Aloud, NotRead, Passage, Reader};

use crate::jobs::speak::as_row;
use crate::voices;

/// What `web` hands passages to; `data` may hold lexicons.
pub(crate) fn reader(store: Store, studio: Arc<Studio>, data: PathBuf) -> Reader {
    let lectern = Arc::new(Lectern {
        store,
        studio,
        data,
        seats: Semaphore::new(AT_ONCE),
    });
    Arc::new(move |passage| {
        let lectern = Arc::clone(&lectern);
        Box::pin(async move { lectern.read(&passage).await })
    })
}

struct Lectern {
    store: Store,
    studio: Arc<Studio>,
    data: PathBuf,
    /// Who publishes must not wait for those who try.
    seats: Semaphore,
}

/// A sound on its way to one file.
enum Piece {
    Words(Spoken),
    /// The octets of A-law of a person's recording.
    Person(Vec<u8>),
}

impl Lectern {
    async fn read(&self, passage: &Passage) -> Result<Aloud, NotRead> {
        let seat = time::timeout(PATIENCE, self.seats.acquire()).await;
        let Ok(Ok(_seat)) = seat else {
            return Err(NotRead::Busy);
        };
        let (pieces, language) = match passage {
            Passage::Sentence {
                territory,
                language,
                text,
            } => (self.sentence(territory, *language, text).await?, *language),
            Passage::Bulletin(all) => {
                let (bulletin, site, territory) = all.as_ref();
                let pieces = self.bulletin(bulletin, site, territory).await?;
                (pieces, bulletin.language)
            }
        };
        let (mut words, mut octets) = (Vec::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Words(spoken) => {
                    octets.extend(self.speak(&spoken, language).await?);
                    words.push(spoken.to_string());
                }
                Piece::Person(recorded) => octets.extend(recorded),
            }
        }
        Ok(Aloud {
            words: words.join(" "),
            duration_ms: u32::try_from(octets.len() / 8).unwrap_or(u32::MAX),
            wav: wav::write(&Pcm {
                samples: Codec::Pcma.decoder().decode(&octets),
                sample_rate: 8_000,
            }),
        })
    }

    /// A territory's lexicon; one with a fault is left out, as it is on the line.
    async fn lexicon(&self, territory: &Territory) -> Lexicon {
        let own = voices::lexicon_of(&self.store, &self.data, &territory.slug).await;
        own.unwrap_or_else(|_| Lexicon::built_in())
    }

    async fn sentence(
        &self,
        territory: &Territory,
        language: Language,
        text: &str,
    ) -> Result<Vec<Piece>, NotRead> {
        let lexicon = self.lexicon(territory).await;
        let said = script::sentence(text, language, territory, &lexicon)
            .map_err(|error| unspeakable(&error))?;
        Ok(vec![Piece::Words(said)])
    }

    async fn bulletin(
        &self,
        bulletin: &Bulletin,
        site: &Site,
        territory: &Territory,
    ) -> Result<Vec<Piece>, NotRead> {
        let lexicon = self.lexicon(territory).await;
        let said = script::bulletin(bulletin, site, territory, &lexicon)
            .map_err(|error| unspeakable(&error))?;
        let lead_in = Piece::Words(said.today);
        let Some(key) = &bulletin.current().recording else {
            return Ok(vec![lead_in, Piece::Words(said.body)]);
        };
        let recorded = self.store.find_recording(key.as_str()).await;
        let recorded = recorded.map_err(|error| failed(&error))?;
        let recorded = recorded.ok_or_else(|| failed("a recording is gone"))?;
        let closing = said.closing.map(Piece::Words);
        Ok([lead_in, Piece::Person(recorded.pcma)]
            .into_iter()
            .chain(closing)
            .collect())
    }

    /// The octets of A-law of these words: those of the store, if they were ever spoken.
    async fn speak(&self, words: &Spoken, language: Language) -> Result<Vec<u8>, NotRead> {
        let voice = self.studio.first_voice(language).unwrap_or_default();
        let key = speech::recording_key(words, language, &voice);
        // A store that does not answer is no reason to keep silent.
        if let Ok(Some(known)) = self.store.find_recording(&key).await {
            return Ok(known.pcma);
        }
        let (studio, words) = (Arc::clone(&self.studio), words.clone());
        let speaking = move || {
            studio
                .record(&words, language)
                .map(|done| as_row(&done).pcma)
        };
        let spoken = tokio::task::spawn_blocking(speaking).await;
        spoken
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))
    }
}

fn failed(why: &(impl ToString + ?Sized)) -> NotRead {
    NotRead::Failed(why.to_string())
}

fn unspeakable(why: &impl ToString) -> NotRead {
    NotRead::Unspeakable(why.to_string())
}

/// Previews made at once.
const AT_ONCE: usize = 2;
/// How long a preview waits for its turn.
const PATIENCE: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bulletin::TerritorySlug;
    use jiff::tz::TimeZone;
    use speech::{Voice, VoiceError};

    use super::*;

    /// Hums for two seconds, and counts those who hum beside it.
    struct Hum {
        humming: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl Voice for Hum {
        fn id(&self) -> String {
            "hum".into()
        }

        fn speak(&self, _: &Spoken, _: Language) -> Result<Pcm, VoiceError> {
            let humming = self.humming.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(humming, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(50));
            self.humming.fetch_sub(1, Ordering::SeqCst);
            let wave = |at: u32| (f64::from(at) * 0.2).sin() * 6_000.0;
            #[allow(clippy::cast_possible_truncation, reason = "a sine is in range")]
            let samples = (0..32_000).map(|at| wave(at) as i16).collect();
            Ok(Pcm {
                samples,
                sample_rate: 16_000,
            })
        }
    }

    async fn with_voices(voices: Vec<Box<dyn Voice>>) -> (Reader, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let studio = Arc::new(Studio::new(voices));
        (reader(store, studio, folder.path().into()), folder)
    }

    fn sentence(text: &str) -> Passage {
        Passage::Sentence {
            territory: Territory {
                slug: TerritorySlug::parse("rouen_metropole").unwrap(),
                name: "Rouen".into(),
                spoken_name: String::new(),
                zone: TimeZone::UTC,
                numbers: vec![],
            },
            language: Language::French,
            text: text.into(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn words_are_read_as_the_line_would_and_two_previews_at_a_time() {
        let (humming, most) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let hum = Hum {
            humming,
            most: Arc::clone(&most),
        };
        let (reader, _folder) = with_voices(vec![Box::new(hum)]).await;
        let previews =
            [(); 5].map(|()| tokio::spawn(reader(sentence("Le POI à 14h30, la torche."))));

        for preview in previews {
            let aloud = preview.await.unwrap().unwrap();
            assert!(
                aloud.words.contains("quatorze heures trente"),
                "{}",
                aloud.words
            );
            let sound = wav::read(&aloud.wav).unwrap();
            assert_eq!(sound.sample_rate, 8_000);
            assert_eq!(sound.duration_ms(), aloud.duration_ms);
        }

        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn without_a_voice_the_preview_says_so() {
        let (reader, _folder) = with_voices(vec![]).await;
        let outcome = reader(sentence("La torche.")).await;
        assert!(matches!(outcome, Err(NotRead::Failed(_))), "{outcome:?}");
    }
}
