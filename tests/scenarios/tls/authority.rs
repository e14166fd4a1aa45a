//! An authority that signs certificates for loopback, and a house that shows one.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use server::Settings;

use crate::support::House;

/// Its files: `ca.pem`, and of the line `line.pem` and `line.key`.
pub(crate) struct Authority {
    folder: tempfile::TempDir,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Authority {
    /// With a certificate for a line called `first`, good for a month.
    pub(crate) fn new() -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut own = rcgen::CertificateParams::new(vec![]).expect("parameters");
        own.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        own.distinguished_name
            .push(rcgen::DnType::CommonName, "an authority");
        let pem = own.self_signed(&key).expect("a certificate").pem();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Self {
            folder,
            issuer: rcgen::Issuer::new(own, key),
        };
        std::fs::write(authority.path("ca.pem"), pem).expect("a file");
        authority.write_certificate("first", 30);
        authority
    }

    /// Puts a new certificate in the place of the line's.
    pub(crate) fn write_certificate(&self, name: &str, days: u64) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut line = rcgen::CertificateParams::new(vec!["127.0.0.1".into()]).expect("parameters");
        line.distinguished_name = rcgen::DistinguishedName::new();
        line.distinguished_name
            .push(rcgen::DnType::CommonName, name);
        line.not_after = (SystemTime::now() + Duration::from_secs(days * 86_400)).into();
        let signed = line.signed_by(&key, &self.issuer).expect("a certificate");
        std::fs::write(self.path("line.pem"), signed.pem()).expect("a file");
        std::fs::write(self.path("line.key"), key.serialize_pem()).expect("a file");
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }
}

/// The demonstration, answering over TLS too.
pub(crate) fn secure_house(authority: &Authority, change: impl FnOnce(&mut Settings)) -> House {
    let mut settings = Settings {
        sip_tls: Some(vec!["127.0.0.1:0".parse().expect("an address")]),
        sip_tls_certificate: Some(authority.path("line.pem")),
        sip_tls_key: Some(authority.path("line.key")),
        ..Settings::default()
    };
    change(&mut settings);
    House::open_with(settings, |_| {})
}
