//! `[territory.SLUG]`: what the callers of one territory may take of the line, so that one town does not fill it, and
//! how many of them are worth an alert.

use std::collections::{BTreeMap, HashMap};

use bulletin::{SurgeThresholds, TerritorySlug};
use line::Limits;
use serde::{Deserialize, Serialize};
use web::Ancestor;

use super::trunks::{Fault, above_zero};

/// One `[territory.SLUG]` as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TerritoryTable {
    /// Calls at once [default: as many as the line takes].
    pub max_calls: Option<usize>,
    /// New calls a second [default: as many as the line takes].
    pub max_call_rate: Option<u32>,
    /// Calls within `surge-minutes` that raise an alert while no bulletin tells of anything [default: 10].
    pub surge_calls: Option<u32>,
    /// Callers within those minutes who notice the same thing, of which no bulletin tells [default: 3].
    pub surge_noticed: Option<u32>,
    /// Minutes over which callers are counted for that [default: 5].
    pub surge_minutes: Option<u16>,
    /// Web sites that may show the territory in a frame of theirs, such as `https://www.rouen.example` [default: none].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embedded_by: Vec<String>,
}

/// The tables of a file, by slug.
pub type TerritoryTables = BTreeMap<String, TerritoryTable>;

/// Checks every territory. Whether it exists is for the database to say, which `allo check` asks.
///
/// # Errors
/// [`TerritoryError`], which names the territory and the key and says what to write.
pub(super) fn parse(
    tables: &TerritoryTables,
) -> Result<HashMap<TerritorySlug, Limits>, TerritoryError> {
    read(tables, limits)
}

/// Checks how many callers of each territory are worth an alert; those that say nothing of it are left out.
///
/// # Errors
/// As [`parse`].
pub(super) fn thresholds(
    tables: &TerritoryTables,
) -> Result<HashMap<TerritorySlug, SurgeThresholds>, TerritoryError> {
    let mut read = read(tables, surge)?;
    read.retain(|_, thresholds| *thresholds != SurgeThresholds::default());
    Ok(read)
}

/// Checks who may show each territory in a frame; those that name nobody are left out.
///
/// # Errors
/// As [`parse`].
pub(super) fn embedders(
    tables: &TerritoryTables,
) -> Result<HashMap<TerritorySlug, Vec<Ancestor>>, TerritoryError> {
    let mut read = read(tables, ancestors)?;
    read.retain(|_, ancestors| !ancestors.is_empty());
    Ok(read)
}

fn read<T>(
    tables: &TerritoryTables,
    parse: fn(&TerritoryTable) -> Result<T, Fault>,
) -> Result<HashMap<TerritorySlug, T>, TerritoryError> {
    let one = |(text, table): (&String, &TerritoryTable)| {
        let slug =
            TerritorySlug::parse(text).map_err(|_| TerritoryError::Slug { text: text.clone() })?;
        let read = parse(table).map_err(|fault| TerritoryError::Key {
            territory: text.clone(),
            fault,
        })?;
        Ok((slug, read))
    };
    tables.iter().map(one).collect()
}

/// Says limits and thresholds as a file would.
pub(super) fn tables(
    territories: &HashMap<TerritorySlug, Limits>,
    thresholds: &HashMap<TerritorySlug, SurgeThresholds>,
    embedders: &HashMap<TerritorySlug, Vec<Ancestor>>,
) -> TerritoryTables {
    let table = |(slug, limits): (&TerritorySlug, &Limits)| {
        let surge = thresholds.get(slug);
        let table = TerritoryTable {
            max_calls: (limits.calls != Limits::NONE.calls).then_some(limits.calls),
            max_call_rate: (limits.rate != Limits::NONE.rate).then_some(limits.rate),
            surge_calls: surge.map(|surge| surge.calls),
            surge_noticed: surge.map(|surge| surge.noticed),
            surge_minutes: surge.map(|surge| surge.minutes),
            embedded_by: embedders.get(slug).map_or_else(Vec::new, |ancestors| {
                ancestors
                    .iter()
                    .map(|one| one.as_str().to_owned())
                    .collect()
            }),
        };
        (slug.to_string(), table)
    };
    territories.iter().map(table).collect()
}

