//! One call on a media thread, but for what each packet needs (see [`Track`]): its script, its keypad, its reports.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use media::srtp::{Keys, Suite};
use media::{Key, Keypad, Reels, ToneKeypad, rtcp, rtp};
use net::MediaSocket;

use super::course::Course;
use super::latch::Latch;
use super::order::{Agreed, ReportsTo};
use super::reporting::{Reporting, Way};
use super::secrecy::{Kind, Secrecy, open};
use super::track::Track;
use super::watch::Watch;
use crate::dictation::Word;
use crate::{MediaDeath, OnAir, Quality, Script, Step};

/// Owned by one thread at a time, outright: nothing here is shared or locked.
#[derive(Debug)]
pub(super) struct LiveCall {
    agreed: Agreed,
    keypad: Keypad,
    /// Only where keys are listened for in the sound.
    tones: Option<Box<ToneKeypad>>,
    course: Course,
    /// What the player plays, in every codec.
    sound: Option<Reels>,
    /// Keys come over RTP; the same ones by SIP INFO would count twice.
    keys_by_rtp: bool,
    /// Whether the last words of a call that lasted long enough have begun.
    time_is_up: bool,
    watch: Watch,
    /// While the caller's true address is not known.
    latch: Option<Latch>,
    /// Opens what comes of an encrypted call.
    secrecy: Option<Box<Secrecy>>,
    /// Of the refusals counted, those told.
    refusals_told: u32,
    reports_untold: u64,
    pub(super) reporting: Reporting,
}

impl LiveCall {
    /// A call whose ports are connected and filtered already.
    pub(super) fn new(
        agreed: Agreed,
        course: Course,
        reporting: Reporting,
        latch: Option<Latch>,
        limits: MediaDeath,
        now: Instant,
    ) -> Self {
        Self {
            agreed,
            keypad: keypad(&agreed),
            tones: tones(&agreed),
            course,
            sound: None,
            keys_by_rtp: false,
            time_is_up: false,
            watch: Watch::new(limits, now),
            latch,
            secrecy: None,
            refusals_told: 0,
            reports_untold: 0,
            reporting,
        }
    }

    /// Takes the next step of the script, or this one; `false` when the script is over.
    pub(super) fn advance(
        &mut self,
        track: &mut Track,
        step: Option<Step>,
        latest: &Arc<OnAir>,
        now: Timestamp,
    ) -> bool {
        let mut step = step.unwrap_or_else(|| self.course.next_step(latest, now));
        for _ in 0..MOST_EMPTY_STEPS {
            match self.take(track, step) {
                Taken::Begun => return true,
                Taken::Over => return false,
                Taken::Empty => step = self.course.next_step(latest, now),
            }
        }
        false
    }

    /// Gives a key to the script; `None` when that changes nothing, `false` when it ends the call.
    pub(super) fn press(
        &mut self,
        track: &mut Track,
        key: char,
        latest: &Arc<OnAir>,
        now: Timestamp,
    ) -> Option<bool> {
        self.note_played(track);
        let step = self.course.handle_key(key, latest, now)?;
        Some(self.advance(track, Some(step), latest, now))
    }

    /// Gives a dictation the answer to its question; `false` when that ends the call.
    pub(super) fn answer(
        &mut self,
        track: &mut Track,
        (serial, word): (u64, Word),
        latest: &Arc<OnAir>,
        now: Timestamp,
    ) -> bool {
        match self.course.handle_word(serial, word) {
            Some(step) => self.advance(track, Some(step), latest, now),
            None => true,
        }
    }

    /// Begins the last words of a call that has lasted as long as any may; `false` when they are over.
    pub(super) fn announce_end(
        &mut self,
        track: &mut Track,
        latest: &Arc<OnAir>,
        now: Timestamp,
    ) -> bool {
        if self.time_is_up {
            return false;
        }
        self.time_is_up = true;
        self.note_played(track);
        let step = self.course.end_for_time(latest, now);
        let begun = self.advance(track, Some(step), latest, now);
        let words = self
            .sound
            .as_ref()
            .map(|reels| reels.of(self.agreed.codec).duration());
        track.call_left = ticks(words.unwrap_or_default() + AFTER_LAST_WORDS);
        begun
    }

