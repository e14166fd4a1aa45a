use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use caller::{StormPlan, storm};

use crate::support::{Program, eventually};

#[test]
fn a_packet_is_one_system_call_and_there_is_no_lock_no_memory_and_no_log_beside_it() {
    let data = tempfile::tempdir().expect("a folder");
    let program = Program::start(data.path(), |_| {});
    let target = format!("sip:0805691282@{}", program.sip);
    let plan = StormPlan::new(&target, CALLS, 200.0, Duration::from_secs(9));
    let callers = std::thread::spawn(move || storm(&plan).expect("the storm begins"));
    let thread = media_thread(program.pid());
    eventually("sound on all calls", Duration::from_secs(10), || {
        let first = count_system_calls(thread, 1);
        (first.get("sendmsg") > Some(&(CALLS * 30))).then_some(())
    });

    let counted = count_system_calls(thread, SECONDS);

    let report = callers.join().expect("the storm ends");
    assert_eq!((report.answered, report.failed), (CALLS, 0));
    let packets = CALLS * 50 * SECONDS;
    let sent = counted["sendmsg"];
    // Being watched takes time, so some packets are late or skipped; more than one call a packet cannot hide in that.
    assert!(
        (packets / 2..=packets * 11 / 10).contains(&sent),
        "{counted:?}"
    );
    for (name, count) in &counted {
        match name.as_str() {
            "sendmsg" => {}
            "clock_nanosleep" => assert!(*count <= 1_100 * SECONDS, "{counted:?}"),
            // One question a slot about the keys of many callers, and one a round about reports.
            "poll" => assert!(*count <= 1_100 * SECONDS, "{counted:?}"),
            "epoll_wait" => assert!(*count <= 55 * SECONDS, "{counted:?}"),
            // Reports of every call, and what refuses them.
            "sendto" | "recvfrom" => assert!(*count <= 5 * CALLS * SECONDS, "{counted:?}"),
            // How strace begins and ends its watch.
            "restart_syscall" => {}
            other => panic!("{other} has no business on the sending path: {counted:?}"),
        }
    }
}

/// The number of the program's only media thread.
fn media_thread(pid: u32) -> u32 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the program lives");
    let mut threads = tasks.map(|task| task.expect("a task").path());
    let is_media = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "allo-media-0")
    };
    let found = threads.find(is_media).expect("a media thread");
    let number = found.file_name().and_then(|name| name.to_str());
    number.and_then(|name| name.parse().ok()).expect("a number")
}

/// What a thread asks the kernel for in so many seconds, each call by its name.
fn count_system_calls(thread: u32, seconds: usize) -> BTreeMap<String, usize> {
    let log = tempfile::NamedTempFile::new().expect("a file");
    // strace is told to go and lets the thread go on.
    let watched = Command::new("timeout")
        .args(["--signal=INT", &seconds.to_string(), "strace", "-qq", "-o"])
        .arg(log.path())
        .args(["-p", &thread.to_string()])
        .output()
        .expect("strace runs");
    let text = std::fs::read_to_string(log.path()).expect("what strace wrote");
    assert!(
        !text.is_empty(),
        "{}",
        String::from_utf8_lossy(&watched.stderr)
    );
    let mut counted = BTreeMap::new();
    let resumed = |line: &&str| !line.starts_with("<...");
    for line in text.lines().filter(resumed) {
        if let Some((name, _)) = line.split_once('(') {
            *counted.entry(name.to_owned()).or_default() += 1;
        }
    }
    counted
}

const CALLS: usize = 40;
const SECONDS: usize = 3;
