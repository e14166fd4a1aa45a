//! One side of one TLS connection: plain text on our side, records on the network's.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::time::SystemTime;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, Connection, ServerConnection};

use super::{TlsIdentity, TlsTrust, validity};
use crate::media_socket::none_if_blocked;

/// The state of a connection. It reads and writes no socket by itself.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Connection,
}

impl Session {
    /// For somebody who has connected to us.
    ///
    /// # Errors
    /// What rustls says of our own means.
    pub(crate) fn server(identity: &TlsIdentity, most_unsent: usize) -> io::Result<Self> {
        let connection = ServerConnection::new(identity.server.clone());
        Self::new(connection.map_err(io::Error::other)?.into(), most_unsent)
    }

    /// For a connection of ours to whom `host` names, by name or address: that is whose certificate it must show.
    ///
    /// # Errors
    /// `InvalidInput` when `host` is no name.
    pub(crate) fn client(trust: &TlsTrust, host: &str, most_unsent: usize) -> io::Result<Self> {
        let name = match host.parse::<IpAddr>() {
            Ok(address) => ServerName::from(address),
            Err(_) => ServerName::try_from(host.to_owned())
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?,
        };
        let connection = ClientConnection::new(trust.client.clone(), name);
        Self::new(connection.map_err(io::Error::other)?.into(), most_unsent)
    }

    fn new(mut connection: Connection, most_unsent: usize) -> io::Result<Self> {
        connection.set_buffer_limit(Some(most_unsent));
        Ok(Self { connection })
    }

    /// Whether the handshake goes on: each read of it may cost a signature.
    pub(crate) fn is_shaking_hands(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// When the certificate that the other side has shown is over.
    pub(crate) fn peer_expires_at(&self) -> Option<SystemTime> {
        validity::end(self.connection.peer_certificates()?.first()?)
    }

    /// Reads plain text: its length, 0 at the end, `None` when more must come first. At most [`MOST_READS`] times it
    /// asks `network`, and nothing that can be read stays behind, so that waiting for the network misses nothing.
    ///
    /// # Errors
    /// What the kernel says, or that the other side does not keep to TLS, is not believed or does not believe us.
    pub(crate) fn read(
        &mut self,
        network: &mut impl Read,
        octets: &mut [u8],
    ) -> io::Result<Option<usize>> {
        for _ in 0..MOST_READS {
            if let Some(length) = self.take_plain(octets)? {
                return Ok(Some(length));
            }
            match none_if_blocked(self.connection.read_tls(network))? {
                None => return Ok(None),
                Some(0) => return Ok(Some(0)),
                Some(_) => {}
            }
            self.connection
                .process_new_packets()
                .map_err(io::Error::other)?;
        }
        self.take_plain(octets)
    }

    fn take_plain(&mut self, octets: &mut [u8]) -> io::Result<Option<usize>> {
        match none_if_blocked(self.connection.reader().read(octets)) {
            // Cut off without a goodbye: a message says its own length, so nothing is taken for whole that is not.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Some(0)),
            taken => taken,
        }
    }

    /// Takes plain text to send; [`Session::take_records`] gives it back in records, after the handshake.
    ///
    /// # Errors
    /// `StorageFull` when the handshake does not end and too much waits for it.
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if self.connection.writer().write(octets)? < octets.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Says that nothing more comes.
    pub(crate) fn say_goodbye(&mut self) {
        self.connection.send_close_notify();
    }

    /// Appends what is to be sent.
    pub(crate) fn take_records(&mut self, unsent: &mut Vec<u8>) {
        while self.connection.wants_write() {
            // Writing to a Vec cannot fail.
            let _ = self.connection.write_tls(unsent);
        }
    }
}

/// Reads of the network in a row; a record of 16 KiB needs up to four.
const MOST_READS: usize = 4;
