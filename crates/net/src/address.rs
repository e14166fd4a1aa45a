//! Which addresses are this machine's.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use socket2::Socket;

/// The address of this machine from which packets to `peer` leave. Nothing is sent.
///
/// # Errors
/// What the kernel says, such as no route.
pub fn own_address_towards(peer: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(peer)?;
    Ok(socket.local_addr()?.ip())
}

/// Whether packets to this address would come back to this machine.
#[must_use]
pub fn is_own_address(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

/// Keeps a socket of IPv6 from carrying IPv4: `[::]` and `0.0.0.0` are two listeners, and no IPv4 caller is told an
/// address of IPv6. Called before the socket is bound.
pub(crate) fn only_own_family(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    match address {
        SocketAddr::V4(_) => Ok(()),
        SocketAddr::V6(_) => socket.set_only_v6(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_to_loopback_leave_from_loopback() {
        let own = own_address_towards("127.0.0.1:5060".parse().unwrap()).unwrap();

        assert_eq!(own, Ipv4Addr::LOCALHOST);
        assert!(is_own_address(own));
    }

    #[test]
    fn an_address_for_documentation_is_not_ours() {
        assert!(!is_own_address("192.0.2.1".parse().unwrap()));
    }
}
