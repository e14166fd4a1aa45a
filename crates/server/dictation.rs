//! Posting by telephone: who stands behind the calls of operators, checks their codes, keeps what they say and publishes
//! it.
//!
//! The line says what happens in such calls through one bounded channel and is answered call by call; it knows neither
//! sites nor rows. [`listen`] gives each call a task of its own ([`Attendance`]), so that one that waits for the database
//! holds up no other. How many there are is bounded, and so is what each keeps.

mod attendance;
mod gate;
mod recording;
mod tries;

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Weak};

use bulletin::DialledNumber;
use line::{DictatedCall, DictationLine, Line, Said, Saying, Word};
use store::Store;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::house::{self, HouseError};
use crate::programme::Programmes;
use crate::secrets::SecretError;
use attendance::Attendance;
use gate::Gate;

/// What every call's task needs of the rest of the program.
pub(crate) struct Desk {
    store: Store,
    gate: Gate,
    line: Weak<Line>,
    programmes: Arc<Programmes>,
    posted: Arc<Notify>,
    /// Taken by those who were let in.
    places: Arc<Semaphore>,
}

impl Desk {
    /// - `line`: whom the answers go to; it is not kept alive by them.
    ///
    /// # Errors
    /// Without randomness for the hash that unknown codes are compared with.
    pub(crate) fn new(
        store: Store,
        line: Weak<Line>,
        programmes: Arc<Programmes>,
        posted: Arc<Notify>,
    ) -> Result<Self, SecretError> {
        Ok(Self {
            gate: Gate::new(store.clone())?,
            store,
            line,
            programmes,
            posted,
            places: Arc::new(Semaphore::new(MOST_LET_IN)),
        })
    }

    fn answer(&self, call: DictatedCall, word: Word) {
        if let Some(line) = self.line.upgrade() {
            line.answer_dictation(call, word);
        }
    }
}

/// What the line needs to take dictations at these numbers, and where it says what happens in them.
///
/// # Errors
/// [`HouseError`] if a sentence is missing.
pub(crate) fn line_of(
    numbers: &[DialledNumber],
) -> Result<Option<(DictationLine, Receiver<Said>)>, HouseError> {
    if numbers.is_empty() {
        return Ok(None);
    }
    let (said, heard) = sync_channel(MOST_SAID);
    let line = DictationLine {
        numbers: numbers.to_vec(),
        prompts: Arc::new(house::dictation()?),
        said,
    };
    Ok(Some((line, heard)))
}

/// Listens to every dictation until the line is gone and what was dictated is kept. Called where tokio runs.
pub(crate) fn listen(said: Receiver<Said>, desk: &Arc<Desk>) {
    let runtime = Handle::current();
    let mut calls = Calls::default();
    for Said { call, what } in said {
        match what {
            // The task ends when it has done what waits for it.
            Saying::Over => {
                calls.attended.remove(&call.serial);
            }
            what => calls.pass_on(desk, &runtime, call, what),
        }
    }
    calls.attended.clear();
    for task in calls.tasks {
        if let Err(error) = runtime.block_on(task) {
            tracing::error!(%error, "a dictation was lost to a fault");
        }
    }
}

/// The calls of the moment, each with its task.
#[derive(Default)]
struct Calls {
    attended: HashMap<u64, mpsc::Sender<Saying>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Calls {
    fn pass_on(&mut self, desk: &Arc<Desk>, runtime: &Handle, call: DictatedCall, what: Saying) {
        let is_question = matches!(what, Saying::Credentials { .. });
        if is_question && !self.attended.contains_key(&call.serial) {
            self.attended.retain(|_, sender| !sender.is_closed());
            self.tasks.retain(|task| !task.is_finished());
            if self.tasks.len() >= MOST_ASKING {
                return desk.answer(call, Word::Busy);
            }
            let (sender, said) = mpsc::channel(MOST_WAITING);
            let attendance = Attendance::new(Arc::clone(desk), call);
            self.tasks.push(runtime.spawn(attendance.attend(said)));
            self.attended.insert(call.serial, sender);
        }
        if let Some(sender) = self.attended.get(&call.serial) {
            // A task that is this far behind misses sound; the question it misses is told by the script's patience.
            let _ = sender.try_send(what);
        }
    }
}

/// Operators dictating at once; each may hold two minutes of sound and the tables that put it in order.
const MOST_LET_IN: usize = 8;
/// Callers heard at once, most of whom are still to show who they are and hold nothing.
const MOST_ASKING: usize = 100;
/// Several seconds of the packets of all who dictate.
const MOST_SAID: usize = 4_096;
/// Ten seconds of packets, and what is said between them.
const MOST_WAITING: usize = 512;
