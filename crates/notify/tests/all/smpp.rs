//! SMPP: a message centre that reads the octets by itself, as the specification lays them out.

use std::sync::{Arc, Mutex};

use bulletin::Kind;
use notify::sms::{ProviderName, Settings};
use notify::{Channel, Home};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::samples::{self, House, later, never};
use crate::sms::{WORDS, base};

#[tokio::test]
async fn a_telling_is_one_session_that_is_bound_used_and_ended() {
    let (house, centre) = (House::new(), Centre::start(|_| 0).await);

    let receipt = tell(&house, &centre).await.unwrap();

    assert_eq!(receipt.id, "id-1");
    let heard = centre.heard();
    let ids: Vec<_> = heard.iter().map(|it| it.id).collect();
    assert_eq!(ids, [BIND, SUBMIT, SUBMIT, SUBMIT, SUBMIT, UNBIND]);
    let numbers: Vec<_> = heard.iter().map(|it| it.sequence).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);

    // § 4.1.1: system_id, password, system_type, version 3.4, no type of number, no numbering plan, no range.
    assert_eq!(heard[0].body, b"allo-rouen\0secret08\0\0\x34\x00\x00\x00");

    // § 4.4.1 for the first part of the first number.
    let mut head = b"\0\x05\x00ALLO ROUEN\0\x01\x0133612345678\0".to_vec();
    head.extend(b"\x40\0\0\0\0\0\0\0\0");
    let body = &heard[1].body;
    assert_eq!(body[..head.len()], head, "{body:x?}");
    let message = &body[head.len()..];
    assert_eq!(usize::from(message[0]), message.len() - 1);
    assert_eq!(message[1..7], [5, 0, 3, 1, 2, 1]);
}

#[tokio::test]
async fn what_arrives_at_a_telephone_is_the_whole_text() {
    let (house, centre) = (House::new(), Centre::start(|_| 0).await);
    tell(&house, &centre).await.unwrap();
    let heard = centre.heard();
    let texts: Vec<_> = heard
        .iter()
        .filter(|it| it.id == SUBMIT)
        .map(Heard::text)
        .collect();
    assert_eq!(texts.len(), 4);
    assert_eq!(format!("{}{}", texts[0], texts[1]), WORDS);
    assert_eq!(texts[..2], texts[2..]);

    let (house, centre) = (House::new(), Centre::start(|_| 0).await);
    let channel = settings(&house, &centre).open(&house.home()).unwrap();
    channel
        .tell(&samples::of(Kind::Unplanned, "Odeur à 工場."), &[])
        .await
        .unwrap();
    let wide: String = centre
        .heard()
        .iter()
        .filter(|it| it.id == SUBMIT)
        .take(3)
        .map(Heard::wide_text)
        .collect();
    assert!(
        wide.contains("Odeur à 工場. https://allo.example"),
        "{wide}"
    );
}

#[tokio::test]
async fn a_centre_that_does_not_know_us_wants_a_person() {
    for status in [0x0d, 0x0e, 0x0f] {
        let (house, centre) = (
            House::new(),
            Centre::start(move |it| if it.id == BIND { status } else { 0 }).await,
        );
        let why = never(tell(&house, &centre).await.unwrap_err());
        assert!(
            why.contains("does not know allo-rouen") && why.contains(&format!("{status:#010x}")),
            "{why}"
        );
        assert!(!why.contains("secret08"), "{why}");
        let checked = settings(&house, &centre)
            .open(&house.home())
            .unwrap()
            .check()
            .await;
        assert_eq!(checked, Err(why));
    }
}

#[tokio::test]
async fn a_busy_centre_is_tried_again_and_those_who_were_told_are_spared() {
    let house = House::new();
    let busy = Arc::new(Mutex::new(true));
    let own = Arc::clone(&busy);
    let centre =
        Centre::start(
            move |it| match it.number().ends_with("98765432") && *own.lock().unwrap() {
                true => 0x58,
                false => 0,
            },
        )
        .await;
    let channel = settings(&house, &centre).open(&house.home()).unwrap();
    let (why, _) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!(
        why.contains("0x00000058") && !why.contains("98765432"),
        "{why}"
    );

    *busy.lock().unwrap() = false;
    channel.tell(&samples::first(), &[]).await.unwrap();

    let told: Vec<_> = centre
        .heard()
        .iter()
        .filter(|it| it.id == SUBMIT)
        .map(Heard::number)
        .collect();
    assert_eq!(
        told,
        [
            "33612345678",
            "33612345678",
            "33698765432",
            "33698765432",
            "33698765432"
        ]
    );
}

