//! The configuration: options over environment over file over defaults, checked once at start-up.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bulletin::{DialledNumber, TerritorySlug};
use jiff::SignedDuration;
use line::ShortProgramme;
use net::Dscp;
use notify::mail::{MailFault, MailSettings, Mailer};
use serde::{Deserialize, Serialize};
use web::Ancestor;

use crate::hep::Hep;
use crate::jobs::purge::Retention;
use crate::lookout::LookoutConfig;
use crate::short_programme;

mod authorities;
mod channels;
mod database;
mod dictation;
mod reach;
mod role;
mod territories;
mod trunks;
mod voices;

pub use authorities::AuthoritiesTable;
pub use channels::{ChannelConfig, ChannelError, ChannelTable, OnlyTable};
pub use database::{Database, DatabaseFault, DatabaseOptions};
pub use dictation::{DictationFault, DictationTable};
pub use reach::{ReachError, TlsPaths};
pub use role::NodeRole;
pub use territories::{TerritoryError, TerritoryTable, TerritoryTables};
pub use trunks::{Fault, RegisterTable, TrunkError, TrunkTable, UplinkFault};
pub(crate) use voices::LONGEST_SECONDS;
pub use voices::{ToneTable, VoiceChoice, VoiceError, VoiceFault, VoiceTable};

