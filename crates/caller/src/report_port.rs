//! The port on which a caller and the line exchange reports.

use std::{io, net::SocketAddr, time::Instant};

use net::{Batch, MediaSocket};
use sip::sdp::Srtp;

use crate::{
    reporter::{BETWEEN_REPORTS, Reporter, Reports, Said},
    secrecy::ReportSecrecy,
    socket::wall_clock,
    tally::Reception,
};

/// One call's RTCP, from its answer to its end.
#[derive(Debug)]
pub(crate) struct ReportPort {
    socket: MediaSocket,
    reporter: Reporter,
    secrecy: Option<ReportSecrecy>,
    next: Instant,
}

impl ReportPort {
    /// Reports to `peer` from now on; the first report goes out after half the usual time.
    ///
    /// # Errors
    /// What the kernel says, such as no route.
    pub(crate) fn new(
        socket: MediaSocket,
        peer: SocketAddr,
        ssrc: u32,
        srtp: Option<&Srtp>,
        now: Instant,
    ) -> io::Result<Self> {
        socket.connect(peer)?;
        Ok(Self {
            socket,
            reporter: Reporter::new(ssrc),
            secrecy: srtp.map(ReportSecrecy::begin),
            next: now + BETWEEN_REPORTS / 2,
        })
    }

    /// When the next report is due.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// What was sent and heard so far.
    pub(crate) fn reports(&self) -> Reports {
        self.reporter.reports()
    }

    /// Takes all reports that wait. The kernel has noted when each came, so this can be done seldom.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn listen(&mut self, batch: &mut Batch) -> io::Result<()> {
        loop {
            match self.socket.recv_batch(batch) {
                Ok(taken) => {
                    for packet in batch.packets() {
                        let arrived = packet.arrived.unwrap_or_else(wall_clock);
                        match &mut self.secrecy {
                            None => self.reporter.hear(arrived, packet.octets),
                            Some(secrecy) => {
                                if let Some(report) = secrecy.open(packet.octets) {
                                    self.reporter.hear(arrived, &report);
                                }
                            }
                        }
                    }
                    if taken < Batch::PLACES {
                        return Ok(());
                    }
                }
                // The line hears no reports; that is its affair.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends the report that is due.
    ///
    /// # Errors
    /// As [`ReportPort::listen`]; a report that cannot be sent is followed by another.
    pub(crate) fn report_if_due(
        &mut self,
        now: Instant,
        heard: Option<Reception>,
        said: Option<Said>,
        batch: &mut Batch,
        octets: &mut Vec<u8>,
    ) -> io::Result<()> {
        if now < self.next {
            return Ok(());
        }
        self.listen(batch)?;
        self.reporter.write(wall_clock(), heard, said, octets);
        if let Some(secrecy) = &mut self.secrecy {
            secrecy.seal(octets);
        }
        let _ = self.socket.send(octets);
        self.next = now + BETWEEN_REPORTS;
        Ok(())
    }
}
