//! What the links in mails lead to: confirming, and leaving.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bulletin::{Language, Territory};
use store::Subscriber;

use super::note::Note;
use crate::app::{App, Mailbox};
use crate::error::Error;
use crate::pages::{Notice, Place, Shell, private};

/// A reader, known by what stands in a link.
pub(super) struct Known {
    pub(super) id: String,
    pub(super) territory: Territory,
    /// Nobody who has left, or never confirmed in time.
    pub(super) subscriber: Option<Subscriber>,
    frame: Shell,
}

impl Known {
    /// Reads a link.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a link that this house has not made, or not for this territory.
    pub(super) async fn read(app: &App, slug: &str, token: &str) -> Result<Self, Error> {
        let Mailbox { key, .. } = app.mailbox.as_ref().ok_or(Error::NotFound)?;
        let id = key.read_token(token).ok_or(Error::NotFound)?;
        let pages = app.pages.load_full();
        let place = pages.place(slug)?;
        let territory = place.territory.clone();
        let subscriber = app.store.find_subscriber(&id).await?;
        if subscriber
            .as_ref()
            .is_some_and(|it| it.territory != territory.slug)
        {
            return Err(Error::NotFound);
        }
        let language = subscriber.as_ref().map(|it| it.language);
        Ok(Self {
            frame: place.shell(language.unwrap_or(Language::French), None),
            id,
            territory,
            subscriber,
        })
    }

    /// The same, who reads another language from here on.
    pub(super) fn told(self, place: &Place, language: Language) -> Self {
        Self {
            frame: place.shell(language, None),
            ..self
        }
    }

    /// The frame of a page for them, at no address that others are shown.
    pub(super) fn shell(&self, french: &str, english: &str) -> Shell {
        let title = self.frame.say(french, english).to_owned();
        self.frame.clone().called(&title)
    }

    /// A page of sentences for them.
    pub(super) fn note(&self, heading: [&str; 2], sentences: &[[&str; 2]]) -> Note {
        let [french, english] = heading;
        let shell = self.shell(french, english);
        let said = sentences.iter();
        let said = said.map(|[french, english]| shell.say(french, english).to_owned());
        Note {
            heading: shell.say(french, english).to_owned(),
            sentences: said.collect(),
            button: None,
            links: vec![(shell.within(""), self.territory.name.clone())],
            shell,
        }
    }

    /// For a link whose reader is written to no more.
    pub(super) fn gone(&self) -> Response {
        let note = self.note(
            [
                "Cette adresse n’est pas abonnée",
                "This address is not subscribed",
            ],
            &[[
                "L’abonnement a pris fin, ou n’a pas été confirmé à temps. L’adresse est effacée.",
                "The subscription has ended, or was not confirmed in time. The address is deleted.",
            ]],
        );
        private(StatusCode::OK, &note)
    }
}

/// GET `/{territory}/confirm/{token}`.
pub(super) async fn confirm(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, Notice> {
    let known = Known::read(&app, &slug, &token).await?;
    let Some(subscriber) = &known.subscriber else {
        return Ok(known.gone());
    };
    if subscriber.is_confirmed {
        return Ok(private(StatusCode::OK, &confirmed_note(&known, &token)));
    }
    let mut note = known.note(
        ["Confirmez votre abonnement", "Confirm your subscription"],
        &[[
            "Appuyez sur le bouton pour recevoir par e-mail ce que les sites annoncent.",
            "Press the button to receive by e-mail what the sites announce.",
        ]],
    );
    note.button = Some(note.shell.say("Confirmer", "Confirm").to_owned());
    Ok(private(StatusCode::OK, &note))
}

/// POST to the same.
pub(super) async fn confirmed(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, Notice> {
    let known = Known::read(&app, &slug, &token).await?;
    if !app.store.confirm_subscriber(&known.id, app.now()).await? {
        return Ok(known.gone());
    }
    Ok(private(StatusCode::OK, &confirmed_note(&known, &token)))
}

fn confirmed_note(known: &Known, token: &str) -> Note {
    let mut note = known.note(
        ["Votre abonnement est confirmé", "Your subscription is confirmed"],
        &[[
            "Vous recevrez un message dès qu’un site publie, puis à chaque suite et à la fin. Chaque message porte un lien pour vous désabonner.",
            "You receive a message as soon as a site posts, then each time there is news, and at the end. Each message has a link to unsubscribe.",
        ]],
    );
    let choices = note
        .shell
        .say("Changer ce que vous recevez", "Change what you receive");
    let address = format!("/{}/subscription/{token}", known.territory.slug);
    note.links.insert(0, (address, choices.to_owned()));
    note
}

/// GET `/{territory}/unsubscribe/{token}`.
pub(super) async fn leave(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, Notice> {
    let known = Known::read(&app, &slug, &token).await?;
    if known.subscriber.is_none() {
        return Ok(known.gone());
    }
    let mut note = known.note(
        ["Vous désabonner", "Unsubscribe"],
        &[[
            "Appuyez sur le bouton pour ne plus rien recevoir. Votre adresse est effacée aussitôt.",
            "Press the button to receive nothing more. Your address is deleted at once.",
        ]],
    );
    note.button = Some(note.shell.say("Me désabonner", "Unsubscribe me").to_owned());
    Ok(private(StatusCode::OK, &note))
}

/// POST to the same, by that button or by a mail program, whose `List-Unsubscribe=One-Click` nobody needs to read: the
/// address of a link that ends something is posted to for no other purpose (RFC 8058 § 3.2).
pub(super) async fn left(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, Notice> {
    let known = Known::read(&app, &slug, &token).await?;
    app.store.remove_subscriber(&known.id).await?;
    let note = known.note(
        ["Vous êtes désabonné", "You are unsubscribed"],
        &[[
            "Votre adresse est effacée. Un message déjà parti peut encore arriver.",
            "Your address is deleted. A message that has left already may still arrive.",
        ]],
    );
    Ok(private(StatusCode::OK, &note))
}
