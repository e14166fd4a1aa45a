//! One account at one registrar: registered, kept registered, and taken away at the end (RFC 3261 § 10.2).
//!
//! The registrar may be reached by several hops, preferred first; silence, a lost connection and 503 go on to the next
//! (RFC 3263 § 4.3). When none is left, or the answer would be the same everywhere, the next attempt waits
//! (RFC 5626 § 4.5). A granted registration is asked anew at half its time.

mod event;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use event::{Failure, RegistrationEvent, RegistrationOutput};

use super::account::Account;
use super::hop::Hop;
use super::request::{Ask, Asking};
use super::transaction::Transaction;
use super::watch::LARGEST_CSEQ;
use super::{backoff, granted};
use crate::agent::tags::{Tags, tag_text};
use crate::digest::DigestClient;
use crate::message::Response;
use crate::peer::Peer;
use crate::repeats::Step;

/// Keeps one account registered at one registrar.
#[derive(Debug)]
pub struct Registration {
    account: Account,
    digest: Option<DigestClient>,
    random: Tags,
    call_id: String,
    from_tag: String,
    cseq: u32,
    /// Seconds asked for: those of the account, or more if the registrar wants more.
    expires_s: u32,
    hops: Vec<Hop>,
    /// The place of the hop in use.
    hop: usize,
    /// Hops that failed in this attempt.
    failed_hops: usize,
    /// Answers of this attempt that asked for another request at once.
    returns: u32,
    failures: u32,
    state: State,
    granted: Option<Granted>,
    is_leaving: bool,
    events: VecDeque<RegistrationEvent>,
}

#[derive(Debug)]
enum State {
    /// The next attempt begins at this instant, if there is a hop.
    Resting(Instant),
    Asking(Transaction),
    /// Taken away; nothing is sent any more.
    Gone,
}

/// A registration in force.
#[derive(Debug)]
struct Granted {
    until: Instant,
    peer: Peer,
}

impl Registration {
    /// Not registered yet; it begins when [`Registration::set_hops`] gives it a way.
    ///
    /// - `seed`: makes Call-ID, tag, branches and waits; another one for every registration, from the system's random
    ///   source.
    pub fn new(now: Instant, account: Account, seed: u64) -> Self {
        let mut random = Tags::new(seed);
        let [call_id, from_tag] = [random.next(), random.next()].map(tag_text);
        Self {
            digest: account.credentials.clone().map(DigestClient::new),
            expires_s: account.expires_s,
            account,
            random,
            call_id,
            from_tag,
            cseq: 0,
            hops: vec![],
            hop: 0,
            failed_hops: 0,
            returns: 0,
            failures: 0,
            state: State::Resting(now),
            granted: None,
            is_leaving: false,
            events: VecDeque::new(),
        }
    }

    /// Whose registration this is, and where.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The peer that has us registered, if one has.
    pub fn registered_at(&self) -> Option<Peer> {
        self.granted.as_ref().map(|granted| granted.peer)
    }

    /// Says by which ways the registrar is reached, preferred first. None at all changes nothing. A way in use that is
    /// not among them is left at the next request; a registration by it is asked anew at once.
    pub fn set_hops(&mut self, now: Instant, hops: Vec<Hop>) {
        if hops.is_empty() || hops == self.hops {
            return;
        }
        let used = self.hops.get(self.hop).map(|hop| hop.peer);
        let place = hops.iter().position(|hop| Some(hop.peer) == used);
        self.hop = place.unwrap_or(0);
        self.failed_hops = 0;
        self.hops = hops;
        if place.is_none() && self.failures == 0 && matches!(self.state, State::Resting(_)) {
            self.state = State::Resting(now);
        }
    }

    /// Takes a response; answers whether it was one to this registration.
    pub fn handle_response(&mut self, now: Instant, response: &Response<'_>) -> bool {
        let State::Asking(asked) = &mut self.state else {
            return false;
        };
        if !asked.owns(response) {
            return false;
        }
        if asked.handle_response(response) {
            let peer = asked.to();
            self.handle_final(now, response, peer);
        }
        true
    }

