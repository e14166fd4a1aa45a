//! iCalendar (RFC 5545) of what is announced: works, drills and tests whose hours are known.
//!
//! Every instant is written in universal time, which no night of changing clocks makes doubtful; the words beside it say
//! the hour of the territory.

use bulletin::{Bulletin, EntryKind, Language, Site};
use jiff::Timestamp;

use super::item::facts;
use super::{Chronicle, title};
use crate::rendered::Rendered;

/// The announced events of a territory; one that was withdrawn, or over before it began, stays, marked as cancelled.
pub(super) fn calendar(chronicle: &Chronicle<'_>, language: Language) -> Rendered {
    let mut lines = Lines::default();
    lines.line("BEGIN", "VCALENDAR");
    lines.line("VERSION", "2.0");
    lines.line("PRODID", "-//Allo//Allo//FR");
    lines.line("CALSCALE", "GREGORIAN");
    lines.line("METHOD", "PUBLISH");
    lines.text("NAME", &chronicle.name(language));
    lines.text("X-WR-CALNAME", &chronicle.name(language));
    if let Some(as_of) = chronicle.as_of(language) {
        lines.text("DESCRIPTION", &as_of);
        lines.text("X-WR-CALDESC", &as_of);
    }
    if let Some(zone) = chronicle.territory.zone.iana_name() {
        lines.text("X-WR-TIMEZONE", zone);
    }
    lines.line("REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
    lines.line("X-PUBLISHED-TTL", "PT15M");
    let announced = chronicle.bulletins.iter();
    for (bulletin, site) in announced.filter(|(one, _)| one.kind.has_window()) {
        event(&mut lines, chronicle, language, bulletin, site);
    }
    lines.line("END", "VCALENDAR");
    Rendered::document(lines.0, "text/calendar; charset=utf-8")
}

fn event(
    lines: &mut Lines,
    chronicle: &Chronicle<'_>,
    language: Language,
    bulletin: &Bulletin,
    site: &Site,
) {
    let Some((start, end)) = window(bulletin) else {
        return;
    };
    let entry = bulletin.current();
    let page = format!("/{}/{}", chronicle.territory.slug, bulletin.id);
    lines.line("BEGIN", "VEVENT");
    lines.line("UID", &format!("{}@allo", bulletin.id));
    lines.line("DTSTAMP", &instant(entry.at));
    lines.line("CREATED", &instant(bulletin.posted_at));
    lines.line("LAST-MODIFIED", &instant(entry.at));
    lines.line("SEQUENCE", &(entry.number - 1).to_string());
    lines.line("DTSTART", &instant(start));
    if let Some(end) = end {
        lines.line("DTEND", &instant(end));
    }
    lines.text(
        "SUMMARY",
        &title(language, bulletin, &bulletin.entries[0], site),
    );
    let facts = facts(chronicle, language, bulletin);
    lines.text("DESCRIPTION", &format!("{}\n\n{facts}", entry.text));
    if !site.commune.is_empty() {
        lines.text("LOCATION", &format!("{}, {}", site.name, site.commune));
    }
    lines.line(
        "URL",
        &chronicle.url(&format!("{page}{}", super::suffix(language))),
    );
    lines.text(
        "CATEGORIES",
        match language {
            Language::French => bulletin.kind.as_french(),
            Language::English => bulletin.kind.as_english(),
        },
    );
    let never_began = said_over(bulletin).is_some_and(|at| at <= start);
    let status = if entry.kind == EntryKind::Withdrawal || never_began {
        "CANCELLED"
    } else {
        "CONFIRMED"
    };
    lines.line("STATUS", status);
    lines.line("TRANSP", "TRANSPARENT");
    lines.line("END", "VEVENT");
}

/// From when to when; `None` for what has no hour at all, which has no place in a calendar.
///
/// An event that its site ended before its hour ends when it was said.
fn window(bulletin: &Bulletin) -> Option<(Timestamp, Option<Timestamp>)> {
    let start = match (bulletin.starts_at, bulletin.ends_at) {
        (Some(start), _) => start,
        (None, Some(_)) => bulletin.posted_at,
        (None, None) => return None,
    };
    let ends = [bulletin.ends_at, said_over(bulletin)];
    let end = ends.into_iter().flatten().filter(|end| *end > start).min();
    Some((start, end))
}

/// When its site said that it was over.
fn said_over(bulletin: &Bulletin) -> Option<Timestamp> {
    let mut entries = bulletin.entries.iter();
    let end = entries.find(|one| one.kind == EntryKind::End)?;
    Some(end.at)
}

/// § 3.3.5, form 2.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Content lines: folded, and ended by CR LF (§ 3.1).
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A line whose value is none of somebody's words.
    fn line(&mut self, name: &str, value: &str) {
        let mut width = 0;
        for sign in format!("{name}:{value}").chars() {
            if width + sign.len_utf8() > WIDTH {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(sign);
            width += sign.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A line of text (§ 3.3.11): `\`, `;`, `,` and line breaks are escaped, other control characters are left out.
    fn text(&mut self, name: &str, text: &str) {
        let mut escaped = String::with_capacity(text.len());
        for sign in text.chars() {
            match sign {
                '\\' | ';' | ',' => escaped.extend(['\\', sign]),
                '\n' => escaped.push_str("\\n"),
                '\t' => escaped.push(' '),
                sign if sign.is_control() => {}
                sign => escaped.push(sign),
            }
        }
        self.line(name, &escaped);
    }
}

/// Octets of a line without its end.
const WIDTH: usize = 75;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_ends_no_line_and_no_event() {
        let mut lines = Lines::default();
        lines.text("SUMMARY", "a\r\nEND:VEVENT;,\\b");
        assert_eq!(lines.0, "SUMMARY:a\\nEND:VEVENT\\;\\,\\\\b\r\n");
    }

    proptest! {
        #[test]
        fn every_line_is_short_and_reads_back_as_it_was(text in "\\PC*") {
            let mut lines = Lines::default();
            lines.text("X", &text);
            let physical: Vec<_> = lines.0.split_terminator("\r\n").collect();
            prop_assert!(physical.iter().all(|line| line.len() <= WIDTH && !line.contains(['\r', '\n'])));
            let unfolded = lines.0.replace("\r\n ", "");
            let value = unfolded.strip_prefix("X:").unwrap().strip_suffix("\r\n").unwrap();
            let mut read = String::new();
            let mut signs = value.chars();
            while let Some(sign) = signs.next() {
                read.push(if sign == '\\' { signs.next().unwrap() } else { sign });
            }
            prop_assert_eq!(read, text);
        }
    }
}
