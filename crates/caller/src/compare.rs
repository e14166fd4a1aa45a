//! The same storm twice: against the line, then against a bare sender, back to back.

use std::{fmt, net::IpAddr, path::Path};

use serde::Serialize;

use crate::{CallError, StormPlan, StormReport, Target, bare::BareProcess, storm};

/// Two storms of the same calls, and what one cost in terms of the other.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Against the line.
    pub line: StormReport,
    /// Against the bare sender.
    pub bare: StormReport,
    /// The line's figures in those of the bare sender.
    pub ratios: Ratios,
}

/// How much the line takes where the bare sender takes 1; `None` without both figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Ratios {
    /// Processor time per packet.
    pub us_per_packet: Option<f64>,
    /// Lateness that 99 of 100 packets do not exceed.
    pub late_p99: Option<f64>,
    /// Memory per call.
    pub octets_per_call: Option<f64>,
}

/// Carries out a plan against its target, then against a bare sender of two threads on this machine.
///
/// - `program`: the executable whose hidden command `bare-sender` is started: this one, usually.
///
/// Absolute times change with the machine and its neighbours; the ratios hold. The bare sender speaks in the clear, also
/// where the line is called by SRTP.
///
/// # Errors
/// As [`storm`]; [`CallError::Socket`] when the bare sender cannot be started.
pub fn compare(plan: &StormPlan, program: &Path) -> Result<Comparison, CallError> {
    let target = Target::find(&plan.target)?;
    let line = storm(plan)?;
    let loopback: IpAddr = match target.address.ip() {
        IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    let process = BareProcess::start(program, loopback, BARE_THREADS)?;
    let bare = storm(&StormPlan {
        target: process.target(),
        server: Some(process.pid()),
        bind: None,
        srtp: false,
        ..plan.clone()
    })?;
    let ratios = Ratios::of(&line, &bare);
    Ok(Comparison { line, bare, ratios })
}

impl Ratios {
    fn of(line: &StormReport, bare: &StormReport) -> Self {
        let costs = line.server.zip(bare.server);
        Self {
            us_per_packet: costs
                .and_then(|(line, bare)| ratio(line.us_per_packet, bare.us_per_packet)),
            late_p99: ratio(line.late_ms.p99, bare.late_ms.p99),
            octets_per_call: costs
                .and_then(|(line, bare)| ratio(line.octets_per_call, bare.octets_per_call)),
        }
    }
}

impl fmt::Display for Comparison {
    /// Both pages, and the ratios.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, bare, ratios } = self;
        writeln!(f, "the line\n{line}\n\na bare sender\n{bare}\n")?;
        let text = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        write!(
            f,
            "ratios     {} in processor time per packet, {} in lateness p99, {} in memory per call",
            text(ratios.us_per_packet),
            text(ratios.late_p99),
            text(ratios.octets_per_call)
        )
    }
}

fn ratio(line: f64, bare: f64) -> Option<f64> {
    (line > 0.0 && bare > 0.0).then(|| line / bare)
}

/// As many as the line has media threads on a machine of two cores.
const BARE_THREADS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lateness, ServerCost};

    #[test]
    fn ratios_are_of_what_both_have() {
        let with = |us_per_packet, late| StormReport {
            late_ms: Lateness {
                p99: late,
                ..Lateness::default()
            },
            server: Some(ServerCost {
                us_per_packet,
                octets_per_call: 0.0,
                ..ServerCost::default()
            }),
            ..StormReport::default()
        };

        let ratios = Ratios::of(&with(4.4, 0.5), &with(4.0, 0.25));
        assert_eq!(ratios.us_per_packet, Some(4.4 / 4.0));
        assert_eq!((ratios.late_p99, ratios.octets_per_call), (Some(2.0), None));

        let unwatched = Ratios::of(&StormReport::default(), &with(4.0, 0.25));
        assert_eq!(unwatched, Ratios::default());
    }
}
