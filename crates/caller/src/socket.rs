//! Ports, seeds and the wall clock: what every call needs from the machine.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use net::{MediaSocket, PortPair};

use crate::CallError;

/// The address to call from.
pub(crate) fn own_address(wanted: Option<IpAddr>, target: SocketAddr) -> Result<IpAddr, CallError> {
    match wanted {
        Some(address) => Ok(address),
        None => net::own_address_towards(target)
            .map_err(CallError::socket("no route leads to the target")),
    }
}

/// A port for the sound of one call, read seldom and stamped by the kernel.
pub(crate) fn open_media(own: IpAddr) -> Result<(MediaSocket, u16), CallError> {
    let open = || {
        let socket = MediaSocket::bind(SocketAddr::new(own, 0))?;
        let port = socket.local_addr()?.port();
        prepare(&socket)?;
        Ok((socket, port))
    };
    open().map_err(CallError::socket("no port for sound can be opened"))
}

/// The same with a port for reports right above it (RFC 3550 § 11).
pub(crate) fn open_pair(own: IpAddr) -> Result<PortPair, CallError> {
    let start = PAIRS.start() + u16::from_be_bytes(random()?) % (PAIRS.end() - PAIRS.start());
    let open = || {
        let pair = MediaSocket::bind_pair(own, PAIRS, start)?;
        prepare(&pair.sound)?;
        pair.reports.stamp_arrivals()?;
        Ok(pair)
    };
    open().map_err(CallError::socket(
        "no two ports for sound and reports can be opened",
    ))
}

fn prepare(sound: &MediaSocket) -> std::io::Result<()> {
    sound.stamp_arrivals()?;
    sound.ask_receive_buffer(TWO_SECONDS)
}

/// Random octets.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], CallError> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(CallError::Random)?;
    Ok(octets)
}

/// Now, on the clock of the kernel's stamps.
pub(crate) fn wall_clock() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}

/// Milliseconds from one instant of the wall clock to another; a clock set back gives 0.
pub(crate) fn ms_between(from: Duration, to: Duration) -> f64 {
    to.saturating_sub(from).as_secs_f64() * 1_000.0
}

/// Octets asked for, which the kernel doubles: a hundred packets with what it keeps beside each.
const TWO_SECONDS: usize = 65_536;
/// Where Linux looks for a free port too, unless it was told otherwise.
const PAIRS: RangeInclusive<u16> = 32_768..=60_999;
