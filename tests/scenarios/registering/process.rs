//! A server of somebody else's in a process of its own.

use std::process::{Child, Command, Stdio};

use crate::support::run;

/// Ended when dropped, and its children with it.
pub(super) struct Process(Child);

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("the program starts; scripts/set-up.sh test installs it"))
    }

    pub(super) fn end(self) {}
}

impl Drop for Process {
    fn drop(&mut self) {
        // Asked rather than killed: Kamailio's main process then ends its workers.
        run(Command::new("kill").arg(self.0.id().to_string()));
        let _ = self.0.wait();
    }
}
