//! What the machine gives the line: ports for sound, descriptors, priority.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::thread;

use net::{MediaSocket, Priority};

use super::finding::Finding;
use crate::Config;

/// Whether ports for sound can be had at the address that listens, and whether other programs may take them.
pub(super) fn sound_ports(config: &Config, own: SocketAddr) -> Finding {
    let address = own.ip();
    let range = &config.line.rtp_ports;
    let (first, last) = (*range.start(), *range.end());
    let taken = taken_ports(range);
    let pairs = range.clone().filter(|port| port % 2 == 0 && *port < last);
    let free = pairs
        .filter(|port| !taken.contains(port) && !taken.contains(&(port + 1)))
        .count();
    let bound = MediaSocket::bind_pair(address, range.clone(), first);
    if let Err(error) = bound {
        return Finding::Bad(format!(
            "{first}-{last} of {address} cannot be bound: {error}"
        ));
    }
    let (all, wanted) = (usize::from(last - first).div_ceil(2), config.line.max_calls);
    if all < wanted {
        return Finding::Bad(format!(
            "{first}-{last} is enough for {all} calls, max-calls is {wanted}; widen rtp-ports"
        ));
    }
    if free < wanted {
        return Finding::Doubtful(format!(
            "{first}-{last} is free for {free} calls of {wanted}; the others are taken, by calls of the service at work \
             or by other programs: ss -lunp"
        ));
    }
    if let Some((low, high)) = chosen_by_the_kernel()
        && overlap(range, &(low..=high))
    {
        return Finding::Doubtful(format!(
            "{first}-{last} is free for {free} calls, but the kernel gives {low}-{high} to any program; keep ours out \
             of its hands with: sysctl net.ipv4.ip_local_reserved_ports={first}-{last}"
        ));
    }
    Finding::Well(format!("{first}-{last} is free for {free} calls"))
}

/// Whether as many sockets may be open as the calls need.
pub(super) fn descriptors(config: &Config) -> Finding {
    let allowed = match net::raise_descriptor_limit() {
        Ok(allowed) => allowed,
        Err(error) => {
            return Finding::Doubtful(format!("the limit of open files is not known: {error}"));
        }
    };
    let needed = line::descriptors_for(config.line.max_calls);
    if allowed < needed {
        return Finding::Bad(format!(
            "{allowed} open files are allowed, {} calls need {needed}; raise LimitNOFILE or lower max-calls",
            config.line.max_calls
        ));
    }
    Finding::Well(format!("{allowed} allowed, {needed} needed"))
}

/// Whether a thread that sends sound gets real-time priority; as this user, and not as that of the service.
pub(super) fn priority() -> Finding {
    let raised = thread::spawn(|| net::raise_priority(Priority::Media)).join();
    match raised {
        Ok(Ok(real_time)) => Finding::Well(format!("real-time, {}", real_time.level)),
        Ok(Err(error)) => Finding::Doubtful(format!(
            "ordinary for this user ({error}): sound may be late when the machine is busy; in the unit of systemd \
             write LimitRTPRIO=20 or AmbientCapabilities=CAP_SYS_NICE"
        )),
        Err(_) => Finding::Doubtful("not known: the thread that asked met a fault".into()),
    }
}

/// Whether the address that callers are told is one that they can reach.
pub(super) fn advertised(config: &Config, listening: SocketAddr, peer: SocketAddr) -> Finding {
    let mut told = config.line.advertised.iter();
    let told = told.find(|told| told.is_ipv4() == peer.is_ipv4());
    let own = match net::own_address_towards(peer) {
        Ok(own) => own,
        Err(error) => {
            return Finding::Bad(format!(
                "there is no way to {}: {error}; look at the routes",
                peer.ip()
            ));
        }
    };
    if let Some(told) = told {
        return Finding::Well(format!(
            "callers are told {told}; packets to {} leave from {own}",
            peer.ip()
        ));
    }
    let own = match listening.ip() {
        any if any.is_unspecified() => own,
        bound => bound,
    };
    if is_private(own) && !is_private(peer.ip()) {
        return Finding::Doubtful(format!(
            "{} is told to send sound to {own}, which is private; behind an address translation write \
             advertised = \"the address it sees\"",
            peer.ip()
        ));
    }
    Finding::Well(format!("{} is told to send sound to {own}", peer.ip()))
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second); // RFC 6598
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// UDP ports of the range that somebody has.
fn taken_ports(range: &RangeInclusive<u16>) -> BTreeSet<u16> {
    ["/proc/net/udp", "/proc/net/udp6"]
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .flat_map(|table| ports_of(&table))
        .filter(|port| range.contains(port))
        .collect()
}

/// The local ports of a table of the kernel, whose second column is `ADDRESS:PORT` in hexadecimal.
fn ports_of(table: &str) -> Vec<u16> {
    let rows = table.lines().skip(1);
    rows.filter_map(|row| {
        let local = row.split_whitespace().nth(1)?;
        u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()
    })
    .collect()
}

/// The ports given to programs that ask for none in particular, unless our range is kept from them.
fn chosen_by_the_kernel() -> Option<(u16, u16)> {
    let reserved = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_reserved_ports");
    if reserved.is_ok_and(|ports| !ports.trim().is_empty()) {
        return None;
    }
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ports = text.split_whitespace().filter_map(|port| port.parse().ok());
    Some((ports.next()?, ports.next()?))
}

fn overlap(one: &RangeInclusive<u16>, other: &RangeInclusive<u16>) -> bool {
    one.start() <= other.end() && other.start() <= one.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_kernel_gives_the_ports_that_are_taken() {
        let table = "  sl  local_address rem_address   st\n  1: 0100007F:13C4 00000000:0000 07\n  2: junk\n  3: 00000000:2710 0";
        assert_eq!(ports_of(table), [5060, 10_000]);
        let held = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = held.local_addr().unwrap().port();
        assert!(taken_ports(&(port..=port)).contains(&port));
    }

    #[test]
    fn addresses_that_the_world_does_not_reach_are_private() {
        for private in [
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "fd00::1",
            "::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["198.51.100.7", "100.128.0.1", "2001:db8::1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
