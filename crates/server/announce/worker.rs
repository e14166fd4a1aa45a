//! One channel's worker.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bulletin::{BulletinId, Entry, Territory};
use jiff::{SignedDuration, Timestamp};
use notify::{Announcement, Failure, Receipt, Sender, Sound};
use store::{Delivery, DeliveryState, Settled};
use tokio::sync::watch;
use tracing::Instrument;
use tracing::field::Empty;

use super::back_off::back_off;
use super::decision::{Case, Decision};
use super::{Announcer, Registered};
use crate::service::until;
use crate::{secrets, spans};

/// Tells one channel what is owed to it, one entry at a time.
pub(super) struct Worker {
    shared: Arc<Announcer>,
    registered: Registered,
    was_failing: bool,
}

impl Worker {
    pub(super) fn new(shared: Arc<Announcer>, registered: Registered) -> Self {
        shared.figures.know(&registered.name);
        Self {
            shared,
            registered,
            was_failing: false,
        }
    }

    /// Works until `stop` turns true; what is being told then has a moment to come to its end.
    pub(super) async fn run(mut self, stop: watch::Receiver<bool>) {
        let shared = Arc::clone(&self.shared);
        while !*stop.borrow() {
            // Before the look into the rows: a post that comes in between is not slept through.
            let posted = shared.posted.notified();
            let pause = match self.turn(&stop).await {
                Ok(None) => continue,
                Ok(Some(next)) => next.min(POLL),
                Err(error) => {
                    if !self.was_failing {
                        let channel = &self.registered.name;
                        tracing::error!(%error, channel, "a channel waits for the database");
                    }
                    self.was_failing = true;
                    DATABASE_PAUSE
                }
            };
            tokio::select! {
                () = posted => {}
                () = tokio::time::sleep(pause) => {}
                () = until(stop.clone()) => return,
            }
        }
    }

    /// Does what is due; when there is nothing, answers how long that is so as far as is known.
    async fn turn(
        &mut self,
        stop: &watch::Receiver<bool>,
    ) -> Result<Option<Duration>, store::Error> {
        let Announcer {
            store,
            figures,
            node,
            ..
        } = &*self.shared;
        let name = &self.registered.name;
        let queue = store.delivery_queue(name).await?;
        figures.owe(name, queue);
        self.was_failing = false;
        let now = Timestamp::now();
        let Some(next) = queue.next else {
            return Ok(Some(POLL));
        };
        if next > now {
            let pause = Duration::try_from(now.duration_until(next)).unwrap_or_default();
            return Ok(Some(pause));
        }
        let Some(delivery) = store.claim_delivery(name, node, now, LEASE).await? else {
            // Another machine was faster.
            return Ok(Some(Duration::from_secs(1)));
        };
        let span = tracing::info_span!(
            target: web::SPANS,
            "delivery",
            otel.kind = "client",
            otel.status_code = Empty,
            channel = name,
            bulletin.id = %delivery.bulletin,
            entry = delivery.entry,
            attempts = delivery.attempts,
            outcome = Empty,
        );
        let carrying_out = async {
            let outcome = tokio::select! {
                outcome = self.work_off(&delivery, stop) => outcome?,
                never = self.keep_count() => match never {},
            };
            let Some(outcome) = outcome else {
                return Ok(None);
            };
            self.note(&delivery, &outcome);
            let now = Timestamp::now();
            store
                .settle_delivery(&delivery, node, &outcome, now)
                .await?;
            Ok(None)
        };
        carrying_out.instrument(span).await
    }

    /// Keeps the figure of what is owed true while something is being told, however long that takes.
    async fn keep_count(&self) -> Infallible {
        let Announcer { store, figures, .. } = &*self.shared;
        let name = &self.registered.name;
        loop {
            let posted = self.shared.posted.notified();
            // A database that does not answer is told of by the next turn.
            if let Ok(queue) = store.delivery_queue(name).await {
                figures.owe(name, queue);
            }
            posted.await;
        }
    }