/// What may be set, each value absent until somebody sets it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Which part of the work this node does, where several share a database: all; line (calls); web (pages, API and
    /// desk); jobs (voices, channels, mails, purges) [default: all].
    #[arg(long, env = "ALLO_ROLE", value_name = "ROLE")]
    pub role: Option<String>,
    /// Where the database and the voices' files live [default: ./data].
    #[arg(long, env = "ALLO_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The database of a PostgreSQL server, postgres://USER@HOST:PORT/NAME, without its password [default: allo.db in
    /// the data folder].
    #[arg(
        long,
        env = "ALLO_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database: Option<String>,
    /// A file that holds its password alone; a bare name is one of systemd's credentials [default: the password is in
    /// ALLO_DATABASE_PASSWORD, or there is none].
    #[arg(long, env = "ALLO_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,
    /// Where SIP is answered over UDP and TCP; may be repeated, or separated by commas. `[::]` is IPv6
    /// only [default: 0.0.0.0:5060, demonstration 127.0.0.1:5060].
    #[arg(
        long,
        env = "ALLO_SIP",
        value_name = "ADDR:PORT",
        value_delimiter = ','
    )]
    #[serde(
        default,
        deserialize_with = "reach::one_or_many",
        serialize_with = "reach::one_or_list"
    )]
    pub sip: Option<Vec<SocketAddr>>,
    /// Where SIP is answered over TLS, such as 0.0.0.0:5061; may be repeated [default: nowhere].
    #[arg(
        long,
        env = "ALLO_SIP_TLS",
        value_name = "ADDR:PORT",
        value_delimiter = ','
    )]
    #[serde(
        default,
        deserialize_with = "reach::one_or_many",
        serialize_with = "reach::one_or_list"
    )]
    pub sip_tls: Option<Vec<SocketAddr>>,
    /// The certificate shown over TLS, with those that lead to an authority behind it (PEM). It and
    /// its key are read again when they change.
    #[arg(long, env = "ALLO_SIP_TLS_CERTIFICATE", value_name = "FILE")]
    pub sip_tls_certificate: Option<PathBuf>,
    /// The private key of that certificate (PEM).
    #[arg(long, env = "ALLO_SIP_TLS_KEY", value_name = "FILE")]
    pub sip_tls_key: Option<PathBuf>,
    /// The authorities (PEM) of which whoever connects over TLS must show a certificate [default:
    /// none is asked for].
    #[arg(long, env = "ALLO_SIP_TLS_CLIENT_CA", value_name = "FILE")]
    pub sip_tls_client_ca: Option<PathBuf>,
    /// The authorities (PEM) that are believed when this side connects over TLS, for a BYE whose
    /// connection is gone [default: no connection is made].
    #[arg(long, env = "ALLO_SIP_TLS_CA", value_name = "FILE")]
    pub sip_tls_ca: Option<PathBuf>,
    /// The mark of SIP packets on their way: a DSCP by name or number [default: CS3].
    #[arg(long, env = "ALLO_SIP_DSCP", value_name = "DSCP")]
    #[serde(default, deserialize_with = "reach::word_or_number")]
    pub sip_dscp: Option<String>,
    /// The mark of sound and reports on their way: a DSCP by name or number [default: EF].
    #[arg(long, env = "ALLO_RTP_DSCP", value_name = "DSCP")]
    #[serde(default, deserialize_with = "reach::word_or_number")]
    pub rtp_dscp: Option<String>,
    /// The address put in Contact and SDP when it is not the one listened at; one of IPv4 and one of
    /// IPv6 at most [default: that of the interface towards the caller].
    #[arg(
        long,
        env = "ALLO_ADVERTISED",
        value_name = "ADDR",
        value_delimiter = ','
    )]
    #[serde(
        default,
        deserialize_with = "reach::one_or_many",
        serialize_with = "reach::one_or_list"
    )]
    pub advertised: Option<Vec<IpAddr>>,
    /// Where the page and the API are served [default: 127.0.0.1:8080].
    #[arg(long, env = "ALLO_HTTP", value_name = "ADDR:PORT")]
    pub http: Option<SocketAddr>,
    /// Where Prometheus reads [default: 127.0.0.1:9464].
    #[arg(long, env = "ALLO_METRICS", value_name = "ADDR:PORT")]
    pub metrics: Option<SocketAddr>,
    /// The address people type to reach the page [default: http://ADDR:PORT of --http].
    #[arg(long, env = "ALLO_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Proxies in front of the page that are believed about whom they saw (X-Forwarded-For), counted from the page
    /// outwards; needed to tell one client's wrong passwords from another's [default: 0].
    #[arg(long, env = "ALLO_TRUSTED_PROXIES", value_name = "N")]
    pub trusted_proxies: Option<usize>,
    /// First and last UDP port for sound, two ports per call [default: 10000-59999].
    #[arg(long, env = "ALLO_RTP_PORTS", value_name = "FIRST-LAST")]
    pub rtp_ports: Option<String>,
    /// Calls answered at once; further ones get 503 with Retry-After [default: 2500 per media thread].
    #[arg(long, env = "ALLO_MAX_CALLS", value_name = "N")]
    pub max_calls: Option<usize>,
    /// New calls answered per second; further ones get 503 with Retry-After [default: 100].
    #[arg(long, env = "ALLO_MAX_CALL_RATE", value_name = "PER_SECOND")]
    pub max_call_rate: Option<u32>,
    /// Threads that send sound [default: one per core].
    #[arg(long, env = "ALLO_MEDIA_THREADS", value_name = "N")]
    pub media_threads: Option<usize>,
    /// The voices in the order they are tried: pico, espeak-ng and the names of `[[voice]]` [default:
    /// those of the file, then pico,espeak-ng].
    #[arg(long, env = "ALLO_VOICES", value_name = "NAMES")]
    pub voices: Option<String>,
    /// Longest call in seconds [default: 600].
    #[arg(long, env = "ALLO_MAX_CALL_SECONDS", value_name = "SECONDS")]
    pub max_call_seconds: Option<u64>,
    /// Seconds for which calls in progress may go on when the service is stopped; what is left then is hung up [default: 120].
    #[arg(long, env = "ALLO_DRAIN_SECONDS", value_name = "SECONDS")]
    pub drain_seconds: Option<u32>,
    /// When callers hear each bulletin once and then goodbye: auto (while the line is nearly full or
    /// its threads nearly busy), on or off [default: auto].
    #[arg(long, env = "ALLO_SHORT_PROGRAMME", value_name = "WHEN")]
    pub short_programme: Option<String>,
    /// A collector such as Homer that gets a copy of every SIP message by HEP version 3 over UDP [default: none].
    #[arg(long, env = "ALLO_HEP", value_name = "ADDR:PORT")]
    pub hep: Option<SocketAddr>,
    /// The number by which that collector tells this node from others [default: 1].
    #[arg(long, env = "ALLO_HEP_AGENT", value_name = "N")]
    pub hep_agent: Option<u32>,
    /// Days for which the records of calls are kept; 0 keeps none [default: 180].
    #[arg(long, env = "ALLO_CALL_RECORDS_DAYS", value_name = "DAYS")]
    pub call_records_days: Option<u16>,
    /// Days for which the acts of the audit log are kept, at least 366 [default: 1095].
    #[arg(long, env = "ALLO_ACTS_DAYS", value_name = "DAYS")]
    pub acts_days: Option<u16>,
    /// Days for which alerts are kept that are over [default: 365].
    #[arg(long, env = "ALLO_ALERTS_DAYS", value_name = "DAYS")]
    pub alerts_days: Option<u16>,
    /// Hours of silence after which the site of a bulletin is asked whether the event is over [default: 4].
    #[arg(long, env = "ALLO_REMIND_AFTER_HOURS", value_name = "HOURS")]
    pub remind_after_hours: Option<u16>,
    /// The name servers asked for the servers of trunks, ADDR or ADDR:PORT, separated by commas [default: those of the
    /// system].
    #[arg(long, env = "ALLO_DNS_SERVERS", value_name = "ADDRS")]
    pub dns_servers: Option<String>,
    /// Voices besides the built-in ones; only a file says it.
    #[arg(skip)]
    #[serde(rename = "voice", default, skip_serializing_if = "Vec::is_empty")]
    pub own_voices: Vec<VoiceTable>,
    /// Posting by telephone; only a file says it.
    #[arg(skip)]
    #[serde(default, skip_serializing_if = "DictationTable::is_empty")]
    pub dictation: DictationTable,
    /// The server that takes our e-mail; only a file says it. Without it nobody is written to.
    #[arg(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSettings>,
    /// Where the programs of authorities may be; only a file says it.
    #[arg(skip)]
    #[serde(default, skip_serializing_if = "AuthoritiesTable::is_empty")]
    pub authorities: AuthoritiesTable,
    /// Who may call; only a file says it. Without any, everybody may.
    #[arg(skip)]
    #[serde(rename = "trunk", default, skip_serializing_if = "Vec::is_empty")]
    pub trunks: Vec<TrunkTable>,
    /// Where bulletins are told besides line and page; only a file says it.
    #[arg(skip)]
    #[serde(rename = "channel", default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelTable>,
    /// What the callers of one territory may take of the line; only a file says it.
    #[arg(skip)]
    #[serde(
        rename = "territory",
        default,
        skip_serializing_if = "TerritoryTables::is_empty"
    )]
    pub territories: TerritoryTables,
}

