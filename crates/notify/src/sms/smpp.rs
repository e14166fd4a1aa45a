//! Providers that speak SMPP 3.4: a session for each telling, bound, used and ended.
//!
//! Source: SMPP Protocol Specification v3.4, issue 1.2: § 4.1.1 (`bind_transmitter`), § 4.4.1 (`submit_sm`), § 4.11
//! (`enquire_link`), § 5.1.3 (status codes), § 5.2.12 (`esm_class`); parts of a long text are joined by the header of
//! TS 23.040 § 9.2.3.24.1. Octets are put together and read by `rusmpp`, without its traces.

use std::time::Duration;

use rusmpp::pdus::{BindTransmitter, SubmitSm};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, Npi, Ton};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use super::Settings;
use crate::http::Stream;
use crate::wording::{SMS_ESCAPE, encoded_sms};
use crate::{Endpoint, Failure, Http, Secret};

/// A provider's message centre.
#[derive(Debug)]
pub(super) struct Smpp {
    server: Endpoint,
    /// The name by which we are known, at most 15 octets.
    account: String,
    password: Secret,
}

impl Smpp {
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let written = settings.server.as_deref().unwrap_or_default();
        let (scheme, rest) = written.split_once("://").unwrap_or_default();
        let as_http = match scheme {
            "smpps" => format!("https://{rest}"),
            "smpp" => format!("http://{rest}"),
            _ => return Err("SMPP wants server, as smpps://HOST:PORT, or smpp://ADDRESS:PORT in your own network".to_owned()),
        };
        let server = Endpoint::parse(&as_http).map_err(|why| {
            format!(
                "server: {}",
                why.replace("https://", "smpps://")
                    .replace("http://", "smpp://")
            )
        })?;
        let has_port = rest
            .rsplit(':')
            .next()
            .is_some_and(|port| port.parse::<u16>().is_ok());
        if !has_port {
            return Err(format!(
                "server is {written:?}; write its port too, as the provider names it"
            ));
        }
        let account = settings
            .account
            .clone()
            .filter(|name| (1..=15).contains(&name.len()) && name.is_ascii());
        Ok(Self {
            server,
            account: account.ok_or(
                "SMPP wants account, the system_id of 1 to 15 letters that the provider gave",
            )?,
            password: settings.needed(&settings.key, "key, the password of the account")?,
        })
    }

    pub(super) fn server(&self) -> &Endpoint {
        &self.server
    }

    pub(super) fn password(&self) -> &Secret {
        &self.password
    }

    /// Connects and binds.
    ///
    /// # Errors
    /// [`Failure`]: for later where nobody answers or the centre is busy, for good where we are not known.
    pub(super) async fn bind(&self, http: &Http) -> Result<Session, Failure> {
        let password = self.password.read().map_err(Failure::later)?;
        if password.expose().len() > 8 {
            return Err(Failure::never(
                "the password of SMPP has more than 8 letters, which the protocol does not carry; ask the provider for one",
            ));
        }
        let stream = http.connect(&self.server).await?;
        let mut session = Session {
            host: self.server.host().to_owned(),
            stream,
            read: BytesMut::new(),
            codec: CommandCodec::new(),
            sequence: 0,
            patience: http.patience(),
        };
        let bind = BindTransmitter::builder()
            .system_id(octets(&self.account)?)
            .password(octets(password.expose())?)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        let answer = session.exchange(Pdu::BindTransmitter(bind)).await?;
        match answer.status() {
            CommandStatus::EsmeRok => Ok(session),
            status @ (CommandStatus::EsmeRbindfail
            | CommandStatus::EsmeRinvpaswd
            | CommandStatus::EsmeRinvsysid) => Err(Failure::never(format!(
                "{} does not know {} with this password ({}); look at account and key, and at whether the provider lets this machine's address in",
                session.host,
                self.account,
                code(status)
            ))),
            status => Err(session.refusal(status)),
        }
    }
}

/// A bound session.
pub(super) struct Session {
    host: String,
    stream: Box<dyn Stream>,
    read: BytesMut,
    codec: CommandCodec,
    sequence: u32,
    patience: Duration,
}

