//! The page of one bulletin: the same address from its first minute to the archive.

use askama::Template;
use bulletin::{Bulletin, BulletinId, Language, State};

use super::card::Sound;
use super::reading::Reading;
use super::{Card, Place, Shell, html};
use crate::app::App;
use crate::audio::Parts;
use crate::error::Error;
use crate::rendered::Rendered;
use crate::snapshot::Speech;

/// The page of a bulletin that is not live any more.
///
/// # Errors
/// [`Error::NotFound`], for a bulletin of another territory too.
pub(super) async fn from_store(
    app: &App,
    place: &Place,
    id: &BulletinId,
    language: Language,
) -> Result<Rendered, Error> {
    let bulletin = app.store.find_bulletin(id).await?.ok_or(Error::NotFound)?;
    if bulletin.territory != place.territory.slug {
        return Err(Error::NotFound);
    }
    let parts = Parts::find(&app.store, id, bulletin.current().number).await?;
    let speech = parts.speech(&app.store).await?;
    let reading = place.reading(language, app.now());
    Ok(render(reading, &bulletin, &speech))
}

/// The same while the rows cannot be read, of what feeds still tell of; without its sound, which is in the rows too.
pub(super) fn from_memory(
    app: &App,
    place: &Place,
    id: &BulletinId,
    language: Language,
) -> Option<Rendered> {
    let bulletin = place.past.iter().find(|one| one.id == *id)?;
    let reading = place.reading(language, app.now());
    Some(render(reading, bulletin, &Speech::Queued))
}

/// The page of one bulletin, with its whole thread.
pub(super) fn render(reading: Reading<'_>, bulletin: &Bulletin, speech: &Speech) -> Rendered {
    let standing = match bulletin.state(reading.now) {
        State::Expired => reading.say(
            "Ce bulletin est archivé\u{a0}: il n’est plus sur la ligne téléphonique ni parmi les événements en cours.",
            "This bulletin is archived: it is no longer on the telephone line nor among what goes on.",
        ),
        State::Cancelled => reading.say(
            "Ce bulletin est annulé\u{a0}: son site l’a retiré.",
            "This bulletin is cancelled: its site has withdrawn it.",
        ),
        _ => "",
    };
    let card = reading.card(bulletin, speech);
    let shell = reading
        .shell(&format!("/{}", bulletin.id))
        .called(&format!("{}, {}, {}", card.kind, card.site, card.state))
        .about(&card.in_short());
    html(&PermalinkPage {
        shell,
        name: &reading.territory.name,
        site: reading.address(&format!("/sites/{}", bulletin.site)),
        standing,
        card,
    })
}

#[derive(Template)]
#[template(path = "permalink.html")]
struct PermalinkPage<'a> {
    shell: Shell,
    name: &'a str,
    /// The address of the page of its site.
    site: String,
    standing: &'a str,
    card: Card,
}
