//! Opus, which browsers record and symphonia does not decode (RFC 6716, RFC 7845 § 5.1).

use opus_decoder::{OpusDecoder, OpusError};

use super::UploadRefusal;

/// A stream of Opus packets.
pub(super) struct Opus {
    decoder: OpusDecoder,
    channels: usize,
    /// Samples of each channel that the encoder wants dropped from the beginning.
    skip: usize,
    sound: Vec<f32>,
}

impl Opus {
    /// - `channels`: as the container says.
    /// - `skip`: as the container says, in samples at 48 kHz.
    ///
    /// # Errors
    /// [`UploadRefusal::Channels`] for more than two: those are several streams in one.
    pub(super) fn new(channels: usize, skip: u32) -> Result<Self, UploadRefusal> {
        if !(1..=2).contains(&channels) {
            let channels = u32::try_from(channels).unwrap_or(u32::MAX);
            return Err(UploadRefusal::Channels(channels));
        }
        let decoder = OpusDecoder::new(RATE, channels).map_err(|_| UploadRefusal::Broken)?;
        Ok(Self {
            sound: vec![0.0; decoder.max_frame_size_per_channel() * channels],
            decoder,
            channels,
            skip: skip.try_into().unwrap_or(usize::MAX),
        })
    }

    /// The sound of one packet at [`RATE`], channels interleaved.
    ///
    /// # Errors
    /// Those of the decoder, for a packet that is no Opus.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<&[f32], OpusError> {
        let frames = self.decoder.decode_float(packet, &mut self.sound, false)?;
        let skipped = self.skip.min(frames);
        self.skip -= skipped;
        let sound = self
            .sound
            .get(skipped * self.channels..frames * self.channels);
        Ok(sound.unwrap_or_default())
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }
}

/// Opus is decoded at 48 kHz, whatever was recorded.
pub(super) const RATE: u32 = 48_000;
