//! A child process that gets text, gives sound, and is not waited for.

use std::io::{Read, Write};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::VoiceError;

/// What a child may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) octets: usize,
    /// Named in the error when `octets` is passed.
    pub(crate) seconds: u32,
}

/// Starts `command` with an empty environment, gives it `input` and takes its output.
///
/// The child is killed and reaped when it passes a limit; a stopped one (SIGSTOP) too. Nothing is
/// waited for beyond the time-out, not even a pipe that some grandchild keeps open.
pub(crate) fn run(
    mut command: Command,
    input: &[u8],
    limits: Limits,
) -> Result<Vec<u8>, VoiceError> {
    let deadline = Instant::now() + limits.timeout;
    let mut child = command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| VoiceError::Unavailable(error.to_string()))?;
    let outcome = converse(&mut child, input.to_vec(), limits, deadline);
    if outcome.is_err() {
        // Either it has gone already, or it must go.
        let _ = child.kill();
        let _ = child.wait();
    }
    outcome
}

fn converse(
    child: &mut Child,
    input: Vec<u8>,
    limits: Limits,
    deadline: Instant,
) -> Result<Vec<u8>, VoiceError> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(VoiceError::Unavailable("no pipes".to_owned()));
    };
    // A child that reads nothing closes or fills the pipe: its exit and the clock tell, not this.
    thread::spawn(move || stdin.write_all(&input));
    let arriving = read_aside(stdout);
    let mut output = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match arriving.recv_timeout(left) {
            Ok(piece) => output.extend(piece),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => return Err(VoiceError::Timeout(limits.timeout)),
        }
        if output.len() > limits.octets {
            return Err(VoiceError::Endless(limits.seconds));
        }
    }
    let status = wait(child, deadline).ok_or(VoiceError::Timeout(limits.timeout))?;
    if status.success() {
        Ok(output)
    } else {
        Err(VoiceError::Failed(status.to_string()))
    }
}

/// Reads in a thread of its own; the channel holds few pieces, so a flood waits in the pipe.
fn read_aside(mut stdout: ChildStdout) -> Receiver<Vec<u8>> {
    let (pieces, arriving) = mpsc::sync_channel(4);
    thread::spawn(move || {
        let mut piece = vec![0; 32 * 1024];
        while let Ok(length) = stdout.read(&mut piece) {
            if length == 0 || pieces.send(piece[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    arriving
}

/// The output is closed, so the exit is near: looks often, and not beyond the deadline.
fn wait(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            Ok(None) | Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, input: &[u8]) -> Result<Vec<u8>, VoiceError> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let limits = Limits {
            timeout: Duration::from_millis(700),
            octets: 100_000,
            seconds: 3,
        };
        let started = Instant::now();
        let outcome = run(command, input, limits);
        assert!(started.elapsed() < Duration::from_secs(3));
        outcome
    }

    #[test]
    fn text_goes_in_and_sound_comes_out() {
        assert_eq!(
            shell("cat", b"-x \xc3\xa9t\xc3\xa9").unwrap(),
            b"-x \xc3\xa9t\xc3\xa9"
        );
    }

    #[test]
    fn the_environment_is_empty() {
        assert!(std::env::var_os("PATH").is_some());
        let seen = shell("exec /usr/bin/env", b"").unwrap();
        let seen = String::from_utf8(seen).unwrap();
        assert!(!seen.contains("HOME=") && !seen.contains("CARGO"), "{seen}");
    }

    #[test]
    fn a_child_that_is_killed_is_a_failure() {
        let outcome = shell("kill -KILL $$", b"text");
        assert!(matches!(outcome, Err(VoiceError::Failed(_))), "{outcome:?}");
    }

    #[test]
    fn a_stopped_child_ends_at_the_time_out() {
        let outcome = shell("kill -STOP $$; cat", b"text");
        assert!(
            matches!(outcome, Err(VoiceError::Timeout(_))),
            "{outcome:?}"
        );
    }

    #[test]
    fn a_child_that_only_sleeps_ends_at_the_time_out() {
        let outcome = shell("exec 1>&-; exec sleep 60", b"text");
        assert!(
            matches!(outcome, Err(VoiceError::Timeout(_))),
            "{outcome:?}"
        );
    }

    #[test]
    fn endless_output_ends_at_the_cap() {
        let outcome = shell("exec cat /dev/zero", b"text");
        assert!(
            matches!(outcome, Err(VoiceError::Endless(3))),
            "{outcome:?}"
        );
    }

    #[test]
    fn a_child_that_reads_nothing_does_not_hold_us() {
        let long = vec![b'a'; 1_000_000];
        assert_eq!(shell("echo done", &long).unwrap(), b"done\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_unavailable() {
        let command = Command::new("/nowhere/at-all");
        let limits = Limits {
            timeout: Duration::from_secs(1),
            octets: 1,
            seconds: 1,
        };
        assert!(matches!(
            run(command, b"", limits),
            Err(VoiceError::Unavailable(_))
        ));
    }
}
