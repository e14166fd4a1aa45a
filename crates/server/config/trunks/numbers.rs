//! The keys of a `[[trunk]]` that say where its INVITEs hold the dialled number.

use line::{NumberSource, NumberSources, Turn};

use super::{Fault, TrunkTable, not_empty};

/// What the three keys say.
pub(super) fn parse(table: &TrunkTable) -> Result<NumberSources, Fault> {
    let usual = NumberSources::default();
    let words = not_empty("number-sources", table.number_sources.as_deref())?;
    let mut order = Vec::with_capacity(words.len());
    for word in words {
        let source = NumberSource::find(word).filter(|source| !order.contains(source));
        order.push(source.ok_or_else(|| Fault::NumberSource(word.clone()))?);
    }
    Ok(NumberSources {
        order: if order.is_empty() { usual.order } else { order },
        diversion: turn("diversion", table.diversion.as_deref(), usual.diversion)?,
        history_info: turn(
            "history-info",
            table.history_info.as_deref(),
            usual.history_info,
        )?,
    })
}

/// The order as a file would say it.
pub(super) fn words(sources: &NumberSources) -> Vec<String> {
    let words = sources.order.iter();
    words.map(|source| source.as_str().to_owned()).collect()
}

fn turn(key: &'static str, word: Option<&str>, usual: Turn) -> Result<Turn, Fault> {
    let Some(word) = word else {
        return Ok(usual);
    };
    Turn::find(word).ok_or_else(|| Fault::Turn(key, word.to_owned()))
}
