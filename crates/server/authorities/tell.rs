//! Tells one contact by one means.

use bulletin::{Bulletin, Contact, EmailAddress, Means, Rank, Site, State, Territory};
use jiff::Timestamp;
use notify::Failure;
use notify::mail::Mail;
use store::{AcknowledgementLink, ClaimedDispatch};
use web::AuthorityLetter;

use super::{Authorities, Done};
use crate::secrets;

impl Authorities {
    /// Sends what a claimed thread has to tell: the bulletin as it stands, whatever entries wait.
    pub(super) async fn tell(&self, claimed: &ClaimedDispatch) -> Result<Done, Failure> {
        let (store, now) = (&self.store, Timestamp::now());
        let bulletin = store
            .find_bulletin(&claimed.bulletin)
            .await
            .map_err(later)?;
        let kept = store.find_contact(&claimed.contact).await.map_err(later)?;
        let (Some(bulletin), Some(kept)) = (bulletin, kept) else {
            return Ok(Done::NotNeeded("gone"));
        };
        if kept.is_removed {
            return Ok(Done::NotNeeded("removed"));
        }
        if !claimed.is_told && bulletin.state(now) == State::Cancelled {
            return Ok(Done::NotNeeded("withdrawn"));
        }
        let (site, territory) = self.whose(&bulletin).await?;
        let told = self
            .compose(claimed, &bulletin, &site, &territory, &kept.contact, now)
            .await?;
        let reach = kept.contact.reach(claimed.rank);
        match (claimed.means, &reach.email, &reach.webhook) {
            (Means::Mail, Some(to), _) => self.mail(to, claimed, &told).await,
            (Means::Webhook, _, Some(to)) => self.call(to, claimed, &kept, &told).await,
            _ => Ok(Done::NotNeeded("no address any more")),
        }
    }

    async fn whose(&self, bulletin: &Bulletin) -> Result<(Site, Territory), Failure> {
        let sites = self.store.registered_sites().await.map_err(later)?;
        let mut sites = sites.into_iter().map(|one| one.site);
        let site = sites.find(|site| site.slug == bulletin.site);
        let territories = self.store.territories().await.map_err(later)?;
        let mut territories = territories.into_iter();
        let territory = territories.find(|one| one.slug == bulletin.territory);
        site.zip(territory).ok_or_else(|| Failure::Never {
            why: format!("bulletin {} has no site", bulletin.id),
        })
    }

    /// The bulletin as this contact is told it. As long as nobody there has acknowledged, and it goes on, it bears a
    /// link to do so, which is new each time: only its hash is kept.
    async fn compose<'a>(
        &'a self,
        claimed: &ClaimedDispatch,
        bulletin: &'a Bulletin,
        site: &'a Site,
        territory: &'a Territory,
        contact: &'a Contact,
        now: Timestamp,
    ) -> Result<AuthorityLetter<'a>, Failure> {
        let asked = self.store.acknowledgements(&bulletin.id).await;
        let asked = asked.map_err(later)?.into_iter();
        let mut asked = asked.filter(|one| one.contact == contact.id && one.answer.is_none());
        let asked = asked.next().filter(|_| bulletin.goes_on(now));
        let mut acknowledge = String::new();
        if asked.is_some() {
            let secret = secrets::link().map_err(later)?;
            let link = AcknowledgementLink {
                bulletin: bulletin.id.clone(),
                contact: contact.id.clone(),
                rank: claimed.rank,
            };
            let hash = secrets::hash_token(&secret);
            let saved = self.store.insert_acknowledgement_link(hash, &link, now);
            saved.await.map_err(later)?;
            acknowledge = format!("{}/acknowledge/{secret}", self.public_url);
        }
        Ok(AuthorityLetter {
            bulletin,
            site,
            territory,
            contact,
            rank: claimed.rank,
            acknowledge,
            due_at: asked.and_then(|asked| asked.due_at),
            public_url: &self.public_url,
            now,
        })
    }

    async fn mail(
        &self,
        to: &EmailAddress,
        claimed: &ClaimedDispatch,
        told: &AuthorityLetter<'_>,
    ) -> Result<Done, Failure> {
        let Some(mailer) = &self.mailer else {
            return Err(Failure::Never {
                why: "no mail is sent: write [mail] into the configuration".to_owned(),
            });
        };
        let letter = told.write();
        let mail = Mail {
            to: to.clone(),
            subject: letter.subject,
            text: letter.text,
            language: told.contact.language,
            key: key(claimed, claimed.entry),
            follows: (1..claimed.entry)
                .map(|entry| key(claimed, entry))
                .collect(),
            unsubscribe: None,
        };
        mailer.send(&mail).await?;
        Ok(Done::Told)
    }
}

/// The name of what a contact gets, the same at every attempt: receivers drop what they have had.
pub(super) fn key(claimed: &ClaimedDispatch, entry: u32) -> String {
    let (bulletin, contact) = (&claimed.bulletin, &claimed.contact);
    let rank = match claimed.rank {
        Rank::First => "1",
        Rank::Second => "2",
    };
    format!("{bulletin}-{entry}-{contact}-{rank}")
}

fn later(error: impl std::fmt::Display) -> Failure {
    Failure::Later {
        why: error.to_string(),
        after: None,
    }
}