    /// Tells the script how much of its words the caller has had, before something stops them.
    pub(super) fn note_played(&mut self, track: &Track) {
        self.course.note_played(track.player.played());
    }

    /// Whether the call has lasted as long as any may.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.time_is_up
    }

    /// Says whether one round of the programme is enough.
    pub(super) fn shorten(&mut self, short: bool) {
        self.course.shorten(short);
    }

    /// Whether a key that came by SIP INFO counts.
    pub(super) fn hears_info_keys(&self) -> bool {
        !self.keys_by_rtp
    }

    /// Reads waiting packets until one begins a press.
    ///
    /// - `left`: how many may be read; less by each one that was.
    pub(super) fn hear(
        &mut self,
        track: &mut Track,
        left: &mut usize,
        now: Instant,
    ) -> Option<Key> {
        if let Some(key) = self.tones.as_mut().and_then(|tones| tones.next_key()) {
            return Some(key);
        }
        let mut octets = [0; LONGEST_PACKET];
        while *left > 0 {
            *left -= 1;
            let (length, source) = match track.socket.recv(&mut octets) {
                Ok(Some(received)) => received,
                Ok(None) => return None,
                Err(error) => {
                    let refused = error.kind() == io::ErrorKind::ConnectionRefused;
                    track.counts.refused = track.counts.refused.wrapping_add(refused.into());
                    continue;
                }
            };
            if self.latch.is_none() && self.agreed.peer.is_none() {
                continue; // nobody is agreed on, so anybody may have said it
            }
            let datagram = &mut octets[..length];
            let shares_port = self.agreed.reports == Some(ReportsTo::Sound);
            let kind = if shares_port && rtcp::is_rtcp(datagram) {
                Kind::Report
            } else {
                Kind::Sound
            };
            let Some(datagram) = open(self.secrecy.as_deref_mut(), datagram, kind) else {
                continue;
            };
            if kind == Kind::Report {
                self.take_report(datagram, track, now);
                continue;
            }
            let Ok(packet) = rtp::parse(datagram) else {
                continue;
            };
            if let Some(latch) = &self.latch {
                if !latch.takes(&packet, source, &self.agreed) {
                    continue;
                }
                self.settle(track, source);
            }
            self.watch.hear(now);
            if packet.payload_type == self.agreed.codec.payload_type() {
                self.course.hear_sound(&packet, self.agreed.codec);
            }
            if let Some(key) = self.key_of(&packet) {
                self.keys_by_rtp = true;
                return Some(key);
            }
        }
        None
    }

    /// The key that begins with a packet: of the caller's keypad, or of its sound.
    fn key_of(&mut self, packet: &rtp::Packet<'_>) -> Option<Key> {
        if Some(packet.payload_type) == self.agreed.key_type() {
            return self.keypad.handle_event(packet.timestamp, packet.payload);
        }
        let tones = self.tones.as_mut()?;
        if packet.payload_type != self.agreed.codec.payload_type() {
            return None;
        }
        tones.hear(packet.timestamp, packet.payload);
        tones.next_key()
    }

    /// Reads what waits on the port of reports. Where none are agreed on, anybody may have said it, and it is let go.
    pub(super) fn hear_reports(&mut self, track: &Track, now: Instant) {
        let mut octets = [0; LONGEST_PACKET];
        for _ in 0..MOST_READ_AT_ONCE {
            let Some(socket) = self.reporting.socket() else {
                break;
            };
            match socket.recv(&mut octets) {
                Ok(Some(_)) if !self.reporting.is_agreed() => {}
                Ok(Some((length, _))) => {
                    let secrecy = self.secrecy.as_deref_mut();
                    if let Some(report) = open(secrecy, &mut octets[..length], Kind::Report) {
                        self.take_report(report, track, now);
                    }
                }
                Ok(None) => break,
                // A caller without a port for reports refuses ours: that says nothing about the sound.
                Err(_) => {}
            }
        }
    }

    /// Reports heard since this was last asked.
    pub(super) fn news_of_reports(&mut self) -> u64 {
        std::mem::take(&mut self.reports_untold)
    }

    /// Looks whether anybody is still there; `false` when nobody is.
    pub(super) fn look(&mut self, track: &mut Track, now: Instant) -> bool {
        if self.latch.as_ref().is_some_and(|latch| latch.is_over(now))
            && let Some(peer) = self.agreed.peer
        {
            self.settle(track, peer);
        }
        !self.watch.is_dead(now, track.counts.refused, track.sends)
    }

    /// Packets refused since this was last asked.
    pub(super) fn news_of_refusals(&mut self, track: &Track) -> u64 {
        let told = std::mem::replace(&mut self.refusals_told, track.counts.refused);
        track.counts.refused.wrapping_sub(told).into()
    }

    /// Encrypts from the next packet on with these keys, or no more. The track gets what seals its sound.
    pub(super) fn change_keys(&mut self, track: &mut Track, keys: Option<&Keys>) {
        match (&mut self.secrecy, keys) {
            (Some(secrecy), Some(&keys)) => {
                if let Some(sealer) = secrecy.change(keys) {
                    track.sealer = Some(Box::new(sealer));
                }
            }
            (secrecy, Some(&keys)) => {
                let (begun, sealer) = Secrecy::begin(keys);
                *secrecy = Some(Box::new(begun));
                track.sealer = Some(Box::new(sealer));
            }
            (secrecy, None) => {
                *secrecy = None;
                track.sealer = None;
            }
        }
    }

    /// Seals a report of an encrypted call in its place.
    pub(super) fn seal_report(&mut self, octets: &mut Vec<u8>) {
        if let Some(secrecy) = &mut self.secrecy {
            secrecy.seal_report(octets);
        }
    }

    /// How the call is encrypted.
    pub(super) fn suite(&self) -> Option<Suite> {
        self.secrecy.as_ref().map(|secrecy| secrecy.suite())
    }

    /// Packets and reports of an encrypted call that were not the caller's, since this was last asked.
    pub(super) fn news_of_forgeries(&mut self) -> u64 {
        let secrecy = self.secrecy.as_mut();
        secrecy.map_or(0, |secrecy| secrecy.news_of_refusals())
    }

    /// Goes on as newly agreed. The place in the sound is kept, on hold too.
    ///
    /// # Errors
    /// What the kernel says about the new peer; then nothing more is sent to the old one either.
    pub(super) fn redirect(&mut self, track: &mut Track, agreed: Agreed) -> io::Result<()> {
        let before = std::mem::replace(&mut self.agreed, agreed);
        track.sends = false;
        // A caller who names another address means it.
        let moves = agreed.peer.is_some() && agreed.peer != before.peer;
        let unlatched = moves && self.latch.take().is_some();
        if unlatched {
            track.unlatched = None;
        }
        if agreed.codec != before.codec {
            let sound = self.sound.as_ref();
            let same_sound = sound.map(|reels| reels.of(agreed.codec).clone());
            track.player.change_codec(agreed.codec, same_sound);
        }
        track.player.change_ptime(agreed.ptime);
        if unlatched || agreed.heard() != before.heard() {
            agreed.attach_filter(&track.socket)?;
        }
        if agreed.keys.map(|keys| keys.clock) != before.keys.map(|keys| keys.clock) {
            self.keypad = keypad(&agreed);
        }
        if (agreed.in_band, agreed.codec) != (before.in_band, before.codec) {
            self.tones = tones(&agreed);
        }
        match agreed.peer {
            Some(peer) if before.peer != Some(peer) => track.socket.connect(peer)?,
            Some(_) => {}
            None => self.agreed.peer = before.peer,
        }
        if agreed.reports != before.reports {
            self.reporting.change(|socket| agreed.way(socket));
        }
        track.sends = agreed.sends && self.agreed.peer.is_some();
        Ok(())
    }

    /// What was agreed.
    pub(super) fn agreed(&self) -> Agreed {
        self.agreed
    }

    /// The call's way through the programme, for its record.
    pub(super) fn script(&self) -> Option<&Script> {
        self.course.programme()
    }

    /// What the caller's side reported.
    pub(super) fn quality(&self) -> Option<Quality> {
        self.reporting.quality()
    }

    /// Sends to this address and hears nobody else from now on. What the kernel refuses is tried again at the next packet
    /// or when the time is over.
    fn settle(&mut self, track: &mut Track, peer: SocketAddr) {
        let settled = track.socket.connect(peer);
        if settled
            .and_then(|()| self.agreed.attach_filter(&track.socket))
            .is_err()
        {
            return;
        }
        self.latch = None;
        track.unlatched = None;
        self.agreed.peer.get_or_insert(peer);
        if Some(peer) != self.agreed.peer && matches!(self.agreed.reports, Some(ReportsTo::Port(_)))
        {
            // Whoever sits behind a translation sends reports from one port above, as RFC 4961 wants it.
            let port = peer.port().saturating_add(1);
            let reports = SocketAddr::new(peer.ip(), port);
            let moved = Agreed {
                reports: Some(ReportsTo::Port(reports)),
                ..self.agreed
            };
            self.reporting.change(|socket| moved.way(socket));
        }
    }

    fn take_report(&mut self, datagram: &[u8], track: &Track, now: Instant) {
        if self.reporting.hear(datagram, track.player.ssrc()) {
            self.watch.hear_report(now);
            self.reports_untold += 1;
        }
    }

    fn take(&mut self, track: &mut Track, step: Step) -> Taken {
        track.pause_left = 0;
        match step {
            Step::Play(reels) => {
                track.player.play(reels.of(self.agreed.codec).clone());
                self.sound = Some(reels);
            }
            Step::Pause(length) => {
                track.player.stop();
                self.sound = None;
                track.pause_left = ticks(length);
            }
            Step::Hold(length) => {
                track.player.pause();
                track.pause_left = ticks(length);
                return if track.pause_left > 0 {
                    Taken::Begun
                } else {
                    Taken::Empty
                };
            }
            Step::Resume => track.player.resume(),
            Step::HangUp => return Taken::Over,
        }
        if track.player.is_playing() || track.pause_left > 0 {
            Taken::Begun
        } else {
            Taken::Empty
        }
    }
}

