//! Puts the packets of a voice heard by telephone together to one recording.
//!
//! Three types to know: an [`Assembler`] takes packets as the network delivers them, late, twice or not at all, and
//! gives a [`Take`], whole and in order; each packet comes as a [`Packet`].
//!
//! This room opens no socket and reads no clock of its own. It is the only one that names webrtc-media, whose
//! `SampleBuilder` puts packets in order: whoever only plays sound needs none of that.

mod assembler;
mod order;
mod timeline;

pub use assembler::{Assembler, LONGEST_SECONDS, Packet, Take};
