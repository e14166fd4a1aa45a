//! One call of a storm.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use media::{Codec, Key};
use net::{Batch, MediaSocket};
use sip::sdp::Agreement;

use super::{hearing::Hearing, notebook::Notebook};
use crate::{
    Encryption, Reports, StormPlan,
    leg::Leg,
    mouth::{Mouth, Utterance},
    offer::agreed_codec,
    report_port::ReportPort,
    secrecy::{self, Secrecy},
    socket::{ms_between, wall_clock},
    tally::Account,
};

/// A caller who listens without keeping what is heard, and may speak, press keys and report.
pub(super) struct Resident {
    pub(super) leg: Leg,
    pub(super) dialled: Instant,
    /// When it loses patience: with ringing first, with listening later. `None` once it has.
    pub(super) hang_up_at: Option<Instant>,
    /// The moment for which the crowd's clock is set.
    pub(super) armed: Option<Instant>,
    pub(super) finished: bool,
    ports: Option<Ports>,
    talk: Option<Talk>,
}

/// The ports of one call.
pub(super) struct Ports {
    pub(super) sound: MediaSocket,
    /// Only where reports are to be exchanged.
    pub(super) reports: Option<MediaSocket>,
}

/// An answered call.
struct Talk {
    acknowledged: Duration,
    hearing: Hearing,
    mouth: Option<Mouth>,
    reports: Option<ReportPort>,
    secrecy: Option<Box<Secrecy>>,
}

impl Resident {
    /// One who has just dialled.
    pub(super) fn new(leg: Leg, ports: Ports, now: Instant, patience: Duration) -> Self {
        Self {
            leg,
            dialled: now,
            hang_up_at: Some(now + patience),
            armed: None,
            finished: false,
            ports: Some(ports),
            talk: None,
        }
    }

    /// Begins to listen to the line, right before the ACK; answers whether it speaks from now on.
    ///
    /// # Errors
    /// What the kernel says, such as no route.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        agreement: &Agreement,
        plan: &StormPlan,
        random: [u8; 10],
    ) -> io::Result<bool> {
        let Some(ports) = &mut self.ports else {
            return Ok(false);
        };
        if !agreement.peer.ip().is_unspecified() {
            ports.sound.connect(agreement.peer)?;
        }
        let codec = agreed_codec(agreement.codec.name);
        let mouth = mouth(now, codec, agreement, plan, random);
        let [a, b, c, d, ..] = random;
        let reports = agreement.rtcp.zip(ports.reports.take());
        let report_port = |(peer, socket): (SocketAddr, MediaSocket)| {
            let (ssrc, srtp) = (u32::from_be_bytes([a, b, c, d]), agreement.srtp.as_ref());
            ReportPort::new(socket, peer, ssrc, srtp, now)
        };
        self.talk = Some(Talk {
            acknowledged: wall_clock(),
            hearing: Hearing::new(codec, plan.keys_per_second > 0.0),
            mouth,
            reports: reports.map(report_port).transpose()?,
            secrecy: agreement.srtp.as_ref().map(Secrecy::begin).map(Box::new),
        });
        Ok(plan.speaks && agreement.sends)
    }

    /// Whether there is something to listen to.
    pub(super) fn is_listening(&self) -> bool {
        self.talk.is_some()
    }

    /// When the next report is due.
    pub(super) fn report_at(&self) -> Option<Instant> {
        let reports = self.talk.as_ref()?.reports.as_ref()?;
        Some(reports.next())
    }

    /// Takes all packets that wait.
    ///
    /// # Errors
    /// What the kernel says.
    pub(super) fn listen(&mut self, notebook: &mut Notebook) -> io::Result<()> {
        let (Some(ports), Some(talk)) = (&self.ports, &mut self.talk) else {
            return Ok(());
        };
        talk.listen(&ports.sound, notebook)
    }

    /// Says what is due; answers whether there is more to say later.
    ///
    /// # Errors
    /// What the kernel says when the sound cannot be read.
    pub(super) fn speak(&mut self, now: Instant, notebook: &mut Notebook) -> io::Result<bool> {
        let (Some(ports), Some(talk)) = (&self.ports, &mut self.talk) else {
            return Ok(false);
        };
        talk.speak(now, &ports.sound, notebook)
    }

    /// Presses a key soon, if the last one has had its effect and there is time for this one's.
    /// Answers whether it is now among those who have something to say and was not before.
    pub(super) fn press(&mut self, now: Instant, key: Key) -> bool {
        let time_left = self.hang_up_at.map(|at| at.saturating_duration_since(now));
        let Some(talk) = &mut self.talk else {
            return false;
        };
        let is_free = !talk.hearing.awaits_reaction() && time_left > Some(TIME_TO_REACT);
        let Some(mouth) = talk.mouth.as_mut().filter(|_| is_free) else {
            return false;
        };
        let was_busy = mouth.is_busy();
        mouth.press(now, key);
        !was_busy
    }

    /// Sends the report that is due.
    ///
    /// # Errors
    /// What the kernel says when reports cannot be read.
    pub(super) fn report(&mut self, now: Instant, notebook: &mut Notebook) -> io::Result<()> {
        let Some(talk) = &mut self.talk else {
            return Ok(());
        };
        let said = talk.mouth.as_ref().and_then(|mouth| mouth.said(now));
        let heard = talk.hearing.reception();
        match &mut talk.reports {
            None => Ok(()),
            Some(reports) => {
                let (batch, octets) = (&mut notebook.batch, &mut notebook.report);
                reports.report_if_due(now, heard, said, batch, octets)
            }
        }
    }

    /// Stops listening, after the last packets; `None` if it never began or has stopped before.
    ///
    /// # Errors
    /// What the kernel says.
    pub(super) fn close_ear(&mut self, notebook: &mut Notebook) -> io::Result<Option<Ear>> {
        self.listen(notebook)?;
        let Some(mut talk) = self.talk.take() else {
            return Ok(None);
        };
        if let Some(reports) = &mut talk.reports {
            reports.listen(&mut notebook.batch)?;
        }
        let first_sound = talk.hearing.first_sound();
        Ok(Some(Ear {
            first_sound_ms: first_sound.map(|at| ms_between(talk.acknowledged, at)),
            packet_ms: talk.hearing.packet_ms(),
            dropped: talk.hearing.dropped(),
            srtp: talk.secrecy.map(|secrecy| secrecy.report()),
            reports: talk.reports.map(|reports| reports.reports()),
            account: talk.hearing.close(wall_clock()),
        }))
    }

    /// Gives the ports back. Only after the BYE is answered, for a closed port answers by itself.
    pub(super) fn finish(&mut self) {
        self.finished = true;
        self.hang_up_at = None;
        self.ports = None;
    }
}

