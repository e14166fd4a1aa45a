//! `allo trace`: copies a call of the running service into a capture, and tells it as a ladder.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use super::Outcome;
use crate::arguments::Trace;
use crate::trace::{Capture, Heading, Ladder, Reply, SOCKET, Shortener, Wish};

/// Waits for the calls wished for, and succeeds if there was one.
///
/// # Errors
/// No service at work in the folder, a wish it refuses, a file that cannot be written.
pub fn trace(arguments: &Trace) -> Outcome {
    let path = arguments.folder.data.join(SOCKET);
    let mut service = UnixStream::connect(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => format!(
            "no service is at work in {}; name its folder with --data",
            arguments.folder.data.display()
        ),
        ErrorKind::PermissionDenied => format!(
            "{} is open to the user of the service and to root alone; try sudo",
            path.display()
        ),
        _ => format!("{}: {error}", path.display()),
    })?;
    let mut wish = serde_json::to_vec(&wish(arguments))?;
    wish.push(b'\n');
    service.write_all(&wish)?;
    let mut service = BufReader::new(service);
    match next(&mut service)? {
        Reply::Refused(why) => return Err(why.into()),
        Reply::Listening | Reply::Message(_) | Reply::Over { .. } => {}
    }
    let remark = if arguments.shorten {
        "SIP of calls to this line; callers' numbers and names are hidden (0 and x)"
    } else {
        "SIP of calls to this line; callers' numbers are in it: keep it to yourself"
    };
    let mut notes = Notes {
        capture: Capture::create(&arguments.output, remark)
            .map_err(|error| format!("{}: {error}", arguments.output.display()))?,
        ladder: Ladder::default(),
        shortener: arguments.shorten.then(Shortener::default),
        messages: 0,
        calls: 0,
    };
    println!(
        "listening for at most {} s and {} calls; --> is to the line, <-- from it",
        arguments.seconds, arguments.calls
    );
    loop {
        match next(&mut service)? {
            Reply::Message(heading) => {
                let mut octets = vec![0; heading.length];
                service.read_exact(&mut octets)?;
                notes.take(&heading, octets)?;
            }
            Reply::Over { why, dropped } => {
                println!("over: {}", why.say());
                return Ok(notes.sum_up(dropped, arguments));
            }
            Reply::Listening | Reply::Refused(_) => {}
        }
    }
}

fn next(service: &mut impl BufRead) -> Result<Reply, Box<dyn std::error::Error + Send + Sync>> {
    let mut line = String::new();
    if service.read_line(&mut line)? == 0 {
        return Err("the service went away".into());
    }
    Ok(serde_json::from_str(&line)?)
}

fn wish(arguments: &Trace) -> Wish {
    Wish {
        number: arguments.number.clone(),
        call_id: arguments.call_id.clone(),
        trunk: arguments.trunk.clone(),
        all: arguments.all,
        calls: arguments.calls,
        seconds: arguments.seconds,
    }
}

/// What has been heard so far.
struct Notes {
    capture: Capture<std::fs::File>,
    ladder: Ladder,
    shortener: Option<Shortener>,
    messages: u32,
    calls: u32,
}

impl Notes {
    fn take(&mut self, heading: &Heading, mut octets: Vec<u8>) -> io::Result<()> {
        if let Some(shortener) = &mut self.shortener {
            shortener.shorten(heading.way, &mut octets);
        }
        self.capture.add(heading, &octets)?;
        self.messages += 1;
        self.calls = self.calls.max(heading.call);
        println!("{}", self.ladder.line(heading, &octets));
        Ok(())
    }

    fn sum_up(&self, dropped: u64, arguments: &Trace) -> ExitCode {
        let path = arguments.output.display();
        println!(
            "{} calls, {} messages, {dropped} lost; {path} is readable by you alone{}",
            self.calls,
            self.messages,
            if self.shortener.is_some() {
                ""
            } else {
                ": callers' numbers are in it"
            }
        );
        if let Some(filter) = self.ladder.sound_filter() {
            println!(
                "sound is not in it; while a call lasts: tcpdump -i any -w sound.pcap '{filter}'"
            );
        }
        if self.messages > 0 {
            return ExitCode::SUCCESS;
        }
        println!(
            "nothing came that fits. Without --number and --trunk any call fits, with --all every message of SIP; if \
             still nothing comes, it does not reach this machine: look with tcpdump and at the firewall"
        );
        ExitCode::FAILURE
    }
}
