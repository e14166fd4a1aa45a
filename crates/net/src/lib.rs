//! Sockets, timers and thread priorities: everything that touches the kernel on behalf of `line` and `caller`,
//! and how the connections of `store` end.
//!
//! Three types to know: a [`SipSocket`] carries signalling; a [`MediaSocket`] is one call's RTP port, which lets the
//! kernel drop the sound that nobody listens to; a [`Poller`] waits for several of them at once. Threads of real-time
//! priority take their orders from an [`Inbox`].
//!
//! This room never looks into SIP and knows of RTP only where its header lies. It keeps no thread of its own. Safe
//! wrappers of `socket2` and the standard library are used where they exist; each remaining `unsafe` says why it is
//! sound.

mod address;
mod affinity;
mod allocator;
mod batch;
mod clock;
mod dead_peers;
mod descriptors;
mod dscp;
mod filter;
mod inbox;
mod media_socket;
mod pipe;
mod poller;
mod prefetch;
mod priority;
mod sip_socket;
mod stamp;
mod stream;
mod sweep;
mod tls;

pub use address::{is_own_address, own_address_towards};
pub use affinity::{keep_to_core, turn_of};
pub use allocator::{Allocator, anonymous_memory, give_free_pages_back, give_memory_back};
pub use batch::{Batch, Received};
pub use clock::{sleep_until, thread_cpu_time};
pub use dead_peers::end_dead_connections;
pub use descriptors::raise_descriptor_limit;
pub use dscp::{Dscp, NoDscp};
pub use inbox::{Inbox, Over, Writer, inbox};
pub use media_socket::{MediaSocket, PortPair};
pub use pipe::end_with_the_reader;
pub use poller::{Poller, Waker};
pub use prefetch::prefetch;
pub use priority::{Priority, RealTime, raise_priority};
pub use sip_socket::SipSocket;
pub use stamp::Stamp;
pub use stream::{Stream, StreamListener};
pub use sweep::Sweep;
pub use tls::{Part, TlsFault, TlsFiles, TlsIdentity, TlsTrust};
