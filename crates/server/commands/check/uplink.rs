//! What the line itself asks of a trunk: where DNS says its servers are, and whether it is registered.

use std::time::Duration;

use line::{Target, Trunk};
use sip::Peer;

use super::finding::Finding;
use super::question::Machine;
use crate::Config;
use crate::names;

/// Looks up every server that is named, and tells where all of them are.
pub(super) async fn locate(config: &Config, trunk: &Trunk) -> (Vec<Finding>, Vec<Machine>) {
    let (mut findings, mut found) = (vec![], vec![]);
    for target in trunk.uplink.servers() {
        match peers(config, target).await {
            Ok(peers) => {
                if target.numeric().is_none() {
                    let all: Vec<_> = peers.iter().map(say).collect();
                    findings.push(Finding::Well(format!(
                        "{target} is at {}",
                        all.join(", then ")
                    )));
                }
                found.extend(peers.iter().map(|peer| Machine {
                    address: peer.address,
                    transport: peer.transport,
                    host: target.host().to_owned(),
                }));
            }
            Err(why) => findings.push(Finding::Bad(format!(
                "{target} is not found: {why}; look at its spelling, and at dns-servers"
            ))),
        }
    }
    (findings, found)
}

/// What a service at work says of the registrations of a trunk; it alone registers, so that calls go where they are
/// answered.
pub(super) async fn registrations(config: &Config, trunk: &Trunk) -> Vec<Finding> {
    let Some(register) = &trunk.uplink.register else {
        return vec![];
    };
    let Some(figures) = figures(config).await else {
        return vec![Finding::Doubtful(format!(
            "not known: no service at work answers at {}; start it and look again",
            config.metrics
        ))];
    };
    register
        .registrars
        .iter()
        .map(|registrar| judge(&trunk.name, &registrar.to_string(), &figures))
        .collect()
}

fn judge(trunk: &str, registrar: &str, figures: &str) -> Finding {
    let wanted = format!("allo_trunk_registered{{trunk=\"{trunk}\",registrar=\"{registrar}\"}} ");
    let value = figures.lines().find_map(|line| line.strip_prefix(&wanted));
    match value {
        Some("1") => Finding::Well(format!("calls for the account come here from {registrar}")),
        Some(_) => Finding::Bad(format!(
            "not registered at {registrar}; /readyz of the service says why, under trunks"
        )),
        None => Finding::Doubtful(format!(
            "the service at work knows nothing of {registrar}; it was started with another configuration"
        )),
    }
}

async fn figures(config: &Config) -> Option<String> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build().ok()?;
    let answer = client
        .get(format!("http://{}/metrics", config.metrics))
        .send()
        .await
        .ok()?;
    answer.text().await.ok()
}

async fn peers(config: &Config, target: &Target) -> Result<Vec<Peer>, String> {
    match target.numeric() {
        Some(peer) => Ok(vec![peer]),
        None => names::look_up(&config.dns_servers, target).await,
    }
}

fn say(peer: &Peer) -> String {
    format!("{} over {}", peer.address, peer.transport.name())
}

const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_at_work_tells_of_each_registrar_of_this_trunk() {
        let figures = "# HELP x\nallo_trunk_registered{trunk=\"a\",registrar=\"sip:r.example\"} 1\n\
                       allo_trunk_registered{trunk=\"b\",registrar=\"sip:r.example\"} 0\n";
        let of = |trunk: &str| judge(trunk, "sip:r.example", figures);

        assert!(matches!(of("a"), Finding::Well(_)));
        assert!(matches!(of("b"), Finding::Bad(_)));
        assert!(matches!(of("c"), Finding::Doubtful(_)));
    }
}
