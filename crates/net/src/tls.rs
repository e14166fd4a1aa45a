//! TLS over a stream (RFC 8446, RFC 5246): who we are, whom we trust, and the octets between plain text and records.
//!
//! rustls does the work, with the algorithms of ring; its types stop here. Nothing is read from the disk and nothing of
//! the system is trusted: certificates come in as PEM (RFC 7468).

mod anyone;
mod session;
mod validity;

use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};

pub(crate) use session::Session;

/// What a line shows to those who connect, and whom it trusts.
#[derive(Clone, Debug)]
pub struct TlsIdentity {
    pub(crate) server: Arc<ServerConfig>,
    trust: Option<TlsTrust>,
    expires_at: SystemTime,
}

impl TlsIdentity {
    /// Reads certificates and key. Those who connect get TLS 1.2 or 1.3.
    ///
    /// # Errors
    /// [`TlsFault`], which names the file by its part.
    pub fn read(files: &TlsFiles<'_>) -> Result<Self, TlsFault> {
        let chain = certificates(Part::Certificate, files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(files.key).map_err(|_| TlsFault::NoKey)?;
        let own = chain
            .first()
            .ok_or(TlsFault::NoCertificate(Part::Certificate))?;
        let expires_at = validity::end(own).ok_or(TlsFault::NoCertificate(Part::Certificate))?;
        let server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])?;
        let server = match files.client_ca {
            None => server.with_no_client_auth(),
            Some(authorities) => {
                let roots = Arc::new(roots(Part::ClientCa, authorities)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                server.with_client_cert_verifier(
                    verifier
                        .build()
                        .map_err(|_| TlsFault::NoCertificate(Part::ClientCa))?,
                )
            }
        };
        let trust = match files.ca {
            None => None,
            Some(authorities) => {
                let roots = roots(Part::Ca, authorities)?;
                let client = client()?.with_root_certificates(roots);
                let client = client.with_client_auth_cert(chain.clone(), key.clone_key())?;
                Some(TlsTrust {
                    client: Arc::new(client),
                })
            }
        };
        Ok(Self {
            server: Arc::new(server.with_single_cert(chain, key)?),
            trust,
            expires_at,
        })
    }

    /// When our certificate is over.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Whom we connect to; `None` where nobody is trusted.
    #[must_use]
    pub fn trust(&self) -> Option<&TlsTrust> {
        self.trust.as_ref()
    }
}

/// What [`TlsIdentity::read`] reads, in PEM.
#[derive(Clone, Copy, Debug)]
pub struct TlsFiles<'a> {
    /// Our certificate, and after it those that lead to an authority.
    pub certificate: &'a [u8],
    /// Its private key: PKCS#8, PKCS#1 or SEC 1.
    pub key: &'a [u8],
    /// The authorities of clients; with them, whoever connects must show a certificate of theirs.
    pub client_ca: Option<&'a [u8]>,
    /// The authorities of servers to which we connect.
    pub ca: Option<&'a [u8]>,
}

/// Whose certificate is believed by one who connects.
#[derive(Clone, Debug)]
pub struct TlsTrust {
    pub(crate) client: Arc<ClientConfig>,
}

impl TlsTrust {
    /// Believes these authorities, in PEM.
    ///
    /// # Errors
    /// [`TlsFault::NoCertificate`] if there is none in it.
    pub fn read(authorities: &[u8]) -> Result<Self, TlsFault> {
        let client = client()?.with_root_certificates(roots(Part::Ca, authorities)?);
        let client = Arc::new(client.with_no_client_auth());
        Ok(Self { client })
    }

    /// Believes whoever answers, for tests of a line whose certificate nobody has signed.
    ///
    /// # Errors
    /// None that is known; rustls checks its own means.
    pub fn anyone() -> Result<Self, TlsFault> {
        let verifier = Arc::new(anyone::Anyone::new(provider()));
        let client = client()?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let client = Arc::new(client.with_no_client_auth());
        Ok(Self { client })
    }
}

/// Which of the files something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Our certificate.
    Certificate,
    /// The authorities of clients.
    ClientCa,
    /// The authorities of servers.
    Ca,
}

/// Why certificates cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// No certificate that can be read.
    #[error("{} holds no certificate that can be read; it must begin with -----BEGIN CERTIFICATE-----", key_of(*.0))]
    NoCertificate(Part),
    /// No key that can be read.
    #[error(
        "sip-tls-key holds no private key that can be read; it must begin with -----BEGIN PRIVATE KEY-----, and have no password"
    )]
    NoKey,
    /// The key is another certificate's, or of a kind that is not supported.
    #[error("certificate and key cannot be used: {0}")]
    Unusable(String),
}

impl From<rustls::Error> for TlsFault {
    fn from(error: rustls::Error) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// The setting that names a part.
fn key_of(part: Part) -> &'static str {
    match part {
        Part::Certificate => "sip-tls-certificate",
        Part::ClientCa => "sip-tls-client-ca",
        Part::Ca => "the file of authorities",
    }
}

fn certificates(part: Part, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    read.ok()
        .filter(|chain| !chain.is_empty())
        .ok_or(TlsFault::NoCertificate(part))
}

fn roots(part: Part, pem: &[u8]) -> Result<RootCertStore, TlsFault> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(part, pem)? {
        roots
            .add(authority)
            .map_err(|_| TlsFault::NoCertificate(part))?;
    }
    Ok(roots)
}

fn client() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, TlsFault> {
    let client = ClientConfig::builder_with_provider(provider());
    Ok(client.with_protocol_versions(&[&TLS13, &TLS12])?)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
