//! What the people of a territory should look at: on every page until somebody has seen it, and in a list.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use bulletin::{Language, Noticed, Site, Territory};
use store::{Alert, AlertKind, Role};

use super::{Frame, Login, Place, Trouble, page};
use crate::app::Desk;
use crate::error::Error;
use crate::words::{Moment, plural};

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/alerts", get(show))
        .route("/alerts/{id}/seen", post(see))
}

/// GET `/admin/alerts`: the latest hundred.
async fn show(State(desk): State<Desk>, login: Login) -> Result<Html<String>, Trouble> {
    let store = &desk.app.store;
    let alerts = store.alerts(Some(&login.territories), MOST).await?;
    let (territories, sites) = (store.territories().await?, store.sites().await?);
    let shown = alerts.iter().filter(|alert| concerns(alert, &login));
    let shown = shown.map(|alert| ShownAlert {
        id: alert.id,
        at: Moment::told(login.language, alert.at, &login.zone, login.now),
        words: in_words(alert, &territories, &sites, login.language),
        bulletin: alert.what.bulletin.as_ref().map(ToString::to_string),
        ended: alert
            .ended_at
            .map(|at| Moment::told(login.language, at, &login.zone, login.now)),
        seen: alert.acknowledged.as_ref().map(|(at, who)| {
            (
                Moment::told(login.language, *at, &login.zone, login.now),
                who.clone(),
            )
        }),
    });
    Ok(page(&AlertsPage {
        alerts: shown.collect(),
        may_see: login.role != Role::Auditor,
        frame: Frame::new(&login, Place::Alerts),
    }))
}

/// POST `/admin/alerts/{id}/seen`: whoever says so first is named, for everybody.
async fn see(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    login: Login,
) -> Result<Redirect, Trouble> {
    let store = &desk.app.store;
    let alert = store.find_alert(id).await?;
    let alert = alert.filter(|alert| concerns(alert, &login));
    if alert.is_none() {
        return Err(Error::NotFound.into());
    }
    if login.role == Role::Auditor {
        return Err(Error::Role.into());
    }
    store.acknowledge_alert(id, login.by()).await?;
    Ok(Redirect::to("/admin/alerts"))
}

/// Whether an alert is this person's to know: a surge is everybody's of the territory, the others are for whoever posts
/// for the site, and for those who look after all of them.
pub(super) fn concerns(alert: &Alert, login: &Login) -> bool {
    let is_theirs = |site| login.role != Role::Operator || login.sites.contains(site);
    login.territories.contains(&alert.what.territory)
        && alert.what.site.as_ref().is_none_or(is_theirs)
}

/// An alert as a sentence.
pub(crate) fn in_words(
    alert: &Alert,
    territories: &[Territory],
    sites: &[Site],
    language: Language,
) -> String {
    let what = &alert.what;
    let territory = territories.iter().find(|one| one.slug == what.territory);
    let territory = territory.map_or(what.territory.as_str(), |one| one.name.as_str());
    match what.kind {
        AlertKind::Surge => surge(alert, territory, language),
        AlertKind::Silence => silence(alert, language),
        AlertKind::Reminder => {
            let site = site_of(alert, sites);
            match language {
                Language::French => format!(
                    "{site} : le bulletin n’a pas de fin et rien n’y a été ajouté. L’événement est-il terminé ?"
                ),
                Language::English => format!(
                    "{site}: the bulletin has no end and nothing was added to it. Is the event over?"
                ),
            }
        }
        AlertKind::Undelivered => {
            let site = site_of(alert, sites);
            let names = what.told["channels"].as_array().into_iter().flatten();
            let names: Vec<_> = names.filter_map(|name| name.as_str()).collect();
            let channels = names.join(", ");
            match language {
                Language::French => format!(
                    "{site} : le bulletin n’est pas parvenu partout ({channels}). Prévenez par un autre moyen ceux qui l’attendent."
                ),
                Language::English => format!(
                    "{site}: the bulletin has not arrived everywhere ({channels}). Tell those who wait for it by another way."
                ),
            }
        }
    }
}

fn site_of<'a>(alert: &Alert, sites: &'a [Site]) -> &'a str {
    let slug = alert.what.site.as_ref();
    let site = sites.iter().find(|one| Some(&one.slug) == slug);
    site.map_or("", |one| one.name.as_str())
}

fn silence(alert: &Alert, language: Language) -> String {
    let told = |name: &str| alert.what.told[name].as_str().unwrap_or_default();
    let (name, telephone) = (told("name"), told("telephone"));
    let mut words = match language {
        Language::French => {
            format!("{name} n’a pas accusé réception d’un bulletin : téléphonez-leur.")
        }
        Language::English => format!("{name} has not acknowledged a bulletin: telephone them."),
    };
    if !telephone.is_empty() {
        words = format!("{} ({telephone}).", words.trim_end_matches('.'));
    }
    words
}

fn surge(alert: &Alert, territory: &str, language: Language) -> String {
    let told = &alert.what.told;
    let number = |name: &str| told[name].as_u64().unwrap_or(0);
    let (calls, minutes) = (number("calls"), number("minutes"));
    let noticed: Vec<_> = Noticed::ALL
        .iter()
        .filter_map(|what| {
            let callers = told["noticed"][what.as_str()].as_u64()?;
            Some(match language {
                Language::French => {
                    format!(
                        "{} ({callers} personne{})",
                        what.as_french(),
                        plural(callers)
                    )
                }
                Language::English => format!("{} ({callers})", what.as_english()),
            })
        })
        .collect();
    let mut words = match (language, calls) {
        (Language::French, 0) => format!(
            "{territory} : des personnes signalent ce qu’aucun bulletin ne dit, en {minutes} min."
        ),
        (Language::French, _) => format!(
            "{territory} : {calls} appel{} en {minutes} min, et aucun bulletin ne dit pourquoi.",
            plural(calls)
        ),
        (Language::English, 0) => {
            format!("{territory}: people notice what no bulletin tells, within {minutes} min.")
        }
        (Language::English, _) => {
            format!("{territory}: {calls} calls within {minutes} min, and no bulletin tells why.")
        }
    };
    if !noticed.is_empty() {
        let noticed = noticed.join(", ");
        words += &match language {
            Language::French => format!(" Perçu : {noticed}."),
            Language::English => format!(" Noticed: {noticed}."),
        };
    }
    words
}

#[derive(Template)]
#[template(path = "admin/alerts.html")]
struct AlertsPage {
    frame: Frame,
    alerts: Vec<ShownAlert>,
    may_see: bool,
}

struct ShownAlert {
    id: i64,
    at: Moment,
    words: String,
    bulletin: Option<String>,
    ended: Option<Moment>,
    seen: Option<(Moment, String)>,
}

const MOST: u32 = 100;
