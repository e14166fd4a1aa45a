//! Tells an alert: in the log, and by mail to those at the desk whom it concerns.
//!
//! The job of an alert becomes one job for each of them, so that a mailbox that refuses keeps nobody else waiting. They
//! have a worker of their own: a mail server that hangs must not delay a voice.

use std::time::Duration;

use bulletin::{Site, TerritorySlug};
use jiff::{SignedDuration, Timestamp};
use notify::Failure as NotSent;
use notify::mail::{Mail, Mailer};
use serde::Deserialize;
use serde_json::json;
use store::{Alert, AlertKind, Job, NewJob, Person, Role, Store};
use tokio::sync::watch;

use super::Failure;
use crate::service::until;

/// Its name in the queue; [`Store::open_alert`] writes it.
pub(super) const KIND: &str = "alert";
/// One mail of it.
pub(super) const MAIL: &str = "alert-mail";

/// Who tells alerts.
pub(crate) struct Alerts {
    pub(crate) store: Store,
    /// None where no mail is sent.
    pub(crate) mailer: Option<Mailer>,
    /// What comes before the path of every address.
    pub(crate) public_url: String,
    /// The name of this node in rows.
    pub(crate) node: String,
}

impl Alerts {
    /// Tells alerts until `stop` turns true.
    pub(crate) async fn keep(self, stop: watch::Receiver<bool>) {
        let mut is_failing = false;
        while !*stop.borrow() {
            let now = Timestamp::now();
            let claimed = self.store.claim_job(&[KIND, MAIL], &self.node, now, LEASE);
            let claimed = claimed.await;
            let failed_before = std::mem::replace(&mut is_failing, claimed.is_err());
            match claimed {
                Ok(Some(job)) => {
                    let work = async {
                        match job.kind.as_str() {
                            KIND => self.tell(&job).await,
                            _ => self.mail(&job).await,
                        }
                    };
                    super::carry_out(&self.store, &job, work).await;
                    continue;
                }
                Ok(None) => {}
                Err(error) if !failed_before => {
                    tracing::error!(%error, "the job queue cannot be read; trying again");
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = until(stop.clone()) => {}
            }
        }
    }

    /// Writes an alert into the log, and a job for each mail.
    async fn tell(&self, job: &Job) -> Result<(), Failure> {
        let Payload { alert: id, .. } = read(job)?;
        let Some(alert) = self.store.find_alert(id).await? else {
            return Ok(());
        };
        log(&alert);
        if self.mailer.is_none() {
            return Ok(());
        }
        let users = self.store.users().await?;
        let people: Vec<_> = users
            .into_iter()
            .filter(|user| user.keys.password_hash.is_some())
            .map(|user| user.person)
            .collect();
        let sites = self.store.sites().await?;
        let mails = whom(&alert, &people, &sites)
            .into_iter()
            .map(|person| NewJob {
                kind: MAIL.into(),
                payload: json!({ "alert": id, "email": person.email }).to_string(),
                run_at: Timestamp::now(),
                unique: Some(format!("{MAIL}/{id}/{}", person.email)),
            });
        self.store.insert_jobs(&mails.collect::<Vec<_>>()).await?;
        Ok(())
    }

    /// Writes to one person, unless the alert was seen or is over, or they are gone.
    async fn mail(&self, job: &Job) -> Result<(), Failure> {
        let Payload { alert: id, email } = read(job)?;
        let (store, now) = (&self.store, Timestamp::now());
        let alert = store.find_alert(id).await?;
        let alert = alert.filter(|it| it.ended_at.is_none() && it.acknowledged.is_none());
        let user = store.find_user(&email.unwrap_or_default()).await?;
        let (Some(alert), Some(user), Some(mailer)) = (alert, user, &self.mailer) else {
            return Ok(());
        };
        let person = user.person;
        let to = bulletin::EmailAddress::parse(&person.email);
        let to = to.map_err(|refusal| Failure::Final(refusal.english()))?;
        let (territories, sites) = (store.territories().await?, store.sites().await?);
        let letter = web::alert_letter(
            &alert,
            &territories,
            &sites,
            person.language,
            &self.public_url,
        );
        let mail = Mail {
            to,
            subject: letter.subject,
            text: letter.text,
            language: person.language,
            key: format!("alert-{id}-{}", crate::secrets::short_hash(&person.email)),
            follows: vec![],
            unsubscribe: None,
        };
        match mailer.send(&mail).await.map_err(NotSent::from) {
            Ok(()) => Ok(()),
            Err(NotSent::Later { why, .. }) if now.duration_since(alert.at) < LONGEST => {
                Err(Failure::Later(why))
            }
            Err(failure) => Err(Failure::Final(failure.to_string())),
        }
    }
}

/// Those whom an alert is for: who posts for the site, or for any of the territory, and who looks after the territory;
/// administrators where nobody else does. Auditors read it at the desk.
fn whom<'a>(alert: &Alert, people: &'a [Person], sites: &[Site]) -> Vec<&'a Person> {
    let territory = &alert.what.territory;
    let concerned = sites.iter().filter(|site| match &alert.what.site {
        Some(slug) => site.slug == *slug,
        None => site.territory == *territory,
    });
    let concerned: Vec<_> = concerned.map(|site| &site.slug).collect();
    let posts = |person: &Person| {
        person.role == Role::Operator && concerned.iter().any(|site| person.sites.contains(site))
    };
    let manages = |person: &Person, territory: &TerritorySlug| {
        person.role == Role::Manager && person.territories.contains(territory)
    };
    let is_managed = people.iter().any(|person| manages(person, territory));
    let is_wanted = |person: &&Person| {
        posts(person)
            || manages(person, territory)
            || (!is_managed && person.role == Role::Administrator)
    };
    people.iter().filter(is_wanted).collect()
}

