//! Takes queued mails to the server, evenly, over a few connections.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bulletin::{BulletinId, Territory};
use jiff::{SignedDuration, Timestamp};
use notify::mail::subscription::{self, Reader};
use notify::mail::{Mail, MailFailure, Mailer};
use store::{AddressKey, MailClaim, MailOutcome, QueuedMail, Store};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

use super::announcements::{Announcements, sender};
use super::figures::MailFigures;
use super::pace::Pace;
use crate::service::until;
use crate::spans::{self, Done, Value};

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
    /// [`crate::node::Node::id`]: the rate that was agreed with the server is for all nodes together.
    pub(crate) node: String,
}

impl Postman {
    /// Carries mails until `stop` turns true, as long as no other node does.
    pub(crate) async fn run(self, stop: watch::Receiver<bool>) {
        let mut pace = Pace::new(self.mailer.per_minute());
        let (mut counted, mut on_duty): (Option<Instant>, _) = (None, None);
        let (mut failures, mut unwritten) = (0_u32, vec![]);
        while !*stop.borrow() {
            let queued = self.queued.notified();
            let outcome = match self.take_duty(&mut on_duty).await {
                Ok(true) => self.round(&mut pace, &mut unwritten).await,
                Ok(false) => self.settle(&mut unwritten).await.map(|()| Round::Nothing),
                Err(error) => Err(error),
            };
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
                () = until(stop.clone()) => break,
            }
        }
        // Another node goes on at once; with a database that is away it does so after the lease.
        let _ = self.store.leave_duty(DUTY, &self.node).await;
    }

    /// Whether this node is the one that carries mails.
    ///
    /// - `since`: when it last made sure of that.
    async fn take_duty(&self, since: &mut Option<Instant>) -> Result<bool, store::Error> {
        if since.is_some_and(|at| at.elapsed() < DUTY_LEASE / 2) {
            return Ok(true);
        }
        let (begun, now) = (Instant::now(), Timestamp::now());
        let store = &self.store;
        let taken = store.take_duty(DUTY, &self.node, now, DUTY_LEASE).await?;
        *since = taken.then_some(begun);
        Ok(taken)
    }

    /// Carries one portion.
    ///
    /// - `unwritten`: what came of mails and is not in the rows yet; it is written before more are claimed, so that a
    ///   mail that was sent is not claimed again.
    ///
    /// # Errors
    /// Of the store; what came of the mails that were carried is kept.
    async fn round(
        &self,
        pace: &mut Pace,
        unwritten: &mut Vec<(MailClaim, MailOutcome)>,
    ) -> Result<Round, store::Error> {
        self.settle(unwritten).await?;
        let claimed = self
            .store
            .claim_mails(pace.portion(), Timestamp::now(), LEASE)
            .await?;
        for (id, error) in &claimed.unreadable {
            tracing::error!(mail.id = id, %error, "a mail cannot be read; it is put off, the others go on");
        }
        let claimed = claimed.mails;
        if claimed.is_empty() {
            return Ok(Round::Nothing);
        }
        let (began, about) = (Timestamp::now(), bulletins(&claimed));
        let territories = self.store.territories().await?;
        let mut announcements = Announcements::new(&self.store, &self.public_url);
        let stuck = Arc::new(AtomicBool::new(false));
        let connections = usize::try_from(self.mailer.connections()).unwrap_or(1);
        let lanes = Arc::new(Semaphore::new(connections));
        let (mut outcomes, mut carried) = (vec![], JoinSet::new());
        let (mut claimed, mut failed) = (claimed.into_iter(), Ok(()));
        for one in claimed.by_ref() {
            let written = match self.write(&one, &territories, &mut announcements).await {
                Ok(written) => written,
                Err(error) => {
                    // One whose rows cannot be read is not the first again, before all the others.
                    outcomes.push((one.claim(), later(&one, error.to_string())));
                    failed = Err(error);
                    break;
                }
            };
            let mail = match written {
                Ok(mail) => mail,
                Err(outcome) => {
                    outcomes.push((one.claim(), outcome));
                    continue;
                }
            };
            tokio::time::sleep(pace.take_slot(Instant::now())).await;
            let lane = Arc::clone(&lanes).acquire_owned().await;
            let (mailer, stuck) = (self.mailer.clone(), Arc::clone(&stuck));
            carried.spawn(async move {
                let _lane = lane;
                (one.claim(), carry(&mailer, &mail, &one, &stuck).await)
            });
        }
        outcomes.extend(claimed.map(|one| (one.claim(), MailOutcome::Untried)));
        while let Some(done) = carried.join_next().await {
            // One that panicked keeps its lease until that is over.
            let Ok((claim, (outcome, trouble))) = done else {
                continue;
            };
            if let Some(trouble) = trouble {
                self.note_trouble(Some(trouble));
            }
            outcomes.push((claim, outcome));
        }
        for (_, outcome) in &outcomes {
            self.note(outcome);
        }
        spans::tell(|| batch(began, about, &outcomes, stuck.load(Relaxed)));
        unwritten.append(&mut outcomes);
        self.settle(unwritten).await?;
        failed?;
        if stuck.load(Relaxed) {
            return Ok(Round::Stuck);
        }
        self.note_trouble(None);
        Ok(Round::Carried)
    }

    /// Writes down what came of mails, and empties the list.
    async fn settle(
        &self,
        outcomes: &mut Vec<(MailClaim, MailOutcome)>,
    ) -> Result<(), store::Error> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let forgotten = self.store.settle_mails(outcomes, Timestamp::now()).await?;
        outcomes.clear();
        self.figures.forgot(forgotten);
        Ok(())
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

