//! Walks one call through reels: one frame every 20 ms, or as long as was agreed, without a seam.
//!
//! A player owns the RTP header of its call (RFC 3550 § 5.1) and a place in a shared reel, nothing else. From frame
//! to frame the sequence number rises by 1 and the timestamp by the length of a frame, over the boundary between two
//! reels and through silence too: receivers rebuild their jitter buffer when either jumps, and that is how first syllables
//! get lost.

use std::time::Duration;

use crate::{Codec, Ptime, Reel, rtp};

/// The sending side of one call.
#[derive(Debug)]
pub struct Player {
    codec: Codec,
    ptime: Ptime,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The marker of RFC 3551 § 4.1: the next packet is the first after a time without packets.
    starts: bool,
    paused: bool,
    reel: Option<Reel>,
    /// The next octet of the reel.
    place: usize,
}

impl Player {
    /// Begins silent. The first sequence number and timestamp ought to be random (RFC 3550 § 5.1).
    #[must_use]
    pub fn new(
        codec: Codec,
        ptime: Ptime,
        ssrc: u32,
        first_sequence: u16,
        first_timestamp: u32,
    ) -> Self {
        Self {
            codec,
            ptime,
            ssrc,
            sequence: first_sequence,
            timestamp: first_timestamp,
            starts: true,
            paused: false,
            reel: None,
            place: 0,
        }
    }

    /// Plays this reel from its first frame on; what played before stops in the middle of its word.
    /// A reel without a frame plays nothing.
    pub fn play(&mut self, reel: Reel) {
        self.place = 0;
        self.paused = false;
        self.reel = Some(reel);
    }

    /// Silence from the next frame on; a pause is over too.
    pub fn stop(&mut self) {
        self.reel = None;
        self.paused = false;
    }

    /// Whether a reel is in place and not at its end; a paused one is.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.reel
            .as_ref()
            .is_some_and(|reel| self.place < reel.sound())
    }

    /// How much of the reel has been sent; nothing without one.
    #[must_use]
    pub fn played(&self) -> Duration {
        let sound = self.reel.as_ref().map_or(0, Reel::sound);
        let octets = u32::try_from(self.place.min(sound)).unwrap_or(u32::MAX);
        Duration::from_micros(125) * octets
    }

    /// Sends silence until [`Player::resume`]; the place in the reel is kept.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Goes on where [`Player::pause`] stopped.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Goes on in another codec after a new offer (RFC 3264 § 8.3.2): the same sound from the same place, or silence
    /// when there is none. All clocks are 8,000 a second, so the stream runs on.
    pub fn change_codec(&mut self, codec: Codec, same_sound: Option<Reel>) {
        self.codec = codec;
        self.reel = same_sound;
    }

    /// Goes on in packets of another length, from the same place.
    pub fn change_ptime(&mut self, ptime: Ptime) {
        self.ptime = ptime;
    }

    /// The codec of this call.
    #[must_use]
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The length of its packets.
    #[must_use]
    pub fn ptime(&self) -> Ptime {
        self.ptime
    }

    /// The timestamp of the next packet, which belongs to the instant at which it is due (RFC 3550 § 6.4.1).
    #[must_use]
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Which stream this is.
    #[must_use]
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The packet to send at this instant: of the reel, or of silence when nothing plays.
    pub fn next_frame(&mut self) -> Frame<'_> {
        let header = rtp::encode_header(
            self.codec.payload_type(),
            self.starts,
            self.sequence,
            self.timestamp,
            self.ssrc,
        );
        self.starts = false;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.ptime.ticks());
        let (payload, finished) = self.next_payload();
        Frame {
            header,
            payload,
            finished,
        }
    }

    /// Lets time pass without packets: the timestamp moves on by so many frames, the sequence number and the place
    /// in the reel stay, and the next packet carries the marker. No word is lost, it only comes later.
    pub fn skip(&mut self, frames: u32) {
        self.timestamp = self
            .timestamp
            .wrapping_add(frames.wrapping_mul(self.ptime.ticks()));
        self.starts |= frames > 0;
    }

    /// The sound of the next packet, to be brought near in time.
    #[must_use]
    pub fn next_sound(&self) -> &[u8] {
        match &self.reel {
            Some(reel) => reel.frame_at(self.place, self.ptime),
            None => &[],
        }
    }

    fn next_payload(&mut self) -> (&[u8], bool) {
        let place = self.place;
        let Some(reel) = self
            .reel
            .as_ref()
            .filter(|reel| !self.paused && place < reel.sound())
        else {
            return (self.codec.silent_frame(self.ptime), false);
        };
        self.place = place + self.ptime.octets();
        (reel.frame_at(place, self.ptime), self.place >= reel.sound())
    }
}

