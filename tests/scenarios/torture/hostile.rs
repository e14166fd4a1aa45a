//! Hostile INVITEs made by rule, always the same: each field of a good one is replaced by half of the oddities, its
//! neighbours by the other half; pairs of oddities are drawn; lines are repeated and left out, octets changed, the end cut off.
//!
//! Fields and oddities follow the groups of the PROTOS c07 suite: overlong values of one octet, format strings, control
//! sequences, wrong UTF-8, numbers at the edges of their types, addresses, versions and line ends where none belong.

use std::net::SocketAddr;

/// Who invites whom to send sound where.
pub(super) struct Invitation {
    pub(super) line: SocketAddr,
    pub(super) caller: SocketAddr,
    pub(super) sound: u16,
}

/// All of them, each with what is odd about it.
pub(super) fn all(good: &Invitation) -> impl Iterator<Item = (String, Vec<u8>)> {
    let (template, oddities) = (Template::new(good), oddities());
    let whole = template.write(&[], NAME);
    let one = one_field(template.clone(), oddities.clone());
    let pairs = pairs(template, oddities);
    let spoilt = lines(&whole)
        .chain(changed_octets(whole))
        .zip(2_000_000_u32..)
        .map(|((what, octets), number)| (what, renamed(&octets, &name(number))));
    one.chain(pairs).chain(spoilt).map(|(what, mut octets)| {
        octets.truncate(LONGEST_DATAGRAM);
        (what, octets)
    })
}

/// Each case is a call of its own, wherever its name survives.
fn name(number: u32) -> String {
    format!("c{number:07}")
}

fn one_field(
    template: Template,
    oddities: Vec<(String, Vec<u8>)>,
) -> impl Iterator<Item = (String, Vec<u8>)> {
    let fields = (0..template.fields).flat_map(move |field| {
        let oddities = oddities.clone().into_iter().skip(field % 2).step_by(2);
        oddities.map(move |(what, oddity)| (field, what, oddity))
    });
    fields.zip(0..).map(move |((field, what, oddity), number)| {
        let octets = template.write(&[(field, &oddity)], &name(number));
        (format!("field {field} is {what}"), octets)
    })
}

fn pairs(
    template: Template,
    oddities: Vec<(String, Vec<u8>)>,
) -> impl Iterator<Item = (String, Vec<u8>)> {
    let mut dice = Dice(0x5EED_CAFE);
    (1_000_000..1_000_000 + PAIRS).map(move |number| {
        let (one, other) = (dice.below(template.fields), dice.below(template.fields));
        let (first, second) = (dice.below(oddities.len()), dice.below(oddities.len()));
        let (first, second) = (&oddities[first], &oddities[second]);
        let both: [(usize, &[u8]); 2] = [(one, &first.1), (other, &second.1)];
        let what = format!("field {one} is {}, field {other} is {}", first.0, second.0);
        (what, template.write(&both, &name(number)))
    })
}

