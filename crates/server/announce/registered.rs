//! Every channel of this program: those of the configuration, and those that come with it.

use std::sync::Arc;

use bulletin::TerritorySlug;
use notify::{Announcement, Channel, Rules, Tools};
use store::KnownChannel;

use crate::config::{ChannelError, Config};

/// A channel at work.
#[derive(Clone)]
pub(crate) struct Registered {
    /// Its name; no other has it.
    pub(crate) name: String,
    /// Whose bulletins it is told; those of all where there is none.
    pub(crate) territory: Option<TerritorySlug>,
    /// Its kind, for rows and figures.
    pub(crate) kind: &'static str,
    pub(crate) is_network: bool,
    pub(crate) rules: Rules,
    pub(crate) channel: Arc<dyn Channel>,
}

impl Registered {
    pub(super) fn as_row(&self) -> KnownChannel {
        KnownChannel {
            name: self.name.clone(),
            territory: self.territory.clone(),
            kind: self.kind.to_owned(),
            is_network: self.is_network,
        }
    }
}

/// Sets up the channels of the configuration.
///
/// # Errors
/// [`ChannelError`], which a configuration that was accepted does not have.
pub(crate) fn registered(config: &Config) -> Result<Vec<Registered>, ChannelError> {
    let tools = tools();
    let channels = config.channels.iter();
    channels
        .map(|one| {
            Ok(Registered {
                name: one.name().to_owned(),
                territory: Some(one.territory.clone()),
                kind: one.kind.word,
                is_network: one.kind.is_network,
                rules: one.rules.clone(),
                channel: one.open(&config.data, &tools)?,
            })
        })
        .collect()
}

/// What channels need from the other rooms.
fn tools() -> Tools {
    Tools {
        cap: Arc::new(|it| {
            let Announcement {
                bulletin,
                entry,
                site,
                territory,
                sender,
                ..
            } = it;
            Ok(web::cap(
                bulletin,
                entry,
                site,
                territory,
                &sender.public_url,
            ))
        }),
    }
}
