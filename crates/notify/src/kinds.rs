//! The kinds of channels that a configuration can name: one line each.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::{Announcement, Channel, Home, bluesky, cap_hook, mastodon, relay, sms, webhook, x};

/// A kind of channel.
pub struct ChannelKind {
    /// Its word in configurations, rows and figures.
    pub word: &'static str,
    /// Whether it is a social network, where a site may not want a certain entry.
    pub is_network: bool,
    open: Open,
}

type Open = fn(toml::Table, &Home, &Tools) -> Result<Arc<dyn Channel>, String>;

impl ChannelKind {
    /// Finds a kind by its word.
    #[must_use]
    pub fn find(word: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.word == word)
    }

    /// The words of all kinds, for a sentence.
    #[must_use]
    pub fn listed() -> String {
        let words: Vec<_> = KINDS.iter().map(|kind| kind.word).collect();
        words.join(", ")
    }

    /// Sets a channel up. Nothing is connected to yet, and no secret read: those are read anew at each use.
    ///
    /// - `settings`: the keys of its table in the configuration that are not those of every channel.
    ///
    /// # Errors
    /// One sentence that names the key and says what to write.
    pub fn open(
        &self,
        settings: toml::Table,
        home: &Home,
        tools: &Tools,
    ) -> Result<Arc<dyn Channel>, String> {
        (self.open)(settings, home, tools)
    }
}

impl std::fmt::Debug for ChannelKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word)
    }
}

/// What channels need from the rest of the program.
#[derive(Clone)]
pub struct Tools {
    /// Writes an announcement as CAP 1.2, or says why that cannot be.
    pub cap: CapWriter,
}

/// See [`Tools::cap`].
pub type CapWriter = Arc<dyn Fn(&Announcement) -> Result<String, String> + Send + Sync>;

/// Reads a kind's own settings and makes the channel of them.
fn open<S, C>(
    settings: toml::Table,
    make: impl FnOnce(S) -> Result<C, String>,
) -> Result<Arc<dyn Channel>, String>
where
    S: DeserializeOwned,
    C: Channel + 'static,
{
    let read = settings.try_into::<S>();
    let read = read.map_err(|error| error.message().trim().to_owned())?;
    Ok(Arc::new(make(read)?))
}

const KINDS: &[ChannelKind] = &[
    ChannelKind {
        word: "webhook",
        is_network: false,
        open: |it, home, _| open(it, |it: webhook::Settings| it.open(home)),
    },
    ChannelKind {
        word: "relay",
        is_network: false,
        open: |it, home, _| open(it, |it: relay::Settings| it.open(home)),
    },
    ChannelKind {
        word: "cap",
        is_network: false,
        open: |it, home, tools| {
            open(it, |it: cap_hook::Settings| {
                it.open(home, tools.cap.clone())
            })
        },
    },
    ChannelKind {
        word: "mastodon",
        is_network: true,
        open: |it, home, _| open(it, |it: mastodon::Settings| it.open(home)),
    },
    ChannelKind {
        word: "x",
        is_network: true,
        open: |it, home, _| open(it, |it: x::Settings| it.open(home)),
    },
    ChannelKind {
        word: "bluesky",
        is_network: true,
        open: |it, home, _| open(it, |it: bluesky::Settings| it.open(home)),
    },
    ChannelKind {
        word: "sms",
        is_network: false,
        open: |it, home, _| open(it, |it: sms::Settings| it.open(home)),
    },
];
