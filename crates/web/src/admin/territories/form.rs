//! A form that loses nothing: each input keeps what is typed, what its page showed when it was opened, and why it was
//! not taken.
//!
//! What was shown travels in a hidden field `was_NAME`. When the store holds something else by the time the form comes
//! back, somebody was faster: the form is shown again as it was typed, with what has changed, and the next try counts.

use axum::http::StatusCode;
use bulletin::Language;

use super::listen;
use super::managed::Managed;
use crate::admin::{Fields, Frame};
use crate::proof::Fault;

/// The inputs of one form, and what is to be said of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) inputs: Vec<Input>,
    /// What somebody else has changed since the page was opened, a sentence each.
    pub(super) meanwhile: Vec<String>,
    /// What is not wrong enough to refuse.
    pub(super) remarks: Vec<String>,
    /// What can be heard before it is kept: whose words, and the address of their sound.
    pub(super) sounds: Vec<(String, String)>,
}

impl Form {
    pub(super) fn new(inputs: Vec<Input>) -> Self {
        Self {
            inputs,
            ..Self::default()
        }
    }

    /// Takes in what is typed of something new, which nobody can have changed.
    pub(super) fn fill_new(mut self, fields: &Fields) -> Self {
        for input in &mut self.inputs {
            input.value = tidy(fields.text(input.name));
        }
        self
    }

    /// Takes in what is typed, and what was shown.
    pub(super) fn fill(mut self, fields: &Fields, frame: &Frame) -> Self {
        for input in &mut self.inputs {
            input.value = tidy(fields.text(input.name));
            let seen = tidy(fields.text(&format!("was_{}", input.name)));
            if seen != input.was && input.value != input.was {
                self.meanwhile.push(told(frame, input, &seen));
            }
        }
        self
    }

    /// What is typed under a name.
    pub(super) fn value(&self, name: &str) -> &str {
        let mut inputs = self.inputs.iter();
        inputs
            .find(|input| input.name == name)
            .map_or("", |input| &input.value)
    }

    /// What the page shows under a name as what is kept.
    pub(super) fn shown(&self, name: &str) -> &str {
        let mut inputs = self.inputs.iter();
        inputs
            .find(|input| input.name == name)
            .map_or("", |input| &input.was)
    }

    pub(super) fn ticked(&self, name: &str) -> bool {
        !self.value(name).is_empty()
    }

    /// Takes a value, or keeps the sentence that refuses it beside its input.
    pub(super) fn take<T>(
        &mut self,
        frame: &Frame,
        name: &str,
        read: Result<T, bulletin::Refusal>,
    ) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(refusal) => {
                let (french, english) = (refusal.to_string(), refusal.english());
                self.refuse(name, frame.say(&french, &english));
                None
            }
        }
    }

    pub(super) fn refuse(&mut self, name: &str, why: &str) {
        let mut inputs = self.inputs.iter_mut();
        if let Some(input) = inputs.find(|input| input.name == name) {
            input.refusal = Some(why.to_owned());
        }
    }

    /// Keeps what a proof has found: what is grave refuses the input, the rest is a remark.
    pub(super) fn judge(&mut self, frame: &Frame, name: &str, faults: &[Fault]) {
        for fault in faults {
            let words = frame.say(&fault.french, &fault.english).to_owned();
            if fault.is_grave {
                self.refuse(name, &words);
            } else {
                self.remarks.push(words);
            }
        }
    }

    /// Offers to hear words before they are kept.
    pub(super) fn hear(&mut self, managed: &Managed, language: Language, text: &str) {
        let address = listen::address(managed, language, text);
        self.sounds.push((text.to_owned(), address));
    }

    /// Whether nothing stands against what is typed.
    pub(super) fn is_good(&self) -> bool {
        self.meanwhile.is_empty() && self.refused().is_empty()
    }

    /// The inputs that were refused, for the list above the form.
    pub(super) fn refused(&self) -> Vec<&Input> {
        let inputs = self.inputs.iter();
        inputs.filter(|input| input.refusal.is_some()).collect()
    }

    /// With which status its page answers.
    pub(super) fn status(&self) -> StatusCode {
        if !self.meanwhile.is_empty() {
            StatusCode::CONFLICT
        } else if self.refused().is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// One input of a form.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) label: String,
    /// A sentence under the label; empty where none is needed.
    pub(super) hint: String,
    pub(super) kind: InputKind,
    pub(super) value: String,
    pub(super) was: String,
    pub(super) refusal: Option<String>,
    pub(super) is_required: bool,
}

