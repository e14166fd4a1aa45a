//! What `build.rs` needs of this room, which is not built by then: from a WAV file to both bands of the telephone.

pub(crate) mod chain;
pub(crate) mod level;
pub(crate) mod pcm;
pub(crate) mod wav;