    /// Says that nothing can be sent to a peer, whose connection was refused or is lost for instance.
    pub fn handle_unreachable(&mut self, now: Instant, peer: Peer) {
        let way = |peer: Peer| (peer.address, peer.transport);
        if matches!(&self.state, State::Asking(asked) if way(asked.to()) == way(peer)) {
            self.try_next_hop(now, Failure::Unreachable, None);
        }
    }

    /// Takes the registration away (`Expires: 0`); [`RegistrationEvent::Left`] follows at the latest when nobody has
    /// answered for 32 s. Nothing is asked where nothing is granted.
    pub fn leave(&mut self, now: Instant) {
        if std::mem::replace(&mut self.is_leaving, true) {
            return;
        }
        let may_be_known = self.granted.is_some() || matches!(self.state, State::Asking(_));
        if may_be_known {
            self.begin(now);
        } else {
            self.end();
        }
    }

    /// Whether a response is awaited.
    pub fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking(_))
    }

    /// Says what to do now. Call again until it answers [`RegistrationOutput::Timeout`].
    pub fn poll_output(&mut self, now: Instant) -> RegistrationOutput {
        loop {
            if let Some(event) = self.events.pop_front() {
                return RegistrationOutput::Event(event);
            }
            if self.granted.as_ref().is_some_and(|one| now >= one.until) {
                self.granted = None;
                self.events.push_back(RegistrationEvent::Lapsed);
                continue;
            }
            let asked = match &mut self.state {
                State::Gone => return RegistrationOutput::Timeout(now + IDLE),
                State::Resting(_) if self.hops.is_empty() => {
                    return RegistrationOutput::Timeout(now + IDLE);
                }
                &mut State::Resting(at) if now < at => {
                    return RegistrationOutput::Timeout(self.or_lapse(at));
                }
                State::Resting(_) => {
                    self.begin(now);
                    continue;
                }
                State::Asking(asked) => asked,
            };
            let to = asked.to();
            match asked.poll_output(now) {
                Step::Transmit(octets) => {
                    return RegistrationOutput::Transmit {
                        to,
                        octets: octets.to_vec(),
                    };
                }
                Step::Timeout(at) => return RegistrationOutput::Timeout(self.or_lapse(at)),
                Step::GiveUp => self.try_next_hop(now, Failure::Silent, None),
            }
        }
    }

    /// The registration in force may end before.
    fn or_lapse(&self, at: Instant) -> Instant {
        let lapse = self.granted.as_ref().map(|granted| granted.until);
        lapse.map_or(at, |lapse| lapse.min(at))
    }

    /// A new attempt, from the hop that served last.
    fn begin(&mut self, now: Instant) {
        self.failed_hops = 0;
        self.returns = 0;
        self.ask(now);
    }

    /// Sends one REGISTER.
    fn ask(&mut self, now: Instant) {
        let Some(hop) = self.hops.get(self.hop).or(self.hops.first()) else {
            return self.end();
        };
        let account = &self.account;
        let expires_s = if self.is_leaving { 0 } else { self.expires_s };
        let contact = hop.contact(Some(&account.contact_user));
        let mut more =
            format!("Contact: <{contact}>;expires={expires_s}\r\nExpires: {expires_s}\r\n")
                .into_bytes();
        if let Some(digest) = &mut self.digest {
            more.extend(digest.headers(Asking::Register.method(), &account.registrar));
        }
        self.cseq = self.cseq.wrapping_add(1) & LARGEST_CSEQ;
        let branch = format!("z9hG4bKr{}", tag_text(self.random.next()));
        let ask = Ask {
            asking: Asking::Register,
            uri: &account.registrar,
            from: &account.address,
            from_tag: &self.from_tag,
            to: &account.address,
            call_id: &self.call_id,
            cseq: self.cseq,
            branch: &branch,
            more: &more,
        };
        let octets = ask.write(hop);
        let (asking, to) = (Asking::Register, hop.peer);
        self.state = State::Asking(Transaction::new(now, asking, branch, to, octets));
    }

    fn handle_final(&mut self, now: Instant, response: &Response<'_>, peer: Peer) {
        let retry_after = granted::header(&response.headers, "Retry-After");
        let failure = Failure::Status(response.status);
        match response.status {
            200..=299 if self.is_leaving => self.end(),
            200..=299 => self.take_grant(now, response, peer),
            401 | 407 => self.answer_challenge(now, response),
            423 => match granted::header(&response.headers, "Min-Expires") {
                Some(least) if least > self.expires_s && least <= LONGEST_EXPIRES_S => {
                    self.expires_s = least;
                    self.ask_again(now, failure);
                }
                _ => self.fail(now, failure, retry_after),
            },
            408 | 500 | 503 | 504 => self.try_next_hop(now, failure, retry_after),
            _ => self.fail(now, failure, retry_after),
        }
    }

    fn answer_challenge(&mut self, now: Instant, response: &Response<'_>) {
        let random = self.random.next();
        let Some(digest) = &mut self.digest else {
            return self.fail(now, Failure::NoPassword, None);
        };
        match digest.handle_challenges(response, random) {
            Ok(()) => self.ask_again(now, Failure::Status(response.status)),
            Err(why) => self.fail(now, Failure::Challenge(why), None),
        }
    }

    /// The answer wants another request; a server that always wants one more is left alone for a while.
    fn ask_again(&mut self, now: Instant, failure: Failure) {
        self.returns += 1;
        if self.returns > MOST_RETURNS {
            return self.fail(now, failure, None);
        }
        self.ask(now);
    }

    fn take_grant(&mut self, now: Instant, response: &Response<'_>, peer: Peer) {
        let user = Some(self.account.contact_user.as_str());
        let contact = self.hops.get(self.hop).map(|hop| hop.contact(user));
        let seconds = granted::seconds(response, &contact.unwrap_or_default(), self.expires_s);
        let time = Duration::from_secs(seconds.clamp(1, LONGEST_EXPIRES_S).into());
        let is_news = self.granted.is_none() || self.failures > 0;
        self.granted = Some(Granted {
            until: now + time,
            peer,
        });
        self.failures = 0;
        self.state = State::Resting(now + (time / 2).max(SHORTEST_REFRESH));
        if is_news {
            self.events
                .push_back(RegistrationEvent::Registered { peer, time });
        }
    }

    fn try_next_hop(&mut self, now: Instant, failure: Failure, retry_after: Option<u32>) {
        self.failed_hops += 1;
        if self.failed_hops >= self.hops.len() {
            return self.fail(now, failure, retry_after);
        }
        self.hop = (self.hop + 1) % self.hops.len();
        self.ask(now);
    }

    /// Nothing more can be tried in this attempt.
    fn fail(&mut self, now: Instant, failure: Failure, retry_after: Option<u32>) {
        if self.is_leaving {
            return self.end();
        }
        // The preferred hop is tried first again.
        self.hop = 0;
        self.failures = self.failures.saturating_add(1);
        let asked = Duration::from_secs(retry_after.unwrap_or(0).into()).min(backoff::LONGEST);
        let wait = backoff::after(self.failures, self.random.next()).max(asked);
        self.state = State::Resting(now + wait);
        self.events
            .push_back(RegistrationEvent::Failed { failure, wait });
    }

    fn end(&mut self) {
        self.granted = None;
        self.state = State::Gone;
        self.events.push_back(RegistrationEvent::Left);
    }
}

/// How long to wait for something to happen when nothing is due.
const IDLE: Duration = Duration::from_secs(3600);
/// A registrar that grants next to nothing is not asked more often.
const SHORTEST_REFRESH: Duration = Duration::from_secs(1);
/// Three challenges (of a proxy, of the registrar, of a stale nonce), a 423, and one to spare.
const MOST_RETURNS: u32 = 5;
/// A day: nobody is forgotten for longer than that.
const LONGEST_EXPIRES_S: u32 = 86_400;
