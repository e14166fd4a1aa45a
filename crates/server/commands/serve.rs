//! `allo serve`: answers the telephone and serves the page until it is told to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Outcome, start_logging_and_spans};
use crate::arguments::Serve;
use crate::memory;
use crate::spans::Collector;
use crate::supervisor::Supervisor;
use crate::{Config, NodeRole, Service, Settings, demo};

/// Runs until SIGTERM or SIGINT; a second signal ends it at once.
///
/// # Errors
/// A configuration that cannot be used, or a service that does not start.
pub fn serve(arguments: Serve) -> Outcome {
    let memory = net::give_memory_back();
    let runtime = Runtime::new()?;
    let collector = start_logging_and_spans("info", runtime.handle());
    if let Err(error) = memory {
        tracing::warn!(%error, "the C library keeps memory as it likes");
    }
    let config = configure(arguments)?;
    runtime.spawn(memory::keep_small());
    runtime.block_on(run(config, collector))
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

async fn run(config: Config, collector: Option<Collector>) -> Outcome {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let supervisor = Arc::new(Supervisor::from_environment());
    supervisor.status("starting");
    let program = std::env::current_exe()?;
    // It may be told to stop while it looks at a large file, and is not to be killed for that.
    let service = tokio::select! {
        started = Service::start(config.clone(), &program) => started?,
        () = told(&mut terminate, &mut interrupt) => {
            supervisor.stopping("told to stop before it was ready");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let (sip, http, at_work) = (service.sip(), service.http(), service.at_work());
    if let (true, NodeRole::All, Some(sip)) = (config.demo, config.role, sip) {
        print!("{}", welcome(&config, sip));
    }
    let sip = sip.map(tracing::field::display);
    tracing::info!(role = config.role.as_str(), sip, %http, "{at_work}");
    supervisor.ready(&at_work);
    supervisor.feed(service.rounds())?;
    told(&mut terminate, &mut interrupt).await;
    let drain = config.drain;
    tracing::info!(
        drain_seconds = drain.as_secs(),
        "stopping: new calls are refused, calls in progress may finish"
    );
    supervisor.stopping(&format!(
        "new calls are refused, calls in progress may go on for {} s",
        drain.as_secs()
    ));
    let stopping = async {
        service.stop(drain).await;
        if let Some(collector) = collector {
            collector.end().await;
        }
    };
    tokio::select! {
        () = stopping => {}
        () = told(&mut terminate, &mut interrupt) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until somebody says stop.
async fn told(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// What to dial, what to open, how to post.
fn welcome(config: &Config, sip: SocketAddr) -> String {
    let page = &config.public_url;
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
