//! `allo check --trunk NAME`: what stands between this machine and one trunk. It places no call and changes nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use line::{Prefix, Trunk};
use net::TlsTrust;
use sip::Transport;

use super::super::Outcome;
use super::finding::Finding;
use super::firewall::Openings;
use super::question::Machine;
use super::{machine, question, uplink};
use crate::Config;
use crate::certificates::Certificates;

/// Prints one line per concern; what fails makes the exit status 1.
///
/// # Errors
/// A trunk that is not in the configuration.
pub(super) async fn check(config: &Config, name: &str) -> Outcome {
    let Some(trunk) = config.line.trunks.iter().find(|trunk| trunk.name == name) else {
        let names: Vec<_> = config
            .line
            .trunks
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        return Err(format!(
            "there is no trunk {name:?}; there are: {}",
            names.join(", ")
        )
        .into());
    };
    let of_this_one = Config {
        line: line::Config {
            trunks: vec![trunk.clone()],
            ..config.line.clone()
        },
        ..config.clone()
    };
    let mut findings = vec![("calls", Finding::Well(super::trunks(&of_this_one)))];
    let (located, mut machines) = uplink::locate(config, trunk).await;
    findings.extend(located.into_iter().map(|finding| ("dns", finding)));
    for machine in hosts(config, trunk) {
        let is_known = |known: &Machine| known.address.ip() == machine.address.ip();
        if !machines.iter().any(is_known) {
            machines.push(machine);
        }
    }
    machines.truncate(MOST_ASKED);
    let trust = trust(config);
    for machine in machines.clone() {
        let (own, trust) = (listening(config, machine.address), trust.clone());
        let asked =
            tokio::task::spawn_blocking(move || question::ask(&machine, own, trust.as_ref()));
        findings.push(("options", asked.await?));
    }
    if machines.is_empty() {
        findings.push((
            "options",
            Finding::Doubtful(
                "nobody was asked: its peers name no machine of their own that we reach over UDP; name its servers by proxies, \
                 or see whether its OPTIONS come, with allo trace --all"
                    .into(),
            ),
        ));
    }
    let registrations = uplink::registrations(config, trunk).await;
    findings.extend(
        registrations
            .into_iter()
            .map(|finding| ("registration", finding)),
    );
    let peer = somewhere(trunk, &machines);
    let own = match peer {
        Some(peer) => listening(config, peer),
        None => listening(
            config,
            SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), SIP_PORT),
        ),
    };
    if let Some(peer) = peer {
        findings.push(("address", machine::advertised(config, own, peer)));
    }
    findings.push(("sound ports", machine::sound_ports(config, own)));
    if let Some(certificate) = super::certificate(config) {
        findings.push(("certificate", certificate));
    }
    findings.push(("descriptors", machine::descriptors(config)));
    findings.push(("priority", machine::priority()));
    for (what, finding) in &findings {
        finding.print(what);
    }
    print_openings(config, &sources(trunk, &machines));
    let all_pass = findings.iter().all(|(_, finding)| finding.passes());
    Ok(if all_pass {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The peers of a trunk that are one machine each, as far as we listen to them over UDP.
fn hosts(config: &Config, trunk: &Trunk) -> impl Iterator<Item = Machine> {
    let hosts = trunk.peers.iter().filter(|prefix| prefix.is_one_address());
    let machines = hosts.map(|prefix| Machine {
        address: SocketAddr::new(prefix.address(), SIP_PORT),
        transport: Transport::Udp,
        host: prefix.address().to_string(),
    });
    machines.filter(|machine| {
        let mut own = config.line.sip.iter();
        own.any(|own| is_reached(*own, machine.address))
    })
}

/// Whose certificates the line believes; nobody's where its files cannot be used, which the certificate's line says.
fn trust(config: &Config) -> Option<TlsTrust> {
    let (certificates, _) = Certificates::read(config.tls.as_ref()?).ok()?;
    certificates.identity().load().trust().cloned()
}

/// An address in the direction of the trunk.
fn somewhere(trunk: &Trunk, machines: &[Machine]) -> Option<SocketAddr> {
    let prefix = trunk.peers.first().map(Prefix::address);
    let prefix = prefix.map(|address| SocketAddr::new(address, SIP_PORT));
    machines.first().map(|machine| machine.address).or(prefix)
}

/// Where the line listens for this machine, as far as it does: in the clear, or else over TLS.
fn listening(config: &Config, peer: SocketAddr) -> SocketAddr {
    let secure = config.tls.as_ref().map_or(&[][..], |tls| &tls.addresses);
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let mut own = config.line.sip.iter().chain(secure).copied();
    let own = own.find(|own| is_reached(*own, peer));
    own.unwrap_or(SocketAddr::new(any, 0))
}

/// Whether what listens there is heard by the other one: of its family, and not for this machine alone.
fn is_reached(own: SocketAddr, from: SocketAddr) -> bool {
    own.is_ipv4() == from.is_ipv4() && (from.ip().is_loopback() || !own.ip().is_loopback())
}

/// Where its requests come from; empty for anywhere. Where the line registers without naming prefixes, from its servers.
fn sources(trunk: &Trunk, machines: &[Machine]) -> Vec<Prefix> {
    if trunk.takes_any() || !trunk.peers.is_empty() {
        return trunk.peers.clone();
    }
    let machines = machines.iter();
    machines
        .filter_map(|machine| machine.address.ip().to_string().parse().ok())
        .collect()
}

fn print_openings(config: &Config, peers: &[Prefix]) {
    let openings = Openings {
        sip: &config.line.sip,
        tls: config.tls.as_ref().map_or(&[][..], |tls| &tls.addresses),
        peers,
        rtp_ports: &config.line.rtp_ports,
    };
    println!(
        "\nA firewall lets this trunk in, and its sound from wherever it comes, with nftables (chain input):"
    );
    openings.nft().iter().for_each(|line| println!("  {line}"));
    println!("or with ufw:");
    openings.ufw().iter().for_each(|line| println!("  {line}"));
}

/// Where SIP is heard if nothing says otherwise.
const SIP_PORT: u16 = 5060;
/// A trunk of more machines shows with the first ones how it is.
const MOST_ASKED: usize = 16;
