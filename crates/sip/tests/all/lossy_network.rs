//! Two parties over a network that loses, delays and repeats datagrams: every call begins, every
//! call ends, and each side knows.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sip::message::{Message, Method};
use sip::{Agent, AgentConfig, CallHandle, EndCause, Event, Output};

use super::support::{Caller, Line, sdp};

#[test]
fn calls_hung_up_by_the_line_end_on_both_sides_at_every_rate_of_loss() {
    for loss_percent in [0, 10, 30, 50] {
        for seed in 1..=40 {
            let mut world = World::new(seed, loss_percent);
            world.run();
            let told = &world.told;
            assert!(
                world.is_over(),
                "loss {loss_percent}, seed {seed}: {told:?}"
            );
        }
    }
}

#[test]
fn without_loss_delay_and_repeats_change_nothing() {
    for seed in 1..=200 {
        let mut world = World::new(seed, 0);
        world.run();
        assert_eq!(
            world.told,
            ["invited", "acknowledged", "ended"],
            "seed {seed}"
        );
        assert!(world.caller_heard_bye, "seed {seed}");
    }
}

/// One line, one caller, and what is in the air between them.
struct World {
    now: Instant,
    agent: Agent,
    caller: Caller,
    call: Option<CallHandle>,
    /// Datagrams by time of arrival; `true` for those that go to the line.
    air: BTreeMap<(Instant, u64), (bool, Vec<u8>)>,
    /// When the caller repeats its INVITE, and after which pause.
    invite_again: Option<(Instant, Duration)>,
    hang_up_at: Option<Instant>,
    random: u64,
    sent: u64,
    loss_percent: u64,
    told: Vec<&'static str>,
    caller_heard_bye: bool,
    caller_gave_up: bool,
}

impl World {
    fn new(seed: u64, loss_percent: u64) -> Self {
        let now = Instant::now();
        let contact = Line::address();
        let mut world = Self {
            now,
            agent: Agent::new(
                AgentConfig {
                    contacts: contact.into(),
                    max_calls: 10,
                },
                seed,
            ),
            caller: Caller::new(seed),
            call: None,
            air: BTreeMap::new(),
            invite_again: Some((now, Duration::from_millis(500))),
            hang_up_at: None,
            random: seed,
            sent: 0,
            loss_percent,
            told: Vec::new(),
            caller_heard_bye: false,
            caller_gave_up: false,
        };
        world.repeat_invite();
        world
    }

    /// Either the whole call happened, or so much was lost that each side gave up knowingly.
    fn is_over(&self) -> bool {
        let idle = self.agent.calls() == 0 && self.air.is_empty();
        match self.told.last() {
            None => self.caller_gave_up,
            Some(&last) => idle && matches!(last, "ended" | "not acknowledged"),
        }
    }

    fn run(&mut self) {
        let end = self.now + Duration::from_secs(200);
        while self.now < end {
            let line_at = self.poll_line();
            let invite_at = self.invite_again.map(|(at, _)| at);
            let next_in_air = self.air.keys().next().map(|(at, _)| *at);
            let times = [Some(line_at), invite_at, next_in_air, self.hang_up_at];
            self.now = times
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(end)
                .max(self.now);
            if self.invite_again.is_some_and(|(at, _)| at <= self.now) {
                self.repeat_invite();
            }
            if self.hang_up_at.is_some_and(|at| at <= self.now) {
                self.hang_up_at = None;
                self.agent.hang_up(self.now, self.call.unwrap(), 16);
            }
            self.deliver();
        }
    }

    fn poll_line(&mut self) -> Instant {
        loop {
            match self.agent.poll_output(self.now) {
                Output::Timeout(at) => return at,
                Output::Transmit { octets, .. } => self.send(false, &octets),
                Output::Event(Event::Invited { call, .. }) => {
                    self.told.push("invited");
                    self.call = Some(call);
                    self.agent.accept(self.now, call, &sdp("192.0.2.1", ""));
                }
                Output::Event(Event::Acknowledged { .. }) => {
                    self.told.push("acknowledged");
                    self.hang_up_at = Some(self.now + Duration::from_secs(5));
                }
                Output::Event(Event::Ended { cause, .. }) => self.told.push(match cause {
                    EndCause::NotAcknowledged => "not acknowledged",
                    _ => "ended",
                }),
                Output::Event(_) => self.told.push("something else"),
            }
        }
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.air.first_entry() {
            if entry.key().0 > self.now {
                return;
            }
            let (to_line, octets) = entry.remove();
            if to_line {
                self.agent
                    .handle_input(self.now, Caller::address(), &octets, &mut sip::Open);
            } else {
                self.caller_hears(&octets);
            }
        }
    }

    fn caller_hears(&mut self, octets: &[u8]) {
        match Message::parse(octets).unwrap() {
            Message::Response(response) if response.cseq().method == Method::Invite => {
                self.invite_again = None;
                if response.status == 200 {
                    self.caller.call.establish(&response).unwrap();
                    self.send(true, &self.caller.call.ack(None));
                }
            }
            Message::Request(request) if request.method == Method::Bye => {
                self.caller_heard_bye = true;
                self.send(true, &self.caller.call.ok(&request, Line::address()));
            }
            other => panic!("the caller hears {other:?}"),
        }
    }

    fn repeat_invite(&mut self) {
        let Some((at, pause)) = self.invite_again else {
            return;
        };
        self.send(true, &self.caller.invite());
        self.caller_gave_up = pause > Duration::from_secs(16);
        self.invite_again = (!self.caller_gave_up).then_some((at + pause, 2 * pause));
    }

    fn send(&mut self, to_line: bool, octets: &[u8]) {
        let copies = if self.draw() % 100 < 10 { 2 } else { 1 };
        for _ in 0..copies {
            let is_lost = self.draw() % 100 < self.loss_percent;
            let delay = Duration::from_millis(1 + self.draw() % 300);
            self.sent += 1;
            if !is_lost {
                self.air
                    .insert((self.now + delay, self.sent), (to_line, octets.to_vec()));
            }
        }
    }

    /// A number of a fixed sequence (SplitMix64), so that every failure happens again.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
