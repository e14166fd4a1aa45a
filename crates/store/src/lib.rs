//! Rows, migrations, job queue.
//!
//! Everything that must survive the process: who posts for whom, the threads of bulletins, the recordings, and the
//! work still to do. Four types to know: [`Store`] (the way to all rows), [`NewJob`] (work written in the same
//! transaction as its cause), [`Act`] (who changed what, written likewise) and [`Error`].
//!
//! This room never decides what may be said (`bulletin` does), never reads the clock (instants come in as
//! arguments), never runs a job, and its database never shows: no type of sqlx leaves it. Nobody on the call path
//! waits for it.

mod acknowledgements;
mod acts;
mod address_key;
mod alerts;
mod archive;
mod background_pages;
mod bulletins;
mod calls;
mod changes;
mod channels;
#[cfg(test)]
#[path = "../tests/cluster/mod.rs"]
#[expect(dead_code, reason = "the tests beside this room need more of it")]
mod cluster;
mod contacts;
mod database;
mod deliveries;
mod desk_drafts;
mod dispatches;
mod drafts;
mod error;
mod idempotency;
mod imprints;
mod instant;
mod jobs;
mod lexicon;
mod line_settings;
mod links;
mod logins;
mod mails;
mod milestones;
mod moving;
mod nodes;
mod own_words;
mod postgres;
mod private_file;
mod recordings;
mod register;
mod role;
mod rows;
mod second_factor;
mod site_places;
mod sites;
mod speech;
mod sqlite;
mod store;
mod subscribers;
mod tables;
mod takes;
mod telephone_keys;
mod territories;
mod tokens;
mod users;

pub use acknowledgements::{Acknowledgement, AcknowledgementLink, Answer, DueSilence};
pub use acts::{Act, ActPlace, By, WantedActs};
pub use address_key::AddressKey;
pub use alerts::{Alert, AlertKind, NewAlert};
pub use archive::WantedBulletins;
pub use calls::{CallPlace, CallQuarter, HeardBulletin, HeardSum, RecordedCall};
pub use changes::{Changes, FileWatch};
pub use channels::KnownChannel;
pub use contacts::KeptContact;
pub use deliveries::{Delivery, DeliveryQueue, DeliveryState, Settled};
pub use desk_drafts::{DeskDraft, DraftState};
pub use dispatches::{ClaimedDispatch, Dispatch, DispatchState};
pub use drafts::KeptDraft;
pub use error::{Error, Result};
pub use idempotency::Once;
pub use jobs::{Job, JobQueue, NewJob};
pub use links::{NewLink, Purpose};
pub use logins::{LoginRow, NewLogin, Stage};
pub use mails::{ClaimedMails, MOST_BOUNCES, MailClaim, MailOutcome, QueuedMail};
pub use milestones::{Milestone, MilestonePlace};
pub use nodes::KnownNode;
pub use postgres::copy_server;
pub use private_file::put_once;
pub use recordings::Recording;
pub use register::RegisteredSite;
pub use role::Role;
pub use sqlite::{copy_database, count_copy, find_difference};
pub use store::Store;
pub use subscribers::{Asked, Choice, NewSubscriber, Subscriber, SubscriberCounts};
pub use telephone_keys::TelephoneKey;
pub use tokens::{KeptToken, NewToken, Scope, Token};
pub use users::{Keys, Person, User};
