use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use caller::{CallPlan, place_call};

use super::{said, unit_text};
use crate::support::{eventually, free_port, run};

#[test]
fn the_program_does_nothing_that_its_unit_forbids() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("strace");
    let mut program = Watched::start(folder.path(), &log);
    let call = CallPlan {
        limit: Duration::from_secs(2),
        ..CallPlan::new(&format!("sip:0805691282@127.0.0.1:{}", program.sip))
    };
    program.waits_for_the_page();
    let report = place_call(&call).expect("the call is placed");
    assert_eq!(report.status, 200);
    program.ends();

    let seen = Seen::read(&std::fs::read_to_string(&log).expect("what strace wrote"));
    assert!(seen.calls.len() > 50, "{:?}", seen.calls);
    let allowed = allowed();
    let forbidden: Vec<_> = seen
        .calls
        .iter()
        .filter(|name| !allowed.contains(*name))
        .collect();
    assert!(
        forbidden.is_empty(),
        "SystemCallFilter forbids {forbidden:?}"
    );
    let families: BTreeSet<_> = of_the_unit("RestrictAddressFamilies")
        .iter()
        .flat_map(|words| {
            words
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(seen.families.contains("AF_INET"));
    assert!(seen.families.is_subset(&families), "{:?}", seen.families);
    assert_eq!(of_the_unit("MemoryDenyWriteExecute"), ["yes"]);
    assert!(seen.written_to_run.is_empty(), "{:?}", seen.written_to_run);
}

/// `allo serve --demo` as nobody, with everything that it asks of the system written down.
struct Watched {
    strace: Child,
    sip: u16,
    http: u16,
}

impl Watched {
    fn start(folder: &Path, log: &Path) -> Self {
        // As the service runs: as root, libraries do what they otherwise leave.
        let data = folder.join("data");
        std::fs::create_dir(&data).expect("a folder");
        for path in [folder, &data] {
            let open = std::fs::Permissions::from_mode(0o777);
            std::fs::set_permissions(path, open).expect("its owner says so");
        }
        // Where everybody may start it.
        let program = folder.join("allo");
        std::fs::copy(env!("CARGO_BIN_EXE_allo"), &program).expect("a copy");
        let [sip, http, metrics] = [(); 3].map(|()| free_port());
        let own = run(Command::new("id").arg("-u"));
        let mut command = match said(&own).trim() {
            "0" => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "strace"]);
                command
            }
            _ => Command::new("strace"),
        };
        command.args(["-f", "-qq", "-o"]).arg(log);
        command.arg(&program);
        command
            .args(["serve", "--demo", "--media-threads", "1", "--data"])
            .arg(&data);
        for (option, port) in [("--sip", sip), ("--http", http), ("--metrics", metrics)] {
            command.args([option, &format!("127.0.0.1:{port}")]);
        }
        command
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let strace = command.spawn().expect("strace runs");
        Self { strace, sip, http }
    }

    fn waits_for_the_page(&mut self) {
        eventually("the page with its voices", Duration::from_secs(120), || {
            let ended = self.strace.try_wait().expect("the system knows its child");
            assert!(ended.is_none(), "{ended:?}");
            let page = run(Command::new("curl")
                .args(["--silent", "--fail"])
                .arg(format!(
                    "http://127.0.0.1:{}/rouen_metropole.json",
                    self.http
                )));
            let is_spoken = page.status.success() && !said(&page).contains("\"queued\"");
            is_spoken.then_some(())
        });
    }

    fn ends(&mut self) {
        let children = format!("/proc/{0}/task/{0}/children", self.strace.id());
        let children = std::fs::read_to_string(children).expect("its child");
        let program = children.split_whitespace().next().expect("the program");
        assert!(
            run(Command::new("kill").args(["-TERM", program]))
                .status
                .success()
        );
        let status = eventually("its end", Duration::from_secs(30), || {
            self.strace.try_wait().expect("the system knows its child")
        });
        assert!(status.success(), "{status}");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Without strace the program would go on: it goes first.
        if self.strace.try_wait().is_ok_and(|ended| ended.is_none()) {
            let children = format!("/proc/{0}/task/{0}/children", self.strace.id());
            for child in std::fs::read_to_string(children)
                .unwrap_or_default()
                .split_whitespace()
            {
                run(Command::new("kill").args(["-KILL", child]));
            }
            let _ = self.strace.kill();
            let _ = self.strace.wait();
        }
    }
}

/// What the program and its voices asked of the system.
struct Seen {
    calls: BTreeSet<String>,
    families: BTreeSet<String>,
    /// Lines that ask for memory which can be written and run, or make memory of either kind the other.
    written_to_run: Vec<String>,
}

impl Seen {
    fn read(log: &str) -> Self {
        let mut seen = Self {
            calls: BTreeSet::new(),
            families: BTreeSet::new(),
            written_to_run: vec![],
        };
        for line in log.lines() {
            // "PID name(arguments) = result"; what is resumed or a signal has no name.
            let call = line
                .trim_start()
                .split_once(char::is_whitespace)
                .map(|(_, call)| call.trim_start());
            let Some((name, arguments)) = call.and_then(|call| call.split_once('(')) else {
                continue;
            };
            if name.is_empty()
                || !name
                    .bytes()
                    .all(|one| one.is_ascii_alphanumeric() || one == b'_')
            {
                continue;
            }
            seen.calls.insert(name.to_owned());
            if name.starts_with("socket") {
                let family = arguments.split([',', ')']).next().unwrap_or_default();
                let family = family.replace("AF_LOCAL", "AF_UNIX");
                seen.families.insert(family);
            }
            let runs = arguments.contains("PROT_EXEC");
            let is_fault = match name {
                "mmap" => runs && arguments.contains("PROT_WRITE"),
                "mprotect" | "pkey_mprotect" => runs,
                _ => false,
            };
            if is_fault {
                seen.written_to_run.push(line.to_owned());
            }
        }
        seen
    }
}

/// The system calls that the unit allows.
fn allowed() -> BTreeSet<String> {
    let sets = sets();
    let mut allowed = members("@default", &sets);
    for words in of_the_unit("SystemCallFilter") {
        match words.strip_prefix('~') {
            Some(words) => {
                for set in words.split_whitespace() {
                    let taken = members(set, &sets);
                    allowed.retain(|name| !taken.contains(name));
                }
            }
            None => allowed.extend(words.split_whitespace().flat_map(|set| members(set, &sets))),
        }
    }
    allowed
}

/// A set with everything in it, or a call by itself.
fn members(name: &str, sets: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    if !name.starts_with('@') {
        return BTreeSet::from([name.to_owned()]);
    }
    let set = sets
        .get(name)
        .unwrap_or_else(|| panic!("systemd has no {name}"));
    set.iter()
        .flat_map(|member| members(member, sets))
        .collect()
}

/// The sets of calls that systemd knows, each with its members.
fn sets() -> BTreeMap<String, Vec<String>> {
    let listed = run(Command::new("systemd-analyze").args(["syscall-filter", "--no-pager"]));
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut set = String::new();
    for line in text.lines() {
        let word = line.trim();
        if line.starts_with('@') {
            word.clone_into(&mut set);
        } else if !word.is_empty() && !word.starts_with('#') {
            sets.entry(set.clone()).or_default().push(word.to_owned());
        }
    }
    assert!(sets.contains_key("@system-service"), "{text}");
    sets
}

/// What the unit says of this, line by line.
fn of_the_unit(key: &str) -> Vec<String> {
    let unit = unit_text();
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines
        .filter(|(name, _)| *name == key)
        .map(|(_, words)| words.to_owned())
        .collect()
}