impl Settings {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] and [`ConfigError::Malformed`], both naming the file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.into(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Malformed {
            path: path.into(),
            source: Box::new(source),
        })
    }

    /// Keeps what is set here and takes the rest from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            role: self.role.or(other.role),
            data: self.data.or(other.data),
            database: self.database.or(other.database),
            database_password_file: self.database_password_file.or(other.database_password_file),
            sip: self.sip.or(other.sip),
            sip_tls: self.sip_tls.or(other.sip_tls),
            sip_tls_certificate: self.sip_tls_certificate.or(other.sip_tls_certificate),
            sip_tls_key: self.sip_tls_key.or(other.sip_tls_key),
            sip_tls_client_ca: self.sip_tls_client_ca.or(other.sip_tls_client_ca),
            sip_tls_ca: self.sip_tls_ca.or(other.sip_tls_ca),
            sip_dscp: self.sip_dscp.or(other.sip_dscp),
            rtp_dscp: self.rtp_dscp.or(other.rtp_dscp),
            advertised: self.advertised.or(other.advertised),
            http: self.http.or(other.http),
            metrics: self.metrics.or(other.metrics),
            public_url: self.public_url.or(other.public_url),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            rtp_ports: self.rtp_ports.or(other.rtp_ports),
            max_calls: self.max_calls.or(other.max_calls),
            max_call_rate: self.max_call_rate.or(other.max_call_rate),
            media_threads: self.media_threads.or(other.media_threads),
            voices: self.voices.or(other.voices),
            max_call_seconds: self.max_call_seconds.or(other.max_call_seconds),
            drain_seconds: self.drain_seconds.or(other.drain_seconds),
            short_programme: self.short_programme.or(other.short_programme),
            hep: self.hep.or(other.hep),
            hep_agent: self.hep_agent.or(other.hep_agent),
            call_records_days: self.call_records_days.or(other.call_records_days),
            acts_days: self.acts_days.or(other.acts_days),
            alerts_days: self.alerts_days.or(other.alerts_days),
            remind_after_hours: self.remind_after_hours.or(other.remind_after_hours),
            dns_servers: self.dns_servers.or(other.dns_servers),
            own_voices: if self.own_voices.is_empty() {
                other.own_voices
            } else {
                self.own_voices
            },
            dictation: if self.dictation.is_empty() {
                other.dictation
            } else {
                self.dictation
            },
            mail: self.mail.or(other.mail),
            authorities: if self.authorities.is_empty() {
                other.authorities
            } else {
                self.authorities
            },
            trunks: if self.trunks.is_empty() {
                other.trunks
            } else {
                self.trunks
            },
            channels: if self.channels.is_empty() {
                other.channels
            } else {
                self.channels
            },
            territories: if self.territories.is_empty() {
                other.territories
            } else {
                self.territories
            },
        }
    }
}

