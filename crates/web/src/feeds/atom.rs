//! Atom feeds (RFC 4287): of a territory, a site, a kind, and the index of CAP messages.

use bulletin::Language;

use super::xml::Xml;
use super::{Chronicle, Item};
use crate::rendered::Rendered;
use crate::style;

/// The entries of a territory, or of what is named in the title.
///
/// - `address`: the feed's own path.
pub(super) fn feed(
    chronicle: &Chronicle<'_>,
    language: Language,
    title: &str,
    address: &str,
    items: &[Item],
) -> Rendered {
    document(chronicle, language, title, address, items, |xml, item| {
        xml.empty(
            "link",
            &[
                ("rel", "alternate"),
                ("type", "text/html"),
                ("href", &item.page),
            ],
        );
        if let Some((sound, _)) = &item.sound {
            xml.empty(
                "link",
                &[("rel", "enclosure"), ("type", "audio/wav"), ("href", sound)],
            );
        }
        let message = [
            ("rel", "related"),
            ("type", "application/cap+xml"),
            ("href", &*item.message),
        ];
        xml.empty("link", &message);
        xml.text_with(
            "content",
            &[("type", "text"), ("xml:lang", item.language)],
            &item.text,
        );
    })
}

/// The CAP messages of a territory, each with its signature, for hubs that fetch what is new.
pub(super) fn index(chronicle: &Chronicle<'_>, address: &str, items: &[Item]) -> Rendered {
    let title = format!("{} (CAP 1.2)", chronicle.name(Language::French));
    document(
        chronicle,
        Language::French,
        &title,
        address,
        items,
        |xml, item| {
            let message = [
                ("rel", "alternate"),
                ("type", "application/cap+xml"),
                ("href", &*item.message),
            ];
            xml.empty("link", &message);
            let signature = format!("{}.sig", item.message);
            let signature = [
                ("rel", "related"),
                ("type", "application/octet-stream"),
                ("title", "Ed25519"),
                ("href", &*signature),
            ];
            xml.empty("link", &signature);
            xml.text_with(
                "summary",
                &[("type", "text"), ("xml:lang", item.language)],
                &item.text,
            );
        },
    )
}

fn document(
    chronicle: &Chronicle<'_>,
    language: Language,
    title: &str,
    address: &str,
    items: &[Item],
    inside: impl Fn(&mut Xml, &Item),
) -> Rendered {
    let page = chronicle.url(&format!(
        "/{}{}",
        chronicle.territory.slug,
        super::suffix(language)
    ));
    let itself = chronicle.url(address);
    let root = [("xmlns", NAMESPACE), ("xml:lang", language.as_str())];
    let document = Xml::document(Some(style::feed_address()), "feed", &root, |xml| {
        xml.text("id", &itself);
        xml.text("title", title);
        if let Some(as_of) = chronicle.as_of(language) {
            xml.text("subtitle", &as_of);
        }
        // Newest first; a feed that never had an entry has not changed since the beginning of time.
        let updated = items.first().map_or(NEVER, |item| &item.at_machine);
        xml.text("updated", updated);
        xml.empty(
            "link",
            &[
                ("rel", "self"),
                ("type", "application/atom+xml"),
                ("href", &itself),
            ],
        );
        xml.empty(
            "link",
            &[("rel", "alternate"), ("type", "text/html"), ("href", &page)],
        );
        xml.text("generator", "Allo");
        for item in items {
            xml.element("entry", &[], |xml| entry(xml, item, &inside));
        }
    });
    Rendered::document(document, "application/atom+xml; charset=utf-8")
}

fn entry(xml: &mut Xml, item: &Item, inside: impl Fn(&mut Xml, &Item)) {
    xml.text("id", &item.id);
    xml.text("title", &item.title);
    xml.text("published", &item.at_machine);
    xml.text("updated", &item.at_machine);
    xml.element("author", &[], |xml| xml.text("name", &item.site));
    for (term, label) in &item.categories {
        xml.empty("category", &[("term", term), ("label", label)]);
    }
    inside(xml, item);
}

const NAMESPACE: &str = "http://www.w3.org/2005/Atom";
const NEVER: &str = "1970-01-01T00:00:00+00:00";