/// Each line left out, and repeated up to the longest datagram.
fn lines(whole: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> + use<> {
    let lines: Vec<Vec<u8>> = whole
        .split_inclusive(|&o| o == b'\n')
        .map(Into::into)
        .collect();
    (0..lines.len()).flat_map(move |at| {
        let lines = lines.clone();
        [0, 2, 40, 300, 5_000].into_iter().map(move |times| {
            let mut octets = lines[..at].concat();
            octets.extend(lines[at].repeat(times));
            octets.extend(lines[at + 1..].concat());
            (format!("line {at} stands {times} times"), octets)
        })
    })
}

/// Every fourth octet changed to some others, and everything from it on cut off.
fn changed_octets(whole: Vec<u8>) -> impl Iterator<Item = (String, Vec<u8>)> {
    (0..whole.len()).step_by(4).flat_map(move |at| {
        let whole = whole.clone();
        [None, Some(0), Some(b'\n'), Some(b'"'), Some(0xFF)]
            .into_iter()
            .map(move |change| {
                let mut octets = whole.clone();
                match change {
                    Some(octet) => octets[at] = octet,
                    None => octets.truncate(at),
                }
                (format!("octet {at} becomes {change:?}"), octets)
            })
    })
}

/// The name of the case in place of the template's.
fn renamed(octets: &[u8], name: &str) -> Vec<u8> {
    let mut renamed = octets.to_vec();
    let mut at = 0;
    while let Some(next) = renamed[at..]
        .windows(NAME.len())
        .position(|part| part == NAME.as_bytes())
    {
        at += next;
        renamed[at..at + NAME.len()].copy_from_slice(name.as_bytes());
    }
    renamed
}

/// What a field may be replaced by, with a name each.
fn oddities() -> Vec<(String, Vec<u8>)> {
    let runs = RUN_OCTETS.iter().flat_map(|&octet| {
        RUN_LENGTHS.map(|length| {
            let what = format!("{length} times {:?}", char::from(octet));
            (what, vec![octet; length])
        })
    });
    let words = WORDS.iter().map(|word| word.as_bytes().to_vec());
    let broken = BROKEN_TEXT.iter().map(|octets| octets.to_vec());
    let long = [
        b"%s".repeat(2_000),
        b"%n".repeat(2_000),
        b"\r\n".repeat(2_000),
        b"\r\n ".repeat(2_000),
        b"9".repeat(1_000),
        b";a=b".repeat(5_000),
        b",sip:a@h".repeat(5_000),
        b"<sip:a@h>,".repeat(5_000),
        b"\xC3\xA9".repeat(5_000),
    ];
    let named = words.chain(broken).chain(long).map(|octets| {
        let start = &octets[..octets.len().min(24)];
        (start.escape_ascii().to_string(), octets)
    });
    runs.chain(named).collect()
}

/// A good INVITE whose fields can be replaced.
#[derive(Clone)]
struct Template {
    head: Vec<Piece>,
    body: Vec<Piece>,
    fields: usize,
}

#[derive(Clone)]
enum Piece {
    /// Stays as it is.
    Text(String),
    /// May be replaced; counted through head and body.
    Field(usize, String),
}

impl Template {
    fn new(good: &Invitation) -> Self {
        let fill = |text: &str| {
            text.replace("{line}", &good.line.to_string())
                .replace("{caller}", &good.caller.to_string())
                .replace("{sound}", &good.sound.to_string())
        };
        let mut fields = 0;
        let head = cut(&fill(HEAD), &mut fields);
        let body = cut(&fill(BODY), &mut fields);
        Self { head, body, fields }
    }

    fn write(&self, replaced: &[(usize, &[u8])], name: &str) -> Vec<u8> {
        let body = join(&self.body, replaced, name, 0);
        let mut octets = join(&self.head, replaced, name, body.len());
        octets.extend(body);
        octets
    }
}

/// What stands between `«` and `»` is a field.
fn cut(text: &str, fields: &mut usize) -> Vec<Piece> {
    let mut pieces = vec![];
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('«') {
        let (field, after) = after.split_once('»').expect("a field of the template ends");
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::Field(*fields, field.to_owned()));
        *fields += 1;
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

fn join(pieces: &[Piece], replaced: &[(usize, &[u8])], name: &str, body: usize) -> Vec<u8> {
    let mut octets = vec![];
    for piece in pieces {
        match piece {
            Piece::Text(text) => octets.extend_from_slice(text.as_bytes()),
            Piece::Field(number, usual) => {
                match replaced.iter().find(|(field, _)| field == number) {
                    Some((_, oddity)) => octets.extend_from_slice(oddity),
                    None if usual == "{length}" => {
                        octets.extend_from_slice(body.to_string().as_bytes());
                    }
                    None => octets.extend_from_slice(usual.replace(NAME, name).as_bytes()),
                }
            }
        }
    }
    octets
}

/// xorshift: the same draws in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).expect("a count")).expect("below a count")
    }
}

const NAME: &str = "c???????";
const PAIRS: u32 = 2_000;
/// The most that IPv4 carries in a datagram of UDP.
const LONGEST_DATAGRAM: usize = 65_507;

const HEAD: &str = "«INVITE»« »«sip»«:»«0805691282»«@»«{line}»« »«SIP»«/»«2.0»«\r\n\
    »Via«:» «SIP»/«2.0»/«UDP» «{caller}»;«branch»=«z9hG4bKc???????»;rport\r\n\
    «From»: «\"A caller\"» «<»«sip»:«a»@«{caller}»«>»;«tag»«=»«c???????»\r\n\
    To: «\"The line\"» «<»«sip:0805691282@{line}»«>»\r\n\
    Call-ID: «c???????»«@»«127.0.0.1»\r\n\
    CSeq: «1»« »«INVITE»\r\n\
    Contact: «\"A caller\"» «<»«sip:a@{caller}»«>»\r\n\
    Record-Route: «<sip:{caller};lr>»\r\n\
    Max-Forwards: «70»\r\nExpires: «120»\r\n\
    Session-Expires: «1800»;refresher=«uac»\r\nMin-SE: «90»\r\nSupported: «timer»\r\n\
    P-Asserted-Identity: «<tel:+33261910001>»\r\nP-Called-Party-ID: «<sip:0805691282@{line}>»\r\n\
    Diversion: «<sip:0805691282@{line}>»;reason=«unconditional»\r\n\
    History-Info: «<sip:0805691282@{line}>»;index=«1.1»\r\n\
    Identity: «eyJhbGciOiJFUzI1NiJ9»;info=«<https://cert.example.org/a.cer>»\r\n\
    Content-Type: «application/sdp»\r\nContent-Length: «{length}»\r\n«\r\n»";

