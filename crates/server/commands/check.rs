//! `allo check`: configuration, database, voices and prompts, or one trunk, or the channels; the exit status says it all.

mod channels;
mod finding;
mod firewall;
mod machine;
mod question;
mod trunk;
mod uplink;

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::ExitCode;

use bulletin::Language;
use speech::{Lexicon, Probe, level, normalise};
use tokio::runtime::Handle;

use super::serve::configure;
use super::{Outcome, block_on, start_logging};
use crate::arguments::Check;
use crate::certificates::{A_DAY, Certificates, SOON_DAYS};
use crate::{Config, house, spans, voices};
use finding::Finding;

/// Prints the effective configuration and one line per check.
///
/// # Errors
/// A configuration that cannot be used, a trunk that is not in it. A check that fails is an exit status of 1, not an
/// error.
pub fn check(arguments: Check) -> Outcome {
    start_logging("error");
    let config = configure(arguments.serve)?;
    if let Some(name) = arguments.trunk {
        return block_on(async move { trunk::check(&config, &name).await });
    }
    if arguments.channels {
        return block_on(async move { channels::check(&config).await });
    }
    println!("{}", config.as_toml());
    block_on(async move {
        let mut findings = vec![
            ("database", Finding::of(database(&config).await)),
            ("prompts", Finding::of(prompts())),
            ("voice", Finding::of(voice(&config))),
        ];
        if config.role.answers_calls() {
            findings.extend([
                ("sip", Finding::of(ports(&config))),
                ("trunks", Finding::Well(trunks(&config))),
                ("sound ports", Finding::of(sound_ports(&config))),
                ("descriptors", machine::descriptors(&config)),
            ]);
            findings.extend(certificate(&config).map(|finding| ("certificate", finding)));
        }
        findings.extend(collector().map(|finding| ("spans", finding)));
        for (what, finding) in &findings {
            finding.print(what);
        }
        let all_well = findings.iter().all(|(_, finding)| finding.passes());
        Ok(if all_well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    })
}

/// Where spans go, if the environment asks for them.
fn collector() -> Option<Finding> {
    match spans::open(&Handle::current()) {
        Ok(None) => None,
        Ok(Some(collector)) => {
            let endpoint = collector.endpoint();
            Some(Finding::Well(format!("they are sent to {endpoint}")))
        }
        Err(why) => Some(Finding::Doubtful(format!("they are not sent: {why}"))),
    }
}

/// What is well, or what to do about it.
type Checked = Result<String, String>;

async fn database(config: &Config) -> Checked {
    let database = &config.database;
    if !database.is_there() {
        return Ok(format!("{database} will be created"));
    }
    let store = database.open().await.map_err(|error| error.to_string())?;
    let territories = store
        .territories()
        .await
        .map_err(|error| error.to_string())?;
    let numbers: usize = territories.iter().map(|one| one.numbers.len()).sum();
    if numbers == 0 {
        return Err("no territory has a number to dial; see `allo territory add --help`".into());
    }
    for slug in config.line.territories.keys() {
        if !territories.iter().any(|one| one.slug == *slug) {
            return Err(format!(
                "[territory.{slug}] is in the configuration and not in the database; see `allo territory list`"
            ));
        }
    }
    for territory in &territories {
        let lexicon = voices::lexicon_of(&store, &config.data, &territory.slug).await;
        lexicon.map_err(|fault| fault.to_string())?;
    }
    Ok(format!(
        "{} territories, {numbers} numbers",
        territories.len()
    ))
}

fn prompts() -> Checked {
    house::prompts().map_err(|error| error.to_string())?;
    Ok("every fixed sentence is there, in French and in English".into())
}

fn voice(config: &Config) -> Checked {
    std::fs::create_dir_all(&config.data).map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let studio = voices::studio(&config.voices, &config.data, &program)
        .map_err(|error| error.to_string())?;
    let words = normalise(
        "Essai de la voix à 14h30.",
        Language::French,
        &Lexicon::built_in(),
    )
    .map_err(|error| error.to_string())?;
    let done = studio
        .record(&words, Language::French)
        .map_err(|error| error.to_string())?;
    let level = level::active_level_dbov(&done.phone, 8000).ok_or("the voice is silent")?;
    let speaks = format!("{} speaks at {:.1} dBov", done.engine, level.dbov);
    studio.probe(Probe::Every);
    match &studio.troubles()[..] {
        [] => Ok(speaks),
        troubles => Err(format!("{}; {speaks}", voices::listed(troubles))),
    }
}

fn ports(config: &Config) -> Checked {
    let busy = |address: SocketAddr, error: std::io::Error| {
        format!("{address}: {error}; is the service running already?")
    };
    let (sip, tls) = (
        &config.line.sip,
        config.tls.iter().flat_map(|tls| &tls.addresses),
    );
    for &address in sip {
        UdpSocket::bind(address).map_err(|error| busy(address, error))?;
    }
    for &address in sip.iter().chain(tls.clone()) {
        TcpListener::bind(address).map_err(|error| busy(address, error))?;
    }
    let all: Vec<_> = sip.iter().chain(tls).map(ToString::to_string).collect();
    let verb = if all.len() == 1 { "is" } else { "are" };
    Ok(format!("{} {verb} free", all.join(", ")))
}

/// Whether certificate and key fit together, and for how long they do; nothing where TLS is off.
fn certificate(config: &Config) -> Option<Finding> {
    let paths = config.tls.as_ref()?;
    let certificates = match Certificates::read(paths) {
        Ok((certificates, _)) => certificates,
        Err(error) => return Some(Finding::Bad(error.to_string())),
    };
    let left = certificates.seconds_left();
    let days = left.div_euclid(A_DAY);
    if left < 0 {
        let path = paths.certificate.display();
        return Some(Finding::Bad(format!("{path} is over")));
    }
    let asked = match paths.client_ca {
        Some(_) => "who connects must show one too",
        None => "who connects need not show one",
    };
    let back = match paths.ca {
        Some(_) => "",
        None => "; without sip-tls-ca no connection is made for a BYE whose own is gone",
    };
    let detail = format!("good for {days} days; {asked}{back}");
    Some(match days {
        ..SOON_DAYS => {
            Finding::Doubtful(format!("{detail}; replace its files, no restart is needed"))
        }
        _ => Finding::Well(detail),
    })
}

/// What each trunk may bring, in words: its own limits as far as those of the whole line allow.
fn trunks(config: &Config) -> String {
    let line = &config.line;
    if line.trunks.is_empty() {
        return "none is named: whoever reaches the line may call".into();
    }
    let sentences = line.trunks.iter().map(|trunk| {
        let from = match &trunk.peers[..] {
            [] if trunk.takes_any() => "any address".into(),
            [] => "the addresses of its servers".into(),
            peers => peers
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        };
        let calls = trunk.limits.calls.min(line.max_calls);
        let rate = trunk.limits.rate.min(line.max_call_rate);
        let (name, status) = (&trunk.name, trunk.refusal.status);
        format!(
            "{name} from {from}, at most {calls} calls and {rate} new ones a second, then {status}{}",
            uplink(&trunk.uplink)
        )
    });
    sentences.collect::<Vec<_>>().join("; ")
}

/// What the line asks of a trunk by itself.
fn uplink(uplink: &line::Uplink) -> String {
    let names = |targets: &[line::Target]| {
        let names: Vec<_> = targets.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    let mut said = String::new();
    if let Some(register) = &uplink.register {
        let password = if register.credentials.is_some() {
            "with a password"
        } else {
            "without a password"
        };
        said += &format!(
            "; registers {} at {} {password}",
            register.username,
            names(&register.registrars)
        );
    }
    if !uplink.watch.is_zero() {
        let (servers, seconds) = (names(uplink.servers()), uplink.watch.as_secs());
        said += &format!("; asks {servers} every {seconds} s whether it lives");
    }
    said
}

fn sound_ports(config: &Config) -> Checked {
    let ports = &config.line.rtp_ports;
    let calls = usize::from(ports.end() - ports.start()).div_ceil(2);
    if calls < config.line.max_calls {
        return Err(format!(
            "{}-{} is enough for {calls} calls, max-calls is {}; widen rtp-ports",
            ports.start(),
            ports.end(),
            config.line.max_calls
        ));
    }
    Ok(format!(
        "{}-{}, enough for {calls} calls",
        ports.start(),
        ports.end()
    ))
}
