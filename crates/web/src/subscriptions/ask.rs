//! Asking to be written to.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bulletin::{EmailAddress, Language};
use store::{Choice, NewSubscriber};

use super::form::{Boxes, choice};
use super::note::Note;
use crate::admin::{Client, Fields, Trouble};
use crate::app::{App, Desk, Mailbox};
use crate::error::Error;
use crate::pages::{Notice, Place, Shell, asked, private};

/// GET `/{territory}/subscribe` and `/{territory}/subscribe.en`.
pub(super) async fn show(
    State(app): State<App>,
    Path(slug): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Notice> {
    let (_, language) = asked(uri.path());
    let pages = app.pages.load_full();
    let place = pages.place(&slug)?;
    let (_, sender) = sending(&app)?;
    let page = AskPage::new(place, language, sender, &Choice::default(), "", None);
    Ok(private(StatusCode::OK, &page))
}

/// POST to the same: whatever is known of the address, the answer is one.
pub(super) async fn take(
    State(desk): State<Desk>,
    Path(slug): Path<String>,
    OriginalUri(uri): OriginalUri,
    client: Client,
    fields: Result<Fields, Trouble>,
) -> Result<Response, Notice> {
    let (_, language) = asked(uri.path());
    let Trouble(error) = match fields {
        Ok(fields) => return Ok(answer(&desk, &slug, language, client, &fields).await?),
        Err(trouble) => trouble,
    };
    Err(Notice(error))
}

async fn answer(
    desk: &Desk,
    slug: &str,
    language: Language,
    client: Client,
    fields: &Fields,
) -> Result<Response, Error> {
    let app = &desk.app;
    let pages = app.pages.load_full();
    let place = pages.place(slug)?;
    let (mailbox, sender) = sending(app)?;
    let (typed, choice) = (fields.text("address"), choice(place, fields));
    let again = |error: &Error| {
        let page = AskPage::new(place, language, sender, &choice, typed, Some(error));
        private(error.status(), &page)
    };
    let address = match EmailAddress::parse(typed) {
        Ok(address) => address,
        Err(refusal) => return Ok(again(&refusal.into())),
    };
    if let Err(error) = desk.askers.count(client, app.now()) {
        return Ok(again(&error));
    }
    let id = mailbox.key.draw_id()?;
    let territory = &place.territory.slug;
    let new = NewSubscriber {
        address: mailbox.key.seal(&id, &address)?,
        mark: mailbox.key.mark(territory, &address),
        id,
        territory: territory.clone(),
        language,
        choice: choice.clone(),
    };
    app.store.ask_subscription(&new, app.now()).await?;
    mailbox.queued.notify_one();
    Ok(private(StatusCode::OK, &thanks(place, language, sender)))
}

/// Who is written to, and from where; nobody where no mail leaves this house.
fn sending(app: &App) -> Result<(&Mailbox, &EmailAddress), Error> {
    let mailbox = app.mailbox.as_ref().ok_or(Error::NotFound)?;
    let sender = mailbox.sender.as_ref().ok_or(Error::NotFound)?;
    Ok((mailbox, sender))
}

fn thanks(place: &Place, language: Language, sender: &EmailAddress) -> Note {
    let shell = shell(place, language);
    let sentences = match language {
        Language::French => [
            format!("Un message de {sender} arrive dans quelques minutes\u{a0}: ouvrez-le et confirmez. Rien d’autre ne vous est écrit avant."),
            "S’il n’arrive pas, regardez parmi les indésirables, puis recommencez dans dix minutes.".to_owned(),
        ],
        Language::English => [
            format!("A message from {sender} arrives within minutes: open it and confirm. You are written nothing else before."),
            "If it does not come, look among the junk, then try again in ten minutes.".to_owned(),
        ],
    };
    let heading = shell.say("Regardez votre messagerie", "Look into your mailbox");
    Note {
        heading: heading.to_owned(),
        sentences: sentences.to_vec(),
        button: None,
        links: vec![(shell.within(""), place.territory.name.clone())],
        shell: shell.clone().called(heading),
    }
}

fn shell(place: &Place, language: Language) -> Shell {
    place.shell(language, Some("/subscribe"))
}

#[derive(Template)]
#[template(path = "subscriptions/ask.html")]
struct AskPage {
    shell: Shell,
    boxes: Boxes,
    address: String,
    sender: String,
    refusal: Option<String>,
    /// Whether it is the address that was refused.
    is_of_the_address: bool,
}

impl AskPage {
    fn new(
        place: &Place,
        language: Language,
        sender: &EmailAddress,
        choice: &Choice,
        typed: &str,
        refusal: Option<&Error>,
    ) -> Self {
        let shell = shell(place, language);
        let title = shell.say("Être prévenu par e-mail", "Be told by e-mail");
        Self {
            boxes: Boxes::new(place, choice),
            address: typed.to_owned(),
            sender: sender.to_string(),
            refusal: refusal.map(|error| {
                let (french, english) = (error.french(), error.english());
                shell.say(&french, &english).to_owned()
            }),
            is_of_the_address: matches!(refusal, Some(Error::Refused(_))),
            shell: shell.clone().called(title),
        }
    }
}
