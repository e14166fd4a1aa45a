//! Whether each channel has what it is owed of a bulletin, and what to do about what it has not.

use store::{Delivery, DeliveryState};

use super::{Colour, Eye, Light};

/// One light for each channel that was ever owed something of the bulletin.
///
/// - `deliveries`: by channel, then by entry.
pub(super) fn lights(eye: &Eye<'_>, deliveries: &[Delivery]) -> Vec<Light> {
    let threads = deliveries.chunk_by(|one, other| one.channel == other.channel);
    threads.filter_map(|thread| light(eye, thread)).collect()
}

/// What matters of a channel: what it was refused, else what it waits for, else the latest.
fn light(eye: &Eye<'_>, thread: &[Delivery]) -> Option<Light> {
    let of = |state| thread.iter().find(|one| one.state == state);
    let latest = thread.last()?;
    let dead = of(DeliveryState::Dead);
    // What was told later is no worse for what was given up before.
    let dead = dead.filter(|_| latest.state != DeliveryState::Sent);
    let shown = dead.or_else(|| of(DeliveryState::Queued)).unwrap_or(latest);
    let name = format!("{} ({})", eye.say("Canal", "Channel"), shown.channel);
    Some(match shown.state {
        DeliveryState::Dead => of_the_log(eye.light(
            &name,
            Colour::Red,
            shown.why.clone().unwrap_or_default(),
            eye.say(
                "L’envoi est abandonné : prévenez par un autre moyen ceux qui l’attendent. Réparé, reprenez les envois ci-dessous.",
                "It is given up: tell those who wait for it by another way. Once repaired, take the deliveries up again below.",
            ),
        )),
        DeliveryState::Queued => queued(eye, &name, shown),
        DeliveryState::Sent => {
            let at = shown.done_at.unwrap_or(shown.created_at);
            eye.light(&name, Colour::Green, eye.moment(at).words, "")
        }
        DeliveryState::Skipped | DeliveryState::Cancelled => {
            let word = match shown.state {
                DeliveryState::Cancelled => eye.say("trop tard", "too late"),
                _ => eye.say("rien à dire", "nothing to tell"),
            };
            let why = reason(eye, shown.why.as_deref());
            Light {
                word,
                ..eye.light(&name, Colour::Green, why.to_owned(), "")
            }
        }
    })
}

fn queued(eye: &Eye<'_>, name: &str, shown: &Delivery) -> Light {
    if shown.due_at > eye.now {
        let until = eye.moment(shown.due_at).words;
        let waits = eye.say(
            "attend la fin des heures calmes",
            "waits for the end of quiet hours",
        );
        return eye.light(name, Colour::Amber, format!("{waits} : {until}"), "");
    }
    let colour = eye.patience_since(shown.due_at);
    let cure = eye.say(
        "L’envoi est retenté sans cesse pendant un jour. Si quelqu’un attend ce message, prévenez-le par un autre moyen.",
        "It is tried again and again for a day. If somebody waits for this message, tell them by another way.",
    );
    match &shown.why {
        Some(why) if shown.attempts > 0 => of_the_log(eye.light(name, colour, why.clone(), cure)),
        _ => {
            let sent = eye.say("l’envoi commence", "it is being sent");
            eye.light(name, colour, sent.to_owned(), cure)
        }
    }
}

fn of_the_log(light: Light) -> Light {
    Light {
        is_of_the_log: true,
        ..light
    }
}

/// The words of the rows (`store::Settled`) for people.
fn reason(eye: &Eye<'_>, word: Option<&str>) -> &'static str {
    let (french, english) = match word.unwrap_or_default() {
        "off-networks" => ("tenu hors des réseaux sociaux", "kept off social networks"),
        "rules" => (
            "ce canal n’est pas pour ce bulletin",
            "this channel is not for this bulletin",
        ),
        "start-untold" => (
            "le début n’y a pas été dit",
            "the beginning was not told there",
        ),
        "over" => (
            "terminé avant d’avoir pu être dit",
            "over before it could be told",
        ),
        "channel-gone" => ("ce canal n’existe plus", "this channel is there no longer"),
        _ => ("", ""),
    };
    eye.say(french, english)
}