/// Why the limits of a territory cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TerritoryError {
    /// No territory can have this name.
    #[error(
        "[territory.{text}]: {text:?} is no territory; write its slug as `allo territory list` shows it, such as \
         [territory.rouen_metropole]"
    )]
    Slug {
        /// What was written.
        text: String,
    },
    /// One of its keys.
    #[error("{fault} (territory {territory:?})")]
    Key {
        /// Its slug.
        territory: String,
        /// The key, what is wrong with it, and what to write.
        fault: Fault,
    },
}

fn surge(table: &TerritoryTable) -> Result<SurgeThresholds, Fault> {
    let usual = SurgeThresholds::default();
    Ok(SurgeThresholds {
        calls: above_zero("surge-calls", table.surge_calls)?.unwrap_or(usual.calls),
        noticed: above_zero("surge-noticed", table.surge_noticed)?.unwrap_or(usual.noticed),
        minutes: above_zero("surge-minutes", table.surge_minutes)?.unwrap_or(usual.minutes),
    })
}

fn ancestors(table: &TerritoryTable) -> Result<Vec<Ancestor>, Fault> {
    let parse = |text: &String| Ancestor::parse(text).ok_or_else(|| Fault::Ancestor(text.clone()));
    table.embedded_by.iter().map(parse).collect()
}

fn limits(table: &TerritoryTable) -> Result<Limits, Fault> {
    let Limits { calls, rate } = Limits::NONE;
    Ok(Limits {
        calls: above_zero("max-calls", table.max_calls)?.unwrap_or(calls),
        rate: above_zero("max-call-rate", table.max_call_rate)?.unwrap_or(rate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_territory_has_the_limits_it_names_and_no_others() {
        let tables = BTreeMap::from([(
            "rouen_metropole".to_owned(),
            TerritoryTable {
                max_calls: Some(400),
                surge_calls: Some(40),
                surge_noticed: Some(3),
                surge_minutes: Some(5),
                embedded_by: vec!["https://www.rouen.example".to_owned()],
                ..TerritoryTable::default()
            },
        )]);

        let read = parse(&tables).unwrap();

        let rouen = TerritorySlug::parse("rouen_metropole").unwrap();
        let limits = Limits {
            calls: 400,
            ..Limits::NONE
        };
        assert_eq!(read, HashMap::from([(rouen.clone(), limits)]));
        let thresholds = thresholds(&tables).unwrap();
        assert_eq!(thresholds[&rouen].calls, 40);
        let embedders = embedders(&tables).unwrap();
        assert_eq!(embedders[&rouen].len(), 1);
        assert_eq!(super::tables(&read, &thresholds, &embedders), tables);
    }

    #[test]
    fn what_cannot_be_a_limit_is_refused_by_territory_and_key() {
        let none = TerritoryTable {
            max_call_rate: Some(0),
            ..TerritoryTable::default()
        };
        let refused = parse(&BTreeMap::from([("le_havre".to_owned(), none)])).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "max-call-rate is 0; write at least 1, or leave the key out for no limit of its own (territory \"le_havre\")"
        );

        let framed = TerritoryTable {
            embedded_by: vec!["www.rouen.example/page".to_owned()],
            ..TerritoryTable::default()
        };
        let refused = embedders(&BTreeMap::from([("le_havre".to_owned(), framed)])).unwrap_err();
        assert!(
            refused.to_string().contains("https://www.rouen.example"),
            "{refused}"
        );

        let nowhere = TerritoryTable::default();
        let refused = parse(&BTreeMap::from([("Rouen".to_owned(), nowhere)])).unwrap_err();
        assert!(refused.to_string().contains("[territory.rouen_metropole]"));
    }
}
