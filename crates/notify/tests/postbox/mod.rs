//! A mail server on loopback that behaves as RFC 5321 says, keeps what it takes, and refuses what a test tells it to.

#![allow(dead_code, reason = "each test uses what it needs of it")]

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The server at work; it ends with the test.
pub(crate) struct Postbox {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

/// A mail that was taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    /// Between the angle brackets of MAIL.
    pub(crate) from: String,
    /// Between those of RCPT.
    pub(crate) to: String,
    /// What came after DATA, without the dots in front of dots.
    pub(crate) octets: String,
    /// Whether it came under TLS.
    pub(crate) secured: bool,
    /// What AUTH PLAIN gave, in base64; empty without.
    pub(crate) account: String,
}

/// What a test decides: to a command, a reply other than the usual one; to `.`, which ends a mail, likewise.
pub(crate) type Rule = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

struct Shared {
    taken: Mutex<Vec<Taken>>,
    commands: Mutex<HashMap<String, usize>>,
    rule: Mutex<Rule>,
    tls: Option<Arc<ServerConfig>>,
    from_the_start: bool,
}

impl Postbox {
    /// Opens one in the clear.
    pub(crate) fn open() -> Self {
        Self::open_with(None, false)
    }

    /// Opens one that knows TLS: after STARTTLS, or from the first octet.
    pub(crate) fn open_with(tls: Option<Arc<ServerConfig>>, from_the_start: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            taken: Mutex::default(),
            commands: Mutex::default(),
            rule: Mutex::new(Box::new(|_| None)),
            tls,
            from_the_start,
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A client that hangs up has said all it wanted to.
                thread::spawn(move || shared.converse(&stream));
            }
        });
        Self { address, shared }
    }

    /// From here on the rule decides.
    pub(crate) fn decide(&self, rule: impl Fn(&str) -> Option<String> + Send + Sync + 'static) {
        *self.shared.rule.lock().expect("no test panics with it") = Box::new(rule);
    }

    /// Everything taken until here, in its order.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.shared
            .taken
            .lock()
            .expect("no test panics with it")
            .clone()
    }

    /// How many mails were taken until here.
    pub(crate) fn count(&self) -> usize {
        self.shared
            .taken
            .lock()
            .expect("no test panics with it")
            .len()
    }

    /// How often a command came: `EHLO` once for each connection in the clear.
    pub(crate) fn commands(&self, verb: &str) -> usize {
        let commands = self.shared.commands.lock().expect("no test panics with it");
        commands.get(verb).copied().unwrap_or(0)
    }
}

impl Taken {
    /// The value of a header, unfolded (RFC 5322 § 2.2.3).
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.octets.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let mut lines = head.split("\r\n");
        let prefix = format!("{}: ", name.to_ascii_lowercase());
        lines.find_map(|line| {
            let is_it = line.to_ascii_lowercase().starts_with(&prefix);
            is_it.then(|| line[prefix.len()..].to_owned())
        })
    }

    /// The text, out of quoted-printable if it is in it (RFC 2045 § 6.7).
    pub(crate) fn text(&self) -> String {
        let body = self
            .octets
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body);
        let body = match self.header("Content-Transfer-Encoding").as_deref() {
            Some("quoted-printable") => unquoted(body),
            _ => body.to_owned(),
        };
        body.replace("\r\n", "\n")
    }
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

impl Shared {
    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut wire = BufReader::new(match self.from_the_start {
            true => self.secure(stream)?,
            false => Box::new(stream.try_clone()?) as Box<dyn Wire>,
        });
        let mut secured = self.from_the_start;
        let (mut mail, mut account) = (Taken::default(), String::new());
        say(&mut wire, "220 postbox.example ESMTP")?;
        let mut line = String::new();
        loop {
            line.clear();
            if wire.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let command = line.trim_end();
            let verb = command
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            *self
                .commands
                .lock()
                .expect("no test panics with it")
                .entry(verb.clone())
                .or_default() += 1;
            let decided = (self.rule.lock().expect("no test panics with it"))(command);
            if let Some(reply) = decided {
                say(&mut wire, &reply)?;
                continue;
            }
            match verb.as_str() {
                "EHLO" => say(&mut wire, &self.extensions(secured))?,
                "STARTTLS" if self.tls.is_some() && !secured => {
                    say(&mut wire, "220 2.0.0 go ahead")?;
                    wire = BufReader::new(self.secure(stream)?);
                    secured = true;
                }
                "AUTH" => {
                    account = command.rsplit(' ').next().unwrap_or_default().to_owned();
                    say(&mut wire, "235 2.7.0 accepted")?;
                }
                "MAIL" => {
                    mail = Taken {
                        from: path(command),
                        secured,
                        account: account.clone(),
                        ..Taken::default()
                    };
                    say(&mut wire, "250 2.1.0 ok")?;
                }
                "RCPT" => {
                    mail.to = path(command);
                    say(&mut wire, "250 2.1.5 ok")?;
                }
                "DATA" => {
                    say(&mut wire, "354 go on")?;
                    mail.octets = read_data(&mut wire)?;
                    let decided = (self.rule.lock().expect("no test panics with it"))(".");
                    if let Some(reply) = decided {
                        say(&mut wire, &reply)?;
                        continue;
                    }
                    self.taken
                        .lock()
                        .expect("no test panics with it")
                        .push(std::mem::take(&mut mail));
                    say(&mut wire, "250 2.0.0 taken")?;
                }
                "NOOP" | "RSET" => say(&mut wire, "250 2.0.0 ok")?,
                "QUIT" => return say(&mut wire, "221 2.0.0 bye"),
                _ => say(&mut wire, "502 5.5.1 not known here")?,
            }
        }
    }

    fn extensions(&self, secured: bool) -> String {
        let offer = match (self.tls.is_some(), secured) {
            (true, false) => "250-STARTTLS",
            (true, true) => "250-AUTH PLAIN",
            (false, _) => "250-SIZE 10485760",
        };
        format!("250-postbox.example\r\n{offer}\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
    }

    fn secure(&self, stream: &TcpStream) -> io::Result<Box<dyn Wire>> {
        let config = self.tls.clone().ok_or(io::ErrorKind::Unsupported)?;
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(connection, stream.try_clone()?)))
    }
}

fn say(wire: &mut BufReader<Box<dyn Wire>>, reply: &str) -> io::Result<()> {
    let stream = wire.get_mut();
    stream.write_all(format!("{reply}\r\n").as_bytes())?;
    stream.flush()
}

fn read_data(wire: &mut impl BufRead) -> io::Result<String> {
    let (mut all, mut line) = (vec![], vec![]);
    loop {
        line.clear();
        if wire.read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.as_slice() {
            b".\r\n" => return Ok(String::from_utf8_lossy(&all).into_owned()),
            [b'.', rest @ ..] => all.extend_from_slice(rest),
            whole => all.extend_from_slice(whole),
        }
    }
}

fn path(command: &str) -> String {
    let within = command
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    within.map_or("", |(path, _)| path).to_owned()
}

fn unquoted(body: &str) -> String {
    let (mut octets, mut rest) = (vec![], body.as_bytes());
    while let Some((&octet, after)) = rest.split_first() {
        rest = match (octet, after) {
            (b'=', [b'\r', b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap_or_default();
                octets.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
                after
            }
            _ => {
                octets.push(octet);
                after
            }
        };
    }
    String::from_utf8_lossy(&octets).into_owned()
}
