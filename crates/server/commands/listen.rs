//! `allo call` and `allo storm`: a person at a terminal listens to a line.

use std::error::Error;
use std::fmt::Display;
use std::process::ExitCode;
use std::time::Duration;

use caller::{CallPlan, StormPlan, StormReport};
use media::{Codec, SAMPLE_RATE};
use net::TlsTrust;
use serde::Serialize;
use speech::{Pcm, wav};

use super::Outcome;
use super::probe::probe;
use crate::arguments::{BareSender, Call, Storm, Trust};

/// Places one call and tells what was heard; exits with 1 when nothing was, or, of a probe, when it is not what the page
/// shows.
///
/// # Errors
/// A target that cannot be read or reached, a WAV file that cannot be written.
pub fn call(arguments: &Call) -> Outcome {
    let plan = CallPlan {
        keys: arguments.keys.clone(),
        limit: Duration::from_secs(arguments.limit),
        ptime: arguments.offer.ptime,
        trust: trust(&arguments.trust)?,
        srtp: arguments.offer.srtp,
        ..CallPlan::new(&arguments.target)
    };
    if arguments.probe {
        return probe(&plan, &arguments.url);
    }
    let plan = match arguments.offer.codec {
        Some(codec) => CallPlan {
            codecs: vec![codec],
            ..plan
        },
        None => plan,
    };
    let report = caller::place_call(&plan)?;
    if let Some(path) = &arguments.record {
        let heard = Pcm {
            samples: report.samples.clone(),
            sample_rate: report
                .codec
                .and_then(Codec::find)
                .map_or(SAMPLE_RATE, Codec::sample_rate),
        };
        std::fs::write(path, wav::write(&heard))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(if report.status == 200 && report.counts.packets > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Places many calls and tells how they went; exits with 1 when one was bad or the figures cannot be believed.
///
/// # Errors
/// A target that cannot be read or reached, a plan that cannot be carried out here.
pub fn storm(arguments: &Storm) -> Outcome {
    let plan = plan(arguments)?;
    if !arguments.bare {
        let report = caller::storm(&plan)?;
        print(&report, arguments.json)?;
        return Ok(verdict(&report));
    }
    let comparison = caller::compare(&plan, &std::env::current_exe()?)?;
    print(&comparison, arguments.json)?;
    Ok(verdict(&comparison.line))
}

/// Answers every call with the same sound until its standard input ends or it is killed.
///
/// # Errors
/// An address that is taken.
pub fn bare_sender(arguments: &BareSender) -> Outcome {
    let sender = caller::BareSender::open(arguments.sip, arguments.threads)?;
    println!("{}", sender.address());
    sender.run(&net::Waker::new()?)?;
    Ok(ExitCode::SUCCESS)
}

fn plan(arguments: &Storm) -> Result<StormPlan, Box<dyn Error + Send + Sync>> {
    let share = arguments.keys_per_second;
    if !(0.0..=1.0).contains(&share) {
        return Err("--keys-per-second: a share of the callers, from 0 to 1".into());
    }
    let hold = Duration::try_from_secs_f64(arguments.hold)?;
    let calls = usize::try_from(arguments.calls)?;
    let plan = StormPlan {
        ptime: arguments.offer.ptime,
        trust: trust(&arguments.trust)?,
        srtp: arguments.offer.srtp,
        speaks: arguments.speak,
        keys_per_second: share,
        reports: arguments.reports,
        server: arguments.pid,
        watcher: Some(|progress| eprintln!("{progress}")),
        ..StormPlan::new(&arguments.target, calls, arguments.rate, hold)
    };
    Ok(match arguments.offer.codec {
        Some(codec) => StormPlan {
            codecs: vec![codec],
            ..plan
        },
        None => plan,
    })
}

fn trust(trust: &Trust) -> Result<Option<TlsTrust>, Box<dyn Error + Send + Sync>> {
    let Some(path) = &trust.tls_ca else {
        let anyone = trust.insecure.then(TlsTrust::anyone);
        return Ok(anyone.transpose()?);
    };
    let authorities =
        std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(Some(TlsTrust::read(&authorities)?))
}

fn print(report: &(impl Serialize + Display), json: bool) -> Result<(), serde_json::Error> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

fn verdict(report: &StormReport) -> ExitCode {
    if report.valid && report.failed == 0 && report.bad_calls == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
