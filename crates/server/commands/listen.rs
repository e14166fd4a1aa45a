//! `allo call` and `allo storm`: a person at a terminal listens to a line.

use std::process::ExitCode;
use std::time::Duration;

use caller::{CallPlan, StormPlan};
use media::{Codec, SAMPLE_RATE};
use speech::{Pcm, wav};

use super::Outcome;
use crate::arguments::{Call, Storm};

/// Places one call and tells what was heard; exits with 1 when nothing was.
///
/// # Errors
/// A target that cannot be read or reached, a WAV file that cannot be written.
pub fn call(arguments: &Call) -> Outcome {
    let plan = CallPlan {
        keys: arguments.keys.clone(),
        limit: Duration::from_secs(arguments.limit),
        ..CallPlan::new(&arguments.target)
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

/// Places many calls and tells how they went; exits with 1 when one was bad.
///
/// # Errors
/// A target that cannot be read or reached, a plan that cannot be carried out here.
pub fn storm(arguments: &Storm) -> Outcome {
    let plan = StormPlan::new(
        &arguments.target,
        usize::try_from(arguments.calls)?,
        arguments.rate,
        Duration::try_from_secs_f64(arguments.hold)?,
    );
    let report = caller::storm(&plan)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(
        if report.valid && report.failed == 0 && report.bad_calls == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        },
    )
}
