//! The demonstration: two territories, invented sites, example bulletins and fresh secrets.
//!
//! It fills an empty store once. The secrets are made on the spot and written to
//! `DATA/demo-credentials.json`, readable by its owner only; the store keeps their hashes.

use std::path::Path;

use bulletin::{
    Bulletin, DialledNumber, Draft, Event, Kind, Language, Lifetime, Nuisance, Site, SiteSlug,
    Territory, TerritorySlug, Update,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::Store;

use crate::jobs::speak;
use crate::secrets;

/// The secrets of a demonstration, as its file holds them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Credentials {
    /// Who administers.
    pub admin: Person,
    /// One for each site.
    pub operators: Vec<Operator>,
    /// One for each site.
    pub tokens: Vec<SiteToken>,
}

/// How a person signs in.
#[derive(Debug, Serialize, Deserialize)]
pub struct Person {
    /// Their address.
    pub email: String,
    /// In clear, here only.
    pub password: String,
}

/// Who posts for a site.
#[derive(Debug, Serialize, Deserialize)]
pub struct Operator {
    /// The site.
    pub site: String,
    /// Their address.
    pub email: String,
    /// In clear, here only.
    pub password: String,
    /// Six digits, for posting by telephone.
    pub pin: String,
}

/// What a program posts with.
#[derive(Debug, Serialize, Deserialize)]
pub struct SiteToken {
    /// The site.
    pub site: String,
    /// Its territory.
    pub territory: String,
    /// In clear, here only.
    pub token: String,
}

impl Credentials {
    /// Reads the file of a demonstration.
    ///
    /// # Errors
    /// What the system or the JSON reader said.
    pub fn read(data: &Path) -> std::io::Result<Self> {
        let octets = std::fs::read(data.join(FILE))?;
        Ok(serde_json::from_slice(&octets)?)
    }

    fn write(&self, data: &Path) -> std::io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let path = data.join(FILE);
        let unfinished = path.with_extension("json.tmp");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(unfinished, path)
    }
}