#[tokio::test]
async fn a_number_that_is_refused_keeps_nobody_else_from_being_told() {
    let house = House::new();
    let centre = Centre::start(|it| {
        if it.number() == "33612345678" {
            0x0b
        } else {
            0
        }
    })
    .await;

    let receipt = tell(&house, &centre).await.unwrap();

    assert_eq!(receipt.id, "id-1");
}

#[tokio::test]
async fn a_centre_that_asks_whether_we_live_is_answered() {
    let (house, centre) = (House::new(), Centre::asking().await);

    tell(&house, &centre).await.unwrap();

    let heard = centre.heard();
    let alive: Vec<_> = heard
        .iter()
        .filter(|it| it.id == ALIVE)
        .map(|it| it.sequence)
        .collect();
    assert_eq!(alive, [900; 5], "for the binding and each part");
}

#[tokio::test]
async fn a_centre_that_is_silent_hangs_up_or_speaks_something_else_is_tried_again() {
    let house = House::new();
    for greeting in [
        None,
        Some(&b""[..]),
        Some(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = [0; 16];
            stream.read_exact(&mut heard).await.unwrap();
            match greeting {
                None => std::future::pending().await,
                Some(octets) => stream.write_all(octets).await.unwrap(),
            }
        });
        let channel = at(&house, &format!("smpp://{address}"))
            .open(&house.hasty())
            .unwrap();
        later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    }
}