const BODY: &str = "«v»«=»«0»«\r\n»\
    o=«-» «1» «1» «IN» «IP4» «127.0.0.1»\r\ns=«-»\r\nc=«IN» «IP4» «127.0.0.1»\r\n\
    b=«AS»:«64»\r\nt=«0» «0»\r\nm=«audio» «{sound}» «RTP/AVP» «8» «101»\r\n\
    a=«rtpmap»«:»«101» «telephone-event»«/»«8000»\r\na=fmtp:101 «0-15»\r\na=ptime:«20»\r\na=rtcp:«9»\r\n";

const RUN_LENGTHS: [usize; 3] = [260, 4_100, 60_000];
const RUN_OCTETS: &[u8] = b"a0 \t:;,/<>@\"%=[]().\\?&\0\x7F\xFF\n";

const WORDS: &[&str] = &[
    "",
    "-1",
    "0",
    "00000000000000000001",
    "127",
    "128",
    "255",
    "256",
    "32767",
    "65535",
    "65536",
    "99999",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0x7F",
    "1e9",
    "1.5",
    "+1",
    "1 1",
    "NaN",
    "%d%d%d",
    "%.4097d",
    "%99999999999s",
    "%s%n%x%p",
    "%00",
    "%zz",
    "%",
    "$(id)",
    "`id`",
    "' OR 1=1 --",
    "../../../etc/passwd",
    "${jndi:ldap://127.0.0.1/a}",
    "<script>",
    "\x1B[31m\x1B]0;t\x07",
    "\x1B[2J",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "127.0.0.1:0",
    "127.0.0.1:99999",
    "[::1]",
    "[::",
    "[::1]]",
    "[:::1]",
    "[::ffff:127.0.0.1]",
    "[fe80::1%lo]",
    "localhost",
    "a..b",
    "-",
    ".",
    "sip:",
    "sip:@",
    "sip:a@",
    "sips:a@h",
    "tel:",
    "tel:+33",
    "http://h/",
    "urn:x:y",
    "sip:a@h;;;",
    "sip:a@h?a=b",
    "sip:a@h;lr;transport=sctp",
    "<sip:a@h>",
    "<<sip:a@h>>",
    "\"",
    "\\\"",
    "\"a\\",
    "<",
    ">",
    "*",
    "SIP/2.0",
    "sip/2.0",
    "SIP/7.0",
    "SIP/2.0.1",
    "SIP/-1",
    "HTTP/1.1",
    "TCP",
    "TLS",
    "SCTP",
    "BYE",
    "ACK",
    "CANCEL",
    "OPTIONS",
    "INVITEINVITE",
    "invite",
    "multipart/mixed",
    "multipart/mixed;boundary=",
    "text/plain",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "\r\n ",
    "\r\nVia: SIP/2.0/UDP h",
    "\r\nContent-Length: 0",
    "\t",
    " ",
    "z9hG4bK",
    "100rel",
    "gzip",
    "6",
    "1.1.1.1.1.1.1.1",
    "1.99999999999999999999",
];

/// Overlong forms, surrogates, lone continuations, no characters at all, byte order marks.
const BROKEN_TEXT: &[&[u8]] = &[
    b"\xC0\x80",
    b"\xC0\xAF",
    b"\xE0\x80\xAF",
    b"\xF0\x80\x80\xAF",
    b"\xF8\x80\x80\x80\xAF",
    b"\xFC\x80\x80\x80\x80\xAF",
    b"\xED\xA0\x80",
    b"\xED\xBF\xBF",
    b"\x80",
    b"\xBF\xBF\xBF",
    b"\xC3",
    b"\xE2\x82",
    b"\xF0\x9F\x98",
    b"\xF4\x90\x80\x80",
    b"\xEF\xBF\xBF",
    b"\xEF\xBB\xBF",
    b"\xFE\xFF",
    b"\xFF\xFE",
    b"Pr\xE9fecture",
    "é\u{202E}\u{0000}".as_bytes(),
];