fn log(alert: &Alert) {
    let (id, what) = (alert.id, &alert.what);
    match what.kind {
        AlertKind::Surge => tracing::warn!(
            alert = id,
            territory = %what.territory,
            told = %what.told,
            "people call and no bulletin tells why"
        ),
        AlertKind::Reminder => tracing::warn!(
            alert = id,
            site = what.site.as_ref().map(tracing::field::display),
            bulletin.id = what.bulletin.as_ref().map(tracing::field::display),
            told = %what.told,
            "nobody has said that an event is over"
        ),
        AlertKind::Undelivered => tracing::error!(
            alert = id,
            site = what.site.as_ref().map(tracing::field::display),
            bulletin.id = what.bulletin.as_ref().map(tracing::field::display),
            told = %what.told,
            "a bulletin has not arrived everywhere"
        ),
        AlertKind::Silence => tracing::warn!(
            alert = id,
            bulletin.id = what.bulletin.as_ref().map(tracing::field::display),
            told = %what.told,
            "an authority does not acknowledge a bulletin"
        ),
    }
}

fn read(job: &Job) -> Result<Payload, Failure> {
    serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))
}

#[derive(Deserialize)]
struct Payload {
    alert: i64,
    /// Whom one mail is for.
    email: Option<String>,
}

/// Longer than the longest attempt.
const LEASE: Duration = Duration::from_secs(60);
/// An alert is written to those concerned this soon.
const EVERY: Duration = Duration::from_millis(500);
/// After a day it is no news.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bulletin::{Language, SiteSlug};
    use store::NewAlert;

    use super::*;

    #[test]
    fn a_reminder_is_for_who_posts_for_the_site_and_a_surge_for_everybody_of_the_territory() {
        let sites = [
            site("raffinerie", "rouen"),
            site("engrais", "rouen"),
            site("depot", "havre"),
        ];
        let people = [
            person("a", Role::Operator, &["raffinerie"], &[]),
            person("b", Role::Operator, &["engrais"], &[]),
            person("c", Role::Operator, &["depot"], &[]),
            person("d", Role::Manager, &[], &["rouen"]),
            person("e", Role::Manager, &[], &["havre"]),
            person("f", Role::Auditor, &[], &["rouen"]),
            person("g", Role::Administrator, &[], &[]),
        ];
        let reminder = alert(AlertKind::Reminder, "rouen", Some("raffinerie"));
        assert_eq!(names(&reminder, &people, &sites), ["a", "d"]);
        let surge = alert(AlertKind::Surge, "rouen", None);
        assert_eq!(names(&surge, &people, &sites), ["a", "b", "d"]);
        let unmanaged = &people[..3]
            .iter()
            .chain(&people[5..])
            .cloned()
            .collect::<Vec<_>>();
        assert_eq!(names(&surge, unmanaged, &sites), ["a", "b", "g"]);
    }

    fn names<'a>(alert: &Alert, people: &'a [Person], sites: &[Site]) -> Vec<&'a str> {
        let whom = whom(alert, people, sites).into_iter();
        whom.map(|person| person.email.as_str()).collect()
    }

    fn alert(kind: AlertKind, territory: &str, site: Option<&str>) -> Alert {
        Alert {
            id: 1,
            what: NewAlert {
                kind,
                territory: TerritorySlug::parse(territory).unwrap(),
                site: site.map(|slug| SiteSlug::parse(slug).unwrap()),
                bulletin: None,
                told: json!({}),
            },
            at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            acknowledged: None,
        }
    }

    fn person(email: &str, role: Role, sites: &[&str], territories: &[&str]) -> Person {
        let sites = sites.iter().map(|slug| SiteSlug::parse(slug).unwrap());
        let territories = territories.iter();
        let territories = territories.map(|slug| TerritorySlug::parse(slug).unwrap());
        Person {
            email: email.into(),
            name: email.into(),
            role,
            language: Language::French,
            sites: sites.collect::<BTreeSet<_>>(),
            territories: territories.collect(),
        }
    }

    fn site(slug: &str, territory: &str) -> Site {
        Site {
            slug: SiteSlug::parse(slug).unwrap(),
            territory: TerritorySlug::parse(territory).unwrap(),
            name: slug.into(),
            spoken_name: slug.into(),
            commune: "Rouen".into(),
        }
    }
}