/// Fills the store if it holds no territory; otherwise does nothing.
///
/// # Errors
/// [`DemoError`], with nothing half done that a second start would not repair.
pub async fn seed(store: &Store, data: &Path, now: Timestamp) -> Result<(), DemoError> {
    if Credentials::read(data).is_ok() {
        return Ok(());
    }
    if !store.territories().await?.is_empty() {
        return Err(DemoError::NotEmpty);
    }
    let territories = territories()?;
    let sites = sites()?;
    for territory in &territories {
        store.upsert_territory(territory).await?;
    }
    for site in &sites {
        store.upsert_site(site).await?;
    }
    let credentials = hand_out_secrets(store, &sites).await?;
    for (site, draft, age, then) in examples(now) {
        let Some(site) = sites.iter().find(|known| known.slug.as_str() == site) else {
            continue;
        };
        let Some(territory) = territories
            .iter()
            .find(|known| known.slug == site.territory)
        else {
            continue;
        };
        post(store, site, territory, draft, now - age, then).await?;
    }
    credentials.write(data)?;
    Ok(())
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

/// The name of the file of secrets in the data folder.
pub const FILE: &str = "demo-credentials.json";

/// What follows the first message of an example.
enum Then {
    Nothing,
    UnderControl(&'static str),
    End(&'static str),
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

async fn hand_out_secrets(store: &Store, sites: &[Site]) -> Result<Credentials, DemoError> {
    let admin = Person {
        email: "admin@allo.example".into(),
        password: secrets::password()?,
    };
    store
        .insert_user(&store::NewUser {
            email: admin.email.clone(),
            role: "administrator".into(),
            site: None,
            password_hash: secrets::hash_password(&admin.password)?,
            pin_hash: None,
        })
        .await?;
    let (mut operators, mut tokens) = (vec![], vec![]);
    for site in sites {
        let operator = Operator {
            site: site.slug.to_string(),
            email: format!("{}@allo.example", site.slug),
            password: secrets::password()?,
            pin: secrets::pin()?,
        };
        store
            .insert_user(&store::NewUser {
                email: operator.email.clone(),
                role: "operator".into(),
                site: Some(site.slug.clone()),
                password_hash: secrets::hash_password(&operator.password)?,
                pin_hash: Some(secrets::hash_password(&operator.pin)?),
            })
            .await?;
        let token = secrets::new_token(store, &site.slug, "demonstration").await?;
        operators.push(operator);
        tokens.push(SiteToken {
            site: site.slug.to_string(),
            territory: site.territory.to_string(),
            token,
        });
    }
    Ok(Credentials {
        admin,
        operators,
        tokens,
    })
}

fn territories() -> Result<Vec<Territory>, DemoError> {
    [
        ("rouen_metropole", "Rouen Métropole", "+33805691282"),
        ("le_havre", "Le Havre", "+33800101092"),
    ]
    .into_iter()
    .map(|(slug, name, number)| {
        Ok(Territory {
            slug: TerritorySlug::parse(slug)?,
            name: name.into(),
            spoken_name: name.into(),
            zone: jiff::tz::TimeZone::get("Europe/Paris")
                .map_err(|_| DemoError::Example("Europe/Paris".into()))?,
            numbers: vec![
                DialledNumber::parse(number, "33")
                    .ok_or_else(|| DemoError::Example(number.into()))?,
            ],
        })
    })
    .collect()
}

fn sites() -> Result<Vec<Site>, DemoError> {
    [
        (
            "rouen_metropole",
            "raffinerie-du-meandre",
            "Raffinerie du Méandre",
            "Petit-Couronne",
        ),
        (
            "rouen_metropole",
            "engrais-de-la-boucle",
            "Engrais de la Boucle",
            "Grand-Quevilly",
        ),
        (
            "rouen_metropole",
            "huiles-du-fleuve",
            "Huiles du Fleuve",
            "Rouen",
        ),
        (
            "le_havre",
            "raffinerie-du-cap",
            "Raffinerie du Cap",
            "Gonfreville-l'Orcher",
        ),
        (
            "le_havre",
            "engrais-de-l-estuaire",
            "Engrais de l'Estuaire",
            "Le Havre",
        ),
    ]
    .into_iter()
    .map(|(territory, slug, name, commune)| {
        Ok(Site {
            slug: SiteSlug::parse(slug)?,
            territory: TerritorySlug::parse(territory)?,
            name: name.into(),
            spoken_name: name.into(),
            commune: commune.into(),
        })
    })
    .collect()
}

/// Site, first message, age of it, what followed.
fn examples(now: Timestamp) -> Vec<(&'static str, Draft, SignedDuration, Then)> {
    let tomorrow = now + SignedDuration::from_hours(24);
    vec![
        (
            "raffinerie-du-meandre",
            Draft {
                events: vec![Event::Flaring, Event::Smoke],
                nuisances: vec![Nuisance::Visual, Nuisance::Noise],
                starts_at: Some(now - SignedDuration::from_mins(70)),
                ..draft(
                    Kind::Unplanned,
                    "L'arrivée de gaz naturel du site est interrompue. Pour évacuer les produits en sécurité, la torche est en service ; par manque de vapeur, elle dégage une fumée noire visible de loin. Nos équipes rétablissent le gaz. Prochaine information à 18h30.",
                )
            },
            SignedDuration::from_mins(50),
            Then::Nothing,
        ),
        (
            "engrais-de-la-boucle",
            Draft {
                events: vec![Event::Drill, Event::Siren],
                nuisances: vec![Nuisance::Noise],
                starts_at: Some(tomorrow),
                ends_at: Some(tomorrow + SignedDuration::from_hours(1)),
                ..draft(
                    Kind::Drill,
                    "La sirène PPI sonnera à Grand-Quevilly et à Petit-Quevilly pendant une heure au plus. Vous n'avez rien à faire.",
                )
            },
            SignedDuration::from_hours(5),
            Then::Nothing,
        ),
        (
            "huiles-du-fleuve",
            Draft {
                events: vec![Event::Odour],
                nuisances: vec![Nuisance::Odour],
                ..draft(
                    Kind::Unplanned,
                    "Une odeur de soufre (H2S) peut être perçue sur la rive gauche depuis 9h15. Sa teneur dans l'air est contrôlée en continu.",
                )
            },
            SignedDuration::from_hours(8),
            Then::End("Retour à la normale. La vanne en cause a été remplacée, l'odeur disparaît."),
        ),
        (
            "raffinerie-du-cap",
            Draft {
                events: vec![Event::Maintenance, Event::Flaring],
                nuisances: vec![Nuisance::Visual, Nuisance::Noise],
                starts_at: Some(now - SignedDuration::from_hours(20)),
                ends_at: Some(now + SignedDuration::from_hours(24 * 6)),
                ..draft(
                    Kind::Planned,
                    "Un entretien prévu de longue date est en cours. La torche pourra s'allumer par moments pendant une semaine, avec un bruit un peu plus fort que d'habitude.",
                )
            },
            SignedDuration::from_hours(30),
            Then::Nothing,
        ),
        (
            "engrais-de-l-estuaire",
            Draft {
                events: vec![Event::ReliefValve, Event::Noise],
                nuisances: vec![Nuisance::Noise],
                ..draft(
                    Kind::Unplanned,
                    "Une soupape s'est ouverte sur l'unité ammoniac (NH3) et siffle fortement. La teneur de l'air est contrôlée en continu, dedans comme au dehors.",
                )
            },
            SignedDuration::from_hours(2),
            Then::UnderControl(
                "La soupape est refermée, le bruit a cessé. Nos équipes restent mobilisées.",
            ),
        ),
    ]
}

fn draft(kind: Kind, text: &str) -> Draft {
    Draft {
        kind,
        events: vec![],
        nuisances: vec![],
        text: text.into(),
        language: Language::French,
        starts_at: None,
        ends_at: None,
        lifetime: Lifetime::default(),
    }
}

const AUTHOR: &str = "demonstration";