/// One packet, ready to be sent in two parts: the payload is a piece of the shared reel and is never copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The RTP header.
    pub header: [u8; rtp::HEADER_OCTETS],
    /// One packet of sound.
    pub payload: &'a [u8],
    /// This frame is the last of its reel: the next reel must be in place before the next frame.
    pub finished: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_every_boundary_the_sequence_rises_by_1_and_the_timestamp_by_160() {
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 9, u16::MAX - 1, u32::MAX - 160);
        let sent = [
            send(&mut player, None, 2),
            send(&mut player, Some(reel(1, 3)), 3),
            send(&mut player, Some(reel(2, 2)), 2),
            send(&mut player, None, 2),
        ]
        .concat();

        for pair in sent.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
        }
        let octets: Vec<u8> = sent.iter().map(|packet| packet.octet).collect();
        assert_eq!(octets, [0xD5, 0xD5, 1, 1, 1, 2, 2, 0xD5, 0xD5]);
        assert!(sent.iter().all(|packet| packet.ssrc == 9));
    }

    #[test]
    fn only_the_very_first_packet_carries_the_marker() {
        let mut player = Player::new(Codec::Pcmu, Ptime::Ms20, 1, 0, 0);
        let sent = [
            send(&mut player, None, 2),
            send(&mut player, Some(reel(1, 2)), 3),
        ]
        .concat();

        let markers: Vec<bool> = sent.iter().map(|packet| packet.marker).collect();
        assert_eq!(markers, [true, false, false, false, false]);
    }

    #[test]
    fn the_last_frame_of_a_reel_says_so_once() {
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 0, 0);
        let sent = send(&mut player, Some(reel(1, 2)), 4);

        let finished: Vec<bool> = sent.iter().map(|packet| packet.finished).collect();
        assert_eq!(finished, [false, true, false, false]);
        assert!(!player.is_playing());
    }

    #[test]
    fn the_sound_brought_near_is_that_of_the_next_packet() {
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 0, 0);
        player.play(Reel::from_octets(Codec::Pcma, (0..=255).collect()));

        let near = player.next_sound().to_vec();
        assert_eq!(player.next_frame().payload, near);
        let near = player.next_sound().to_vec();
        assert_eq!(player.next_frame().payload, near);
        assert!(player.next_sound().is_empty(), "nothing plays any more");
    }

    #[test]
    fn a_new_reel_stops_the_old_one_in_the_middle() {
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 0, 0);
        player.play(reel(1, 100));
        player.next_frame();
        player.play(reel(2, 100));

        assert_eq!(player.next_frame().payload[0], 2);
    }

    #[test]
    fn a_pause_is_silence_and_keeps_the_place() {
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 0, 0);
        let numbered = Reel::from_octets(Codec::Pcma, (0..4).flat_map(|n| [n; 160]).collect());
        let mut sent = send(&mut player, Some(numbered), 2);
        player.pause();
        sent.extend(send(&mut player, None, 2));
        assert!(player.is_playing());
        player.resume();
        sent.extend(send(&mut player, None, 2));

        let octets: Vec<u8> = sent.iter().map(|packet| packet.octet).collect();
        assert_eq!(octets, [0, 1, 0xD5, 0xD5, 2, 3]);
        assert!(
            sent.windows(2)
                .all(|pair| pair[1].timestamp == pair[0].timestamp + 160)
        );
    }

    #[test]
    fn time_without_packets_moves_the_timestamp_alone_and_is_followed_by_the_marker() {
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 10, 1_000);
        let before = send(&mut player, Some(reel(1, 9)), 1)[0];
        player.skip(7);
        let after = send(&mut player, None, 2);

        assert_eq!(after[0].sequence, before.sequence + 1);
        assert_eq!(after[0].timestamp, before.timestamp + 8 * 160);
        assert_eq!((after[0].marker, after[1].marker), (true, false));
        assert_eq!(after[0].octet, 1);
    }

    #[test]
    fn in_another_codec_the_same_sound_goes_on_at_the_same_place() {
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 0, 0);
        let before = send(&mut player, Some(reel(1, 9)), 3)[2];
        player.change_codec(
            Codec::Pcmu,
            Some(Reel::from_octets(Codec::Pcmu, vec![2; 4 * 160])),
        );
        let after = send(&mut player, None, 2);

        assert_eq!(
            (after[0].octet, after[0].finished, after[1].octet),
            (2, true, 0xFF)
        );
        assert_eq!(after[0].timestamp, before.timestamp + 160);
    }

    #[test]
    fn packets_of_every_length_carry_the_same_sound_and_keep_the_clock() {
        let sound: Vec<u8> = (0..=255).cycle().take(2_000).collect();
        for ptime in Ptime::ALL {
            let mut player = Player::new(Codec::Pcma, ptime, 1, 0, 0);
            player.play(Reel::from_octets(Codec::Pcma, sound.clone()));
            let (mut heard, mut due) = (vec![], 0);
            while player.is_playing() {
                assert_eq!(player.timestamp(), due);
                heard.extend_from_slice(player.next_frame().payload);
                due += ptime.ticks();
            }
            assert_eq!(heard.len() % ptime.octets(), 0);
            assert_eq!(heard[..2_000], sound);
            assert!(heard[2_000..].iter().all(|&octet| octet == 0xD5));
        }
    }

    #[test]
    fn packets_of_another_length_go_on_from_the_same_octet() {
        let sound: Vec<u8> = (0..=255).cycle().take(1_600).collect();
        let mut player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 0, 0);
        player.play(Reel::from_octets(Codec::Pcma, sound.clone()));
        player.next_frame();
        player.change_ptime(Ptime::Ms60);

        assert_eq!(player.next_frame().payload, &sound[160..640]);
        assert_eq!(player.timestamp(), 640);
    }

    #[test]
    fn a_reel_without_sound_plays_nothing() {
        let mut player = Player::new(Codec::Pcmu, Ptime::Ms20, 1, 0, 0);
        player.play(reel(1, 0));

        assert!(!player.is_playing());
        assert_eq!(player.next_frame().payload, [0xFF; 160]);
    }

    #[derive(Clone, Copy)]
    struct Sent {
        sequence: u16,
        timestamp: u32,
        ssrc: u32,
        marker: bool,
        octet: u8,
        finished: bool,
    }

    fn reel(octet: u8, frames: usize) -> Reel {
        Reel::from_octets(Codec::Pcma, vec![octet; frames * 160])
    }

    fn send(player: &mut Player, reel: Option<Reel>, frames: usize) -> Vec<Sent> {
        if let Some(reel) = reel {
            player.play(reel);
        }
        (0..frames)
            .map(|_| describe(&player.next_frame()))
            .collect()
    }

    fn describe(frame: &Frame<'_>) -> Sent {
        let datagram = [frame.header.as_slice(), frame.payload].concat();
        let packet = rtp::parse(&datagram).unwrap();
        assert_eq!(packet.payload.len(), 160);
        Sent {
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: packet.ssrc,
            marker: packet.marker,
            octet: packet.payload[0],
            finished: frame.finished,
        }
    }
}
