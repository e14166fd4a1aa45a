//! Where SIP is answered and how its packets are marked: lists that may be one value, TLS, DSCP.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use net::{Dscp, NoDscp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Settings;

/// TLS as it is configured; nothing of it has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsPaths {
    /// Where SIP is answered over TLS.
    pub addresses: Vec<SocketAddr>,
    /// Our certificate and those that lead to an authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities of clients, who must show a certificate then.
    pub client_ca: Option<PathBuf>,
    /// The authorities of those to whom we connect.
    pub ca: Option<PathBuf>,
}

/// What is wrong with the places where SIP is answered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// TLS needs a certificate and a key.
    #[error("sip-tls needs sip-tls-certificate and sip-tls-key: two files in PEM")]
    TlsIncomplete,
    /// A file of TLS that nobody uses.
    #[error(
        "{key} is of no use without sip-tls; write an address and port, such as sip-tls = \"0.0.0.0:5061\""
    )]
    TlsNowhere {
        /// The key.
        key: &'static str,
    },
    /// Callers of one family can be told one address.
    #[error(
        "advertised names {first} and {second}; write at most one address of IPv4 and one of IPv6"
    )]
    AdvertisedTwice {
        /// The one.
        first: IpAddr,
        /// The other, of the same family.
        second: IpAddr,
    },
    /// No address is named.
    #[error("{key} is an empty list; write at least one address and port")]
    Nowhere {
        /// The key.
        key: &'static str,
    },
    /// A mark that is none.
    #[error("{key}: {fault}")]
    Dscp {
        /// The key.
        key: &'static str,
        /// What to write.
        fault: NoDscp,
    },
}

/// Where SIP is answered.
pub(super) fn sip(settings: &Settings, usual: SocketAddr) -> Result<Vec<SocketAddr>, ReachError> {
    match &settings.sip {
        None => Ok(vec![usual]),
        Some(addresses) if addresses.is_empty() => Err(ReachError::Nowhere { key: "sip" }),
        Some(addresses) => Ok(addresses.clone()),
    }
}

/// The addresses callers are told, one of each family.
pub(super) fn advertised(settings: &Settings) -> Result<Vec<IpAddr>, ReachError> {
    let addresses = settings.advertised.clone().unwrap_or_default();
    for (place, &second) in addresses.iter().enumerate() {
        let mut before = addresses[..place].iter();
        if let Some(&first) = before.find(|first| first.is_ipv4() == second.is_ipv4()) {
            return Err(ReachError::AdvertisedTwice { first, second });
        }
    }
    Ok(addresses)
}

/// TLS, if it is wanted.
pub(super) fn tls(settings: &Settings) -> Result<Option<TlsPaths>, ReachError> {
    let files = [
        ("sip-tls-certificate", &settings.sip_tls_certificate),
        ("sip-tls-key", &settings.sip_tls_key),
        ("sip-tls-client-ca", &settings.sip_tls_client_ca),
        ("sip-tls-ca", &settings.sip_tls_ca),
    ];
    let Some(addresses) = &settings.sip_tls else {
        let unused = files.iter().find(|(_, path)| path.is_some());
        return unused.map_or(Ok(None), |&(key, _)| Err(ReachError::TlsNowhere { key }));
    };
    if addresses.is_empty() {
        return Err(ReachError::Nowhere { key: "sip-tls" });
    }
    match files.map(|(_, path)| path.clone()) {
        [Some(certificate), Some(key), client_ca, ca] => Ok(Some(TlsPaths {
            addresses: addresses.clone(),
            certificate,
            key,
            client_ca,
            ca,
        })),
        _ => Err(ReachError::TlsIncomplete),
    }
}

/// A mark, or the usual one.
pub(super) fn dscp(key: &'static str, text: Option<&str>, usual: Dscp) -> Result<Dscp, ReachError> {
    let read = text.map_or(Ok(usual), str::parse);
    read.map_err(|fault| ReachError::Dscp { key, fault })
}

