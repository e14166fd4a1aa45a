//! Headers that are more than text: who, by which way, in which order.

mod cseq;
mod name_addr;
mod params;
mod via;

pub use cseq::CSeq;
pub use name_addr::NameAddr;
pub use params::{Param, Params};
pub use via::Via;
