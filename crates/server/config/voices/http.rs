//! A `[[voice]]` of kind `http`.

use speech::{Answer, Escape, HttpConfig, HttpVoice, Secret, Sound, Template};

use super::{LONGEST_SECONDS, VoiceFault, VoiceTable, by_language, equaliser, needed};

pub(super) fn parse(table: &VoiceTable) -> Result<HttpConfig, VoiceFault> {
    let secret = match (&table.secret_env, &table.secret_file) {
        (Some(_), Some(_)) => return Err(VoiceFault::TwoSecrets),
        (Some(name), None) => Some(Secret::Environment(name.clone())),
        (None, Some(path)) => Some(Secret::File(path.clone())),
        (None, None) => None,
    };
    let answer = parse_answer(table)?;
    let usual = || answer.usual_kinds().iter().map(|kind| (*kind).to_owned());
    let config = HttpConfig {
        name: table.name.clone(),
        url: needed("url", table.url.clone())?,
        headers: table.headers.clone().into_iter().collect(),
        secret,
        body: Template::parse(&needed("body", table.body.clone())?, parse_escape(table)?)?,
        voices: by_language("voices", &table.voices)?,
        speeds: table.speeds(),
        accept: table.accept.clone().unwrap_or_else(|| usual().collect()),
        answer,
        most_octets: table.most_octets.unwrap_or(MOST_OCTETS),
        timeout: table.timeout(20)?,
        max_seconds: LONGEST_SECONDS,
        authorities: table.authorities.clone(),
        proxy: table.proxy.clone(),
        equaliser: equaliser::parse(&table.equaliser)?,
    };
    HttpVoice::new(config.clone())?;
    Ok(config)
}

fn parse_escape(table: &VoiceTable) -> Result<Escape, VoiceFault> {
    match needed("escape", table.escape.as_deref())? {
        "json" => Ok(Escape::Json),
        "ssml" => Ok(Escape::Ssml),
        word => Err(VoiceFault::Word {
            key: "escape",
            word: word.to_owned(),
            instead: "json or ssml",
        }),
    }
}

fn parse_answer(table: &VoiceTable) -> Result<Answer, VoiceFault> {
    let sound = match table.sound.as_deref().unwrap_or("wav") {
        "wav" => Sound::Wav,
        "pcm" => Sound::Pcm {
            rate: needed("sample-rate", table.sample_rate)?,
        },
        word => {
            return Err(VoiceFault::Word {
                key: "sound",
                word: word.to_owned(),
                instead: "wav or pcm",
            });
        }
    };
    Ok(match &table.field {
        None => Answer::Raw(sound),
        Some(field) => Answer::Json {
            field: field.split('.').map(str::to_owned).collect(),
            sound,
        },
    })
}

/// Three minutes at 48 kHz in base64.
const MOST_OCTETS: u64 = 25_000_000;
