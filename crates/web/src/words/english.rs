//! The same in English.

use jiff::Zoned;

/// `Monday 23 November`, with the year when it is not the reader's.
pub(super) fn day(at: &Zoned, current_year: i16) -> String {
    if at.year() == current_year {
        at.strftime("%A %-d\u{a0}%B").to_string()
    } else {
        at.strftime("%A %-d\u{a0}%B\u{a0}%Y").to_string()
    }
}

/// `14:02`; the hour that comes twice says which one it is.
pub(super) fn hour(at: &Zoned) -> String {
    let clock = format!("{}:{:02}", at.hour(), at.minute());
    let zone = at.time_zone();
    if !zone.to_ambiguous_zoned(at.datetime()).is_ambiguous() {
        return clock;
    }
    let season = if zone.to_offset_info(at.timestamp()).dst().is_dst() {
        "summer"
    } else {
        "winter"
    };
    format!("{clock} ({season} time)")
}

/// `Paris time`, of a zone's name in the time zone database.
pub(super) fn zone(name: &str) -> String {
    match name {
        "UTC" | "Etc/UTC" => "universal time".to_owned(),
        "Indian/Reunion" => "Réunion time".to_owned(),
        "Pacific/Noumea" => "Nouméa time".to_owned(),
        _ => {
            let city = name.rsplit('/').next().unwrap_or(name);
            format!("{} time", city.replace('_', "\u{a0}"))
        }
    }
}
