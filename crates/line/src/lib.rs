//! The answering line: call script and driver.