fn keypad(agreed: &Agreed) -> Keypad {
    let keys = agreed.keys;
    keys.map_or_else(Keypad::new, |keys| Keypad::with_clock(keys.clock))
}

fn tones(agreed: &Agreed) -> Option<Box<ToneKeypad>> {
    agreed
        .in_band
        .then(|| Box::new(ToneKeypad::new(agreed.codec)))
}

enum Taken {
    Begun,
    Empty,
    Over,
}

impl Agreed {
    /// Payload type of the caller's keys.
    pub(super) fn key_type(&self) -> Option<u8> {
        self.keys.map(|keys| keys.payload_type)
    }

    /// What the filter of the call's port must let in: keys, reports where they share the port, or everything.
    fn heard(&self) -> (Option<u8>, bool, bool) {
        let reports = self.reports == Some(ReportsTo::Sound);
        (self.key_type(), reports, self.in_band || self.dictates)
    }

    /// Lets the kernel drop all but keys, signs of life, and reports where they share the port; nothing where the sound
    /// is listened to.
    pub(super) fn attach_filter(&self, socket: &MediaSocket) -> io::Result<()> {
        match self.heard() {
            (_, _, true) => {
                socket.hear_everything()?;
                match self.dictates {
                    true => socket.ask_receive_buffer(DICTATION_BUFFER),
                    false => Ok(()),
                }
            }
            (key_type, reports, false) => socket.attach_keypad_filter(key_type, reports),
        }
    }

