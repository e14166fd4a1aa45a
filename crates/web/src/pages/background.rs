//! The pages that explain: why a flare burns, what a siren means.

use askama::Template;
use bulletin::BackgroundPage;

use super::reading::Reading;
use super::{Shell, html};
use crate::rendered::Rendered;

/// One of them; in French for everybody until it is translated.
pub(super) fn page(reading: Reading<'_>, page: &BackgroundPage) -> Rendered {
    let (title, text, language) = page.told(reading.language);
    let shell = reading
        .shell(&format!("/pages/{}", page.slug))
        .called(title)
        .about(title);
    html(&ExplainingPage {
        shell,
        name: &reading.territory.name,
        title,
        paragraphs: paragraphs(text),
        language: language.as_str(),
        is_foreign: language != reading.language,
    })
}

/// The way to each of them, with the language of its title.
pub(super) fn links(reading: &Reading<'_>, pages: &[BackgroundPage]) -> Vec<Link> {
    let link = |page: &BackgroundPage| {
        let (title, _, language) = page.told(reading.language);
        Link {
            title: title.to_owned(),
            address: reading.address(&format!("/pages/{}", page.slug)),
            language: language.as_str(),
        }
    };
    pages.iter().map(link).collect()
}

/// A way to another page.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) title: String,
    pub(crate) address: String,
    /// Of the title.
    pub(crate) language: &'static str,
}

/// Paragraphs have an empty line between them; in each, lines end where their author ended them.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let mut paragraphs = vec![vec![]];
    for line in text.lines().map(str::trim) {
        match (line, paragraphs.last_mut()) {
            ("", _) => paragraphs.push(vec![]),
            (line, Some(paragraph)) => paragraph.push(line),
            (line, None) => paragraphs.push(vec![line]),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[derive(Template)]
#[template(path = "background.html")]
struct ExplainingPage<'a> {
    shell: Shell,
    /// Of the territory.
    name: &'a str,
    title: &'a str,
    paragraphs: Vec<Vec<&'a str>>,
    language: &'static str,
    is_foreign: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_begins_a_paragraph() {
        assert_eq!(
            paragraphs("Un,\ndeux.\n\n \nTrois.\n"),
            [vec!["Un,", "deux."], vec!["Trois."]]
        );
    }
}
