//! The `sip` room through its public doors: single messages, whole calls, two parties over a bad
//! network, and a second reader.

mod calls;
mod differential;
mod goodbyes;
mod lossy_network;
mod nasty_input;
mod overload;
mod random_input;
mod reoffers;
mod repeats;
mod replies;
mod support;
mod torture;
