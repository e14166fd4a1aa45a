//! Where a bulletin stands: on the page, on the line of each node, with its sound, on each channel; and what to do about
//! what is not.

mod channels;

use bulletin::{Bulletin, EntryKind, Language, State as BulletinState, Territory};
use jiff::{SignedDuration, Timestamp};
use store::DeliveryState;

use crate::admin::told::{Reached, ToldContact};
use crate::app::App;
use crate::audio;
use crate::error::Error;
use crate::words::{self, Moment};

/// One bulletin, seen from everywhere at one instant.
#[derive(Debug)]
pub(super) struct StandingView {
    /// When all this was looked at.
    pub(super) checked: Moment,
    /// From the event to the first post; empty when its hour is unknown.
    pub(super) delay: String,
    pub(super) lights: Vec<Light>,
    /// The worst of them.
    pub(super) verdict: Colour,
    /// Whether a channel has given something up, which can be taken up again.
    pub(super) may_retell: bool,
}

/// One thing that should be so.
#[derive(Debug)]
pub(super) struct Light {
    pub(super) name: String,
    pub(super) colour: Colour,
    /// How it stands, in a word: colour alone tells nothing (RGAA 3.1).
    pub(super) word: &'static str,
    pub(super) detail: String,
    /// The detail is English on every page: it is what the log says.
    pub(super) is_of_the_log: bool,
    /// What to do; empty when there is nothing to do.
    pub(super) cure: &'static str,
}

/// How a light stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Colour {
    Green,
    /// On its way.
    Amber,
    Red,
}

impl Colour {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl StandingView {
    pub(super) async fn look(
        app: &App,
        bulletin: &Bulletin,
        territory: &Territory,
        language: Language,
    ) -> Result<Self, Error> {
        let now = app.now();
        let eye = Eye {
            bulletin,
            territory,
            language,
            now,
        };
        let owner = audio::owner(&bulletin.id, bulletin.current().number);
        let speech = app.store.speech_state_of(&owner).await?;
        let mut lights = vec![eye.page(app)];
        if eye.is_heard() {
            lights.push(eye.sound(speech));
        }
        lights.extend(eye.nodes(app));
        let deliveries = app.store.deliveries_of(&bulletin.id).await?;
        lights.extend(channels::lights(&eye, &deliveries));
        let told = ToldContact::of(&app.store, bulletin).await?;
        lights.extend(told.iter().map(|contact| eye.authority(contact)));
        lights.extend(eye.service(app));
        let delay = bulletin.posting_delay();
        Ok(Self {
            checked: eye.moment(now),
            delay: delay
                .and_then(|delay| words::span(language, delay.as_secs()))
                .unwrap_or_default(),
            may_retell: deliveries
                .iter()
                .any(|one| one.state == DeliveryState::Dead),
            verdict: lights
                .iter()
                .map(|light| light.colour)
                .max()
                .unwrap_or(Colour::Green),
            lights,
        })
    }
}

/// Who looks at what.
struct Eye<'a> {
    bulletin: &'a Bulletin,
    territory: &'a Territory,
    language: Language,
    now: Timestamp,
}

