//! `allo territory`, `allo site`, `allo token`: administration without a browser.
//!
//! A running service takes the change at its next reading of the store, within 20 s; a PIN counts at once.

mod telephone;
mod token;

use std::path::Path;
use std::process::ExitCode;

use bulletin::{DialledNumber, Site, SiteSlug, Territory, TerritorySlug};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::Store;

use super::{Outcome, block_on, by_command, line_settings};
use crate::arguments::{DataFolder, SiteCommand, TerritoryCommand, TokenCommand};
use crate::jobs::speak;
use crate::secrets;

/// Lists or adds territories.
///
/// # Errors
/// A slug, number or zone that cannot be read, or the store.
pub fn territory(command: TerritoryCommand) -> Outcome {
    block_on(async move {
        match command {
            TerritoryCommand::List(folder) => {
                for one in open(&folder).await?.territories().await? {
                    let numbers: Vec<_> = one.numbers.iter().map(DialledNumber::as_str).collect();
                    println!("{}\t{}\t{}", one.slug, one.name, numbers.join(" "));
                }
            }
            TerritoryCommand::Add {
                slug,
                name,
                spoken_name,
                numbers,
                zone,
                folder,
            } => {
                let territory = Territory {
                    slug: TerritorySlug::parse(&slug)?,
                    spoken_name: spoken_name.unwrap_or_else(|| name.clone()),
                    name,
                    zone: TimeZone::get(&zone)?,
                    numbers: parse_numbers(&numbers)?,
                };
                let store = open(&folder).await?;
                store.upsert_territory(&territory, by_command()).await?;
                let job = speak::territory_job(&territory.slug, Timestamp::now());
                store.insert_jobs(&[job]).await?;
            }
            TerritoryCommand::Set(changes) => {
                let store = open(&changes.folder).await?;
                line_settings::set(&store, &changes).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Lists or adds sites, and lets them post by telephone.
///
/// # Errors
/// A slug that cannot be read, a territory that does not exist, or the store.
pub fn site(command: SiteCommand) -> Outcome {
    block_on(async move {
        match command {
            SiteCommand::List(folder) => {
                for one in open(&folder).await?.sites().await? {
                    println!(
                        "{}\t{}\t{}\t{}",
                        one.slug, one.territory, one.name, one.commune
                    );
                }
            }
            SiteCommand::Add {
                slug,
                territory,
                name,
                spoken_name,
                commune,
                folder,
            } => {
                let site = Site {
                    slug: SiteSlug::parse(&slug)?,
                    territory: TerritorySlug::parse(&territory)?,
                    spoken_name: spoken_name.unwrap_or_else(|| name.clone()),
                    name,
                    commune,
                };
                let store = open(&folder).await?;
                let known = store.territories().await?;
                if !known.iter().any(|one| one.slug == site.territory) {
                    return Err(format!("there is no territory {territory:?}; add it first").into());
                }
                store.upsert_site(&site, by_command()).await?;
                // Its territory says how many members it has.
                let job = speak::territory_job(&site.territory, Timestamp::now());
                store.insert_jobs(&[job]).await?;
            }
            SiteCommand::Pin {
                slug,
                code,
                stdin,
                remove,
                folder,
            } => {
                let store = open(&folder).await?;
                let site = known_site(&store, &slug).await?;
                if remove {
                    store.remove_telephone_key(&site, by_command()).await?;
                } else {
                    let pin = stdin.then(read_pin).transpose()?;
                    let (code, pin) = telephone::set(&store, site, code, pin).await?;
                    println!("code {code}\npin {pin}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes a token and prints it once, lists tokens, or takes the rights of one away.
///
/// # Errors
/// A site or a token that does not exist, or the store.
pub fn token(command: TokenCommand) -> Outcome {
    block_on(async move {
        match command {
            TokenCommand::Add {
                site,
                label,
                scope,
                folder,
            } => {
                let store = open(&folder).await?;
                let slug = known_site(&store, &site).await?;
                let token = secrets::token()?;
                secrets::keep_token(&store, &slug, &label, scope, &token, by_command()).await?;
                println!("{token}");
            }
            TokenCommand::List { site, folder } => {
                let store = open(&folder).await?;
                let site = match site {
                    Some(site) => Some(known_site(&store, &site).await?),
                    None => None,
                };
                let mut tokens = store.tokens().await?;
                tokens.retain(|token| site.as_ref().is_none_or(|site| token.site == *site));
                for token in tokens {
                    println!("{}", token::line(&token));
                }
            }
            TokenCommand::Revoke { id, folder } => {
                let store = open(&folder).await?;
                if !store.revoke_token(&id, by_command()).await? {
                    let missing =
                        format!("no token {id:?} is in use; `allo token list` names them");
                    return Err(missing.into());
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// A site that exists.
pub(super) async fn known_site(
    store: &Store,
    slug: &str,
) -> Result<SiteSlug, Box<dyn std::error::Error + Send + Sync>> {
    let site = SiteSlug::parse(slug)?;
    if !store.sites().await?.iter().any(|one| one.slug == site) {
        return Err(format!("there is no site {slug:?}; add it first").into());
    }
    Ok(site)
}

/// The first line of standard input.
fn read_pin() -> std::io::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

pub(super) async fn open(
    folder: &DataFolder,
) -> Result<Store, Box<dyn std::error::Error + Send + Sync>> {
    std::fs::create_dir_all(&folder.data)?;
    Ok(Store::open(&database(&folder.data)).await?)
}

fn database(data: &Path) -> std::path::PathBuf {
    data.join("allo.db")
}

fn parse_numbers(numbers: &[String]) -> Result<Vec<DialledNumber>, String> {
    numbers
        .iter()
        .map(|text| {
            DialledNumber::parse(text, "33").ok_or_else(|| {
                format!("{text:?} is not a telephone number; write +33805691282 or 0805691282")
            })
        })
        .collect()
}
