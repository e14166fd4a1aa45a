//! A bare sender in a process of its own, so that its processor time and memory can be told.

use std::{
    io::{self, BufRead, BufReader},
    net::{IpAddr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::CallError;

/// The child; it is ended when dropped.
pub(crate) struct BareProcess {
    child: Child,
    address: SocketAddr,
}

impl BareProcess {
    /// Starts `PROGRAM bare-sender --sip ADDRESS:0 --threads N` and waits for the address that it
    /// prints as its first line.
    ///
    /// # Errors
    /// [`CallError::Socket`] when it does not start, or says anything else.
    pub(crate) fn start(
        program: &Path,
        address: IpAddr,
        threads: usize,
    ) -> Result<Self, CallError> {
        let sip = SocketAddr::new(address, 0).to_string();
        let child = Command::new(program)
            .args(["bare-sender", "--sip", &sip])
            .args(["--threads", &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let child = child.map_err(CallError::socket("the bare sender cannot be started"))?;
        // Held by its guard from here on.
        let mut bare = Self {
            child,
            address: SocketAddr::new(address, 0),
        };
        let said = bare.first_line();
        let said = said.map_err(CallError::socket("the bare sender says nothing"))?;
        let read = said.trim().parse().map_err(io::Error::other);
        bare.address = read.map_err(CallError::socket("the bare sender gives no address"))?;
        Ok(bare)
    }

    /// What to dial.
    pub(crate) fn target(&self) -> String {
        format!("sip:bare@{}", self.address)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn first_line(&mut self) -> io::Result<String> {
        let stdout = self.child.stdout.take();
        let stdout = stdout.ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for BareProcess {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
