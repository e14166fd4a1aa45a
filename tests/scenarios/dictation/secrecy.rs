//! Where a PIN must not be.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use caller::CallPlan;

use super::PRIVATE;
use crate::support::{Program, allo, eventually, run};

const SITE: &str = "huiles-du-fleuve";
const CODE: &str = "73519";
const PIN: &str = "80264137";

#[test]
fn code_and_pin_open_the_door_and_are_in_no_log_record_or_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    Program::start(&data, |_| {}).kill();
    let said = set_pin(&data);
    assert!(said.contains(&format!("code {CODE}")), "{said}");
    let config = folder.path().join("allo.toml");
    std::fs::write(&config, format!("[dictation]\nnumber = \"{PRIVATE}\"\n")).unwrap();
    let program = Program::start_traced(&data, &log, &config);

    let plan = CallPlan {
        keys: format!("@1:{CODE}#,@3.5:{PIN}#,@8:1"),
        limit: Duration::from_secs(10),
        ..CallPlan::new(&format!("sip:{PRIVATE}@{}", program.sip))
    };
    let report = caller::place_call(&plan).unwrap();
    assert_eq!((report.status, report.keys.len()), (200, 6 + 9 + 1));

    let calls = eventually("the record of the call", Duration::from_secs(20), || {
        let calls = run(allo()
            .args(["calls", "--format", "json", "--data"])
            .arg(&data));
        let calls = String::from_utf8(calls.stdout).unwrap();
        calls.contains("33261910060").then_some(calls)
    });
    assert!(calls.contains("\"keys\":\"\""), "{calls}");
    let log = std::fs::read_to_string(&log).unwrap();
    let opened = log.contains("an operator dictates by telephone");
    assert!(opened && log.contains("a call ended"));
    let mut places = vec![log.into_bytes(), calls.into_bytes()];
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            places.push(std::fs::read(path).unwrap());
        }
    }
    let found = |place: &Vec<u8>| place.windows(PIN.len()).any(|it| it == PIN.as_bytes());
    assert_eq!(places.iter().position(found), None);
}

/// Sets code and PIN as an administrator does; what the command says.
fn set_pin(data: &std::path::Path) -> String {
    let mut command = allo()
        .args(["site", "pin", SITE, "--code", CODE, "--stdin", "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = command.stdin.take().unwrap();
    writeln!(stdin, "{PIN}").unwrap();
    drop(stdin);
    let output = command.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}