/// The configuration in force: every value is there and fits.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which part of the work this node does.
    pub role: NodeRole,
    /// Where the database, unless a server has it, and the voices' files live.
    pub data: PathBuf,
    /// Where the rows are.
    pub database: Database,
    /// What holds the password of the database.
    pub(crate) database_password_file: Option<PathBuf>,
    /// Whether an empty data folder is filled with the demonstration.
    pub demo: bool,
    /// Where the page and the API are served.
    pub http: SocketAddr,
    /// Where Prometheus reads.
    pub metrics: SocketAddr,
    /// The address people type to reach the page, without a slash at its end.
    pub public_url: String,
    /// Who may show a territory in a frame of their own page.
    pub embedders: HashMap<TerritorySlug, Vec<Ancestor>>,
    /// Proxies in front of the page that are believed about whom they saw.
    pub trusted_proxies: usize,
    /// The voices in the order they are tried.
    pub voices: Vec<VoiceChoice>,
    /// Their names in that order.
    pub(crate) voice_order: String,
    /// Those of the file, as they are written.
    pub(crate) voice_tables: Vec<VoiceTable>,
    /// Where bulletins are told besides line and page.
    pub channels: Vec<ChannelConfig>,
    /// Who gets copies of SIP messages.
    pub hep: Option<Hep>,
    /// For how many days what is kept.
    pub retention: Retention,
    /// What is looked for among callers and bulletins.
    pub lookout: LookoutConfig,
    /// The name servers asked for the servers of trunks; none means those of the system.
    pub dns_servers: Vec<SocketAddr>,
    /// The private numbers by which operators post; none where nobody does.
    pub dictation: Vec<DialledNumber>,
    /// The way to the server that takes our e-mail; none where nobody is written to.
    pub mail: Option<Mailer>,
    /// The same as it is written.
    pub(crate) mail_table: Option<MailSettings>,
    /// Where the programs of authorities may be.
    pub authorities: AuthoritiesTable,
    /// For so long calls in progress may go on when the service is stopped.
    pub drain: Duration,
    /// The telephone line, without what must be read from files, and without dictation.
    pub line: line::Config,
    /// SIP over TLS, and its files.
    pub tls: Option<TlsPaths>,
}

