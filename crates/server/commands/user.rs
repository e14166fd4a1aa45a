//! `allo user`: who may sign in to the desk, without a browser. A real service gets its first administrator so.

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;

use bulletin::{Language, SiteSlug, TerritorySlug};
use jiff::Timestamp;
use store::{Person, Role, Store, User};
use web::{Link, Totp};

use super::{Outcome, block_on, by_command, register};
use crate::arguments::{Reach, UserCommand};
use crate::demo::Credentials;

/// Invites, lists, resets, signs out or removes people; a running service follows at once.
///
/// # Errors
/// An address, role, site or territory that does not fit, or the store.
pub fn user(command: UserCommand) -> Outcome {
    block_on(async move {
        match command {
            UserCommand::Add {
                email,
                role,
                name,
                sites,
                territories,
                language,
                reach,
            } => {
                let store = register::open(&reach.folder).await?;
                let person = Person {
                    name: name.unwrap_or_else(|| email.clone()),
                    role: parse_role(&role)?,
                    language: Language::parse(&language).ok_or("write fr or en for --language")?,
                    sites: known_sites(&store, &sites).await?,
                    territories: known_territories(&store, &territories).await?,
                    email,
                };
                check(&person)?;
                let link = web::invite(&store, &person, by_command()).await;
                let link = link.map_err(|error| taken(error, &person.email))?;
                tell(&link, &reach);
            }
            UserCommand::List(folder) => {
                for user in register::open(&folder).await?.users().await? {
                    println!("{}", line(&user));
                }
            }
            UserCommand::Reset {
                email,
                second_factor,
                reach,
            } => {
                let store = register::open(&reach.folder).await?;
                let link = web::reset(&store, &email, second_factor, by_command()).await?;
                tell(&link, &reach);
            }
            UserCommand::EndLogins { email, folder } => {
                let store = register::open(&folder).await?;
                store
                    .find_user(&email)
                    .await?
                    .ok_or(web::NotDone::Unknown)?;
                let ended = store.end_logins(&email, None, by_command()).await?;
                println!("{ended} logins ended");
            }
            UserCommand::Remove { email, folder } => {
                let store = register::open(&folder).await?;
                web::remove(&store, &email, by_command()).await?;
            }
            UserCommand::Code { email, folder } => {
                let credentials = Credentials::read(&folder.data).map_err(|error| {
                    format!("this is no data folder of a demonstration: {error}")
                })?;
                let secret = credentials.totp_secret(&email).and_then(Totp::parse);
                let totp = secret
                    .ok_or_else(|| format!("the demonstration has nobody named {email:?}"))?;
                println!("{}", totp.code(Timestamp::now()));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn parse_role(word: &str) -> Result<Role, String> {
    let all = Role::ALL.map(Role::as_str).join(", ");
    Role::parse(word).ok_or_else(|| format!("{word:?} is no role; write one of {all}"))
}

/// Whether the role has somewhere to be one.
fn check(person: &Person) -> Result<(), &'static str> {
    match person.role {
        Role::Operator if person.sites.is_empty() => {
            Err("an operator posts for a site: name it with --site")
        }
        Role::Manager | Role::Auditor if person.territories.is_empty() => {
            Err("name the territories with --territory")
        }
        _ => Ok(()),
    }
}

async fn known_sites(
    store: &Store,
    slugs: &[String],
) -> Result<BTreeSet<SiteSlug>, Box<dyn Error + Send + Sync>> {
    let mut known = BTreeSet::new();
    for slug in slugs {
        known.insert(register::known_site(store, slug).await?);
    }
    Ok(known)
}

async fn known_territories(
    store: &Store,
    slugs: &[String],
) -> Result<BTreeSet<TerritorySlug>, Box<dyn Error + Send + Sync>> {
    let all = store.territories().await?;
    let find = |slug: &String| {
        let found = all.iter().find(|one| one.slug.as_str() == slug);
        let found = found.map(|one| one.slug.clone());
        found.ok_or_else(|| format!("there is no territory {slug:?}; add it first").into())
    };
    slugs.iter().map(find).collect()
}

fn taken(error: web::NotDone, email: &str) -> Box<dyn Error + Send + Sync> {
    match error {
        web::NotDone::Store(store::Error::Conflict) => {
            format!("{email} may sign in already; `allo user reset {email}` makes another link")
                .into()
        }
        other => other.into(),
    }
}

/// The link alone on standard output, so that a script can send it.
fn tell(link: &Link, reach: &Reach) {
    println!("{}{}", reach.public_url.trim_end_matches('/'), link.path);
    eprintln!(
        "It works once, until {}. Whoever has it can use it: send it to that person only.",
        link.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    );
}

fn line(user: &User) -> String {
    let person = &user.person;
    let sites = person.sites.iter().map(SiteSlug::as_str);
    let territories = person.territories.iter().map(TerritorySlug::as_str);
    let places: Vec<_> = sites.chain(territories).collect();
    let state = match (&user.keys.password_hash, &user.keys.totp_secret) {
        (None, _) => "invited",
        (Some(_), None) => "no second factor yet",
        (Some(_), Some(_)) => "ready",
    };
    let role = person.role.as_str();
    format!(
        "{}\t{role}\t{}\t{state}\t{}",
        person.email,
        places.join(" "),
        person.name
    )
}
