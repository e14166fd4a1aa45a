//! The command line of `allo`, as outside programs rely on it.
//!
//! Each option of `serve` has an environment variable `ALLO_…` and a key of the same name in the
//! TOML file; [`crate::Settings`] joins the three. Trunks and territories are tables of the file alone.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use media::{Codec, Ptime};
use store::Scope;

use crate::calls::export::Format;
use crate::config::{Database, DatabaseFault, DatabaseOptions, Settings};

/// Tells people by telephone and on a page what is going on at the factories next door.
#[derive(Debug, Parser)]
#[command(name = "allo", version, about, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The hidden command that makes this program the voice's helper process.
pub const HELPER_COMMAND: &str = "speech-helper";
/// The hidden command that makes this program the helper that decodes uploads.
pub const DECODE_COMMAND: &str = "decode-helper";

/// The hidden command that makes this program the helper process of a Piper voice.
pub const ONNX_HELPER_COMMAND: &str = "onnx-helper";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answers the telephone and serves the page.
    Serve(Serve),
    /// Checks configuration, database, voices and prompts and prints the effective configuration; or checks
    /// what stands between this machine and one trunk.
    Check(Check),
    /// Copies rows and data folder of a service, which may be at work, and proves the copy.
    Backup(Backup),
    /// Puts such a copy into a data folder that holds no database, or its rows into an empty one of a server.
    Restore(Restore),
    /// Places one call, listens, and judges what was heard.
    Call(Call),
    /// Writes the records of finished calls as CSV or JSON.
    Calls(Calls),
    /// Places many calls and measures them.
    Storm(Storm),
    /// Speaks a text as the line would, or shows how.
    Say(Say),
    /// Checks how a territory's names are said.
    #[command(subcommand)]
    Lexicon(LexiconCommand),
    /// Posts a bulletin from a terminal or a script.
    Post(Post),
    /// Sets by hand whether callers hear each bulletin once and then goodbye; without a word, says
    /// how it is set.
    ShortProgramme(ShortProgramme),
    /// Brings the tables of the database up to date, as every start does; or moves every row of a file to PostgreSQL.
    Migrate(Migrate),
    /// Reads, on standard input, a mail server's report about a mail to a subscriber that it could not deliver, and
    /// counts it against the address; for an alias of the return path.
    ReturnedMail(DataFolder),
    /// Copies the SIP messages of calls of the running service into a file for Wireshark, and tells them
    /// as a ladder.
    Trace(Trace),
    /// Adds or lists territories.
    #[command(subcommand)]
    Territory(TerritoryCommand),
    /// Adds or lists sites.
    #[command(subcommand)]
    Site(SiteCommand),
    /// Invites people to the desk, lists them, and takes their rights away.
    #[command(subcommand)]
    User(UserCommand),
    /// Makes, lists and revokes the tokens with which a site's programs read and post.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Answers every call with the same sound: the measure for what a packet costs.
    #[command(hide = true)]
    BareSender(BareSender),
    /// Speaks the text of standard input to standard output; the program starts this by itself.
    #[command(name = HELPER_COMMAND, hide = true)]
    SpeechHelper,
    /// Decodes the sound of standard input to standard output; the program starts this by itself.
    #[command(name = DECODE_COMMAND, hide = true)]
    DecodeHelper,
    /// Makes the sound of a Piper model; the program starts this by itself.
    #[command(name = ONNX_HELPER_COMMAND, hide = true)]
    OnnxHelper,
}

/// Options of `serve`; `check` takes them too.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Serve {
    /// A TOML file with the same keys as these options.
    #[arg(
        long,
        env = "ALLO_CONFIG",
        value_name = "FILE",
        conflicts_with = "demo"
    )]
    pub config: Option<PathBuf>,
    /// Fills an empty data folder with two invented territories and their sites.
    #[arg(long)]
    pub demo: bool,
    /// The options that the file knows too.
    #[command(flatten)]
    pub settings: Settings,
}

/// Options of `check`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Check {
    /// Checks this trunk alone: who answers OPTIONS, the address callers are told, ports for sound, limits, and the
    /// lines of a firewall. Nothing is changed and no call is placed.
    #[arg(long, value_name = "NAME")]
    pub trunk: Option<String>,
    /// Asks each channel whether its settings are right, without telling anybody anything.
    #[arg(long, conflicts_with = "trunk")]
    pub channels: bool,
    /// What the service would be started with.
    #[command(flatten)]
    pub serve: Serve,
}

