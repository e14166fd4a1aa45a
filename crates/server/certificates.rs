//! The certificate of SIP over TLS: read at the start, and again whenever its files change.
//!
//! A running line shows the new one to whoever connects from then on; calls in progress notice nothing. Files that do
//! not fit together change nothing: they are logged, shown by `/readyz`, and looked at again. Start with
//! [`Certificates`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use net::{TlsFault, TlsFiles, TlsIdentity};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::config::TlsPaths;
use crate::service::until;

/// What is in force, and what is wrong with what should be.
#[derive(Debug)]
pub(crate) struct Certificates {
    paths: TlsPaths,
    identity: Arc<ArcSwap<TlsIdentity>>,
    /// Why the files as they are now cannot be used.
    trouble: Mutex<Option<String>>,
}

impl Certificates {
    /// Reads the files for the first time, and with them what [`Certificates::follow`] compares to.
    ///
    /// # Errors
    /// [`CertificateError`], which names the file.
    pub(crate) fn read(paths: &TlsPaths) -> Result<(Self, Contents), CertificateError> {
        let contents = Contents::read(paths)?;
        let identity = contents.identity()?;
        let certificates = Self {
            paths: paths.clone(),
            identity: Arc::new(ArcSwap::from_pointee(identity)),
            trouble: Mutex::new(None),
        };
        Ok((certificates, contents))
    }

    /// What the line shows.
    pub(crate) fn identity(&self) -> Arc<ArcSwap<TlsIdentity>> {
        Arc::clone(&self.identity)
    }

    /// Seconds until the certificate in force is over; below 0 when it is.
    pub(crate) fn seconds_left(&self) -> i64 {
        seconds_until(self.identity.load().expires_at(), SystemTime::now())
    }

    /// Why the files as they are now are not in force.
    pub(crate) fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }

    /// Looks every two seconds until the service stops.
    pub(crate) async fn follow(self: Arc<Self>, known: Contents, stop: watch::Receiver<bool>) {
        let mut watch = Watch {
            in_force: Ok(known.clone()),
            seen: Ok(known),
        };
        let mut seconds = tokio::time::interval(PAUSE);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = seconds.tick() => {}
                () = until(stop.clone()) => return,
            }
            let this = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || {
                this.look(&mut watch);
                watch
            });
            match looked.await {
                Ok(looked) => watch = looked,
                Err(_) => return tracing::error!("the files of TLS are no longer watched"),
            }
        }
    }

    /// Takes files that have changed. They are looked at twice before they are complained about, for certificate and
    /// key are not written in one instant.
    fn look(&self, watch: &mut Watch) {
        let now = Contents::read(&self.paths).map_err(|error| error.to_string());
        let settled = now == watch.seen;
        watch.seen.clone_from(&now);
        if now == watch.in_force {
            return;
        }
        let identity = now
            .clone()
            .and_then(|contents| contents.identity().map_err(|error| error.to_string()));
        match identity {
            Ok(identity) => {
                self.identity.store(Arc::new(identity));
                watch.in_force = now;
                self.tell(None);
                let days = self.seconds_left() / A_DAY;
                tracing::info!(days, "who connects by TLS is shown the new certificate");
            }
            Err(trouble) if settled => {
                watch.in_force = now;
                tracing::error!(%trouble, "the certificate of TLS stays as it was");
                self.tell(Some(trouble));
            }
            Err(_) => {}
        }
    }

    fn tell(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// What was last acted on, and what was last seen.
#[derive(Debug)]
struct Watch {
    in_force: Result<Contents, String>,
    seen: Result<Contents, String>,
}

/// The files, octet by octet.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
    ca: Option<Vec<u8>>,
}

impl Contents {
    fn read(paths: &TlsPaths) -> Result<Self, CertificateError> {
        let optional = |path: &Option<PathBuf>| path.as_deref().map(read).transpose();
        Ok(Self {
            certificate: read(&paths.certificate)?,
            key: read(&paths.key)?,
            client_ca: optional(&paths.client_ca)?,
            ca: optional(&paths.ca)?,
        })
    }

    fn identity(&self) -> Result<TlsIdentity, CertificateError> {
        Ok(TlsIdentity::read(&TlsFiles {
            certificate: &self.certificate,
            key: &self.key,
            client_ca: self.client_ca.as_deref(),
            ca: self.ca.as_deref(),
        })?)
    }
}

impl std::fmt::Debug for Contents {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents").finish_non_exhaustive()
    }
}

/// Why certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file is not there, or may not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What is in it.
    #[error(transparent)]
    Fault(#[from] TlsFault),
}

/// Seconds from an instant to another; below 0 backwards.
pub(crate) fn seconds_until(then: SystemTime, now: SystemTime) -> i64 {
    let whole = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match then.duration_since(now) {
        Ok(left) => whole(left),
        Err(over) => -whole(over.duration()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    std::fs::read(path).map_err(|source| CertificateError::Unreadable {
        path: path.into(),
        source,
    })
}

/// Of one look to the next.
const PAUSE: Duration = Duration::from_secs(2);
/// Seconds of a day.
pub(crate) const A_DAY: i64 = 86_400;
/// Days before its end at which a certificate is complained about.
pub(crate) const SOON_DAYS: i64 = 14;