impl Config {
    /// Fills in the defaults and checks that the values fit together.
    ///
    /// # Errors
    /// [`ConfigError`] in words that say what to write instead.
    pub fn from_settings(settings: Settings, demo: bool) -> Result<Self, ConfigError> {
        let http = settings.http.unwrap_or(local(8080));
        let sip_default = if demo { local(5060) } else { everywhere(5060) };
        let media_threads = above_zero(
            "media-threads",
            settings.media_threads.unwrap_or_else(cores),
        )?;
        let line = line::Config {
            sip: reach::sip(&settings, sip_default)?,
            advertised: reach::advertised(&settings)?,
            sip_dscp: reach::dscp("sip-dscp", settings.sip_dscp.as_deref(), Dscp::CS3)?,
            rtp_dscp: reach::dscp("rtp-dscp", settings.rtp_dscp.as_deref(), Dscp::EF)?,
            rtp_ports: parse_ports(settings.rtp_ports.as_deref().unwrap_or("10000-59999"))?,
            max_calls: above_zero(
                "max-calls",
                settings
                    .max_calls
                    .unwrap_or(CALLS_PER_MEDIA_THREAD * media_threads),
            )?,
            max_call_rate: above_zero("max-call-rate", settings.max_call_rate.unwrap_or(100))?,
            media_threads,
            max_call: Duration::from_secs(above_zero(
                "max-call-seconds",
                settings.max_call_seconds.unwrap_or(600),
            )?),
            trunks: trunks::parse(&settings.trunks)?,
            territories: territories::parse(&settings.territories)?,
            short_programme: parse_short_programme(settings.short_programme.as_deref())?,
            ..line::Config::default()
        };
        let tls = reach::tls(&settings)?;
        let retention = retention(&settings)?;
        let voice_order = voices::order(settings.voices, &settings.own_voices);
        let public_url = settings
            .public_url
            .unwrap_or_else(|| format!("http://{http}"));
        let data = settings.data.unwrap_or_else(|| "./data".into());
        Ok(Self {
            role: parse_role(settings.role.as_deref())?,
            channels: channels::parse(&settings.channels, &data)?,
            database: Database::find(
                &data,
                settings.database.as_deref(),
                settings.database_password_file.as_deref(),
            )?,
            database_password_file: settings.database_password_file,
            data,
            demo,
            http,
            metrics: settings.metrics.unwrap_or(local(9464)),
            voices: voices::parse(&voice_order, &settings.own_voices)?,
            voice_order,
            voice_tables: settings.own_voices,
            dns_servers: parse_dns_servers(settings.dns_servers.as_deref())?,
            public_url: public_url.trim_end_matches('/').to_owned(),
            embedders: territories::embedders(&settings.territories)?,
            trusted_proxies: settings.trusted_proxies.unwrap_or(0),
            hep: settings.hep.map(|collector| Hep {
                collector,
                agent: settings.hep_agent.unwrap_or(1),
            }),
            retention,
            lookout: LookoutConfig {
                thresholds: territories::thresholds(&settings.territories)?,
                patience: SignedDuration::from_hours(
                    above_zero(
                        "remind-after-hours",
                        settings.remind_after_hours.unwrap_or(REMIND_AFTER_HOURS),
                    )?
                    .into(),
                ),
            },
            dictation: dictation::parse(&settings.dictation, &line.country)?,
            mail: settings.mail.as_ref().map(Mailer::new).transpose()?,
            mail_table: settings.mail,
            authorities: settings.authorities,
            drain: Duration::from_secs(settings.drain_seconds.unwrap_or(DRAIN_SECONDS).into()),
            line,
            tls,
        })
    }

