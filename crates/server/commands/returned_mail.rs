//! `allo returned-mail`: a mail server hands over what came back to the return path of our mails.

use std::io::Read;
use std::process::ExitCode;

use jiff::Timestamp;
use notify::mail::{LONGEST_REPORT, returned};

use super::{Outcome, block_on, register};
use crate::arguments::DataFolder;

/// Reads one report on standard input and counts it against the address it is about. What is no report, or about
/// nobody who is written to, ends well too: a mail server that sees a failure would send it back once more.
///
/// # Errors
/// Of the store; the mail server tries again then.
pub fn returned_mail(folder: &DataFolder) -> Outcome {
    let mut report = vec![];
    let most = u64::try_from(LONGEST_REPORT)?;
    std::io::stdin()
        .lock()
        .take(most)
        .read_to_end(&mut report)?;
    block_on(async move {
        let store = register::open(folder).await?;
        for subscriber in returned(&report) {
            if store
                .count_returned_mail(&subscriber, Timestamp::now())
                .await?
            {
                println!("an address that takes no mail is forgotten");
            }
        }
        store.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