    /// Decides about a delivery and tells it; `None` when the service ended meanwhile.
    async fn work_off(
        &self,
        delivery: &Delivery,
        stop: &watch::Receiver<bool>,
    ) -> Result<Option<Settled>, store::Error> {
        let store = &self.shared.store;
        let bulletin = store.find_bulletin(&delivery.bulletin).await?;
        let territories = store.territories().await?;
        let found = bulletin.and_then(|bulletin| {
            let is_it = |one: &&Entry| one.number == delivery.entry;
            let entry = bulletin.entries.iter().find(is_it)?.clone();
            let mut territories = territories.into_iter();
            let territory = territories.find(|one| one.slug == bulletin.territory)?;
            Some((bulletin, entry, territory))
        });
        let Some((bulletin, entry, territory)) = found else {
            // The rows refer to each other: this is a file that somebody has meddled with.
            return Ok(Some(Settled::Dead("the bulletin has no row".to_owned())));
        };
        let earlier = store.deliveries_of(&bulletin.id).await?;
        let earlier: Vec<_> = earlier
            .into_iter()
            .filter(|one| one.channel == delivery.channel && one.entry < delivery.entry)
            .collect();
        let case = Case {
            bulletin: &bulletin,
            entry: &entry,
            earlier: &earlier,
            rules: &self.registered.rules,
            zone: &territory.zone,
        };
        match case.decide(Timestamp::now()) {
            Decision::Skip(why) => return Ok(Some(Settled::Skipped(why))),
            Decision::Cancel(why) => return Ok(Some(Settled::Cancelled(why))),
            Decision::Hold(until) => {
                let why = "quiet-hours";
                return Ok(Some(Settled::Held { until, why }));
            }
            Decision::Tell => {}
        }
        let sites = store.registered_sites().await?;
        let site = sites.into_iter().find(|it| it.site.slug == bulletin.site);
        let Some(site) = site.map(|it| it.site) else {
            return Ok(Some(Settled::Dead("the site has no row".to_owned())));
        };
        let sound = self.sound(&bulletin.id, entry.number).await;
        let announcement = Announcement {
            sender: self.sender(&territory),
            bulletin,
            entry,
            site,
            territory,
            sound,
        };
        let receipts = earlier.iter().filter_map(receipt).collect();
        let told = self.tell(announcement, receipts, stop).await;
        Ok(told.map(|told| settled(delivery, told, Timestamp::now())))
    }

    /// What the line says of an entry, where the channel has a use for it and it is spoken soon; words wait for no voice
    /// longer than that.
    async fn sound(&self, bulletin: &BulletinId, entry: u32) -> Option<Sound> {
        if !self.registered.channel.takes_sound() {
            return None;
        }
        for _ in 0..VOICE_LOOKS {
            if let Some(octets) = web::entry_sound(&self.shared.store, bulletin, entry).await {
                return Some(Sound {
                    octets: octets.into(),
                    media_type: "audio/wav",
                });
            }
            tokio::time::sleep(VOICE_PAUSE).await;
        }
        None
    }

    fn sender(&self, territory: &Territory) -> Sender {
        Sender {
            public_url: self.shared.public_url.clone(),
            number: territory
                .numbers
                .first()
                .map(bulletin::DialledNumber::as_printed),
        }
    }

    /// Calls the channel, which may hang and may panic; neither reaches another channel.
    async fn tell(
        &self,
        announcement: Announcement,
        earlier: Vec<Receipt>,
        stop: &watch::Receiver<bool>,
    ) -> Option<Result<Receipt, Failure>> {
        let channel = Arc::clone(&self.registered.channel);
        let mut told = tokio::spawn(async move { channel.tell(&announcement, &earlier).await });
        let ending = async {
            until(stop.clone()).await;
            tokio::time::sleep(LAST_PATIENCE).await;
        };
        let later = |why: &str| {
            Some(Err(Failure::Later {
                why: why.to_owned(),
                after: None,
            }))
        };
        let outcome = tokio::select! {
            outcome = &mut told => match outcome {
                Ok(outcome) => return Some(outcome),
                Err(fault) => {
                    tracing::error!(%fault, channel = self.registered.name, "a channel has failed in itself");
                    later("the channel has failed in itself: see the log")
                }
            },
            () = tokio::time::sleep(LONGEST) => later("the other side did not come to an end within 30 seconds"),
            () = ending => None,
        };
        told.abort();
        outcome
    }

