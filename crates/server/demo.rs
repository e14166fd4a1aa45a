//! The demonstration: two territories, invented sites, example bulletins and fresh secrets.
//!
//! It fills an empty store once. The secrets are written to a file before any row depends on them,
//! and the file gets its final name when every row is there: a set-up that was interrupted goes on
//! at the next start, with the same secrets. The store keeps their hashes only.

mod credentials;
mod examples;
mod written;

use std::collections::BTreeSet;
use std::path::Path;

use bulletin::{Bulletin, Draft, Language, Site, SiteSlug, Territory, Update};
use jiff::{SignedDuration, Timestamp};
use store::{By, Keys, Role, Scope, Store, TelephoneKey};

pub use self::credentials::{ADMINISTRATOR, Credentials, FILE, Operator, Person, SiteToken};
use self::examples::{Then, examples, sites, territories};
use crate::jobs::speak;
use crate::secrets;

/// Fills the store, unless that has been done before.
///
/// # Errors
/// [`DemoError`]; the next start goes on where this one stopped.
pub async fn seed(store: &Store, data: &Path, now: Timestamp) -> Result<(), DemoError> {
    if data.join(FILE).exists() {
        return Ok(());
    }
    let (territories, sites) = (territories()?, sites()?);
    let credentials = match Credentials::unfinished(data) {
        Some(credentials) => credentials,
        None if !store.territories().await?.is_empty() => return Err(DemoError::NotEmpty),
        None => {
            let credentials = Credentials::draw(&sites)?;
            credentials.begin(data)?;
            credentials
        }
    };
    let by = By {
        who: AUTHOR,
        at: now,
    };
    for territory in &territories {
        store.upsert_territory(territory, by).await?;
    }
    for site in &sites {
        store.upsert_site(site, by).await?;
    }
    written::write(store, &territories, &sites, by).await?;
    enrol(store, &credentials, by).await?;
    if store.live_bulletins(now).await?.is_empty() {
        for (site, draft, age, then) in examples(now) {
            let known = sites.iter().find(|one| one.slug.as_str() == site);
            let site = known.ok_or_else(|| DemoError::Example(site.into()))?;
            let home = territories.iter().find(|one| one.slug == site.territory);
            let home = home.ok_or_else(|| DemoError::Example(site.territory.to_string()))?;
            post(store, site, home, draft, now - age, then).await?;
        }
    }
    Ok(Credentials::finish(data)?)
}

