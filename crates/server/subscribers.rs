//! Writes to people without an account: [`Subscribers`] queues what they are owed, and the [`Postman`] hands it to the
//! mail server, never faster than was agreed with whoever runs that.
//!
//! It is on no path of a call: the line, the page and whoever posts go on while a town is written to.

mod announcements;
mod channel;
mod figures;
mod pace;
mod postman;

pub(crate) use channel::Subscribers;
pub(crate) use figures::MailFigures;
pub(crate) use postman::Postman;