    /// The configuration as a TOML file would say it; it holds no secret.
    pub fn as_toml(&self) -> String {
        let ports = &self.line.rtp_ports;
        let tls = self.tls.as_ref();
        let effective = Settings {
            role: Some(self.role.as_str().into()),
            data: Some(self.data.clone()),
            database: self.database.address(),
            database_password_file: self.database_password_file.clone(),
            sip: Some(self.line.sip.clone()),
            sip_tls: tls.map(|tls| tls.addresses.clone()),
            sip_tls_certificate: tls.map(|tls| tls.certificate.clone()),
            sip_tls_key: tls.map(|tls| tls.key.clone()),
            sip_tls_client_ca: tls.and_then(|tls| tls.client_ca.clone()),
            sip_tls_ca: tls.and_then(|tls| tls.ca.clone()),
            sip_dscp: Some(self.line.sip_dscp.to_string()),
            rtp_dscp: Some(self.line.rtp_dscp.to_string()),
            advertised: (!self.line.advertised.is_empty()).then(|| self.line.advertised.clone()),
            http: Some(self.http),
            metrics: Some(self.metrics),
            public_url: Some(self.public_url.clone()),
            trusted_proxies: Some(self.trusted_proxies),
            rtp_ports: Some(format!("{}-{}", ports.start(), ports.end())),
            max_calls: Some(self.line.max_calls),
            max_call_rate: Some(self.line.max_call_rate),
            media_threads: Some(self.line.media_threads),
            voices: Some(self.voice_order.clone()),
            own_voices: voices::shown(&self.voice_tables),
            max_call_seconds: Some(self.line.max_call.as_secs()),
            drain_seconds: u32::try_from(self.drain.as_secs()).ok(),
            short_programme: Some(short_programme::word(self.line.short_programme).into()),
            hep: self.hep.map(|hep| hep.collector),
            hep_agent: self.hep.map(|hep| hep.agent),
            call_records_days: Some(self.retention.calls),
            acts_days: Some(self.retention.acts),
            alerts_days: Some(self.retention.alerts),
            remind_after_hours: u16::try_from(self.lookout.patience.as_hours()).ok(),
            dns_servers: (!self.dns_servers.is_empty()).then(|| {
                let servers: Vec<_> = self.dns_servers.iter().map(ToString::to_string).collect();
                servers.join(",")
            }),
            dictation: dictation::table(&self.dictation),
            mail: self.mail_table.clone(),
            authorities: self.authorities,
            trunks: self.line.trunks.iter().map(TrunkTable::of).collect(),
            channels: channels::shown(&self.channels),
            territories: territories::tables(
                &self.line.territories,
                &self.lookout.thresholds,
                &self.embedders,
            ),
        };
        toml::to_string(&effective).unwrap_or_else(|error| format!("# {error}\n"))
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or may not be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a key that is not known.
    #[error("the configuration {} is not right: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A word that is no role.
    #[error("role is {word:?}; write all, line, web or jobs")]
    Role {
        /// What was written.
        word: String,
    },
    /// `database` or `database-password-file`.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
    /// The range of ports.
    #[error(
        "rtp-ports is {text:?}; write the first and the last port, such as 10000-59999, at least two ports"
    )]
    RtpPorts {
        /// What was written.
        text: String,
    },
    /// `voices`, or a `[[voice]]`.
    #[error(transparent)]
    Voice(#[from] VoiceError),
    /// A word that says nothing of the short programme.
    #[error("short-programme is {word:?}; write auto, on or off")]
    ShortProgramme {
        /// What was written.
        word: String,
    },
    /// Where SIP is answered.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// A name server that is none.
    #[error(
        "dns-servers names {text:?}; write addresses such as 192.0.2.53 or 192.0.2.53:5353, separated by commas"
    )]
    DnsServer {
        /// What was written.
        text: String,
    },
    /// A `[[trunk]]`.
    #[error(transparent)]
    Trunk(#[from] TrunkError),
    /// `[dictation]`.
    #[error(transparent)]
    Dictation(#[from] DictationFault),
    /// `[mail]`.
    #[error(transparent)]
    Mail(#[from] MailFault),
    /// A `[[channel]]`.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// A `[territory…]`.
    #[error(transparent)]
    Territory(#[from] TerritoryError),
    /// Fewer days than the database keeps acts by itself.
    #[error(
        "acts-days is {days}; write at least 366: the database keeps the acts of a year whatever is asked"
    )]
    ActsDays {
        /// What was written.
        days: u16,
    },
    /// A number that must be at least 1.
    #[error("{name} is 0; it must be at least 1")]
    Zero {
        /// The key.
        name: &'static str,
    },
}

/// What one media thread carries with room to spare.
const CALLS_PER_MEDIA_THREAD: usize = 2500;

/// Longer than most calls; systemd's `TimeoutStopSec` must leave room for it.
const DRAIN_SECONDS: u32 = 120;
/// Six months, the shorter end of what the CNIL recommends for logs.
const CALL_RECORDS_DAYS: u16 = 180;
/// Three years: what somebody did is asked about when an inspection or a court does.
const ACTS_DAYS: u16 = 1_095;
const ALERTS_DAYS: u16 = 365;
const REMIND_AFTER_HOURS: u16 = 4;

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn everywhere(port: u16) -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], port))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn above_zero<N: PartialEq + From<u8>>(name: &'static str, number: N) -> Result<N, ConfigError> {
    if number == N::from(0) {
        return Err(ConfigError::Zero { name });
    }
    Ok(number)
}

