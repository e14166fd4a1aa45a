//! What else happens to a line that thousands call: callers who speak, keys, posts, more calls than it takes, calls that
//! nobody acknowledges.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use caller::{StormPlan, StormReport, storm};

use crate::process::{Process, Program, free_address};
use crate::{Part, heard, readers, signalling, wanted};

/// Runs each strain that is wanted, against a program of its own, and shows each row as soon as it is known.
pub(crate) fn run() -> Part {
    let mut part = Part {
        rows: String::new(),
        missed: Vec::new(),
    };
    for (name, strain) in STRAINS {
        if wanted("strains") || wanted(name) {
            strain(&mut part);
        }
    }
    part
}

type Strain = fn(&mut Part);

/// Each by the name under which it is run alone.
const STRAINS: [(&str, Strain); 12] = [
    ("speaking", speaking),
    ("encrypted", encrypted),
    ("keys", keys),
    ("posts", posts),
    ("new-calls", new_calls),
    ("short-calls", short_calls),
    ("twice-the-limit", twice_the_limit),
    ("never-acknowledged", never_acknowledged),
    ("memory", memory),
    ("readers", readers::beside_nginx),
    ("readers-and-callers", readers::beside_callers),
    ("feeds", readers::from_post_to_feed),
];

impl Part {
    pub(crate) fn row(&mut self, strain: &str, found: &str, goal: &str, met: bool) {
        let answer = if met { "yes" } else { "no" };
        self.print(&format!("| {strain} | {found} | {goal} | {answer} |\n"));
        if !met {
            self.missed
                .push(format!("{strain}: {found}, and not {goal}"));
        }
    }

    fn row_without_goal(&mut self, strain: &str, found: &str) {
        self.print(&format!("| {strain} | {found} | | |\n"));
    }

    fn print(&mut self, row: &str) {
        print!("{row}");
        self.rows += row;
    }
}

fn speaking(part: &mut Part) {
    for calls in [2_000, 3_000] {
        let program = Program::start(MOST_CALLS);
        let report = storm_of(&StormPlan {
            speaks: true,
            ..crowd(&program, calls, 30)
        });
        let strain = format!("{calls} callers who also send RTP, 30 s");
        let late = report.late_ms;
        let found = format!(
            "{} bad calls, lateness p99 {:.2} max {:.1} ms",
            report.bad_calls, late.p99, late.max
        );
        if calls == 2_000 {
            part.row(&strain, &found, "0 bad calls", is_clean(&report));
        } else {
            part.row_without_goal(&strain, &found);
        }
    }
}

fn encrypted(part: &mut Part) {
    let program = Program::start(MOST_CALLS);
    let plain = storm_of(&crowd(&program, 1_000, 20));
    let sealed = storm_of(&StormPlan {
        srtp: true,
        ..crowd(&program, 1_000, 20)
    });
    let cost = |report: &StormReport| report.server.map_or(f64::NAN, |one| one.us_per_packet);
    let encrypted = sealed.srtp.unwrap_or_default();
    let found = format!(
        "{} encrypted, {} packets refused by their callers, {} bad calls, lateness p99 {:.2} max {:.1} ms; \
         {:.2} µs of CPU per packet, {:.2} in the clear: ratio {:.2}",
        encrypted.calls,
        encrypted.refused,
        sealed.bad_calls,
        sealed.late_ms.p99,
        sealed.late_ms.max,
        cost(&sealed),
        cost(&plain),
        cost(&sealed) / cost(&plain)
    );
    let met = is_clean(&sealed) && encrypted.calls == 1_000 && encrypted.refused == 0;
    part.row(
        "1,000 calls encrypted by SRTP, every packet verified, after 1,000 in the clear",
        &found,
        "0 bad calls",
        met,
    );
}