/// Options of `backup`.
#[derive(Debug, clap::Args)]
pub struct Backup {
    /// A new folder; or a new file, if the name ends in .tar, which needs twice the room while it is made. It holds every
    /// secret of the data folder: encrypt what leaves the machine.
    #[arg(value_name = "FOLDER|FILE.tar")]
    pub target: PathBuf,
    /// What is copied.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// Options of `restore`.
#[derive(Debug, clap::Args)]
pub struct Restore {
    /// The folder or the file that `allo backup` made.
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// Where it goes to: a new folder, or one without a database; with --database the rows go to that server, which has
    /// none yet.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// Options of `call`.
#[derive(Debug, clap::Args)]
pub struct Call {
    /// Whom to call: `sip:NUMBER@HOST` or `sip:NUMBER@HOST:PORT`, with `;transport=tcp` or
    /// `;transport=tls` behind it if not over UDP.
    pub target: String,
    /// Writes what was heard to this WAV file (8 kHz, or 16 kHz of G.722; 16 bit, mono).
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Keys to press, separated by commas: each after two more seconds, or at an instant (`@5.5:#`).
    #[arg(long, default_value = "")]
    pub keys: String,
    /// Hangs up after this many seconds.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub limit: u64,
    /// What it offers the line.
    #[command(flatten)]
    pub offer: Offer,
    /// Whom it believes over TLS.
    #[command(flatten)]
    pub trust: Trust,
    /// Prints the report as JSON.
    #[arg(long)]
    pub json: bool,
    /// Holds what is heard against the page of the number's territory, packet by packet, in one round of its programme;
    /// prints one line and exits with 1 when nobody answers, nothing is heard, something is missing, or callers hear another
    /// programme. For cron.
    #[arg(long, conflicts_with_all = ["record", "keys", "codec", "ptime", "json"])]
    pub probe: bool,
    /// Where the page of a probe is.
    #[arg(long, env = "ALLO_URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
}

/// Options of `migrate`.
#[derive(Debug, clap::Args)]
pub struct Migrate {
    /// Copies every row of this SQLite file into the database of --database, which has none yet, and counts them
    /// there. Stop the service first: what it writes afterwards stays in the file.
    #[arg(long, value_name = "FILE", requires = "database")]
    pub from: Option<PathBuf>,
    /// Where the rows are.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// Options of `calls`.
#[derive(Debug, clap::Args)]
pub struct Calls {
    /// Calls that started at this instant or later: 2026-11-25 (midnight UTC) or
    /// 2026-11-25T06:00:00Z [default: 24 hours ago].
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<String>,
    /// Calls that started before this instant [default: up to now].
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<String>,
    /// CSV (RFC 4180) with a header, or JSON with one object in each line.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// Writes to this file rather than to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the rows are.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// What a telephone of `call` or `storm` asks the line for.
#[derive(Debug, clap::Args)]
pub struct Offer {
    /// The only codec to offer: PCMA, PCMU or G722; PCMA before PCMU if absent, as a carrier does.
    #[arg(long, value_name = "NAME", value_parser = codec)]
    pub codec: Option<Codec>,
    /// The length of packets to wish for, in milliseconds: 10, 20, 30, 40 or 60.
    #[arg(long, default_value = "20", value_name = "MS", value_parser = ptime)]
    pub ptime: Ptime,
    /// Offers SRTP and nothing else, with a key in the SDP, and verifies every packet.
    #[arg(long)]
    pub srtp: bool,
}

/// Whose certificate a telephone of `call` or `storm` believes.
#[derive(Debug, clap::Args)]
pub struct Trust {
    /// The authorities (PEM) that have signed the line's certificate, for transport=tls.
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,
    /// Believes any certificate.
    #[arg(long, conflicts_with = "tls_ca")]
    pub insecure: bool,
}

/// Options of `storm`.
#[derive(Debug, clap::Args)]
pub struct Storm {
    /// Whom to call: `sip:NUMBER@HOST` or `sip:NUMBER@HOST:PORT`, with `;transport=tcp` or
    /// `;transport=tls` behind it if not over UDP.
    pub target: String,
    /// How many calls.
    #[arg(long, default_value_t = 100)]
    pub calls: u32,
    /// New calls per second.
    #[arg(long, default_value_t = 50.0, value_name = "PER_SECOND")]
    pub rate: f64,
    /// How long each call listens.
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
    pub hold: f64,
    /// What they offer the line.
    #[command(flatten)]
    pub offer: Offer,
    /// Whom they believe over TLS.
    #[command(flatten)]
    pub trust: Trust,
    /// Lets every caller send silence, 50 packets a second, as telephones do.
    #[arg(long)]
    pub speak: bool,
    /// The share of the listening callers that presses a key each second, such as 0.01.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub keys_per_second: f64,
    /// Lets every caller exchange reports (RTCP) with the line.
    #[arg(long)]
    pub reports: bool,
    /// The process of the line on this machine, whose processor time and memory are watched.
    #[arg(long, value_name = "PID")]
    pub pid: Option<u32>,
    /// Runs the same storm against a bare sender afterwards, and prints the ratios.
    #[arg(long)]
    pub bare: bool,
    /// Prints the report as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of the hidden `bare-sender`.
#[derive(Debug, clap::Args)]
pub struct BareSender {
    /// Where SIP is answered; the address is printed on the first line.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR:PORT")]
    pub sip: std::net::SocketAddr,
    /// Threads that send.
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub threads: usize,
}

/// Options of `say`.
#[derive(Debug, clap::Args)]
pub struct Say {
    /// The text, as a site would write it; - reads it from standard input.
    #[arg(allow_hyphen_values = true, required_unless_present = "report")]
    pub text: Option<String>,
    /// Uses the lexicon of this territory.
    #[arg(long)]
    pub territory: Option<String>,
    /// Writes the telephone sound to this WAV file.
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["spoken", "report"])]
    pub output: Option<PathBuf>,
    /// Prints the words given to the voice.
    #[arg(long)]
    pub spoken: bool,
    /// Shows each text of a file (- is standard input; an empty line parts two texts) with the words
    /// given to the voice and with espeak-ng's phonemes, for somebody to judge.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "output", "spoken"])]
    pub report: Option<PathBuf>,
    /// Language of the text: fr or en.
    #[arg(long, default_value = "fr")]
    pub language: String,
    /// Speaks with the voices of this configuration [default: the built-in ones].
    #[arg(long, env = "ALLO_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the voice's files and the rows are.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// Options of `post`.
#[derive(Debug, clap::Args)]
pub struct Post {
    /// The site that posts.
    #[arg(long)]
    pub site: String,
    /// The text of the bulletin.
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// planned, unplanned, drill or test.
    #[arg(long, default_value = "unplanned")]
    pub kind: String,
    /// What happens: flaring, smoke, odour, noise… May be repeated.
    #[arg(long = "event")]
    pub events: Vec<String>,
    /// What is perceived: noise, odour, visual, deposit, traffic. May be repeated.
    #[arg(long = "nuisance")]
    pub nuisances: Vec<String>,
    /// fr or en.
    #[arg(long, default_value = "fr")]
    pub language: String,
    /// Days on the line and the page, 1 to 30.
    #[arg(long)]
    pub lifetime_days: Option<u8>,
    /// Callers hear this recording of the text in place of the voice: wav, mp3, m4a, ogg, webm or flac.
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
    /// Where the service listens.
    #[arg(long, env = "ALLO_URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// The site's token; without it, the one in DATA/demo-credentials.json.
    #[arg(long, env = "ALLO_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// The data folder of a demonstration, to find its token.
    #[arg(long, env = "ALLO_DATA", default_value = "./data", value_name = "DIR")]
    pub data: PathBuf,
}

/// Options of `short-programme`.
#[derive(Debug, clap::Args)]
pub struct ShortProgramme {
    /// on: always; off: never; auto: while the line is nearly full or its threads nearly busy.
    #[arg(value_parser = ["on", "off", "auto"])]
    pub when: Option<String>,
    /// Where the running service keeps its data.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// Options of `trace`. Without a number, a trunk or a Call-ID, the next calls fit.
#[derive(Debug, clap::Args)]
pub struct Trace {
    /// Calls to this number, in any form, or to one that ends so.
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<String>,
    /// Calls by this trunk.
    #[arg(long, value_name = "NAME")]
    pub trunk: Option<String>,
    /// The call of this Call-ID, which may have begun.
    #[arg(long, value_name = "ID", conflicts_with_all = ["number", "trunk"])]
    pub call_id: Option<String>,
    /// Messages that belong to no call too: OPTIONS, REGISTER, what is sent by others.
    #[arg(long)]
    pub all: bool,
    /// Ends when so many calls are over.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub calls: u32,
    /// Ends after so many seconds, an hour at most.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub seconds: u64,
    /// The file, pcapng, readable by you alone; one that is there is replaced.
    #[arg(short, long, default_value = "call.pcapng", value_name = "FILE")]
    pub output: PathBuf,
    /// Hides callers' numbers and names, so that the file can be shown to others.
    #[arg(long)]
    pub shorten: bool,
    /// Where the running service keeps its data.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// `allo lexicon …`
#[derive(Debug, Subcommand)]
pub enum LexiconCommand {
    /// Lists each name with how it is said and with espeak-ng's phonemes, tests it, and tells what is wrong.
    Check {
        /// The territory; its file is DATA/lexicon/TERRITORY.toml.
        #[arg(long, value_name = "SLUG")]
        territory: String,
        /// Lists the entries that come with the program, too.
        #[arg(long)]
        all: bool,
        /// Where the file is.
        #[command(flatten)]
        folder: DataFolder,
    },
}

/// `allo territory …`
#[derive(Debug, Subcommand)]
pub enum TerritoryCommand {
    /// Lists the territories.
    List(DataFolder),
    /// Adds a territory, or changes it when the slug exists.
    Add {
        /// Its name in addresses: lower-case letters, digits and _.
        slug: String,
        /// Its name on the page.
        #[arg(long)]
        name: String,
        /// Its name as the voice says it; the name of the page if absent.
        #[arg(long)]
        spoken_name: Option<String>,
        /// A number that callers dial. May be repeated.
        #[arg(long = "number")]
        numbers: Vec<String>,
        /// Its clock.
        #[arg(long, default_value = "Europe/Paris")]
        zone: String,
        /// A territory to learn in: never on the line nor on a public page, for ever, and without a number.
        #[arg(long, conflicts_with = "numbers")]
        training: bool,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Decides what callers of a territory hear besides bulletins, and prints how that is set. A running
    /// service follows within a second, and with a new sentence as soon as it is spoken.
    Set(LineChanges),
}

/// What a manager decides about a line; what is not named stays as it is.
#[derive(Debug, clap::Args)]
pub struct LineChanges {
    /// The territory.
    pub slug: String,
    /// A sentence that every caller hears once before anything else, in French; those who are
    /// listening already hear it at the end of the sentence being said.
    #[arg(long, value_name = "TEXT")]
    pub crisis: Option<String>,
    /// Takes that sentence away.
    #[arg(long, conflicts_with = "crisis")]
    pub no_crisis: bool,
    /// on: callers are told that the authorities have taken over, and hear no bulletin.
    #[arg(long, value_name = "on|off", value_parser = on_or_off)]
    pub authorities: Option<bool>,
    /// on: key 6 asks callers what they notice, and their answers are counted.
    #[arg(long, value_name = "on|off", value_parser = on_or_off)]
    pub ask_noticed: Option<bool>,
    /// The welcome in English; with one, every caller is offered English.
    #[arg(long, value_name = "TEXT")]
    pub english_greeting: Option<String>,
    /// Takes that welcome away: English is offered while there is a bulletin in English.
    #[arg(long, conflicts_with = "english_greeting")]
    pub no_english_greeting: bool,
    /// People it concerns: the menu of territories begins with the most populated.
    #[arg(long, value_name = "NUMBER")]
    pub residents: Option<u32>,
    /// Where the rows are.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// `allo site …`
#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// Lists the sites.
    List(DataFolder),
    /// Adds a site, or changes it when the slug exists.
    Add {
        /// Its name in addresses and in the API: lower-case letters, digits, _ and -.
        slug: String,
        /// The territory it belongs to.
        #[arg(long)]
        territory: String,
        /// Its name on the page.
        #[arg(long)]
        name: String,
        /// Its name as the voice says it; the name of the page if absent.
        #[arg(long)]
        spoken_name: Option<String>,
        /// The commune where it stands.
        #[arg(long)]
        commune: String,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Closes a site: it posts no more by any way, and is no member; what it posted stays.
    Close {
        /// The site.
        slug: String,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Opens a closed site again; it posts by telephone with a new PIN only.
    Open {
        /// The site.
        slug: String,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Lets a site post by telephone: makes a PIN and prints it once, with the site's code; only its hash is kept.
    Pin {
        /// The site.
        slug: String,
        /// The code by which the site is known on the telephone, 3 to 8 digits [default: the one it has, or four digits].
        #[arg(long)]
        code: Option<String>,
        /// Reads the PIN, 4 to 8 digits, from standard input in place of making one.
        #[arg(long)]
        stdin: bool,
        /// Lets the site post by telephone no more.
        #[arg(long, conflicts_with_all = ["code", "stdin"])]
        remove: bool,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
}

/// `allo user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Invites somebody, and prints the link by which they choose a password and an authenticator.
    Add {
        /// Their e-mail address, with which they sign in.
        email: String,
        /// operator (posts for sites), manager (looks after territories), administrator, or auditor (reads).
        #[arg(long)]
        role: String,
        /// What colleagues call them; the address if absent.
        #[arg(long)]
        name: Option<String>,
        /// A site they post for. May be repeated.
        #[arg(long = "site", value_name = "SLUG")]
        sites: Vec<String>,
        /// A territory they look after, or read. May be repeated.
        #[arg(long = "territory", value_name = "SLUG")]
        territories: Vec<String>,
        /// The language of their pages: fr or en.
        #[arg(long, default_value = "fr")]
        language: String,
        /// Where people reach the page.
        #[command(flatten)]
        reach: Reach,
    },
    /// Lists who may sign in: address, role, sites and territories, and how far they have come.
    List(DataFolder),
    /// Prints a link by which somebody chooses another password; they still need their authenticator.
    Reset {
        /// Their address.
        email: String,
        /// Also forgets their authenticator and recovery codes, and ends their logins: for one who has lost them.
        #[arg(long)]
        second_factor: bool,
        /// Where people reach the page.
        #[command(flatten)]
        reach: Reach,
    },
    /// Signs somebody out in every browser.
    EndLogins {
        /// Their address.
        email: String,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Takes somebody's rights away, at once; what they wrote keeps their name.
    Remove {
        /// Their address.
        email: String,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Prints the code of the moment of somebody of a demonstration, in place of their authenticator.
    Code {
        /// Their address.
        email: String,
        /// The data folder of the demonstration.
        #[command(flatten)]
        folder: DataFolder,
    },
}

/// Where the rows are, and where people reach the page.
#[derive(Debug, Clone, clap::Args)]
pub struct Reach {
    /// The address people type to reach the page.
    #[arg(
        long,
        env = "ALLO_PUBLIC_URL",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL"
    )]
    pub public_url: String,
    /// Where the rows are.
    #[command(flatten)]
    pub folder: DataFolder,
}

/// `allo token …`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Makes a token for a site and prints it once; only its hash is kept.
    Add {
        /// The site that will post with it.
        #[arg(long)]
        site: String,
        /// A word that tells this token from others.
        #[arg(long, default_value = "api")]
        label: String,
        /// read: follow bulletins and drafts of the site; post: that, and post.
        #[arg(long, default_value = "post", value_parser = scope)]
        scope: Scope,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Lists tokens by site: id, scope, label, when they were made, last used and revoked; never the token.
    List {
        /// Those of this site only.
        #[arg(long)]
        site: Option<String>,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
    /// Takes the rights of a token away, at once.
    Revoke {
        /// As `allo token list` shows it.
        id: String,
        /// Where the rows are.
        #[command(flatten)]
        folder: DataFolder,
    },
}

/// Where the rows are.
#[derive(Debug, Clone, clap::Args)]
pub struct DataFolder {
    /// The data folder.
    #[arg(long, env = "ALLO_DATA", default_value = "./data", value_name = "DIR")]
    pub data: PathBuf,
    /// The database, where it is not in there.
    #[command(flatten)]
    pub rows: DatabaseOptions,
}

impl DataFolder {
    /// Where the rows are.
    ///
    /// # Errors
    /// As [`Database::find`].
    pub fn database(&self) -> Result<Database, DatabaseFault> {
        self.rows.find(&self.data)
    }
}

fn codec(name: &str) -> Result<Codec, String> {
    Codec::find(name)
        .ok_or_else(|| format!("write one of {}", Codec::ALL.map(Codec::name).join(", ")))
}

fn scope(word: &str) -> Result<Scope, &'static str> {
    Scope::parse(word).ok_or("write read or post")
}

fn on_or_off(word: &str) -> Result<bool, &'static str> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("write on or off"),
    }
}

fn ptime(ms: &str) -> Result<Ptime, &'static str> {
    let known = ms.parse().ok().and_then(Ptime::from_ms);
    known.ok_or("packets have 10, 20, 30, 40 or 60 milliseconds")
}
