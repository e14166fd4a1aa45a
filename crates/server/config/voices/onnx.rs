//! A `[[voice]]` of kind `onnx`.

use std::path::PathBuf;

use speech::OnnxConfig;

use super::{LONGEST_SECONDS, VoiceFault, VoiceTable, by_language, equaliser, needed};
use crate::arguments::ONNX_HELPER_COMMAND;

pub(super) fn parse(table: &VoiceTable) -> Result<OnnxConfig, VoiceFault> {
    let models = by_language("models", &table.models)?;
    if models.is_empty() {
        return Err(VoiceFault::Missing("models"));
    }
    let [speed, brisk] = table.speeds();
    Ok(OnnxConfig {
        name: table.name.clone(),
        library: needed("library", table.library.clone())?,
        models,
        speaker: table.speaker,
        speeds: [
            parse_speed("speed", &speed)?,
            parse_speed("brisk-speed", &brisk)?,
        ],
        espeak: table
            .program
            .clone()
            .unwrap_or_else(|| "/usr/bin/espeak-ng".into()),
        program: PathBuf::new(),
        arguments: vec![ONNX_HELPER_COMMAND.to_owned()],
        timeout: table.timeout(10)?,
        max_seconds: LONGEST_SECONDS,
        equaliser: equaliser::parse(&table.equaliser)?,
    })
}

fn parse_speed(key: &'static str, word: &str) -> Result<f64, VoiceFault> {
    let speed = word.parse::<f64>().ok();
    speed
        .filter(|speed| (0.5..=2.0).contains(speed))
        .ok_or_else(|| VoiceFault::Word {
            key,
            word: word.to_owned(),
            instead: "0.5 to 2.0, 1.0 for the model's own pace",
        })
}