fn keys(part: &mut Part) {
    let program = Program::start(MOST_CALLS);
    let report = storm_of(&StormPlan {
        keys_per_second: 0.01,
        ..crowd(&program, 5_000, 30)
    });
    let keys = report.keys.expect("keys were pressed");
    let found = format!(
        "{} of {} heeded, after p50 {:.0} p99 {:.0} max {:.0} ms; {} bad calls",
        keys.reacted,
        keys.presses,
        keys.reaction_ms.p50,
        keys.reaction_ms.p99,
        keys.reaction_ms.max,
        report.bad_calls
    );
    let met = keys.presses > 0
        && keys.reacted == keys.presses
        && keys.reaction_ms.max <= 100.0
        && is_clean(&report);
    part.row(
        "1 % of 5,000 callers press a key each second",
        &found,
        "all within 100 ms, 0 bad calls",
        met,
    );
}

fn posts(part: &mut Part) {
    let program = Program::start(MOST_CALLS);
    // What the machine itself does to packets, while nobody posts.
    let quiet = storm_of(&crowd(&program, 5_000, 60)).late_ms.max;
    let plan = crowd(&program, 5_000, 95);
    let listening = thread::spawn(move || storm_of(&plan));
    thread::sleep(Duration::from_secs(12));
    let mut posts = 0;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(40) {
        let next = Instant::now() + Duration::from_secs(5);
        heard::post_update_and_end(&program);
        posts += 1;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    let (_, spoken) = heard::post_and_hear(&program);
    let report = listening.join().expect("the storm ends");
    let late = report.late_ms;
    let found = format!(
        "{posts} posted, updated and ended; {} calls cut, {} bad, lateness p99 {:.2} max {:.1} ms, {quiet:.1} ms while nobody posts; \
         new callers hear a post after {} ms",
        report.ended_by_line,
        report.bad_calls,
        late.p99,
        late.max,
        spoken.as_millis()
    );
    let met = is_clean(&report) && report.ended_by_line == 0 && late.max <= quiet.max(20.0);
    part.row(
        "a bulletin posted, updated and ended every 5 s while 5,000 listen",
        &found,
        "0 cut, no packet over 20 ms late, or later than while nobody posts",
        met,
    );
}

fn new_calls(part: &mut Part) {
    let program = Program::start(MOST_CALLS);
    let plan = crowd(&program, 5_000, 50);
    let listening = thread::spawn(move || storm_of(&plan));
    thread::sleep(Duration::from_secs(12));
    let hold = Duration::from_secs(3);
    let arriving = storm_of(&StormPlan::new(&program.target(), 1_500, 50.0, hold));
    let crowd = listening.join().expect("the storm ends");
    let setup = arriving.setup_ms;
    let found = format!(
        "set-up p50 {:.2} p99 {:.2} max {:.1} ms; of the 5,000 {} bad",
        setup.p50, setup.p99, setup.max, crowd.bad_calls
    );
    let all_answered = arriving.valid && arriving.answered == 1_500;
    let met = is_clean(&crowd) && all_answered && setup.p99 < 20.0;
    part.row(
        "50 new calls a second for 30 s while 5,000 listen",
        &found,
        "set-up p99 under 20 ms",
        met,
    );
}

fn short_calls(part: &mut Part) {
    let program = Program::start(MOST_CALLS);
    let found = signalling::measure(&program.process, program.sip, 2_000, 20);
    let met = found.repeats == 0 && found.failed == 0;
    let found = format!(
        "{} retransmissions, {} failed, {:.3} s of CPU per 1,000 calls",
        found.repeats, found.failed, found.cpu_per_1000
    );
    part.row(
        "2,000 short calls a second for 20 s, by sipp",
        &found,
        "no retransmission",
        met,
    );
}

fn twice_the_limit(part: &mut Part) {
    let program = Program::start(2_500);
    let report = storm_of(&crowd(&program, 5_000, 30));
    let server = report.server.expect("it was watched");
    let refused = report.refusal_ms;
    let found = format!(
        "{} admitted, {} bad; {} refused after p50 {:.2} p99 {:.2} ms; memory from {} to {} kB",
        report.answered,
        report.bad_calls,
        report.refused,
        refused.p50,
        refused.p99,
        server.memory_before_kb,
        server.memory_peak_kb
    );
    let met = is_clean(&report)
        && report.answered == 2_500
        && report.answered + report.refused == 5_000
        && refused.p99 < 50.0
        && server.octets_per_call <= 4_096.0;
    part.row(
        "5,000 calls against a limit of 2,500",
        &found,
        "0 bad, refused p99 under 50 ms, 4 KiB per admitted call",
        met,
    );
}

fn never_acknowledged(part: &mut Part) {
    let program = Program::start(5_000);
    let before = program.process.memory_kb();
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/never_acknowledges.xml");
    let flood = Process::start(
        Command::new("sipp")
            .arg(program.sip.to_string())
            .args(["-s", "0805691282", "-i", "127.0.0.3", "-nostdin"])
            .args(["-p", &free_address().port().to_string()])
            .args(["-m", "20000", "-r", "2000", "-sf"])
            .arg(scenario)
            .env("TERM", "dumb"),
    );
    thread::sleep(Duration::from_secs(1));
    let hold = Duration::from_secs(3);
    let probes = storm_of(&StormPlan::new(&program.target(), 200, 20.0, hold));
    let flooded = program.process.memory_kb();
    drop(flood);
    let setup = probes.setup_ms;
    let found = format!(
        "{} of 200 probe calls answered, after p50 {:.2} p99 {:.2} ms, {} bad; memory from {before} to {flooded} kB",
        probes.answered, setup.p50, setup.p99, probes.bad_calls
    );
    // A thousand of them are held at most, and the probes.
    let met = is_clean(&probes)
        && probes.answered == 200
        && setup.p99 < 200.0
        && flooded - before <= 1_200.0 * 8.0;
    part.row(
        "20,000 INVITEs never acknowledged, 2,000 a second from one address",
        &found,
        "probes p99 under 200 ms, 0 bad, under 10 MB more",
        met,
    );
}

fn memory(part: &mut Part) {
    let program = Program::start(MOST_CALLS);
    let peaks = [1_000, 5_000].map(|calls| {
        let report = storm_of(&crowd(&program, calls, 8));
        report.server.expect("it was watched").memory_peak_kb
    });
    let slope =
        f64::from(u32::try_from((peaks[1] - peaks[0]) * 1_024).expect("memory of one process"))
            / 4_000.0;
    part.row(
        "memory from 1,000 to 5,000 calls",
        &format!(
            "{} to {} kB: {slope:.0} octets per call",
            peaks[0], peaks[1]
        ),
        "4,096 octets per call",
        slope <= 4_096.0,
    );
    let after_rounds = [(); 3].map(|()| {
        let found = signalling::measure(&program.process, program.sip, 2_000, 10);
        assert_eq!(found.failed, 0, "every call counts");
        // Ended transactions are kept for 32 s (RFC 6026).
        thread::sleep(Duration::from_secs(40));
        program.process.memory_kb()
    });
    let [first, .., last] = after_rounds;
    part.row(
        "memory after each of three rounds of 20,000 calls",
        &format!(
            "{} kB",
            after_rounds.map(|kb| format!("{kb:.0}")).join(", ")
        ),
        "no growth after the first (1 %)",
        last <= first * 1.01,
    );
}

/// So many calls within ten seconds, each for so long, with the program watched.
pub(crate) fn crowd(program: &Program, calls: u32, hold_s: u64) -> StormPlan {
    let rate = f64::from(calls) / 10.0;
    let calls = usize::try_from(calls).expect("a small number");
    StormPlan {
        server: Some(program.process.pid()),
        ..StormPlan::new(&program.target(), calls, rate, Duration::from_secs(hold_s))
    }
}

pub(crate) fn storm_of(plan: &StormPlan) -> StormReport {
    eprintln!(
        "{} calls, {} a second, {:?} each",
        plan.calls, plan.rate, plan.hold
    );
    let report = storm(plan).expect("the storm begins");
    for note in &report.notes {
        eprintln!("note: {note}");
    }
    report
}

pub(crate) fn is_clean(report: &StormReport) -> bool {
    report.valid && report.failed == 0 && report.bad_calls == 0
}

const MOST_CALLS: usize = 20_000;