/// The bulletins that mails are about, each once.
fn bulletins(claimed: &[QueuedMail]) -> BTreeSet<BulletinId> {
    if !spans::is_wanted() {
        return BTreeSet::new();
    }
    let about = claimed.iter().filter_map(|one| one.about.as_ref());
    about.map(|(bulletin, _)| bulletin.clone()).collect()
}

/// What is told of a batch: how many mails came to what, and of no mail to whom.
fn batch(
    began: Timestamp,
    about: BTreeSet<BulletinId>,
    outcomes: &[(MailClaim, MailOutcome)],
    is_stuck: bool,
) -> Done {
    let mut counts = [
        ("mails.sent", 0_u64),
        ("mails.later", 0),
        ("mails.refused", 0),
        ("mails.left", 0),
    ];
    for (_, outcome) in outcomes {
        let place = match outcome {
            MailOutcome::Sent => 0,
            MailOutcome::Later { .. } => 1,
            MailOutcome::Refused { .. } | MailOutcome::NoSuchAddress { .. } => 2,
            MailOutcome::Untried | MailOutcome::Dropped => 3,
        };
        counts[place].1 += 1;
    }
    let counts = counts.map(|(name, count)| (name, count.into()));
    let about = about.into_iter().collect();
    Done {
        name: "mails",
        began,
        ended: Timestamp::now(),
        has_failed: is_stuck,
        attributes: [("bulletin.ids", Value::Bulletins(about))]
            .into_iter()
            .chain(counts)
            .collect(),
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
/// A mail at which the server took nothing comes again later, so that it is not the first one once more: the next one
/// shows whether the fault was that mail's.
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
            let why = nameless(&why, mail);
            return (later(one, why.clone()), Some(why));
        }
        Err(MailFailure::Later { why }) => later(one, nameless(&why, mail)),
        Err(MailFailure::NoSuchAddress { why }) => MailOutcome::NoSuchAddress {
            why: nameless(&why, mail),
        },
        Err(MailFailure::Refused { why }) => MailOutcome::Refused {
            why: nameless(&why, mail),
        },
    };
    (outcome, None)
}

