use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;
use speech::{level, wav};

use crate::support::{Program, allo, eventually, run};

#[test]
fn the_demonstration_keeps_its_secrets_in_one_file_for_its_owner() {
    let data = tempfile::tempdir().expect("a temporary folder");
    drop(Program::start(data.path(), |_| {}));
    let path = data.path().join("demo-credentials.json");
    let first = std::fs::read_to_string(&path).expect("the file");
    drop(Program::start(data.path(), |_| {}));

    assert_eq!(
        std::fs::read_to_string(&path).expect("the file"),
        first,
        "unchanged"
    );
    let mode = std::fs::metadata(&path)
        .expect("its row")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let secrets: Value = serde_json::from_str(&first).expect("JSON");
    assert!(secrets["admin"]["email"].is_string() && secrets["admin"]["password"].is_string());
    let operator = &secrets["operators"][0];
    for field in ["site", "email", "password", "pin"] {
        assert!(operator[field].is_string(), "{field}");
    }
    let token = &secrets["tokens"][0];
    for field in ["site", "territory", "token"] {
        assert!(token[field].is_string(), "{field}");
    }
}

#[test]
fn a_list_whose_reader_has_seen_enough_ends_in_silence() {
    let data = tempfile::tempdir().expect("a temporary folder");
    drop(Program::start(data.path(), |_| {}));
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);

    let listed = allo()
        .args(["territory", "list", "--data"])
        .arg(data.path())
        .stdout(writer)
        .output()
        .expect("it runs");

    assert!(!listed.status.success());
    assert_eq!(String::from_utf8_lossy(&listed.stderr), "");
}

#[test]
fn post_then_call_from_a_terminal_records_a_wav_at_the_right_level() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    let text = "- Un bruit est audible depuis 14h30.";
    let posted = run(allo()
        .args(["post", "--site", "raffinerie-du-cap", "--event", "noise"])
        .args(["--url", &format!("http://{}", program.http), "--data"])
        .arg(data.path())
        .arg(text));
    let answer: Value =
        serde_json::from_slice(&posted.stdout).unwrap_or_else(|_| panic!("{}", complaint(&posted)));
    assert!(answer["id"].is_string() && answer["expires_at"].is_string());

    let file = data.path().join("out.wav");
    let target = format!("sip:0800101092@{}", program.sip);
    let called = run(allo()
        .args(["call", &target, "--limit", "14", "--json", "--record"])
        .arg(&file));

    assert!(called.status.success(), "{}", complaint(&called));
    let report: Value = serde_json::from_slice(&called.stdout).expect("JSON");
    assert_eq!(report["status"], 200);
    assert!(report["setup_ms"].as_f64().expect("a number") < 200.0);
    assert_eq!(report["lost"], 0);
    let heard = wav::read(&std::fs::read(&file).expect("the file")).expect("a WAV file");
    let level = level::active_level_dbov(&heard.samples, 8000).expect("speech");
    assert!(
        (-28.0..=-24.0).contains(&level.dbov),
        "{:.1} dBov",
        level.dbov
    );
}

#[test]
fn say_prints_the_words_of_the_voice_and_writes_its_sound() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let file = data.path().join("said.wav");

    let spoken = run(allo().args(["say", "--spoken", "Rejet de SO2 à 14h30, tél. 0805 691 282"]));
    let said = run(allo()
        .args(["say", "-5 °C dehors", "-o"])
        .arg(&file)
        .arg("--data")
        .arg(data.path()));

    let words = String::from_utf8_lossy(&spoken.stdout).into_owned();
    assert!(words.contains("quatorze heures trente"), "{words}");
    assert!(words.contains("zéro huit cent cinq"), "{words}");
    assert!(
        !words.contains(|letter: char| letter.is_ascii_digit()),
        "{words}"
    );
    assert!(said.status.success(), "{}", complaint(&said));
    let sound = wav::read(&std::fs::read(&file).expect("the file")).expect("a WAV file");
    assert!(sound.samples.len() > 8000, "more than a second");
}

#[test]
fn check_says_what_is_wrong_by_its_exit_status() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let well = check(data.path(), "max-calls = 10\nsip = \"127.0.0.1:0\"");
    assert!(well.status.success(), "{}", complaint(&well));
    assert!(String::from_utf8_lossy(&well.stdout).contains("max-calls = 10"));

    let misspelt = check(data.path(), "max-cals = 10");
    assert!(!misspelt.status.success());
    assert!(complaint(&misspelt).contains("max-cals"));

    let taken = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("its address");
    let busy = check(data.path(), &format!("sip = \"{taken}\"\nmax-calls = 10"));
    assert!(!busy.status.success());

    let few_ports = check(
        data.path(),
        "sip = \"127.0.0.1:0\"\nrtp-ports = \"10000-10009\"\nmax-calls = 10",
    );
    assert!(!few_ports.status.success());
    assert!(String::from_utf8_lossy(&few_ports.stdout).contains("widen rtp-ports"));
}

