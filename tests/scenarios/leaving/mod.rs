use std::net::TcpStream;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use caller::{CallPlan, CallReport, EndedBy, place_call};

use crate::support::{Program, eventually, options, run};

#[test]
fn told_to_stop_it_refuses_the_next_call_closes_the_page_and_ends_with_the_last_one() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(data.path(), |_| {});
    let listener = call(&program, 11);
    wait_for_a_call(&program);
    assert_eq!(options(program.sip, Duration::from_secs(1)), Some(200));

    let told = Instant::now();
    terminate(&program);

    eventually("503 for OPTIONS", Duration::from_secs(2), || {
        (options(program.sip, Duration::from_secs(1)) == Some(503)).then_some(())
    });
    let refused = call(&program, 1).join().expect("a report");
    assert_eq!((refused.status, refused.ended_by), (503, EndedBy::Refused));
    let ready = run(Command::new("curl")
        .args(["--silent", "--write-out", "%{http_code}"])
        .arg(format!("http://{}/readyz", program.http)));
    let ready = String::from_utf8_lossy(&ready.stdout).into_owned();
    assert!(
        ready.ends_with("503") && ready.contains("being stopped"),
        "{ready}"
    );
    eventually("the page to close", Duration::from_secs(10), || {
        TcpStream::connect(program.http).is_err().then_some(())
    });
    assert!(told.elapsed() < Duration::from_secs(10));
    assert!(
        program.figures().contains("\nallo_calls 1\n"),
        "and the call goes on"
    );
    assert!(program.exit_status().is_none());

    let heard = listener.join().expect("a report");
    assert_eq!((heard.status, heard.counts.lost), (200, 0));
    assert!(heard.counts.packets >= 549, "{}", heard.counts.packets);
    assert_eq!(heard.ended_by, EndedBy::Caller);
    let status = eventually("its end", Duration::from_secs(15), || program.exit_status());
    assert!(status.success(), "{status}");
}

#[test]
fn a_call_longer_than_the_drain_is_hung_up_and_the_program_ends_with_zero() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(data.path(), |command| {
        command.args(["--drain-seconds", "2"]);
    });
    let listener = call(&program, 60);
    wait_for_a_call(&program);

    let told = Instant::now();
    terminate(&program);

    let heard = listener.join().expect("a report");
    assert_eq!((heard.status, heard.ended_by), (200, EndedBy::Line));
    let lasted = told.elapsed();
    // Of itself the caller hangs up after a minute; other tests share the machine.
    assert!(
        (Duration::from_secs(2)..Duration::from_secs(30)).contains(&lasted),
        "{lasted:?}"
    );
    let status = eventually("its end", Duration::from_secs(25), || program.exit_status());
    assert!(status.success(), "{status}");
}

fn call(program: &Program, seconds: u64) -> JoinHandle<CallReport> {
    let plan = CallPlan {
        limit: Duration::from_secs(seconds),
        ..CallPlan::new(&format!("sip:0805691282@{}", program.sip))
    };
    std::thread::spawn(move || place_call(&plan).expect("the call is placed"))
}

fn wait_for_a_call(program: &Program) {
    eventually("a call in progress", Duration::from_secs(5), || {
        program.figures().contains("\nallo_calls 1\n").then_some(())
    });
}

fn terminate(program: &Program) {
    let sent = run(Command::new("kill").args(["-TERM", &program.pid().to_string()]));
    assert!(sent.status.success());
}
