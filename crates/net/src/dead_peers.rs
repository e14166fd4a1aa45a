//! Connections of TCP whose other end is gone without a word: a machine that lost its power, a network that was cut.

use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// Has the kernel end this process's connections to a port of others within some seconds after their other end has gone
/// silent, idle or not (tcp(7): `TCP_USER_TIMEOUT`, `SO_KEEPALIVE`): whoever waits for an answer then gets an error.
///
/// For libraries that give nobody their sockets: it looks through all that this process has, and leaves those alone that
/// lead elsewhere. To be called after each connection is made.
pub fn end_dead_connections(port: u16) {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers = open.filter_map(|one| one.ok()?.file_name().to_str()?.parse::<RawFd>().ok());
    // The folder itself is read to its end first: it is among them.
    for number in numbers.collect::<Vec<_>>() {
        #[expect(unsafe_code, reason = "the number is not this function's own")]
        // SAFETY: nothing is read, written or closed by it. Another thread may close the number meanwhile, or give it to
        // another socket, which then gets settings that do it no harm.
        let fd = unsafe { BorrowedFd::borrow_raw(number) };
        let socket = SockRef::from(&fd);
        let peer = socket.peer_addr().ok();
        let leads_there = peer.and_then(|peer| peer.as_socket()?.port().eq(&port).then_some(()));
        if leads_there.is_some() {
            // A socket of UDP takes neither, and needs none.
            let _ = socket.set_tcp_keepalive(&KEEPALIVE);
            let _ = socket.set_tcp_user_timeout(Some(PATIENCE));
        }
    }
}

const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(3))
    .with_interval(Duration::from_secs(1));
/// Of something that was sent, or of the questions of an idle connection, without an answer.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn connections_to_a_port_end_with_their_peer_and_others_are_left_alone() {
        let there = TcpListener::bind("127.0.0.1:0").unwrap();
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        let [mine, other] =
            [&there, &elsewhere].map(|to| TcpStream::connect(to.local_addr().unwrap()).unwrap());

        end_dead_connections(there.local_addr().unwrap().port());

        let mine = SockRef::from(&mine);
        assert!(mine.keepalive().unwrap());
        assert_eq!(mine.tcp_keepalive_time().unwrap(), Duration::from_secs(3));
        assert_eq!(mine.tcp_user_timeout().unwrap(), Some(PATIENCE));
        let other = SockRef::from(&other);
        assert!(!other.keepalive().unwrap());
        assert_eq!(other.tcp_user_timeout().unwrap(), None);
    }
}