#[tokio::test]
async fn the_check_binds_and_tells_nobody_anything() {
    let (house, centre) = (House::new(), Centre::start(|_| 0).await);
    let channel = settings(&house, &centre).open(&house.home()).unwrap();
    assert_eq!(channel.check().await, Ok(()));
    let ids: Vec<_> = centre.heard().iter().map(|it| it.id).collect();
    assert_eq!(ids, [BIND, UNBIND]);

    house.secret("smpp-key", "longer-than-eight");
    assert!(
        channel
            .check()
            .await
            .unwrap_err()
            .contains("more than 8 letters")
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let house = House::new();
    let home: Home = house.home();
    let open = |settings: Settings| settings.open(&home).map(|_| ()).unwrap_err();
    for (server, said) in [
        ("smpp://smsc.example:2775", "write smpps://"),
        ("smpps://smsc.example", "write its port too"),
        ("https://smsc.example:3550", "as smpps://HOST:PORT"),
        ("smsc.example:3550", "as smpps://HOST:PORT"),
    ] {
        let why = open(at(&house, server));
        assert!(why.contains(said), "{said}: {why}");
    }
    let good = at(&house, "smpps://smsc.example:3550");
    assert!(
        open(Settings {
            account: None,
            ..good.clone()
        })
        .contains("SMPP wants account")
    );
    assert!(
        open(Settings {
            key: None,
            ..good.clone()
        })
        .contains("this provider wants key")
    );
    assert!(good.open(&home).is_ok());
}

async fn tell(house: &House, centre: &Centre) -> Result<notify::Receipt, notify::Failure> {
    settings(house, centre)
        .open(&house.home())
        .unwrap()
        .tell(&samples::first(), &[])
        .await
}

fn settings(house: &House, centre: &Centre) -> Settings {
    at(house, &format!("smpp://{}", centre.address))
}

fn at(house: &House, server: &str) -> Settings {
    Settings {
        account: Some("allo-rouen".to_owned()),
        key: Some(house.secret("smpp-key", "secret08")),
        ..base(house, server, ProviderName::Smpp)
    }
}

const BIND: u32 = 0x02;
const SUBMIT: u32 = 0x04;
const UNBIND: u32 = 0x06;
const ASK: u32 = 0x15;
const ALIVE: u32 = 0x8000_0015;
const ANSWER: u32 = 0x8000_0000;

/// One command as it came.
#[derive(Clone, Debug)]
struct Heard {
    id: u32,
    sequence: u32,
    body: Vec<u8>,
}

impl Heard {
    /// `destination_addr` of a `submit_sm`; nothing for others.
    fn number(&self) -> String {
        if self.id != SUBMIT {
            return String::new();
        }
        // service_type, then type and plan and address of the source, type and plan of the destination.
        let after_service = self.body.iter().position(|octet| *octet == 0).unwrap() + 1;
        let source = &self.body[after_service + 2..];
        let end = source.iter().position(|octet| *octet == 0).unwrap();
        let number = &source[end + 3..];
        let end = number.iter().position(|octet| *octet == 0).unwrap();
        String::from_utf8(number[..end].to_vec()).unwrap()
    }

    /// The octets of the text, without the header that joins parts, and `data_coding`.
    fn octets(&self) -> (u8, Vec<u8>) {
        let number = self.number();
        let place = self
            .body
            .windows(number.len())
            .position(|it| it == number.as_bytes())
            .unwrap();
        let rest = &self.body[place + number.len() + 1..];
        let (class, coding, length) = (rest[0], rest[7], usize::from(rest[9]));
        let message = &rest[10..10 + length];
        let header = if class & 0x40 == 0 {
            0
        } else {
            usize::from(message[0]) + 1
        };
        (coding, message[header..].to_vec())
    }

    fn text(&self) -> String {
        let (coding, octets) = self.octets();
        assert_eq!(coding, 0);
        octets
            .iter()
            .map(|septet| match septet {
                0x04 => 'è',
                0x05 => 'é',
                0x11 => '_',
                0x7f => 'à',
                0x20..=0x7a => char::from(*septet),
                other => panic!("{other:x}"),
            })
            .collect()
    }

    fn wide_text(&self) -> String {
        let (coding, octets) = self.octets();
        assert_eq!(coding, 8);
        let units: Vec<_> = octets
            .chunks(2)
            .map(|two| u16::from_be_bytes([two[0], two[1]]))
            .collect();
        String::from_utf16(&units).unwrap()
    }
}

/// A message centre.
struct Centre {
    address: std::net::SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    _serving: JoinSet<()>,
}

impl Centre {
    /// - `status`: the answer's status for each command.
    async fn start(status: impl Fn(&Heard) -> u32 + Send + Sync + 'static) -> Self {
        Self::with(status, false).await
    }

    /// Asks whether we live before each answer.
    async fn asking() -> Self {
        Self::with(|_| 0, true).await
    }

    async fn with(status: impl Fn(&Heard) -> u32 + Send + Sync + 'static, asks: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(vec![]));
        let kept = Arc::clone(&heard);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &status, &kept, asks).await;
            }
        });
        Self {
            address,
            heard,
            _serving: serving,
        }
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    status: &(impl Fn(&Heard) -> u32 + Sync),
    kept: &Mutex<Vec<Heard>>,
    asks: bool,
) {
    stream.set_nodelay(true).unwrap();
    let mut served = 0;
    loop {
        let Ok(length) = stream.read_u32().await else {
            return;
        };
        let id = stream.read_u32().await.unwrap();
        let _status = stream.read_u32().await.unwrap();
        let sequence = stream.read_u32().await.unwrap();
        let mut body = vec![0; usize::try_from(length).unwrap() - 16];
        stream.read_exact(&mut body).await.unwrap();
        let heard = Heard { id, sequence, body };
        kept.lock().unwrap().push(heard.clone());
        if id == ALIVE {
            continue;
        }
        if asks {
            stream.write_all(&command(ASK, 0, 900, b"")).await.unwrap();
        }
        let status = status(&heard);
        served += u32::from(id == SUBMIT && status == 0);
        let answer = match (id, status) {
            (BIND, 0) => b"centre\0".to_vec(),
            (SUBMIT, 0) => format!("id-{served}\0").into_bytes(),
            _ => vec![],
        };
        // In two pieces: TCP keeps no borders.
        let octets = command(id | ANSWER, status, sequence, &answer);
        stream.write_all(&octets[..5]).await.unwrap();
        stream.flush().await.unwrap();
        stream.write_all(&octets[5..]).await.unwrap();
        if id == UNBIND {
            return;
        }
    }
}

fn command(id: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let mut octets: Vec<u8> = [length, id, status, sequence]
        .iter()
        .flat_map(|it| it.to_be_bytes())
        .collect();
    octets.extend(body);
    octets
}
