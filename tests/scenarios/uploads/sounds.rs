//! The recordings of the folder beside this file; `make.sh` there makes them again.

pub(super) const WAV: &[u8] = include_bytes!("sounds/voice.wav");
pub(super) const MP3: &[u8] = include_bytes!("sounds/voice.mp3");
pub(super) const M4A: &[u8] = include_bytes!("sounds/voice.m4a");
pub(super) const AAC: &[u8] = include_bytes!("sounds/voice.aac");
pub(super) const FRAGMENTED_M4A: &[u8] = include_bytes!("sounds/fragmented.m4a");
pub(super) const VORBIS_OGG: &[u8] = include_bytes!("sounds/vorbis.ogg");
pub(super) const VORBIS_WEBM: &[u8] = include_bytes!("sounds/vorbis.webm");
pub(super) const OPUS_OGG: &[u8] = include_bytes!("sounds/opus.ogg");
pub(super) const OPUS_WEBM: &[u8] = include_bytes!("sounds/opus.webm");
pub(super) const OPUS_STEREO: &[u8] = include_bytes!("sounds/opus-stereo.webm");
pub(super) const OPUS_MP4: &[u8] = include_bytes!("sounds/opus.mp4");
pub(super) const FLAC: &[u8] = include_bytes!("sounds/voice.flac");
pub(super) const FILM: &[u8] = include_bytes!("sounds/film.mp4");
pub(super) const FILM_WITHOUT_SOUND: &[u8] = include_bytes!("sounds/film.webm");
pub(super) const GSM: &[u8] = include_bytes!("sounds/gsm.wav");

/// Those that hold a voice.
pub(super) const ALL: [&[u8]; 12] = [
    WAV,
    MP3,
    M4A,
    AAC,
    FRAGMENTED_M4A,
    VORBIS_OGG,
    VORBIS_WEBM,
    OPUS_OGG,
    OPUS_WEBM,
    OPUS_STEREO,
    OPUS_MP4,
    FLAC,
];