fn later(one: &QueuedMail, why: String) -> MailOutcome {
    let at = Timestamp::now() + back_off(one.attempts);
    MailOutcome::Later { at, why }
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

/// One node at a time carries mails; when it is gone another does after the lease.
const DUTY: &str = "mails";
const DUTY_LEASE: Duration = Duration::from_secs(60);
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
    use std::process::Command;

    use bulletin::{EmailAddress, Language, TerritorySlug};
    use jiff::tz::TimeZone;
    use notify::mail::{MailSettings, Security};
    use store::{By, Choice, NewSubscriber};
    use tempfile::TempDir;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn a_mail_at_which_the_server_hangs_up_keeps_no_other_one_back() {
        let town = Town::open("anne@example.org").await;
        for address in ["anne@example.org", "bob@example.org"] {
            town.ask(address).await;
        }
        let mut unwritten = vec![];
        assert!(matches!(town.round(&mut unwritten).await, Ok(Round::Stuck)));
        assert!(matches!(
            town.round(&mut unwritten).await,
            Ok(Round::Carried)
        ));

        assert!(town.claim_in(SignedDuration::ZERO).await.is_empty());
        let left = town.claim_in(SignedDuration::from_mins(2)).await;
        assert_eq!(left.len(), 1, "the other one was sent");
        let to = town
            .postman
            .key
            .unseal(&left[0].subscriber, &left[0].address);
        assert_eq!(to.unwrap().as_str(), "anne@example.org");
    }

    #[tokio::test]
    async fn what_keeps_all_mail_back_is_told_without_the_address_at_which_it_showed() {
        let town = Town::open("anne@example.org").await;
        town.ask("anne@example.org").await;
        town.round(&mut vec![]).await.unwrap();
        let trouble = town.postman.figures.trouble().unwrap();
        assert!(trouble.contains("<…>: too busy"), "{trouble}");
    }

    #[tokio::test]
    async fn what_was_sent_is_not_sent_again_when_the_rows_of_another_mail_cannot_be_read() {
        let town = Town::open("nobody").await;
        town.ask("anne@example.org").await;
        let bob = town.ask("bob@example.org").await;
        town.ask("claire@example.org").await;
        town.meddle(&format!(
            "INSERT INTO subscriber_places VALUES ('{bob}', 'site', 'no slug')"
        ));
        let mut unwritten = vec![];
        assert!(town.round(&mut unwritten).await.is_err());
        assert!(unwritten.is_empty());

        let left = town.claim_in(SignedDuration::from_hours(1)).await;
        let left: Vec<_> = left.iter().map(|one| one.attempts).collect();
        assert_eq!(left, [1, 2], "the one behind it waits as before");
    }

    #[tokio::test]
    async fn what_came_of_a_mail_is_written_before_the_next_ones_are_claimed() {
        let town = Town::open("nobody").await;
        town.ask("anne@example.org").await;
        // Sent, and nobody could write that down: the lease has run out meanwhile.
        let sent = town.claim_in(SignedDuration::from_hours(-1)).await;
        let mut unwritten = vec![(sent[0].claim(), MailOutcome::Sent)];

        assert!(matches!(
            town.round(&mut unwritten).await,
            Ok(Round::Nothing)
        ));
        assert!(unwritten.is_empty());
    }

    #[tokio::test]
    async fn of_two_nodes_one_carries_mails_until_it_stops() {
        let town = Town::open("nobody").await;
        let other = Postman {
            node: "elsewhere".into(),
            mailer: town.postman.mailer.clone(),
            store: town.postman.store.clone(),
            key: Arc::clone(&town.postman.key),
            figures: MailFigures::default(),
            public_url: String::new(),
            queued: Arc::default(),
        };
        assert!(town.postman.take_duty(&mut None).await.unwrap());
        assert!(!other.take_duty(&mut None).await.unwrap());

        // It stops as soon as it has begun.
        let (stop, stopping) = watch::channel(true);
        town.postman.run(stopping).await;
        drop(stop);

        assert!(other.take_duty(&mut None).await.unwrap());
    }

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

    /// A postman, and a mail server that hangs up when it is to take a mail for one address.
    struct Town {
        postman: Postman,
        territory: Territory,
        folder: TempDir,
    }

    impl Town {
        async fn open(hangs_up_at: &'static str) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    // A client that hangs up has said all it wanted to.
                    tokio::spawn(async move { take_mail(stream, hangs_up_at).await.ok() });
                }
            });
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
            let territory = Territory {
                slug: TerritorySlug::parse("boucles_de_seine").unwrap(),
                name: "Boucles de Seine".into(),
                spoken_name: "les Boucles de Seine".into(),
                zone: TimeZone::UTC,
                numbers: vec![],
            };
            let by = By {
                who: "test",
                at: Timestamp::now(),
            };
            store.upsert_territory(&territory, by).await.unwrap();
            let settings = MailSettings {
                server: "127.0.0.1".into(),
                port: Some(port),
                security: Some(Security::None),
                from: "allo@allo.example".into(),
                per_minute: Some(6_000),
                connections: Some(1),
                ..MailSettings::default()
            };
            let key = AddressKey::open(&folder.path().join("addresses.key")).unwrap();
            let postman = Postman {
                store,
                mailer: Mailer::new(&settings).unwrap(),
                key: Arc::new(key),
                figures: MailFigures::default(),
                public_url: "https://allo.example".into(),
                queued: Arc::default(),
                node: "here".into(),
            };
            Self {
                postman,
                territory,
                folder,
            }
        }

        /// Has somebody asked whether they wish to be written to; answers their name in rows.
        async fn ask(&self, address: &str) -> String {
            let (key, address) = (&self.postman.key, EmailAddress::parse(address).unwrap());
            let id = key.draw_id().unwrap();
            let new = NewSubscriber {
                id: id.clone(),
                territory: self.territory.slug.clone(),
                address: key.seal(&id, &address).unwrap(),
                mark: key.mark(&self.territory.slug, &address),
                language: Language::French,
                choice: Choice::default(),
            };
            let asked = Timestamp::now() - SignedDuration::from_hours(2);
            let store = &self.postman.store;
            store.ask_subscription(&new, asked).await.unwrap();
            id
        }

        async fn round(
            &self,
            unwritten: &mut Vec<(MailClaim, MailOutcome)>,
        ) -> Result<Round, store::Error> {
            self.postman.round(&mut Pace::new(6_000), unwritten).await
        }

        async fn claim_in(&self, duration: SignedDuration) -> Vec<QueuedMail> {
            let (store, at) = (&self.postman.store, Timestamp::now() + duration);
            store.claim_mails(100, at, LEASE).await.unwrap().mails
        }

        /// Runs a statement that the store itself never would.
        fn meddle(&self, statement: &str) {
            let mut sqlite3 = Command::new("sqlite3");
            let database = self.folder.path().join("allo.db");
            assert!(
                sqlite3
                    .arg(database)
                    .arg(statement)
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }

    async fn take_mail(stream: TcpStream, hangs_up_at: &str) -> std::io::Result<()> {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        writing.write_all(b"220 here\r\n").await?;
        let mut is_content = false;
        while let Some(line) = lines.next_line().await? {
            if line.starts_with("RCPT") && line.contains(hangs_up_at) {
                let reply = format!("421 4.3.2 <{hangs_up_at}>: too busy\r\n");
                return writing.write_all(reply.as_bytes()).await;
            }
            let reply: &[u8] = match (is_content, line.as_str()) {
                (true, ".") => b"250 taken\r\n",
                (true, _) => continue,
                (false, "DATA") => b"354 go on\r\n",
                (false, _) => b"250 here\r\n",
            };
            is_content = line == "DATA";
            writing.write_all(reply).await?;
        }
        Ok(())
    }
}