/// Reads one value, or a list of them.
pub(super) fn one_or_many<'de, D, T>(from: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let read = Option::<OneOrMany<T>>::deserialize(from)?;
    Ok(read.map(|read| match read {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    }))
}

/// Says one value as itself, and more as a list.
pub(super) fn one_or_list<S, T>(values: &Option<Vec<T>>, to: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize,
{
    match values.as_deref() {
        Some([one]) => one.serialize(to),
        other => other.serialize(to),
    }
}

/// Reads a word or a number, as a word.
pub(super) fn word_or_number<'de, D>(from: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let read = Option::<WordOrNumber>::deserialize(from)?;
    Ok(read.map(|read| match read {
        WordOrNumber::Word(word) => word,
        WordOrNumber::Number(number) => number.to_string(),
    }))
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an address, or a list of addresses in brackets")]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a number from 0 to 63, or a name such as \"CS3\", \"AF31\" or \"EF\""
)]
enum WordOrNumber {
    Word(String),
    Number(i64),
}

#[cfg(test)]
mod tests {
    use super::super::{Config, ConfigError};
    use super::*;

    #[test]
    fn one_address_or_several_are_listened_at() {
        for (text, expected) in [
            ("sip = \"192.0.2.1:5060\"", vec!["192.0.2.1:5060"]),
            (
                "sip = [\"192.0.2.1:5060\", \"[2001:db8::1]:5070\"]",
                vec!["192.0.2.1:5060", "[2001:db8::1]:5070"],
            ),
        ] {
            let config = read(text).unwrap();
            let sip: Vec<_> = config.line.sip.iter().map(ToString::to_string).collect();
            assert_eq!(sip, expected);
            assert!(config.as_toml().contains(text), "{}", config.as_toml());
        }
        let refused = read("sip = []").unwrap_err().to_string();
        assert!(refused.contains("sip is an empty list"), "{refused}");
    }

    #[test]
    fn each_family_may_have_an_advertised_address_of_its_own() {
        let both = read("advertised = [\"192.0.2.1\", \"2001:db8::1\"]").unwrap();
        assert_eq!(both.line.advertised.len(), 2);

        let twice = read("advertised = [\"192.0.2.1\", \"192.0.2.2\"]").unwrap_err();
        assert!(twice.to_string().contains("at most one address of IPv4"));
    }

    #[test]
    fn tls_is_off_or_has_a_certificate_and_a_key() {
        assert_eq!(read("").unwrap().tls, None);
        let files = "sip-tls-certificate = \"c.pem\"\nsip-tls-key = \"k.pem\"";
        let tls = read(&format!("sip-tls = \"[::]:5061\"\n{files}"))
            .unwrap()
            .tls;
        assert_eq!(tls.unwrap().addresses, ["[::]:5061".parse().unwrap()]);

        let refused = |text: &str| read(text).unwrap_err().to_string();
        assert!(refused("sip-tls = \"0.0.0.0:5061\"").contains("needs sip-tls-certificate"));
        assert!(refused(files).contains("of no use without sip-tls"));
    }

    #[test]
    fn marks_are_names_or_numbers() {
        let config = read("sip-dscp = \"AF31\"\nrtp-dscp = 40").unwrap();
        assert_eq!(config.line.sip_dscp.number(), 26);
        assert_eq!(config.line.rtp_dscp.to_string(), "CS5");
        let usual = read("").unwrap().line;
        assert_eq!((usual.sip_dscp, usual.rtp_dscp), (Dscp::CS3, Dscp::EF));

        let refused = read("rtp-dscp = 64").unwrap_err().to_string();
        assert!(refused.contains("rtp-dscp: \"64\" is no DSCP"), "{refused}");
    }

    fn read(text: &str) -> Result<Config, ConfigError> {
        Config::from_settings(toml::from_str(text).unwrap(), false)
    }
}
