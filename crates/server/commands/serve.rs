//! `allo serve`: answers the telephone and serves the page until it is told to stop.

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, block_on, start_logging};
use crate::arguments::Serve;
use crate::{Config, Service, Settings, demo};

/// Runs until SIGTERM or SIGINT; a second signal ends it at once.
///
/// # Errors
/// A configuration that cannot be used, or a service that does not start.
pub fn serve(arguments: Serve) -> Outcome {
    start_logging("info");
    let config = configure(arguments)?;
    block_on(run(config))
}

/// Options over environment over file over defaults.
///
/// # Errors
/// [`crate::config::ConfigError`] in words.
pub(super) fn configure(arguments: Serve) -> Result<Config, crate::config::ConfigError> {
    let file = match &arguments.config {
        Some(path) => Settings::read(path)?,
        None => Settings::default(),
    };
    Config::from_settings(arguments.settings.or(file), arguments.demo)
}

async fn run(config: Config) -> Outcome {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let program = std::env::current_exe()?;
    // It may wait for its database for long, and is not to be killed for that.
    let service = tokio::select! {
        started = Service::start(config.clone(), &program) => started?,
        _ = terminate.recv() => return Ok(ExitCode::SUCCESS),
        _ = interrupt.recv() => return Ok(ExitCode::SUCCESS),
    };
    if config.demo {
        print!("{}", welcome(&config, &service));
    }
    tracing::info!(sip = %service.sip(), http = %service.http(), "calls are answered");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: new calls are refused, calls in progress may finish");
    tokio::select! {
        () = service.stop(LONGEST_DRAIN) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Calls in progress get this long after SIGTERM.
const LONGEST_DRAIN: Duration = Duration::from_secs(120);

/// What to dial, what to open, how to post.
fn welcome(config: &Config, service: &Service) -> String {
    let (sip, page) = (service.sip(), &config.public_url);
    let credentials = config.data.join(demo::FILE);
    let credentials = credentials.display();
    // As it was typed, so that the lines below can be pasted.
    let allo = std::env::args().next().unwrap_or_else(|| "allo".into());
    format!(
        "\nAllo is at work.\n\n\
         dial    sip:0805691282@{sip}   Rouen Métropole\n        \
                 sip:0800101092@{sip}   Le Havre\n        \
                 {allo} call sip:0805691282@{sip} --record out.wav\n\
         open    {page}/\n\
         post    {allo} post --site raffinerie-du-meandre --event flaring --url {page} --data {data} \\\n                  \
                 \"Une torche est visible depuis 14h30.\"\n\
         sign in {page}/admin   as {admin}, whose password is in {credentials};\n        \
                 the code: {allo} user code {admin} --data {data}\n        \
                 each site has an operator there too, with PIN and API token\n\n\
         Ctrl-C stops it.\n\n",
        data = config.data.display(),
        admin = demo::ADMINISTRATOR,
    )
}