    /// The way of reports, with the port bound for them. One that cannot be connected is kept and not used: sound goes
    /// on without reports.
    pub(super) fn way(&self, socket: Option<MediaSocket>) -> Way {
        match (self.reports, socket) {
            (Some(ReportsTo::Sound), _) => Way::Shared,
            (Some(ReportsTo::Port(peer)), Some(socket)) => match socket.connect(peer) {
                Ok(()) => Way::Own(socket),
                Err(_) => Way::None(Some(socket)),
            },
            (_, socket) => Way::None(socket),
        }
    }
}

/// Ticks of the RTP clock in this time.
pub(super) fn ticks(length: Duration) -> u32 {
    u32::try_from(length.as_micros().div_ceil(125)).unwrap_or(u32::MAX)
}

/// A script that gives so many steps without any sound or silence has lost its way.
const MOST_EMPTY_STEPS: usize = 64;
/// Longest packet worth reading: keypad events have 16 octets, sound of 60 ms has 492.
const LONGEST_PACKET: usize = 1_500;
/// Packets of one call read in one turn, so that nobody's flood delays the others.
pub(super) const MOST_READ_AT_ONCE: usize = 16;
/// Octets asked for where a voice is recorded, so that a second in which this thread is held up loses nothing.
const DICTATION_BUFFER: usize = 65_536;
/// A call whose last words are said has ended by itself when this is over.
const AFTER_LAST_WORDS: Duration = Duration::from_secs(1);

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::HousePrompts;
    use media::{Codec, Player, Ptime};
    use std::net::UdpSocket;

    /// A call, and the ear it plays to. The script of an empty programme speaks after half a second.
    pub(in crate::driver) fn call_of(
        on_air: &Arc<OnAir>,
        ptime: Ptime,
    ) -> (Box<LiveCall>, Track, UdpSocket) {
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        ear.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let socket = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.connect(ear.local_addr().unwrap()).unwrap();
        let agreed = Agreed {
            codec: Codec::Pcma,
            ptime,
            keys: None,
            in_band: false,
            dictates: false,
            peer: ear.local_addr().ok(),
            sends: true,
            reports: None,
        };
        let track = Track {
            seat: 0,
            socket,
            player: Player::new(Codec::Pcma, ptime, 1, 2, 3),
            unlatched: None,
            sealer: None,
            sends: true,
            pause_left: 0,
            call_left: ticks(Duration::from_mins(1)),
            counts: super::super::track::Counts::default(),
        };
        let script = Course::Programme(Script::begin(Arc::clone(on_air), None));
        let now = Instant::now();
        let reporting = Reporting::new(Way::None(None), 1, now);
        let call = LiveCall::new(agreed, script, reporting, None, MediaDeath::default(), now);
        (Box::new(call), track, ear)
    }

    /// No territory at all, and prompts of one packet.
    pub(in crate::driver) fn nothing_on_air() -> OnAir {
        let packet = Reels::from_samples(&[0; 160]);
        let ids = HousePrompts::ids().map(|id| (id, packet.clone()));
        OnAir {
            territories: vec![],
            prompts: Arc::new(HousePrompts::new(ids.collect()).unwrap()),
        }
    }

    #[test]
    fn a_tick_begun_counts_whole() {
        assert_eq!(ticks(Duration::from_millis(500)), 4_000);
        assert_eq!(ticks(Duration::from_micros(126)), 2);
        assert_eq!(ticks(Duration::ZERO), 0);
        assert_eq!(ticks(Duration::MAX), u32::MAX);
    }
}
