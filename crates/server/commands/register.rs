//! `allo territory`, `allo site`, `allo token`: administration without a browser.
//!
//! What is changed here is changed as the desk does it: with its act, and only as it was seen. A running service follows
//! within a second, and with new words as soon as they are spoken; a PIN counts at once.

mod token;

use std::process::ExitCode;

use bulletin::{DialledNumber, Site, SiteSlug, State, Territory, TerritorySlug};
use jiff::tz::TimeZone;
use store::Store;
use web::NoKey;

use super::{Outcome, block_on, by_command, line_settings};
use crate::arguments::{DataFolder, SiteCommand, TerritoryCommand, TokenCommand};
use crate::{secrets, telephone};

/// Lists or adds territories.
///
/// # Errors
/// A slug, number or zone that cannot be read, or the store.
pub fn territory(command: TerritoryCommand) -> Outcome {
    block_on(async move {
        match command {
            TerritoryCommand::List(folder) => {
                let store = open(&folder).await?;
                let training = store.training_territories().await?;
                for one in store.territories().await? {
                    let numbers: Vec<_> = one.numbers.iter().map(DialledNumber::as_str).collect();
                    let numbers = match training.contains(&one.slug) {
                        true => "training".to_owned(),
                        false => numbers.join(" "),
                    };
                    println!("{}\t{}\t{numbers}", one.slug, one.name);
                }
            }
            TerritoryCommand::Add {
                slug,
                name,
                spoken_name,
                numbers,
                zone,
                training,
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
                keep_territory(&store, &territory, training).await?;
            }
            TerritoryCommand::Set(changes) => {
                let store = open(&changes.folder).await?;
                line_settings::set(&store, &changes).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Lists, adds, closes and opens sites, and lets them post by telephone.
///
/// # Errors
/// A slug that cannot be read, a territory that does not exist, or the store.
pub fn site(command: SiteCommand) -> Outcome {
    block_on(async move {
        match command {
            SiteCommand::List(folder) => {
                for one in open(&folder).await?.registered_sites().await? {
                    let closed = if one.is_open() { "" } else { "\tclosed" };
                    let Site {
                        slug,
                        territory,
                        name,
                        commune,
                        ..
                    } = one.site;
                    println!("{slug}\t{territory}\t{name}\t{commune}{closed}");
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
                keep_site(&open(&folder).await?, &site).await?;
            }
            SiteCommand::Close { slug, folder } => {
                let store = open(&folder).await?;
                let site = registered(&store, &slug, true).await?;
                close(&store, &site).await?;
            }
            SiteCommand::Open { slug, folder } => {
                let store = open(&folder).await?;
                let site = registered(&store, &slug, false).await?;
                let by = by_command();
                let jobs = web::say_again(&site.territory, by.at);
                store.reopen_site(&site, &jobs, by).await?;
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
                    if pin.as_deref().is_some_and(|pin| !telephone::is_pin(pin)) {
                        let why = "the PIN on standard input cannot be used; write 4 to 8 digits";
                        return Err(why.into());
                    }
                    let made = telephone::make(&store, site, code.clone(), pin, by_command());
                    let key = made.await.map_err(|no_key| told(no_key, code.as_deref()))?;
                    println!("code {}\npin {}", key.code, key.pin);
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

/// Writes a territory, new or in place of what it was.
async fn keep_territory(store: &Store, after: &Territory, training: bool) -> Result<(), Refused> {
    let by = by_command();
    let mut territories = store.territories().await?.into_iter();
    let before = territories.find(|one| one.slug == after.slug);
    let written = match &before {
        None => {
            let jobs = web::say_again(&after.slug, by.at);
            store.add_territory(after, training, &jobs, by).await
        }
        Some(before) => {
            let slug = &after.slug;
            if training && !store.training_territories().await?.contains(slug) {
                let why =
                    "is on the line already and cannot become a training territory; add another";
                return Err(format!("{slug} {why}").into());
            }
            let jobs = web::say_all_again(slug, by.at);
            store.replace_territory(before, after, &jobs, by).await
        }
    };
    match written {
        Err(store::Error::Conflict) => {
            Err("one of these numbers leads to another territory; see `allo territory list`".into())
        }
        outcome => Ok(outcome?),
    }
}

/// Writes a site, new or in place of what it was.
async fn keep_site(store: &Store, after: &Site) -> Result<(), Refused> {
    let territory = &after.territory;
    let known = store.territories().await?;
    if !known.iter().any(|one| one.slug == *territory) {
        return Err(format!(
            "there is no territory {:?}; add it first",
            territory.as_str()
        )
        .into());
    }
    let by = by_command();
    let mut sites = store.registered_sites().await?.into_iter();
    let Some(before) = sites.find(|one| one.site.slug == after.slug) else {
        // Its territory says how many members it has.
        let jobs = web::say_again(territory, by.at);
        return Ok(store.add_site(after, &jobs, by).await?);
    };
    let slug = &after.slug;
    if !before.is_open() {
        return Err(format!("the site {slug} is closed; `allo site open {slug}` first").into());
    }
    if before.site.territory != *territory {
        let other = &before.site.territory;
        let why = "and a site stays where it has posted; choose another slug";
        return Err(format!("the site {slug} belongs to {other}, {why}").into());
    }
    let jobs = web::say_all_again(territory, by.at);
    Ok(store.replace_site(&before.site, after, &jobs, by).await?)
}

/// Closes a site in which nothing goes on.
async fn close(store: &Store, site: &Site) -> Result<(), Refused> {
    let by = by_command();
    let live = store.live_bulletins(by.at).await?;
    let mut its_own = live.iter().filter(|one| one.site == site.slug);
    if let Some(one) =
        its_own.find(|one| !matches!(one.state(by.at), State::Ended | State::Cancelled))
    {
        let why = "goes on or is planned: end or withdraw it first";
        return Err(format!("bulletin {} of {} {why}", one.id, site.slug).into());
    }
    let jobs = web::say_again(&site.territory, by.at);
    Ok(store.close_site(site, &jobs, by).await?)
}

/// A site of the register that takes part, or does not.
async fn registered(store: &Store, slug: &str, open: bool) -> Result<Site, Refused> {
    let mut sites = store.registered_sites().await?.into_iter();
    let site = sites.find(|one| one.site.slug.as_str() == slug);
    let site = site.ok_or_else(|| {
        format!("there is no site {slug:?}; `allo site list` shows those there are")
    })?;
    if site.is_open() == open {
        return Ok(site.site);
    }
    let state = if open { "closed" } else { "open" };
    Err(format!("the site {slug} is {state} already").into())
}

/// Why there is no PIN, for a person at a terminal.
fn told(no_key: NoKey, code: Option<&str>) -> String {
    let code = code.unwrap_or_default();
    match no_key {
        NoKey::Code => format!("the code {code:?} cannot be used; write 3 to 8 digits"),
        NoKey::Taken => format!("another site has the code {code}; write another with --code"),
        NoKey::Failed(why) => why,
    }
}

/// A sentence for the person who typed the command.
type Refused = Box<dyn std::error::Error + Send + Sync>;

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
    Ok(folder.database()?.open().await?)
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