#[test]
fn a_service_without_demonstration_is_filled_from_the_terminal_and_answers() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let at = |command: &[&str]| {
        let output = run(allo().args(command).arg("--data").arg(data.path()));
        assert!(
            output.status.success(),
            "{command:?}: {}",
            complaint(&output)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    at(&[
        "territory",
        "add",
        "baie",
        "--name",
        "La Baie",
        "--number",
        "01 23 45 67 89",
    ]);
    at(&[
        "site",
        "add",
        "verrerie",
        "--territory",
        "baie",
        "--name",
        "Verrerie",
        "--commune",
        "Le Port",
    ]);
    let token = at(&["token", "add", "--site", "verrerie"]);
    assert_eq!(at(&["territory", "list"]), "baie\tLa Baie\t+33123456789");
    let unknown = run(allo()
        .args(["token", "add", "--site", "nulle-part", "--data"])
        .arg(data.path()));
    assert!(!unknown.status.success());

    let program = Program::start_without_demo(data.path(), |_| {});
    let posted = run(allo()
        .args([
            "post",
            "--site",
            "verrerie",
            "--nuisance",
            "noise",
            "--token",
            &token,
        ])
        .args(["--url", &format!("http://{}", program.http)])
        .arg("Bruit de fours."));
    assert!(posted.status.success(), "{}", complaint(&posted));
    let heard = crate::support::listen(
        &format!("sip:0123456789@{}", program.sip),
        "",
        Duration::from_secs(2),
    );
    assert!(heard.report.counts.packets > 80);
}

#[test]
fn a_token_is_made_listed_without_its_secret_and_revoked_while_the_service_runs() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    let token = |words: &[&str]| {
        let output = run(allo()
            .arg("token")
            .args(words)
            .arg("--data")
            .arg(data.path()));
        (
            output.status.success(),
            complaint(&output).trim().to_owned(),
        )
    };
    let (_, secret) = token(&[
        "add",
        "--site",
        SITE,
        "--scope",
        "read",
        "--label",
        "Salle\nde contrôle",
    ]);
    let drafts = |secret: &str| {
        let url = format!("http://{}/api/v1/drafts", program.http);
        let answer = run(std::process::Command::new("curl")
            .args(["--silent", "--output", "/dev/null", "--write-out"])
            .args(["%{http_code}", "--oauth2-bearer", secret, &url]));
        String::from_utf8_lossy(&answer.stdout).into_owned()
    };
    assert_eq!(drafts(&secret), "200");

    let line = eventually("its use in the list", Duration::from_secs(5), || {
        let (_, list) = token(&["list", "--site", SITE]);
        assert!(!list.contains(&secret) && !list.contains("allo_"));
        let ours = list.lines().find(|line| line.contains("\tread\t"));
        ours.filter(|line| line.contains("\tused 2"))
            .map(str::to_owned)
    });
    assert!(line.contains("Salle de contrôle\tmade 2"), "{line}");
    let id = line.split('\t').next().expect("an id");
    assert_eq!(token(&["revoke", id]), (true, String::new()));

    assert_eq!(drafts(&secret), "401", "at once");
    let (_, list) = token(&["list"]);
    assert!(list.contains("\trevoked 2"), "{list}");
    for unknown in [id, "nobody"] {
        let (done, said) = token(&["revoke", unknown]);
        assert!(!done && said.contains("allo token list"), "{said}");
    }
    let (done, said) = token(&["add", "--site", SITE, "--scope", "write"]);
    assert!(!done && said.contains("read or post"), "{said}");
}

#[test]
fn sigterm_refuses_new_calls_and_ends_with_zero() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(data.path(), |_| {});

    let sent = run(std::process::Command::new("kill").args(["-TERM", &program.pid().to_string()]));

    assert!(sent.status.success());
    let status = eventually("its end", Duration::from_secs(15), || program.exit_status());
    assert!(status.success(), "{status}");
}

fn check(data: &Path, file: &str) -> Output {
    let path = data.join("allo.toml");
    std::fs::write(&path, file).expect("the file");
    run(allo()
        .args(["check", "--config"])
        .arg(&path)
        .arg("--data")
        .arg(data))
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

const SITE: &str = "raffinerie-du-meandre";