impl Input {
    /// A line of text, which holds `value` in the store.
    pub(super) fn line(name: &'static str, label: &str, hint: &str, value: &str) -> Self {
        Self {
            name,
            label: label.to_owned(),
            hint: hint.to_owned(),
            kind: InputKind::Line,
            value: tidy(value),
            was: tidy(value),
            refusal: None,
            is_required: false,
        }
    }

    /// The same with room for several lines.
    pub(super) fn lines(name: &'static str, label: &str, hint: &str, value: &str) -> Self {
        Self {
            kind: InputKind::Lines,
            ..Self::line(name, label, hint, value)
        }
    }

    /// A box to tick.
    pub(super) fn tick(name: &'static str, label: &str, hint: &str, is_set: bool) -> Self {
        Self {
            kind: InputKind::Tick,
            ..Self::line(name, label, hint, if is_set { TICKED } else { "" })
        }
    }

    /// One of a few values, each with its words.
    pub(super) fn choice(
        name: &'static str,
        label: &str,
        value: &str,
        options: &[(&'static str, &str)],
    ) -> Self {
        let options = options.iter();
        let options = options.map(|&(value, words)| (value, words.to_owned()));
        Self {
            kind: InputKind::Choice(options.collect()),
            ..Self::line(name, label, "", value)
        }
    }

    /// The same, which cannot be left empty.
    pub(super) fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    pub(super) fn is_lines(&self) -> bool {
        self.kind == InputKind::Lines
    }

    pub(super) fn is_tick(&self) -> bool {
        self.kind == InputKind::Tick
    }

    /// The values to choose from; empty for other kinds.
    pub(super) fn options(&self) -> &[(&'static str, String)] {
        match &self.kind {
            InputKind::Choice(options) => options,
            InputKind::Line | InputKind::Lines | InputKind::Tick => &[],
        }
    }

    /// What is typed or chosen, as a reader reads it.
    pub(super) fn shown(&self) -> &str {
        let mut options = self.options().iter();
        let chosen = options.find(|(value, _)| *value == self.value);
        chosen.map_or(&self.value, |(_, words)| words)
    }

    /// The ids of what describes it, for `aria-describedby`.
    pub(super) fn described_by(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let refusal = self.refusal.is_some();
        let refusal = refusal.then(|| format!("{}-refusal", self.name));
        let ids: Vec<_> = refusal.into_iter().chain(hint).collect();
        ids.join(" ")
    }
}

/// What an input looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InputKind {
    Line,
    Lines,
    Tick,
    Choice(Vec<(&'static str, String)>),
}

/// What a ticked box sends.
const TICKED: &str = "on";

/// Texts of forms have CR LF between lines and blanks where nobody sees them.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

fn told(frame: &Frame, input: &Input, seen: &str) -> String {
    let quoted = |text: &str| match (input.is_tick(), text.is_empty()) {
        (true, true) => frame.say("non", "no").to_owned(),
        (true, false) => frame.say("oui", "yes").to_owned(),
        (false, true) => frame.say("rien", "nothing").to_owned(),
        (false, false) => frame
            .say("«\u{a0}{}\u{a0}»", "“{}”")
            .replace("{}", &text.replace('\n', " ")),
    };
    let (before, since) = (quoted(seen), quoted(&input.was));
    let label = &input.label;
    let french = format!("{label} : c’était {before}, c’est maintenant {since}.");
    let english = format!("{label}: it was {before}, it is {since} now.");
    frame.say(&french, &english).to_owned()
}
