//! This process among those that share a database: what its people call it, and by what rows know it.
//!
//! The name in rows is kept in the data folder, one for each role, and stays through restarts, so that what this node held
//! when it was killed is taken up again at once after its next start. A lock on that file says that no other process has
//! the same name; a folder that was copied to another machine gets a name of its own.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::config::NodeRole;
use crate::secrets;

/// This process among those that share a database.
#[derive(Debug)]
pub(crate) struct Node {
    /// How the people who run this machine call it.
    pub(crate) name: String,
    /// The name in rows: no other process has it as long as this one lives.
    pub(crate) id: String,
    /// Whoever holds it may use the name in the file.
    lock: Option<File>,
}

impl Node {
    /// Takes the name that is kept in the data folder, or draws one where there is none, and where another process has
    /// that one.
    pub(crate) fn open(data: &Path, role: NodeRole) -> Self {
        let name = machine();
        match keep_id(&data.join(role.name_of("node")), &name) {
            Ok((id, lock)) => Self {
                name,
                id,
                lock: Some(lock),
            },
            Err(error) => {
                tracing::warn!(
                    %error,
                    "this node has a new name in the database: the one of its data folder cannot be used"
                );
                Self {
                    name,
                    id: draw_id(),
                    lock: None,
                }
            }
        }
    }

    /// Whether this process is the one of its role that has the data folder.
    pub(crate) fn has_folder(&self) -> bool {
        self.lock.is_some()
    }
}

/// The name of this folder on this machine, and the lock on it.
fn keep_id(path: &Path, machine: &str) -> io::Result<(String, File)> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.try_lock()?;
    let mut kept = String::new();
    file.read_to_string(&mut kept)?;
    if let Some(id) = read_id(&kept, machine) {
        return Ok((id, file));
    }
    let id = draw_id();
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{id} {machine}\n").as_bytes())?;
    Ok((id, file))
}

/// The name in the file, if it was drawn on this machine.
fn read_id(kept: &str, machine: &str) -> Option<String> {
    let (id, of) = kept.trim_end_matches('\n').split_once(' ')?;
    let is_id = id.len() == 16 && id.bytes().all(|octet| octet.is_ascii_hexdigit());
    (is_id && of == machine).then(|| id.to_owned())
}

fn draw_id() -> String {
    format!("{:016x}", u64::from_be_bytes(secrets::random_name()))
}

/// How the people who run this machine call it.
pub(crate) fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "allo".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_node_keeps_its_name_through_restarts_and_shares_it_with_no_other_process() {
        let folder = tempfile::tempdir().unwrap();
        let open = |role| Node::open(folder.path(), role);
        let first = open(NodeRole::All);
        let (beside, part) = (open(NodeRole::All), open(NodeRole::Web));
        assert_ne!(first.id, beside.id);
        assert_ne!(first.id, part.id);

        let ids = (first.id.clone(), part.id.clone());
        drop((first, beside, part));
        assert_eq!((open(NodeRole::All).id, open(NodeRole::Web).id), ids);
    }

    #[test]
    fn a_folder_from_another_machine_gets_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node");
        std::fs::write(&file, "00000000000000aa another-machine\n").unwrap();

        let node = Node::open(folder.path(), NodeRole::All);

        assert_ne!(node.id, "00000000000000aa");
        let kept = std::fs::read_to_string(&file).unwrap();
        assert_eq!(kept, format!("{} {}\n", node.id, node.name));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_file_is_a_name_or_nothing(kept in ".*", machine in "[a-z. ]*") {
            if let Some(id) = read_id(&kept, &machine) {
                prop_assert!(kept.starts_with(&id) && id.len() == 16);
            }
            let id = draw_id();
            let machine = machine.trim();
            prop_assert_eq!(read_id(&format!("{id} {machine}\n"), machine), Some(id));
        }
    }
}