impl Session {
    /// Sends a text to one number, in as many parts as it takes, and gives the centre's name of the first.
    pub(super) async fn submit(
        &mut self,
        number: &str,
        sender: Option<&str>,
        text: &str,
        mark: u8,
    ) -> Result<String, Failure> {
        let (coding, parts) = parts(text, mark);
        let many = parts.len() > 1;
        let mut first = None;
        for part in parts {
            let submit = SubmitSm::builder()
                .source_addr_ton(if sender.is_some() {
                    Ton::Alphanumeric
                } else {
                    Ton::Unknown
                })
                .source_addr(octets(sender.unwrap_or_default())?)
                .dest_addr_ton(Ton::International)
                .dest_addr_npi(Npi::Isdn)
                .destination_addr(octets(number.trim_start_matches('+'))?)
                .data_coding(coding)
                .esm_class(EsmClass::from(if many { HEADED } else { PLAIN }))
                .short_message(
                    OctetString::from_vec(part)
                        .map_err(|_| Failure::never("a part of a short message is too long"))?,
                )
                .build();
            let answer = self.exchange(Pdu::SubmitSm(submit)).await?;
            match (answer.status(), answer.pdu()) {
                (CommandStatus::EsmeRok, Some(Pdu::SubmitSmResp(taken))) => {
                    first.get_or_insert_with(|| taken.message_id().as_str().to_owned());
                }
                (CommandStatus::EsmeRok, _) => {
                    first.get_or_insert_default();
                }
                (status, _) => return Err(self.refusal(status)),
            }
        }
        Ok(first.unwrap_or_default())
    }

    /// Says goodbye; what comes of it changes nothing.
    pub(super) async fn end(mut self) {
        let _ = self.exchange(Pdu::Unbind).await;
    }

    /// Sends a request and waits for its answer; meanwhile the centre may ask whether we live.
    async fn exchange(&mut self, pdu: Pdu) -> Result<Command, Failure> {
        let patience = self.patience;
        let exchanged = timeout(patience, self.exchanged(pdu)).await;
        exchanged.unwrap_or_else(|_| {
            Err(Failure::later(format!(
                "{} did not answer within {patience:?}",
                self.host
            )))
        })
    }

    async fn exchanged(&mut self, pdu: Pdu) -> Result<Command, Failure> {
        self.sequence += 1;
        let sequence = self.sequence;
        self.write(&Command::new(CommandStatus::EsmeRok, sequence, pdu))
            .await?;
        loop {
            let command = self.next().await?;
            match command.id() {
                CommandId::EnquireLink => {
                    let alive = Command::new(
                        CommandStatus::EsmeRok,
                        command.sequence_number(),
                        Pdu::EnquireLinkResp,
                    );
                    self.write(&alive).await?;
                }
                CommandId::Unbind => {
                    return Err(Failure::later(format!("{} ended the session", self.host)));
                }
                _ if command.sequence_number() == sequence => return Ok(command),
                _ => {}
            }
        }
    }

    async fn write(&mut self, command: &Command) -> Result<(), Failure> {
        let mut octets = BytesMut::new();
        let encoded = self.codec.encode(command, &mut octets);
        encoded.map_err(|error| Failure::never(error.to_string()))?;
        let written = self.stream.write_all(&octets).await;
        written.map_err(|error| self.lost(&error))?;
        self.stream.flush().await.map_err(|error| self.lost(&error))
    }

    async fn next(&mut self) -> Result<Command, Failure> {
        loop {
            // At most 8 KiB a command, as the codec has it.
            let decoded = self.codec.decode(&mut self.read);
            let decoded = decoded
                .map_err(|_| Failure::later(format!("{} does not speak SMPP", self.host)))?;
            if let Some(command) = decoded {
                return Ok(command);
            }
            let read = self.stream.read_buf(&mut self.read).await;
            if read.map_err(|error| self.lost(&error))? == 0 {
                return Err(Failure::later(format!("{} broke off", self.host)));
            }
        }
    }

    fn lost(&self, error: &std::io::Error) -> Failure {
        Failure::later(format!("{} broke off: {error}", self.host))
    }

    fn refusal(&self, status: CommandStatus) -> Failure {
        let why = format!("{} refused a short message ({})", self.host, code(status));
        match status {
            CommandStatus::EsmeRthrottled
            | CommandStatus::EsmeRmsgqful
            | CommandStatus::EsmeRsyserr
            | CommandStatus::EsmeRxTAppn
            | CommandStatus::EsmeRalybnd => Failure::later(why),
            _ => Failure::never(why),
        }
    }
}

/// `esm_class` of an ordinary message. Not the default of the library, which says that it is an acknowledgement.
const PLAIN: u8 = 0;
/// `esm_class` of a message whose text begins with a header.
const HEADED: u8 = 0x40;

