//! A trunk whose line is closed: an announcement before any answer, then the trunk's refusal.
//!
//! Sound before an answer goes only to a caller whose PRACK has come, as sound after one goes only to a caller whose ACK
//! has: nobody can point it at a third party.

use std::time::{Duration, Instant};

use sip::write::reason_phrase;
use sip::{Agent, CallHandle};

use super::{Call, Desk, LiveCall, Track};
use crate::admission::WHEN_BACK;
use crate::{EndCause, Script};

impl Desk {
    /// Whether the calls of its trunk are not answered.
    pub(super) fn is_closed_to(&self, call: &Call) -> bool {
        let trunk = self.admission.trunk(call.entrance.trunk);
        trunk.is_some_and(|trunk| trunk.answering.closed)
    }

    /// Lets a call hear why it is refused, or refuses it at once where it cannot hear. `answer` answers its offer.
    pub(super) fn turn_away(
        &mut self,
        agent: &mut Agent,
        now: Instant,
        handle: CallHandle,
        mut call: Call,
        answer: &[u8],
    ) {
        if agent.announce(now, handle, answer) {
            call.is_announced = true;
            self.ports.insert(call.bound);
            self.calls.insert(handle, call);
        } else {
            self.refuse(agent, now, handle, call, None);
        }
    }

    /// Its PRACK has come: the announcement begins.
    pub(super) fn announced(&mut self, agent: &mut Agent, now: Instant, handle: CallHandle) {
        let Some(mut call) = self.calls.remove(&handle) else {
            return;
        };
        let agreed = call.agreed;
        if agreed.is_some_and(|agreed| self.put_on_air(handle, &mut call, agreed)) {
            self.calls.insert(handle, call);
        } else {
            self.refuse(agent, now, handle, call, None);
        }
    }

    /// Refuses a call that was not answered, as its trunk wants it.
    pub(super) fn refuse(
        &mut self,
        agent: &mut Agent,
        now: Instant,
        handle: CallHandle,
        call: Call,
        live: Option<(&LiveCall, &Track)>,
    ) {
        let trunk = self.admission.trunk(call.entrance.trunk);
        let refusal = trunk.map(|trunk| trunk.refusal).unwrap_or_default();
        let retry_after = refusal.retry_after.then_some(WHEN_BACK);
        let status = refusal.status;
        agent.reject(now, handle, status, reason_phrase(status), retry_after);
        self.write(call, live, EndCause::Refused(status));
    }

    /// What a call hears, and for how long at most before its last words.
    pub(super) fn script_of(&self, call: &Call, longest: Duration) -> (Script, Duration) {
        let on_air = self.on_air.load_full();
        if call.is_announced {
            return (Script::closed(on_air), LONGEST_ANNOUNCEMENT);
        }
        (Script::begin(on_air, call.dialled.as_ref()), longest)
    }
}

/// Carriers give up a call that is not answered after one to three minutes.
const LONGEST_ANNOUNCEMENT: Duration = Duration::from_secs(30);
