//! Takes queued mails to the server, evenly, over a few connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bulletin::Territory;
use jiff::{SignedDuration, Timestamp};
use notify::mail::subscription::{self, Reader};
use notify::mail::{Mail, MailFailure, Mailer};
use store::{AddressKey, MailOutcome, QueuedMail, Store};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

use super::announcements::{Announcements, sender};
use super::figures::MailFigures;
use super::pace::Pace;
use crate::service::until;

/// All that carrying mails needs.
pub(crate) struct Postman {
    pub(crate) store: Store,
    pub(crate) mailer: Mailer,
    pub(crate) key: Arc<AddressKey>,
    pub(crate) figures: MailFigures,
    /// See [`notify::Sender::public_url`].
    pub(crate) public_url: String,
    /// Told when there is something to carry.
    pub(crate) queued: Arc<Notify>,
}

impl Postman {
    /// Carries mails until `stop` turns true.
    pub(crate) async fn run(self, stop: watch::Receiver<bool>) {
        let mut pace = Pace::new(self.mailer.per_minute());
        let mut counted: Option<Instant> = None;
        let mut failures = 0_u32;
        while !*stop.borrow() {
            let queued = self.queued.notified();
            let outcome = self.round(&mut pace).await;
            if counted.is_none_or(|at| at.elapsed() >= COUNTED_EVERY) {
                counted = Some(Instant::now());
                if let Ok((count, oldest)) = self.store.waiting_mails().await {
                    self.figures.wait(count, oldest);
                }
            }
            let pause = match outcome {
                Ok(Round::Carried) => {
                    failures = 0;
                    continue;
                }
                Ok(Round::Nothing) => POLL,
                Ok(Round::Stuck) | Err(_) => {
                    failures = failures.saturating_add(1);
                    Duration::from_secs(1 << failures.min(10)).min(LONGEST_PAUSE)
                }
            };
            if let Err(error) = outcome {
                tracing::error!(%error, "mails wait for the database");
            }
            tokio::select! {
                () = queued, if failures == 0 => {}
                () = tokio::time::sleep(pause) => {}
                () = until(stop.clone()) => return,
            }
        }
    }

    /// Carries one portion.
    async fn round(&self, pace: &mut Pace) -> Result<Round, store::Error> {
        let claimed = self
            .store
            .claim_mails(pace.portion(), Timestamp::now(), LEASE)
            .await?;
        if claimed.is_empty() {
            return Ok(Round::Nothing);
        }
        let territories = self.store.territories().await?;
        let mut announcements = Announcements::new(&self.store, &self.public_url);
        let stuck = Arc::new(AtomicBool::new(false));
        let connections = usize::try_from(self.mailer.connections()).unwrap_or(1);
        let lanes = Arc::new(Semaphore::new(connections));
        let (mut outcomes, mut carried) = (vec![], JoinSet::new());
        for one in claimed {
            let written = self.write(&one, &territories, &mut announcements).await?;
            let mail = match written {
                Ok(mail) => mail,
                Err(outcome) => {
                    outcomes.push((one.id, outcome));
                    continue;
                }
            };
            tokio::time::sleep(pace.take_slot(Instant::now())).await;
            let lane = Arc::clone(&lanes).acquire_owned().await;
            let (mailer, stuck) = (self.mailer.clone(), Arc::clone(&stuck));
            carried.spawn(async move {
                let _lane = lane;
                (one.id, carry(&mailer, &mail, &one, &stuck).await)
            });
        }
        while let Some(done) = carried.join_next().await {
            // One that panicked keeps its lease until that is over.
            let Ok((id, (outcome, trouble))) = done else {
                continue;
            };
            if let Some(trouble) = trouble {
                self.note_trouble(Some(trouble));
            }
            outcomes.push((id, outcome));
        }
        for (_, outcome) in &outcomes {
            self.note(outcome);
        }
        let forgotten = self.store.settle_mails(&outcomes).await?;
        self.figures.forgot(forgotten);
        if stuck.load(Relaxed) {
            return Ok(Round::Stuck);
        }
        self.note_trouble(None);
        Ok(Round::Carried)
    }

    /// Puts a mail into words; or says why there is nothing to carry.
    async fn write(
        &self,
        one: &QueuedMail,
        territories: &[Territory],
        announcements: &mut Announcements<'_>,
    ) -> Result<Result<Mail, MailOutcome>, store::Error> {
        let refused = |why: &str| {
            Err(MailOutcome::Refused {
                why: why.to_owned(),
            })
        };
        if Timestamp::now().duration_since(one.made_at) > GIVEN_UP {
            return Ok(refused("too late: it has waited for a day"));
        }
        let Some(to) = self.key.unseal(&one.subscriber, &one.address) else {
            return Ok(refused(
                "the address cannot be opened: is addresses.key the one of this database?",
            ));
        };
        let Some(about) = &one.about else {
            let subscriber = self.store.find_subscriber(&one.subscriber).await?;
            let territory =
                subscriber.and_then(|it| territories.iter().find(|one| one.slug == it.territory));
            let Some(territory) = territory else {
                return Ok(Err(MailOutcome::Dropped));
            };
            let reader = self.reader(one, to, territory);
            let sender = sender(territory, &self.public_url);
            let key = format!("{}.{}", one.id, one.subscriber);
            let write = match one.is_confirmed {
                true => subscription::reminder,
                false => subscription::confirmation,
            };
            return Ok(Ok(write(&reader, territory, &sender, &key)));
        };
        Ok(match announcements.find(about).await? {
            None => Err(MailOutcome::Dropped),
            Some(announcement) => {
                let reader = self.reader(one, to, &announcement.territory);
                Ok(subscription::bulletin(&reader, &announcement))
            }
        })
    }