impl Eye<'_> {
    fn say(&self, french: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::French => french,
            Language::English => english,
        }
    }

    fn moment(&self, at: Timestamp) -> Moment {
        Moment::told(self.language, at, &self.territory.zone, self.now)
    }

    fn light(&self, name: &str, colour: Colour, detail: String, cure: &'static str) -> Light {
        let word = match colour {
            Colour::Green => self.say("en place", "in place"),
            Colour::Amber => self.say("en cours", "on its way"),
            Colour::Red => self.say("en défaut", "at fault"),
        };
        Light {
            name: name.to_owned(),
            colour,
            word,
            detail,
            is_of_the_log: false,
            cure: if colour == Colour::Red { cure } else { "" },
        }
    }

    /// Whether callers are to hear it.
    fn is_heard(&self) -> bool {
        !matches!(
            self.bulletin.state(self.now),
            BulletinState::Cancelled | BulletinState::Expired
        )
    }

    /// What has been waited for so long that something is wrong.
    fn patience(&self) -> Colour {
        self.patience_since(self.bulletin.updated_at())
    }

    fn patience_since(&self, at: Timestamp) -> Colour {
        if self.now.duration_since(at) > PATIENCE {
            Colour::Red
        } else {
            Colour::Amber
        }
    }

    fn page(&self, app: &App) -> Light {
        let name = self.say("Page publique", "Public page");
        let latest = self.bulletin.current();
        let shown = app
            .pages
            .load()
            .shown(&self.bulletin.territory, &self.bulletin.id);
        let (colour, detail) = match (self.is_heard(), shown) {
            (false, None) => (Colour::Green, self.say("retiré", "taken off").to_owned()),
            (true, Some(number)) if number == latest.number => {
                (Colour::Green, self.moment(latest.at).words)
            }
            (true, Some(_)) => (
                self.patience(),
                self.say("montre le texte précédent", "shows the text before")
                    .to_owned(),
            ),
            (true, None) => (
                self.patience(),
                self.say("ne le montre pas encore", "does not show it yet")
                    .to_owned(),
            ),
            (false, Some(_)) => (
                self.patience(),
                self.say("le montre encore", "still shows it").to_owned(),
            ),
        };
        self.light(
            name,
            colour,
            detail,
            self.say(
                "La base de données ne répond peut-être pas : prévenez l’exploitant du service. Le texte est gardé.",
                "The database may not answer: tell who runs the service. The text is kept.",
            ),
        )
    }

    /// How far the speaking of the latest entry has come.
    fn sound(&self, speech: Option<(String, String)>) -> Light {
        let name = self.say("Version parlée", "Spoken version");
        let (colour, detail) = match speech {
            Some((state, detail)) if state == "ready" => (Colour::Green, detail),
            Some((state, detail)) if state == "failed" => (Colour::Red, detail),
            _ => (
                self.patience(),
                self.say("une voix lit le texte", "a voice reads the text")
                    .to_owned(),
            ),
        };
        let is_of_the_log = colour != Colour::Amber;
        let light = self.light(
            name,
            colour,
            detail,
            self.say(
                "Le texte est sur la page ; au téléphone une phrase générale le remplace. Enregistrez votre voix par une mise à jour.",
                "The text is on the page; on the telephone a general sentence stands for it. Record your voice in an update.",
            ),
        );
        Light {
            is_of_the_log,
            ..light
        }
    }

    /// Which nodes of the line hold the sound.
    fn nodes(&self, app: &App) -> Vec<Light> {
        let latest = self.bulletin.current();
        let latest = match latest.kind {
            // What was said before is heard again at once; a new lead-in follows.
            EntryKind::Restoration => latest.number.saturating_sub(2),
            _ => latest.number,
        };
        let nodes = (app.nodes)(&self.bulletin.id).into_iter();
        nodes
            .map(|node| {
                let name = format!("{} ({})", self.say("Ligne", "Line"), node.name);
                let since = |at| {
                    let since = self.say("l’a depuis", "has it since");
                    format!("{since} {}", self.moment(at).words)
                };
                let (colour, detail) = match (self.is_heard(), node.holds) {
                    (true, Some((number, at))) if number >= latest => (Colour::Green, since(at)),
                    (true, Some(_)) => (
                        self.patience(),
                        self.say("dit encore le texte précédent", "still says the text before")
                            .to_owned(),
                    ),
                    (true, None) => (
                        self.patience(),
                        self.say("ne l’a pas encore", "does not have it yet").to_owned(),
                    ),
                    (false, None) => {
                        (Colour::Green, self.say("ne le dit plus", "no longer says it").to_owned())
                    }
                    (false, Some(_)) => {
                        (self.patience(), self.say("le dit encore", "still says it").to_owned())
                    }
                };
                self.light(
                    &name,
                    colour,
                    detail,
                    self.say(
                        "Regardez la version parlée et le service ci-dessous ; en attendant, les appelants entendent une phrase générale.",
                        "See the spoken version and the service below; meanwhile callers hear a general sentence.",
                    ),
                )
            })
            .collect()
    }

    /// How it stands with an authority that is told.
    fn authority(&self, told: &ToldContact) -> Light {
        let colour = match told.stands(self.bulletin, self.now) {
            Reached::Well => Colour::Green,
            Reached::Waiting => Colour::Amber,
            Reached::Badly => Colour::Red,
        };
        self.light(
            told.name(),
            colour,
            told.in_words(self.language, self.territory, self.now),
            self.say(
                "Personne n’y a accusé réception : téléphonez-leur.",
                "Nobody there has acknowledged: telephone them.",
            ),
        )
    }

    /// What is wrong with the service itself.
    fn service(&self, app: &App) -> Vec<Light> {
        let concerns = (app.readiness)().into_iter();
        let told = concerns.filter_map(|concern| {
            let (french, english) = match concern.name.as_str() {
                "line" => (
                    "Les appelants n’obtiennent pas la ligne : prévenez tout de suite l’exploitant du service.",
                    "Callers do not get through: tell who runs the service at once.",
                ),
                "database" => (
                    "Les appelants entendent le dernier programme connu : prévenez l’exploitant du service.",
                    "Callers hear the last known programme: tell who runs the service.",
                ),
                "voice" => (
                    "Une voix est en panne : enregistrez la vôtre si le texte n’est pas lu.",
                    "A voice is out of order: record your own if the text is not read.",
                ),
                "load" => (
                    "La ligne est pleine : dites sur d’autres canaux que la page existe.",
                    "The line is full: say by other channels that there is the page.",
                ),
                _ => return None,
            };
            let is_vital = concern.vital || concern.name == "line";
            if concern.ok && !is_vital {
                return None;
            }
            let name = match concern.name.as_str() {
                "line" => self.say("Service téléphonique", "Telephone service"),
                "database" => self.say("Base de données", "Database"),
                "voice" => self.say("Voix", "Voices"),
                _ => self.say("Charge de la ligne", "Load of the line"),
            };
            if concern.ok {
                let answers = self.say("les appelants l’obtiennent", "callers get through");
                return Some(self.light(name, Colour::Green, answers.to_owned(), ""));
            }
            Some(Light {
                is_of_the_log: true,
                ..self.light(name, Colour::Red, concern.detail, self.say(french, english))
            })
        });
        told.collect()
    }
}

/// Within this time a bulletin is on every channel, or something is wrong.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);
