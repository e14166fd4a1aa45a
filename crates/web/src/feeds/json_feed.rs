//! JSON Feed 1.1 (jsonfeed.org/version/1.1): the entries of a territory, for programs that would rather not read XML.

use bulletin::Language;
use serde::Serialize;

use super::{Chronicle, Item};
use crate::rendered::Rendered;

/// The entries of a territory.
///
/// - `address`: the feed's own path.
pub(super) fn feed(
    chronicle: &Chronicle<'_>,
    language: Language,
    address: &str,
    items: &[Item],
) -> Rendered {
    let page = format!("/{}{}", chronicle.territory.slug, super::suffix(language));
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: chronicle.name(language),
        description: chronicle.as_of(language),
        home_page_url: chronicle.url(&page),
        feed_url: chronicle.url(address),
        language: language.as_str(),
        extension: Extension {
            state: chronicle.snapshot.mark_of(&chronicle.territory.slug),
        },
        items: items.iter().map(FeedItem::new).collect(),
    };
    let feed = serde_json::to_vec(&feed).expect("plain structs with string keys are always JSON");
    Rendered::document(feed, "application/feed+json")
}

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    home_page_url: String,
    feed_url: String,
    language: &'static str,
    #[serde(rename = "_allo")]
    extension: Extension,
    items: Vec<FeedItem<'a>>,
}

/// What JSON Feed has no field for; its name begins with `_`, as that of every extension.
#[derive(Serialize)]
struct Extension {
    /// Another one as soon as the page of the territory shows something that no item tells.
    state: String,
}

#[derive(Serialize)]
struct FeedItem<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    content_text: &'a str,
    date_published: &'a str,
    authors: [Author<'a>; 1],
    tags: Vec<&'static str>,
    language: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
}

impl<'a> FeedItem<'a> {
    fn new(item: &'a Item) -> Self {
        let sound = item.sound.iter().map(|(url, duration_ms)| Attachment {
            url,
            mime_type: "audio/wav",
            duration_in_seconds: duration_ms.div_ceil(1000),
        });
        Self {
            id: &item.id,
            url: &item.page,
            title: &item.title,
            content_text: &item.text,
            date_published: &item.at_machine,
            authors: [Author { name: &item.site }],
            tags: item.categories.iter().map(|(_, label)| *label).collect(),
            language: item.language,
            attachments: sound.collect(),
        }
    }
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'static str,
    duration_in_seconds: u32,
}
