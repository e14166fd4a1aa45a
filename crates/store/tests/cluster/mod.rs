//! A PostgreSQL server of the tests' own, on a socket in a folder that goes away with the process, however it ends.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

/// The server, started by whoever needs it first.
pub(crate) static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

/// A server that nobody else knows.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    /// The shell that ends it and takes its folder away as soon as it can read no more from this process.
    _keeper: Child,
}

impl Cluster {
    /// Starts one, and waits until it answers.
    pub(crate) fn start() -> Self {
        let programs = programs().unwrap_or_else(|| {
            panic!(
                "these tests need PostgreSQL, and initdb is neither on the PATH nor under /usr/lib/postgresql: \
                 `scripts/set-up.sh test` installs it (Debian's package `postgresql`)"
            )
        });
        let folder = tempfile::tempdir().unwrap().keep();
        let mut keeper = as_somebody_else("sh");
        keeper
            .args(["-c", KEEPER])
            .args([&programs, &folder])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C is for the tests; the keeper sees their end and does its work.
            .process_group(0);
        if let Some((user, group)) = somebody_else() {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).unwrap();
        }
        let mut keeper = keeper.spawn().unwrap();
        let mut told = String::new();
        let output = keeper.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut told).unwrap();
        assert_eq!(told, "ready\n", "PostgreSQL does not start");
        Self {
            folder,
            programs,
            _keeper: keeper,
        }
    }

    /// The address of one of its databases; whoever connects may do everything.
    pub(crate) fn address(&self, database: &str) -> String {
        format!(
            "postgres://allo@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    /// Where its files are.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Ends it as a power cut does.
    pub(crate) fn fail(&self) {
        self.control(&["stop", "--mode", "immediate"]);
    }

    /// Starts it after that.
    pub(crate) fn recover(&self) {
        self.control(&["start", "--wait", "--log", "server.log"]);
    }

    /// Runs a statement as psql does; gives what it prints.
    pub(crate) fn sql(&self, database: &str, statement: &str) -> String {
        let done = Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--username", "allo", "--host"])
            .arg(&self.folder)
            .args(["--dbname", database, "--command", statement])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{statement}: {told}");
        String::from_utf8(done.stdout).unwrap()
    }

    fn control(&self, arguments: &[&str]) {
        let status = as_somebody_else(self.programs.join("pg_ctl"))
            .args(arguments)
            .args(["--pgdata", "data"])
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{arguments:?}");
    }
}

/// The folder of PostgreSQL's programs: Debian puts none of them on the PATH.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::fs::read_dir("/usr/lib/postgresql");
    let mut installed: Vec<_> = installed
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    installed.sort();
    std::env::split_paths(&path)
        .chain(installed.into_iter().rev())
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

fn as_somebody_else(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = somebody_else() {
        command.uid(user).gid(group);
    }
    command
}

/// User and group for the server when root runs the tests: it refuses to be root's.
fn somebody_else() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let told = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(told.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| id(&["-u", name]).zip(id(&["-g", name])))
}

/// Nothing here is to survive a power cut, so that nothing waits for a disk.
const KEEPER: &str = r#"
programs=$0 folder=$1
"$programs/initdb" --pgdata data --username allo --auth trust --encoding UTF8 --locale C --no-sync >log 2>&1 &&
cat >>data/postgresql.conf <<END &&
unix_socket_directories = '$folder'
listen_addresses = ''
max_connections = 400
autovacuum = off
fsync = off
full_page_writes = off
END
"$programs/pg_ctl" start --wait --pgdata data --log server.log >>log 2>&1 &&
echo ready &&
cat >/dev/null || cat log server.log >&2
"$programs/pg_ctl" stop --mode immediate --pgdata data >/dev/null 2>&1
cd / && rm -rf "$folder"
"#;