/// The octets of each part, and how they are to be read: septets, or else UCS-2.
///
/// - `mark`: joins the parts of one text, and differs from that of the text before.
fn parts(text: &str, mark: u8) -> (DataCoding, Vec<Vec<u8>>) {
    let (coding, whole, most, units) = match encoded_sms(text) {
        Some(septets) => (DataCoding::McSpecific, 160, 153, pieces(&septets)),
        None => {
            let units = text.chars().map(|c| {
                let mut two = [0; 2];
                c.encode_utf16(&mut two)
                    .iter()
                    .flat_map(|unit| unit.to_be_bytes())
                    .collect()
            });
            (DataCoding::Ucs2, 140, 134, units.collect::<Vec<Vec<u8>>>())
        }
    };
    if units.iter().map(Vec::len).sum::<usize>() <= whole {
        return (coding, vec![units.concat()]);
    }
    let mut bodies = vec![vec![]];
    for unit in units {
        let full = bodies
            .last()
            .is_some_and(|body: &Vec<u8>| body.len() + unit.len() > most);
        if full {
            bodies.push(vec![]);
        }
        if let Some(body) = bodies.last_mut() {
            body.extend(unit);
        }
    }
    let count = u8::try_from(bodies.len()).unwrap_or(u8::MAX);
    let parts = bodies.into_iter().zip(1..=count).map(|(body, place)| {
        // Length of the header, concatenation, its length, the mark, how many, which.
        let mut part = vec![5, 0, 3, mark, count, place];
        part.extend(body);
        part
    });
    (coding, parts.collect())
}

/// Septets that belong together: an escape and what follows it.
fn pieces(septets: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = vec![];
    for &septet in septets {
        match pieces.last_mut() {
            Some(piece) if *piece == [SMS_ESCAPE] => piece.push(septet),
            _ => pieces.push(vec![septet]),
        }
    }
    pieces
}

fn octets<const MOST: usize>(text: &str) -> Result<COctetString<1, MOST>, Failure> {
    COctetString::from_string(text.to_owned()).map_err(|_| {
        Failure::never(format!(
            "SMPP carries at most {} letters of ASCII in this field",
            MOST - 1
        ))
    })
}

/// As the specification's table has it: `0x0000000e`.
fn code(status: CommandStatus) -> String {
    format!("{:#010x}", u32::from(status))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_octets_of_a_centre_stop_us(octets in prop::collection::vec(any::<u8>(), 0..200), length in 0_u32..300) {
            let whole = [&length.to_be_bytes()[..], &octets].concat();
            for sent in [octets, whole] {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                let outcome = runtime.block_on(async {
                    let mut session = heard(&sent);
                    session.exchange(Pdu::EnquireLink).await
                });
                if let Ok(answer) = outcome {
                    prop_assert_eq!(answer.sequence_number(), 1);
                }
            }
        }
    }

    #[test]
    fn a_long_text_is_parted_between_letters_and_joined_by_its_mark() {
        let (coding, one) = parts(&"a".repeat(160), 7);
        assert_eq!(
            (coding, one.len(), one[0].len()),
            (DataCoding::McSpecific, 1, 160)
        );

        let (_, two) = parts(&format!("{}€{}", "a".repeat(152), "b".repeat(20)), 7);
        assert_eq!(two[0][..6], [5, 0, 3, 7, 2, 1]);
        assert_eq!(two[0].len(), 6 + 152, "the euro sign stays whole");
        assert_eq!(two[1][..8], [5, 0, 3, 7, 2, 2, 0x1b, 0x65]);
    }

    #[test]
    fn what_the_small_alphabet_lacks_goes_in_ucs_2() {
        let (coding, one) = parts("工é", 7);
        assert_eq!(
            (coding, &one[0][..]),
            (DataCoding::Ucs2, &[0x5d, 0xe5, 0x00, 0xe9][..])
        );
        let (_, many) = parts(&"😷".repeat(60), 7);
        assert_eq!(
            many.iter().map(Vec::len).collect::<Vec<_>>(),
            [6 + 132, 6 + 108]
        );
    }

    /// A session whose centre has said these octets and hung up.
    fn heard(octets: &[u8]) -> Session {
        let (near, mut far) = tokio::io::duplex(4096);
        let sent = octets.to_vec();
        tokio::spawn(async move {
            let _ = far.write_all(&sent).await;
        });
        Session {
            host: "centre".to_owned(),
            stream: Box::new(near),
            read: BytesMut::new(),
            codec: CommandCodec::new(),
            sequence: 0,
            patience: Duration::from_secs(5),
        }
    }
}
