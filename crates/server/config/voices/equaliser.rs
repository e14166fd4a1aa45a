//! The `equaliser` of a `[[voice]]`.

use serde::{Deserialize, Serialize};
use speech::{Equaliser, Tone};

use super::{VoiceFault, needed};

/// One filter as it is written: `{ kind = "high", hertz = 1200, gain-db = 6 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToneTable {
    /// `low` or `high` for what is below or above, `peak` for what is around.
    pub kind: String,
    /// Where, 50 to 7000.
    pub hertz: f64,
    /// How much, -24 to 24.
    pub gain_db: f64,
    /// Of `peak`: how narrow, 0.1 to 10; 1.4 is an octave.
    pub q: Option<f64>,
}

pub(super) fn parse(tables: &[ToneTable]) -> Result<Equaliser, VoiceFault> {
    let tones: Result<Vec<_>, _> = tables.iter().map(ToneTable::check).collect();
    Ok(Equaliser::new(tones?)?)
}

impl ToneTable {
    fn check(&self) -> Result<Tone, VoiceFault> {
        let (hertz, gain_db) = (self.hertz, self.gain_db);
        match self.kind.as_str() {
            "low" => Ok(Tone::Low { hertz, gain_db }),
            "high" => Ok(Tone::High { hertz, gain_db }),
            "peak" => Ok(Tone::Peak {
                hertz,
                gain_db,
                q: needed("q", self.q)?,
            }),
            word => Err(VoiceFault::Word {
                key: "equaliser.kind",
                word: word.to_owned(),
                instead: "low, high or peak",
            }),
        }
    }
}
