//! What may be said, for which territory, until when; the programme callers hear.
//!
//! A site's text enters as a [`Draft`], becomes a [`Bulletin`] or is refused with a [`Refusal`] that says what to
//! do, and is heard as long as it is in the [`Programme`] of its [`Territory`]. Three types to know: [`Bulletin`]
//! (a thread of entries in which nothing is overwritten), [`Programme`] (what callers hear now, in order) and
//! [`DialledNumber`] (how a call finds its territory).
//!
//! This room never reads a clock, draws a random number, opens a file or a socket: `now` and randomness come in
//! as arguments, and the same arguments always give the same answer.

mod authority;
mod background_page;
mod bulletin;
mod contact;
mod coordinates;
mod dialled_number;
mod draft;
mod email_address;
mod entry;
mod event;
mod id;
mod imprint;
mod kind;
mod language;
mod lexicon_entry;
mod lifetime;
mod line_settings;
mod next_news;
mod notice;
mod noticed;
mod nuisance;
mod overdue;
mod own_sentence;
mod perception;
mod programme;
mod recording_key;
mod refusal;
mod severity;
mod site;
mod slug;
mod state;
mod surge;
mod territory;
mod text;
mod vocabulary;
mod warning;
mod webhook_address;

pub use authority::Authority;
pub use background_page::BackgroundPage;
pub use bulletin::{Bulletin, UNDO, Update};
pub use contact::{Contact, ContactId, ContactList, Means, Patience, Rank, Reach, Silence};
pub use coordinates::Coordinates;
pub use dialled_number::DialledNumber;
pub use draft::Draft;
pub use email_address::EmailAddress;
pub use entry::{Entry, EntryKind};
pub use event::Event;
pub use id::BulletinId;
pub use imprint::{Conformance, Imprint, imprint_line, written};
pub use kind::Kind;
pub use language::Language;
pub use lexicon_entry::LexiconEntry;
pub use lifetime::Lifetime;
pub use line_settings::{CrisisSentence, LineSettings};
pub use next_news::next_news;
pub use notice::notice;
pub use noticed::Noticed;
pub use nuisance::Nuisance;
pub use own_sentence::{OwnSentence, OwnWords};
pub use programme::{Programme, programme};
pub use recording_key::RecordingKey;
pub use refusal::Refusal;
pub use severity::Severity;
pub use site::Site;
pub use slug::{PageSlug, SiteSlug, TerritorySlug};
pub use state::State;
pub use surge::{NewCallers, Surge, SurgeThresholds, SurgeTurn, SurgeWatch, Told};
pub use territory::Territory;
pub use text::{MAX_TEXT_CHARACTERS, label, name};
pub use warning::{Warning, warnings};
pub use webhook_address::WebhookAddress;
