//! What becomes of a program whose output nobody reads any more.
#![allow(unsafe_code, reason = "signal has no safe wrapper here")]

/// Has the program end in silence when it writes into a pipe without a reader, as `head` leaves one; otherwise Rust takes
/// that for a fault of the program. Sockets are not concerned.
/// Not for a program that must outlive its readers or its children, such as a service.
pub fn end_with_the_reader() {
    // SAFETY: the default action takes no handler, and the call no pointer.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}
