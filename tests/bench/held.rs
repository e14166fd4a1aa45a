//! Calls that listen at once: set-up, first sound, lateness, memory and processor time per call.

use std::time::{Duration, Instant};

use caller::{StormPlan, StormReport, storm};

use crate::process::Program;

/// Holds so many calls for twenty seconds and prints what they cost.
pub(crate) fn run(program: &Program, calls: usize) {
    let count = f64::from(u32::try_from(calls).expect("a small number"));
    let rate = (count / 10.0).max(20.0);
    let plan = StormPlan::new(&program.target(), calls, rate, HOLD);
    let (memory_before, cpu_before) = (program.process.memory_kb(), program.process.cpu());
    let start = Instant::now();
    let callers = std::thread::spawn(move || storm(&plan).expect("the storm begins"));
    let mut most_memory = 0;
    while !callers.is_finished() {
        most_memory = most_memory.max(program.process.memory_kb());
        std::thread::sleep(Duration::from_millis(200));
    }
    let report = callers.join().expect("the storm ends");
    let (cpu, wall) = (program.process.cpu() - cpu_before, start.elapsed());
    print(&report, calls);
    let packets = u32::try_from(report.packets).expect("fewer than four thousand million");
    println!(
        "  memory per held call {:.2} kB (from {memory_before} to {most_memory} kB); CPU {:.2} s in {:.0} s, {:.2} us per RTP packet",
        f64::from(
            u32::try_from(most_memory.saturating_sub(memory_before)).expect("less than 4 TB")
        ) / count,
        cpu.as_secs_f64(),
        wall.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / f64::from(packets),
    );
    assert_eq!(report.answered, calls, "every call is answered");
    assert_eq!(report.failed, 0);
}

fn print(report: &StormReport, calls: usize) {
    println!(
        "\n{calls} calls listening at once{}",
        if report.valid { "" } else { " (NOT VALID)" }
    );
    for note in &report.notes {
        println!("  note: {note}");
    }
    let (setup, sound, late) = (&report.setup_ms, &report.first_sound_ms, &report.late_ms);
    println!(
        "  INVITE to 200 p50 {:.2} p99 {:.2} ms; ACK to first sound p50 {:.1} p99 {:.1} ms; INVITEs repeated {}",
        setup.p50, setup.p99, sound.p50, sound.p99, report.invite_retransmissions
    );
    println!(
        "  packets {} lost {}; lateness p50 {:.2} p99 {:.2} p99.9 {:.2} max {:.2} ms; bad calls {}",
        report.packets, report.lost, late.p50, late.p99, late.p999, late.max, report.bad_calls
    );
}

/// Each call listens this long.
const HOLD: Duration = Duration::from_secs(20);
