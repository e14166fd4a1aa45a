//! The answering line: what a caller hears, and the threads that send it.
//!
//! Three types to know: [`OnAir`] is everything callers can hear at one instant, swapped whole; a [`Script`] decides,
//! call by call and without any clock of its own, what is said next; the [`Line`] answers the telephone with both.
//!
//! The line never asks a database or the network for anything while somebody listens: with no updates at all it goes
//! on with the last programme it was given. It places no call (of its own it sends REGISTER and OPTIONS only, to servers of
//! its trunks), resolves no name, encodes no sound, and sends sound to nobody who has not completed a call. Of callers'
//! numbers only the first digits enter its records and its log.

mod admission;
mod caller;
mod config;
mod crowd;
mod dialled;
mod dice;
mod dictation;
mod driver;
mod health;
mod line;
mod listeners;
mod on_air;
mod peer;
mod pressure;
mod record;
mod script;
mod tap;
mod trunk;

pub use caller::{Caller, CallerNumber, ShortNumber};
pub use config::{Config, ShortProgramme, Tls};
pub use crowd::Crowd;
pub use dialled::{NumberSource, NumberSources, Turn};
pub use dictation::{
    DictatedCall, DictationLine, DictationPrompts, Digits, Said, Saying, SoundPacket, Word,
};
pub use health::LineHealth;
pub use line::{Line, LineError, descriptors_for};
pub use on_air::{
    BulletinOnAir, CrisisOnAir, HousePrompts, MissingPrompt, OnAir, SpokenBulletin, TerritoryOnAir,
    TerritoryWords,
};
pub use record::{CallRecord, EndCause, Quality};

pub use script::{Heard, Script, Step};
pub use sip::{Attestation, Reason, Verstat};
pub use tap::{Tap, Tapped, TappedMessage, Way};
pub use trunk::{
    Answering, Limits, MediaDeath, NoPrefix, NoTarget, PeerHealth, Prefix, Refusal, Register,
    RegistrationHealth, SrtpPolicy, Target, Trunk, TrunkHealth, Uplink, peer_at,
};