    /// Says what came of a delivery, to the log and to Prometheus.
    fn note(&self, delivery: &Delivery, outcome: &Settled) {
        let channel = &self.registered.name;
        let (bulletin, entry) = (&delivery.bulletin, delivery.entry);
        let state = match outcome {
            Settled::Sent { .. } => {
                tracing::info!(channel, bulletin.id = %bulletin, entry, "told");
                "sent"
            }
            Settled::Skipped(why) => {
                tracing::info!(channel, bulletin.id = %bulletin, entry, why, "not for this channel");
                "skipped"
            }
            Settled::Cancelled(why) => {
                tracing::warn!(channel, bulletin.id = %bulletin, entry, why, "too late to be told");
                "cancelled"
            }
            Settled::Dead(why) => {
                tracing::error!(channel, bulletin.id = %bulletin, entry, why, "given up: tell people another way");
                "dead"
            }
            Settled::Later { at, why } => {
                tracing::warn!(channel, bulletin.id = %bulletin, entry, why, again = %at, "not told yet");
                "failed"
            }
            Settled::Held { .. } => {
                spans::note_outcome("held", false);
                return;
            }
        };
        spans::note_outcome(state, matches!(state, "dead" | "failed"));
        self.shared.figures.came_to(channel, state);
    }
}

/// What becomes of a delivery that was told, or not.
fn settled(delivery: &Delivery, told: Result<Receipt, Failure>, now: Timestamp) -> Settled {
    match told {
        Ok(Receipt { id, url }) => Settled::Sent { id, url },
        Err(Failure::Never { why }) => Settled::Dead(why),
        Err(Failure::Later { why, after }) => {
            let first = delivery.tried_at.unwrap_or(now);
            if now.duration_since(first) >= GIVEN_UP {
                return Settled::Dead(format!("tried for 24 hours; the last time: {why}"));
            }
            let dice = u64::from_ne_bytes(secrets::random_name());
            let pause = back_off(delivery.attempts + 1, after, dice);
            let at = now.checked_add(pause).unwrap_or(Timestamp::MAX);
            Settled::Later { at, why }
        }
    }
}

fn receipt(delivery: &Delivery) -> Option<Receipt> {
    let (id, url) = delivery.receipt.clone()?;
    (delivery.state == DeliveryState::Sent).then_some(Receipt { id, url })
}

/// A channel promises to come to an end within this time; who breaks it is told off.
const LONGEST: Duration = Duration::from_secs(30);
/// Longer than the longest telling with its rows: nobody else takes what is being told.
const LEASE: Duration = Duration::from_secs(60);
/// How often, and how far apart, a voice is looked for: it takes half a second as a rule.
const VOICE_LOOKS: u32 = 12;
const VOICE_PAUSE: Duration = Duration::from_millis(100);
/// The rows are looked at this often whatever happens.
const POLL: Duration = Duration::from_secs(30);
/// Until the database is asked again that did not answer.
const DATABASE_PAUSE: Duration = Duration::from_secs(2);
/// What is being told when the service ends has this long to come to an end.
const LAST_PATIENCE: Duration = Duration::from_secs(3);
/// How long a channel is tried from the first failure on.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    use bulletin::BulletinId;

    use super::*;

    #[test]
    fn a_delivery_is_given_up_after_a_day_and_at_once_when_it_never_can_be() {
        let start: Timestamp = "2027-03-20T00:00:00Z".parse().unwrap();
        let mut delivery = Delivery {
            bulletin: BulletinId::from_random([7; 8]),
            entry: 1,
            channel: "codis".into(),
            state: DeliveryState::Queued,
            attempts: 0,
            created_at: start,
            due_at: start,
            run_at: start,
            is_held: true,
            tried_at: None,
            done_at: None,
            receipt: None,
            why: None,
        };
        let failed = |delivery: &Delivery, hours| {
            let why = "no answer".to_owned();
            let now = start + SignedDuration::from_hours(hours);
            settled(delivery, Err(Failure::Later { why, after: None }), now)
        };

        // A service that was off for two days has not tried yet.
        assert!(matches!(failed(&delivery, 48), Settled::Later { .. }));
        delivery.tried_at = Some(start);
        assert!(matches!(failed(&delivery, 23), Settled::Later { .. }));
        let given_up = failed(&delivery, 24);
        assert!(matches!(&given_up, Settled::Dead(why) if why.contains("no answer")));
        let why = "403".to_owned();
        let refused = settled(&delivery, Err(Failure::Never { why }), start);
        assert_eq!(refused, Settled::Dead("403".to_owned()));
    }
}
