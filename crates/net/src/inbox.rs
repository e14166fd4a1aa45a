//! The way to a thread of real-time priority, which never waits for whoever writes to it.
//!
//! The reader of a channel of the standard library waits, by sched_yield(2), for a writer that has taken its place and not
//! filled it yet. Where such a reader keeps the writer from their only core, it waits for ever: it gives way to its equals
//! alone. The reader of an inbox that cannot look at once comes again later, and nothing is lost meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// An empty inbox, and its only writer.
pub fn inbox<T>() -> (Writer<T>, Inbox<T>) {
    let shared = Arc::new(Shared {
        mail: Mutex::new(Mail {
            unread: VecDeque::new(),
            is_over: false,
        }),
        news: Condvar::new(),
    });
    let writer = Writer {
        shared: Arc::clone(&shared),
    };
    let taken = VecDeque::new();
    (writer, Inbox { shared, taken })
}

/// Writes; dropping it ends the inbox.
#[derive(Debug)]
pub struct Writer<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Writer<T> {
    /// Puts something last. Without a reader it is kept until both are gone.
    pub fn write(&self, news: T) {
        self.shared.lock().unread.push_back(news);
        self.shared.news.notify_one();
    }
}

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.news.notify_one();
    }
}

/// Reads, in the order in which it was written.
#[derive(Debug)]
pub struct Inbox<T> {
    shared: Arc<Shared<T>>,
    /// Taken out all at once, and read one by one; its memory goes back to be written into.
    taken: VecDeque<T>,
}

impl<T> Inbox<T> {
    /// The next; `None` when there is none, or when somebody is writing at this very moment.
    ///
    /// # Errors
    /// [`Over`] when everything is read and nobody writes any more.
    pub fn look(&mut self) -> Result<Option<T>, Over> {
        if self.taken.is_empty() {
            let mail = match self.shared.mail.try_lock() {
                Ok(mail) => mail,
                Err(TryLockError::Poisoned(mail)) => mail.into_inner(),
                Err(TryLockError::WouldBlock) => return Ok(None),
            };
            take(mail, &mut self.taken)?;
        }
        Ok(self.taken.pop_front())
    }

    /// The next, asleep until it is there or the time is over (`None`).
    ///
    /// # Errors
    /// As [`Inbox::look`].
    pub fn wait(&mut self, patience: Duration) -> Result<Option<T>, Over> {
        if self.taken.is_empty() {
            let is_silent = |mail: &mut Mail<T>| mail.unread.is_empty() && !mail.is_over;
            let news = &self.shared.news;
            let waited = news.wait_timeout_while(self.shared.lock(), patience, is_silent);
            let (mail, _) = waited.unwrap_or_else(PoisonError::into_inner);
            take(mail, &mut self.taken)?;
        }
        Ok(self.taken.pop_front())
    }
}

/// Takes everything out into what is empty.
fn take<T>(mut mail: MutexGuard<'_, Mail<T>>, taken: &mut VecDeque<T>) -> Result<(), Over> {
    if mail.unread.is_empty() && mail.is_over {
        return Err(Over);
    }
    std::mem::swap(&mut mail.unread, taken);
    Ok(())
}

/// Nobody writes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over;

#[derive(Debug)]
struct Shared<T> {
    mail: Mutex<Mail<T>>,
    news: Condvar,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Mail<T>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Mail<T> {
    unread: VecDeque<T>,
    is_over: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_once_and_in_order_until_the_end() {
        let (writer, mut inbox) = inbox();
        assert_eq!(inbox.look(), Ok(None));
        (0..3).for_each(|number| writer.write(number));
        assert_eq!(inbox.look(), Ok(Some(0)));
        writer.write(3);
        drop(writer);
        let rest: Vec<_> = std::iter::from_fn(|| inbox.look().ok().flatten()).collect();
        assert_eq!(rest, [1, 2, 3]);
        assert_eq!(inbox.look(), Err(Over));
    }

    #[test]
    fn a_writer_that_stands_still_in_the_middle_holds_no_reader_up_and_loses_nothing() {
        let (writer, mut inbox) = inbox();
        writer.write("first");
        let standing_still = writer.shared.lock();
        assert_eq!(inbox.look(), Ok(None));
        drop(standing_still);
        assert_eq!(inbox.look(), Ok(Some("first")));
    }

    #[test]
    fn who_waits_is_woken_by_news_and_by_the_end() {
        let (writer, mut inbox) = inbox();
        assert_eq!(inbox.wait(Duration::from_millis(1)), Ok(None));
        let day = Duration::from_secs(86_400);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(20));
                writer.write("news");
                writer.write("more");
                drop(writer);
            });
            assert_eq!(inbox.wait(day), Ok(Some("news")));
            assert_eq!(inbox.wait(day), Ok(Some("more")));
            assert_eq!(inbox.wait(day), Err(Over));
        });
    }
}