    fn reader(
        &self,
        one: &QueuedMail,
        to: bulletin::EmailAddress,
        territory: &Territory,
    ) -> Reader {
        let token = self.key.token(&one.subscriber);
        let page = |name: &str| format!("{}/{}/{name}/{token}", self.public_url, territory.slug);
        Reader {
            to,
            id: one.subscriber.clone(),
            language: one.language,
            confirm: page("confirm"),
            choices: page("subscription"),
            unsubscribe: page("unsubscribe"),
        }
    }

    /// Counts what came of a mail; no word of it names anybody.
    fn note(&self, outcome: &MailOutcome) {
        match outcome {
            MailOutcome::Sent => self.figures.came_to("sent"),
            MailOutcome::Later { .. } => self.figures.came_to("later"),
            MailOutcome::Refused { .. } => self.figures.came_to("refused"),
            MailOutcome::NoSuchAddress { .. } => self.figures.came_to("no-such-address"),
            MailOutcome::Untried | MailOutcome::Dropped => {}
        }
    }

    /// Says once in the log when mail stops leaving, and when it leaves again.
    fn note_trouble(&self, trouble: Option<String>) {
        let is_over = trouble.is_none();
        let before = self.figures.set_trouble(trouble.clone());
        match (before, trouble) {
            (None, Some(trouble)) => {
                tracing::error!(trouble, "no mail leaves; it waits, and is tried again");
            }
            (Some(_), None) if is_over => tracing::info!("mail leaves again"),
            _ => {}
        }
    }
}

/// What came of one look into the queue.
enum Round {
    Carried,
    Nothing,
    /// The server takes nothing.
    Stuck,
}

/// Hands one mail over, unless the server has just taken nothing of another one. The second is what keeps all mail back.
async fn carry(
    mailer: &Mailer,
    mail: &Mail,
    one: &QueuedMail,
    stuck: &AtomicBool,
) -> (MailOutcome, Option<String>) {
    if stuck.load(Relaxed) {
        return (MailOutcome::Untried, None);
    }
    let outcome = match mailer.send(mail).await {
        Ok(()) => MailOutcome::Sent,
        Err(MailFailure::Stuck { why }) => {
            stuck.store(true, Relaxed);
            return (MailOutcome::Untried, Some(why));
        }
        Err(MailFailure::Later { why }) => MailOutcome::Later {
            at: Timestamp::now() + back_off(one.attempts),
            why: nameless(&why, mail),
        },
        Err(MailFailure::NoSuchAddress { why }) => MailOutcome::NoSuchAddress {
            why: nameless(&why, mail),
        },
        Err(MailFailure::Refused { why }) => MailOutcome::Refused {
            why: nameless(&why, mail),
        },
    };
    (outcome, None)
}

/// Servers repeat the address in what they say; rows do not hold it in the clear.
fn nameless(why: &str, mail: &Mail) -> String {
    let address = mail.to.as_str();
    let name = address.rsplit_once('@').map_or(address, |(name, _)| name);
    let is_name = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()) == name;
    let kept = why.replace(address, "…");
    let words = kept
        .split(' ')
        .map(|word| if is_name(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// 1 min, 2 min, 4 min … an hour: whoever holds back strangers' mail lets it in the second time.
fn back_off(attempts: u32) -> SignedDuration {
    let exponent = attempts.saturating_sub(1).min(6);
    SignedDuration::from_mins(1 << exponent).min(SignedDuration::from_hours(1))
}

/// Longer than a portion takes.
const LEASE: Duration = Duration::from_secs(600);
/// A mail may come due without anybody telling.
const POLL: Duration = Duration::from_secs(5);
/// Between two tries while the server takes nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const COUNTED_EVERY: Duration = Duration::from_secs(1);
/// Nobody is told in the morning of the day after what went on.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    use bulletin::{EmailAddress, Language};

    use super::*;

    #[test]
    fn what_is_kept_of_a_refusal_names_nobody() {
        let mail = Mail {
            to: EmailAddress::parse("anne@example.org").unwrap(),
            subject: String::new(),
            text: String::new(),
            language: Language::French,
            key: String::new(),
            follows: vec![],
            unsubscribe: None,
        };
        let said = "550 5.1.1 <anne@example.org>: anne is unknown in example.org";
        let kept = nameless(said, &mail);
        assert_eq!(kept, "550 5.1.1 <…>: … is unknown in example.org");
    }

    #[test]
    fn a_mail_that_was_put_off_comes_again_after_longer_and_longer_pauses() {
        let minutes = [1, 2, 3, 6, 7, 50].map(|it| back_off(it).as_mins());
        assert_eq!(minutes, [1, 2, 4, 32, 60, 60]);
    }
}