impl Talk {
    fn listen(&mut self, sound: &MediaSocket, notebook: &mut Notebook) -> io::Result<()> {
        for _ in 0..MOST_BATCHES {
            match sound.recv_batch(&mut notebook.batch) {
                Ok(taken) => {
                    self.hearing.hear(self.secrecy.as_deref_mut(), notebook);
                    if taken < Batch::PLACES {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn speak(
        &mut self,
        now: Instant,
        sound: &MediaSocket,
        notebook: &mut Notebook,
    ) -> io::Result<bool> {
        loop {
            let Some(mouth) = &mut self.mouth else {
                return Ok(false);
            };
            let Utterance::Packet {
                header,
                payload,
                pressed,
            } = mouth.poll_output(now)
            else {
                return Ok(mouth.is_busy());
            };
            if pressed.is_some() {
                // What came before the key is heard before it, so that it is known who spoke.
                self.listen(sound, notebook)?;
                let while_it_spoke = self.hearing.press(wall_clock());
                notebook.keys.note_press(while_it_spoke);
            }
            let secrecy = self.secrecy.as_deref_mut();
            secrecy::send(secrecy, sound, &header, payload.octets());
            notebook.spoken += 1;
        }
    }
}

/// Whoever only listens has no mouth.
fn mouth(
    now: Instant,
    codec: Codec,
    agreement: &Agreement,
    plan: &StormPlan,
    random: [u8; 10],
) -> Option<Mouth> {
    let key_type = agreement.telephone_event.map(|keys| keys.payload_type);
    let presses = plan.keys_per_second > 0.0 && key_type.is_some();
    let mouth = Mouth::new(now, codec, key_type, random);
    let mouth = if plan.speaks { mouth } else { mouth.shut() };
    (agreement.sends && (plan.speaks || presses)).then_some(mouth)
}

/// All that one call has heard.
#[derive(Debug)]
pub(super) struct Ear {
    pub(super) first_sound_ms: Option<f64>,
    pub(super) packet_ms: Option<u32>,
    pub(super) account: Account,
    pub(super) reports: Option<Reports>,
    pub(super) dropped: u32,
    pub(super) srtp: Option<Encryption>,
}

/// Batches read in one visit: several seconds of a call.
const MOST_BATCHES: usize = 16;
/// A key pressed later than this before the end would not have its effect heard.
const TIME_TO_REACT: Duration = Duration::from_secs(2);
