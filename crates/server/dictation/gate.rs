//! Whether whoever types a code and a PIN is an operator.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bulletin::SiteSlug;
use line::Digits;
use store::Store;
use tokio::sync::Semaphore;

use super::tries::Tries;
use crate::secrets::{self, SecretError};

/// The door to posting by telephone.
pub(super) struct Gate {
    store: Store,
    tries: Mutex<Tries>,
    /// One hash at a time: each takes some memory and a good part of a processor, on purpose.
    hashing: Semaphore,
    /// What the PIN of a code that no site has is compared with, so that it takes as long.
    nobody: Arc<str>,
}

/// What the door says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is an operator of this site.
    Welcome(SiteSlug),
    /// The code or the PIN is not right.
    Wrong,
    /// Too many wrong ones for this code.
    Locked,
    /// Nobody can say now.
    Trouble,
}

impl Gate {
    /// # Errors
    /// Without randomness.
    pub(super) fn new(store: Store) -> Result<Self, SecretError> {
        Ok(Self {
            store,
            tries: Mutex::default(),
            hashing: Semaphore::new(1),
            nobody: secrets::hash_password(&secrets::password()?)?.into(),
        })
    }

    /// Judges a code and a PIN. What is wrong with them is not told, by words or by time.
    pub(super) async fn judge(&self, code: &Digits, pin: &Digits, now: Instant) -> Verdict {
        let code = code.reveal();
        if !self.tries().begin(code, now) {
            tracing::warn!("a site code for the telephone is tried too often and rests");
            return Verdict::Locked;
        }
        let key = match self.store.find_telephone_key(code).await {
            Ok(key) => key,
            Err(error) => {
                tracing::error!(%error, "the code of an operator cannot be checked");
                self.tries().take_back(code);
                return Verdict::Trouble;
            }
        };
        let (site, hash) = match key {
            Some(key) => (Some(key.site), Arc::from(key.pin_hash)),
            None => (None, Arc::clone(&self.nobody)),
        };
        let fits = self.fits(pin, hash).await;
        match site.filter(|_| fits) {
            Some(site) => {
                self.tries().forget(code);
                Verdict::Welcome(site)
            }
            None => Verdict::Wrong,
        }
    }

    async fn fits(&self, pin: &Digits, hash: Arc<str>) -> bool {
        let Ok(_turn) = self.hashing.acquire().await else {
            return false;
        };
        let pin = pin.clone();
        let compared =
            tokio::task::spawn_blocking(move || secrets::verify_password(pin.reveal(), &hash));
        compared.await.unwrap_or(false)
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use store::TelephoneKey;

    use super::*;

    #[tokio::test]
    async fn an_unknown_code_and_a_wrong_pin_hear_the_same_and_then_both_rest() {
        let (gate, _folder) = gate().await;
        let now = Instant::now();
        for code in ["1001", "9999"] {
            for _ in 0..5 {
                assert_eq!(judge(&gate, code, "000000", now).await, Verdict::Wrong);
            }
            let right = judge(&gate, code, "246810", now).await;
            assert_eq!(right, Verdict::Locked, "a right PIN comes too late");
        }
        let later = now + Duration::from_secs(60);
        let site = SiteSlug::parse("raffinerie").unwrap();
        assert_eq!(
            judge(&gate, "1001", "246810", later).await,
            Verdict::Welcome(site)
        );
        assert_eq!(judge(&gate, "9999", "246810", later).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn an_unknown_code_takes_as_long_as_a_wrong_pin() {
        let (gate, _folder) = gate().await;
        let mut times = vec![];
        for code in ["1001", "9999"] {
            let begun = Instant::now();
            for _ in 0..3 {
                judge(&gate, code, "000000", begun).await;
            }
            times.push(begun.elapsed().as_secs_f64());
        }
        let longer = times[0].max(times[1]) / times[0].min(times[1]);
        assert!(longer < 3.0, "{times:?}: a hash is compared for both");
    }

    #[tokio::test]
    async fn without_the_database_nobody_is_judged_and_no_try_is_counted() {
        let (gate, _folder) = gate().await;
        gate.store.close().await;
        for _ in 0..10 {
            let now = Instant::now();
            assert_eq!(judge(&gate, "1001", "246810", now).await, Verdict::Trouble);
        }
    }

    async fn judge(gate: &Gate, code: &str, pin: &str, now: Instant) -> Verdict {
        gate.judge(&Digits::from(code), &Digits::from(pin), now)
            .await
    }

    async fn gate() -> (Gate, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let territory = bulletin::Territory {
            slug: bulletin::TerritorySlug::parse("rouen").unwrap(),
            name: "Rouen".into(),
            spoken_name: "Rouen".into(),
            zone: jiff::tz::TimeZone::UTC,
            numbers: vec![],
        };
        let by = store::By {
            who: "test",
            at: jiff::Timestamp::now(),
        };
        store.upsert_territory(&territory, by).await.unwrap();
        let site = bulletin::Site {
            slug: SiteSlug::parse("raffinerie").unwrap(),
            territory: territory.slug,
            name: "Raffinerie".into(),
            spoken_name: String::new(),
            commune: "Rouen".into(),
        };
        store.upsert_site(&site, by).await.unwrap();
        let key = TelephoneKey {
            site: site.slug,
            code: "1001".into(),
            pin_hash: secrets::hash_password("246810").unwrap(),
        };
        store.set_telephone_key(&key, by).await.unwrap();
        (Gate::new(store).unwrap(), folder)
    }
}