fn retention(settings: &Settings) -> Result<Retention, ConfigError> {
    let acts = settings.acts_days.unwrap_or(ACTS_DAYS);
    if acts < 366 {
        return Err(ConfigError::ActsDays { days: acts });
    }
    Ok(Retention {
        calls: settings.call_records_days.unwrap_or(CALL_RECORDS_DAYS),
        acts,
        alerts: settings.alerts_days.unwrap_or(ALERTS_DAYS),
    })
}

fn parse_ports(text: &str) -> Result<std::ops::RangeInclusive<u16>, ConfigError> {
    let range = text.split_once('-').and_then(|(first, last)| {
        let range = first.trim().parse::<u16>().ok()?..=last.trim().parse::<u16>().ok()?;
        (*range.start() > 0 && range.end().checked_sub(*range.start())? >= 1).then_some(range)
    });
    range.ok_or_else(|| ConfigError::RtpPorts { text: text.into() })
}

fn parse_role(word: Option<&str>) -> Result<NodeRole, ConfigError> {
    let Some(word) = word else {
        return Ok(NodeRole::default());
    };
    NodeRole::parse(word).ok_or_else(|| ConfigError::Role { word: word.into() })
}

fn parse_short_programme(word: Option<&str>) -> Result<ShortProgramme, ConfigError> {
    let Some(word) = word else {
        return Ok(ShortProgramme::default());
    };
    short_programme::find(word).ok_or_else(|| ConfigError::ShortProgramme { word: word.into() })
}

fn parse_dns_servers(text: Option<&str>) -> Result<Vec<SocketAddr>, ConfigError> {
    let parse = |text: &str| {
        let bare = |address: IpAddr| SocketAddr::new(address, 53);
        let server = text.parse().or_else(|_| text.parse().map(bare));
        server.map_err(|_| ConfigError::DnsServer { text: text.into() })
    };
    let servers = text.into_iter().flat_map(|text| text.split(','));
    servers.map(|text| parse(text.trim())).collect()
}

/// A bare name stands in the folder that systemd gives a service for its credentials.
fn within_credentials(path: &Path) -> PathBuf {
    let is_bare = path.components().count() == 1;
    match std::env::var_os("CREDENTIALS_DIRECTORY") {
        Some(folder) if is_bare => Path::new(&folder).join(path),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests;
