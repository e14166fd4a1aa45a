//! See the README beside this file.

#[path = "../../../crates/sip/tests/all/support/fixtures.rs"]
mod fixtures;
mod hostile;
mod probe;
mod thrower;

use std::process::Command;
use std::time::Duration;

use fixtures::all_fixtures;
use hostile::Invitation;
use probe::{Probe, listener};
use thrower::{Thrower, by_connection, is_answered_by_connection};

use crate::support::Program;

#[test]
fn after_each_torture_message_a_call_is_answered_and_memory_stays_flat() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(data.path(), without_limit_of_rate);
    program.waits_for_its_voices();
    let (mut probe, mut thrower) = (Probe::of(program.sip), Thrower::at(program.sip));
    let mut grown = Growth::of(&program);

    for _ in 0..ROUNDS {
        for (name, octets) in all_fixtures() {
            thrower
                .throws(octets)
                .unwrap_or_else(|| panic!("slow after {name} by UDP"));
            assert!(probe.is_answered(), "no call after {name} by UDP");
            by_connection(program.sip, octets);
            assert!(
                is_answered_by_connection(program.sip),
                "after {name} by TCP"
            );
            assert!(probe.is_answered(), "no call after {name} by TCP");
        }
        grown.look();
    }

    grown.is_flat();
    assert_eq!(program.exit_status(), None);
}

#[test]
fn after_each_hostile_invite_of_thousands_the_line_answers_and_memory_stays_flat() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(data.path(), without_limit_of_rate);
    program.waits_for_its_voices();
    let (mut probe, mut thrower) = (Probe::of(program.sip), Thrower::at(program.sip));
    let victim = listener(Duration::from_millis(1));
    let good = Invitation {
        line: program.sip,
        caller: thrower.address(),
        sound: victim.local_addr().expect("its address").port(),
    };
    let (mut grown, mut cases) = (Growth::of(&program), 0);
    let (mut answered, mut refused) = (0, 0);

    for (what, octets) in hostile::all(&good) {
        cases += 1;
        let Some(statuses) = thrower.throws(&octets) else {
            panic!("slow after case {cases}: {what}");
        };
        answered += usize::from(statuses.contains(&200));
        refused += usize::from(statuses.contains(&400));
        if cases % 100 == 0 {
            assert!(probe.is_answered(), "no call after case {cases}: {what}");
            by_connection(program.sip, &octets);
            assert!(is_answered_by_connection(program.sip), "{cases}: {what}");
        }
        if cases % 2_000 == 0 {
            grown.look();
        }
    }

    assert!(cases > 10_000, "{cases} cases");
    assert!(
        answered > 1_000,
        "{answered} of {cases} were good enough for a call"
    );
    assert!(refused > 1_000, "{refused} of {cases} were refused");
    grown.is_flat();
    assert!(
        victim.recv(&mut [0; 2_048]).is_err(),
        "sound without an ACK"
    );
    assert_eq!(program.exit_status(), None);
}

fn without_limit_of_rate(command: &mut Command) {
    command.args(["--max-call-rate", "100000"]);
}

/// The resident memory of a process, looked at from time to time.
struct Growth {
    statm: String,
    kib: Vec<u64>,
}

impl Growth {
    fn of(program: &Program) -> Self {
        Self {
            statm: format!("/proc/{}/statm", program.pid()),
            kib: vec![],
        }
    }

    fn look(&mut self) {
        let text = std::fs::read_to_string(&self.statm).expect("a process that lives");
        let pages = text
            .split(' ')
            .nth(1)
            .and_then(|pages| pages.parse::<u64>().ok());
        self.kib.push(pages.expect("its resident pages") * 4);
    }

    /// The first look comes after tables and buffers have grown to what such a crowd needs; afterwards a call that
    /// is remembered for half a minute may cost its 1.4 kB.
    fn is_flat(&self) {
        let (first, last) = (self.kib[0], self.kib[self.kib.len() - 1]);
        assert!(
            last < first + MOST_GROWTH_KIB,
            "resident KiB: {:?}",
            self.kib
        );
    }
}

const ROUNDS: usize = 3;
const MOST_GROWTH_KIB: u64 = 8 * 1024;