/// Why the demonstration could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The data folder holds something else.
    #[error(
        "the data folder already holds territories that are not the demonstration's: choose another with --data, or start without --demo"
    )]
    NotEmpty,
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// An example breaks a rule.
    #[error("an example of the demonstration is refused: {0}")]
    Refusal(#[from] bulletin::Refusal),
    /// A number or a zone of an example.
    #[error("the demonstration names {0}, which cannot be read")]
    Example(String),
    /// The file of secrets.
    #[error("cannot write {FILE}: {0}")]
    File(#[from] std::io::Error),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] secrets::SecretError),
}

/// Makes the accounts and tokens that are not there yet.
async fn enrol(store: &Store, credentials: &Credentials, by: By<'_>) -> Result<(), DemoError> {
    let admin = &credentials.admin;
    if store.find_user(&admin.email).await?.is_none() {
        let person = person(&admin.email, "Administration", Role::Administrator, None);
        let keys = keys(&admin.password, &admin.totp_secret)?;
        store.insert_user(&person, &keys, by).await?;
    }
    for operator in &credentials.operators {
        if store.find_user(&operator.email).await?.is_some() {
            continue;
        }
        let site = SiteSlug::parse(&operator.site)?;
        let key = TelephoneKey {
            site: site.clone(),
            code: operator.code.clone(),
            pin_hash: secrets::hash_password(&operator.pin)?,
        };
        store.set_telephone_key(&key, by).await?;
        let person = person(&operator.email, &operator.site, Role::Operator, Some(site));
        let keys = keys(&operator.password, &operator.totp_secret)?;
        store.insert_user(&person, &keys, by).await?;
    }
    for token in &credentials.tokens {
        if store
            .find_token(secrets::hash_token(&token.token))
            .await?
            .is_none()
        {
            let site = SiteSlug::parse(&token.site)?;
            secrets::keep_token(store, &site, AUTHOR, Scope::Post, &token.token, by).await?;
        }
    }
    Ok(())
}

fn person(email: &str, name: &str, role: Role, site: Option<SiteSlug>) -> store::Person {
    store::Person {
        email: email.into(),
        name: name.into(),
        role,
        language: Language::French,
        sites: site.into_iter().collect(),
        territories: BTreeSet::new(),
    }
}

fn keys(password: &str, totp_secret: &str) -> Result<Keys, DemoError> {
    let totp = web::Totp::parse(totp_secret);
    Ok(Keys {
        password_hash: Some(secrets::hash_password(password)?),
        totp_secret: totp.map(|totp| totp.octets().to_vec()),
    })
}

async fn post(
    store: &Store,
    site: &Site,
    territory: &Territory,
    draft: Draft,
    at: Timestamp,
    then: Then,
) -> Result<(), DemoError> {
    let id = bulletin::BulletinId::from_random(secrets::random()?);
    let mut bulletin = Bulletin::compose(id, site, territory, draft, AUTHOR, at)?;
    let job = speak::job(&bulletin, at);
    store.insert_bulletin(&bulletin, &[job], None).await?;
    let later = at + SignedDuration::from_mins(25);
    let entry = match then {
        Then::Nothing => return Ok(()),
        Then::UnderControl(text) => {
            let update = Update {
                text: text.into(),
                under_control: true,
                lifetime: None,
            };
            bulletin.update(update, territory, AUTHOR, later)?
        }
        Then::End(text) => bulletin.end(Some(text), AUTHOR, later)?,
    };
    let job = speak::job(&bulletin, later);
    store.append_entry(&bulletin, &entry, &[job], None).await?;
    Ok(())
}

const AUTHOR: &str = "demonstration";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_set_up_that_was_interrupted_goes_on_with_the_same_secrets() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&data.path().join("allo.db")).await.unwrap();
        let first = Credentials::draw(&sites().unwrap()).unwrap();
        first.begin(data.path()).unwrap();
        store
            .upsert_territory(&territories().unwrap()[0], by())
            .await
            .unwrap();
        store.upsert_site(&sites().unwrap()[0], by()).await.unwrap();
        let token = &first.tokens[0];
        let site = SiteSlug::parse(&token.site).unwrap();
        secrets::keep_token(&store, &site, AUTHOR, Scope::Post, &token.token, by())
            .await
            .unwrap();

        seed(&store, data.path(), Timestamp::now()).await.unwrap();

        let last = Credentials::read(data.path()).unwrap();
        assert_eq!(last.tokens[0].token, token.token);
        assert_eq!(store.sites().await.unwrap().len(), 5);
        for token in last.tokens {
            let hash = secrets::hash_token(&token.token);
            assert!(store.find_token(hash).await.unwrap().is_some());
        }
        assert_eq!(
            store.live_bulletins(Timestamp::now()).await.unwrap().len(),
            5
        );
    }

    #[tokio::test]
    async fn a_folder_that_holds_another_service_is_left_alone() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&data.path().join("allo.db")).await.unwrap();
        store
            .upsert_territory(&territories().unwrap()[0], by())
            .await
            .unwrap();

        let refused = seed(&store, data.path(), Timestamp::now()).await;

        assert!(matches!(refused, Err(DemoError::NotEmpty)));
    }

    fn by() -> By<'static> {
        By {
            who: AUTHOR,
            at: Timestamp::now(),
        }
    }
}
