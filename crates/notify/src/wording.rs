//! Words for a place with little room: who tells what, since when, and where to read more, in the bulletin's language.
//!
//! "EXERCICE" or "CECI EST UN ESSAI" stands first, whatever has to go. When all does not fit, the hashtags go, then the
//! end of the site's text (behind it the link leads to the whole), then the commune. The site's own words are
//! never changed but for blanks, and in short messages for letters that telephones do not have.

mod gsm;
mod hashtag;
mod lead;
mod measure;

pub(crate) use gsm::{ESCAPE as SMS_ESCAPE, encoded as encoded_sms, is_plain as is_plain_sms};
pub use hashtag::Hashtag;
pub(crate) use measure::Measure;

use std::ops::Range;

use crate::Announcement;
use lead::Lead;

/// A telling that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wording {
    /// All of it.
    pub(crate) text: String,
    /// Where the link is, in octets.
    pub(crate) link: Range<usize>,
    /// Where each hashtag is, in octets, with its `#`.
    pub(crate) tags: Vec<Range<usize>>,
}

impl Wording {
    /// Words an entry for a place.
    ///
    /// - `tags`: hashtags for the end, all or none of them.
    ///
    /// It fits whenever the link alone does.
    pub(crate) fn of(announcement: &Announcement, tags: &[Hashtag], measure: Measure) -> Self {
        let said = Said::of(announcement, measure);
        let Lead {
            mark,
            site,
            commune,
            hour,
        } = &said.lead;
        let full = format!("{mark}{site}{commune}{hour}");
        let whole = [tags, &[]]
            .into_iter()
            .map(|tags| said.joined(&full, &said.text, tags));
        let without_commune = format!("{mark}{site}{hour}");
        let shorter = [full.as_str(), &without_commune]
            .into_iter()
            .flat_map(|lead| said.shortened(lead));
        // No room for one word of the site's: the mark is worth more than the rest of the name.
        let rest = beginnings(&without_commune).map(|lead| said.joined(lead, "", &[]));
        whole
            .chain(shorter)
            .chain(rest)
            .find(|wording| measure.fits(&wording.text))
            .unwrap_or_else(|| said.joined("", "", &[]))
    }
}

/// What there is to say, before it has to fit.
struct Said {
    lead: Lead,
    text: String,
    link: String,
    measure: Measure,
}

impl Said {
    fn of(announcement: &Announcement, measure: Measure) -> Self {
        let mut said = Self {
            lead: Lead::of(announcement),
            text: String::new(),
            link: announcement.link(),
            measure,
        };
        let words: Vec<_> = announcement.entry.text.split_whitespace().collect();
        said.text = said.prepared(&words.join(" "));
        let Lead {
            mark,
            site,
            commune,
            hour,
        } = &said.lead;
        said.lead = Lead {
            mark: said.prepared(mark),
            site: said.prepared(site),
            commune: said.prepared(commune),
            hour: said.prepared(hour),
        };
        said
    }

    fn prepared(&self, text: &str) -> String {
        match self.measure {
            Measure::Sms { .. } => gsm::simplified(text),
            Measure::X | Measure::Mastodon { .. } | Measure::Bluesky => text.to_owned(),
        }
    }

    /// With as much of the text as there is room for, longest first.
    fn shortened(&self, lead: &str) -> Vec<Wording> {
        let mark = self.prepared("…");
        let shortened = |cut: &&str| self.joined(lead, &format!("{cut}{mark}"), &[]);
        let mut cuts = cuts(&self.text);
        // A longer text never needs less room.
        let fitting = cuts.partition_point(|cut| self.measure.fits(&shortened(cut).text));
        cuts.truncate(fitting);
        cuts.iter().rev().take(MOST_TRIED).map(shortened).collect()
    }

    fn joined(&self, lead: &str, text: &str, tags: &[Hashtag]) -> Wording {
        let mut all = format!("{lead}{text}").trim_end().to_owned();
        let between = match self.measure {
            Measure::Sms { .. } => ' ',
            Measure::X | Measure::Mastodon { .. } | Measure::Bluesky => '\n',
        };
        if !all.is_empty() {
            all.push(between);
        }
        let mut append = |piece: &str| {
            let start = all.len();
            all.push_str(piece);
            start..all.len()
        };
        let link = append(&self.link);
        let tags = tags
            .iter()
            .enumerate()
            .map(|(place, tag)| {
                append(if place == 0 { "\n" } else { " " });
                append(tag.as_str())
            })
            .collect();
        Wording {
            text: all,
            link,
            tags,
        }
    }
}

/// What can be left of a text, shortest first: it ends behind a whole sentence if that keeps most of it, or else behind a
/// word.
fn cuts(text: &str) -> Vec<&str> {
    let blanks = text.char_indices().filter(|(_, c)| c.is_whitespace());
    let ends: Vec<usize> = blanks.map(|(at, _)| at).collect();
    let cut = |end: &usize| {
        let words = &text[..*end];
        let sentence = words.rfind(['.', '!', '?']).map(|at| &words[..=at]);
        let kept = sentence.filter(|sentence| sentence.len() * 3 >= words.len() * 2);
        match kept {
            // The mark of the cut stands apart from the sentence's own.
            Some(sentence) => text[..sentence.len()].trim_end_matches(['.', '!', '?']),
            None => words.trim_end_matches([',', ';', ':', ' ', '\u{a0}']),
        }
    };
    ends.iter().map(cut).filter(|cut| !cut.is_empty()).collect()
}

/// Enough to find one that fits, should a place count a longer text as a shorter one after all.
const MOST_TRIED: usize = 20;

/// A text and everything it begins with, longest first.
fn beginnings(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.char_indices().map(|(at, _)| at).rev();
    std::iter::once(text.len())
        .chain(ends)
        .map(|end| &text[..end])
}

#[cfg(test)]
mod tests;
