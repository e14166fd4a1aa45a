//! Which event each key stands for: of each kind the likely ones first, eight to a page.

use bulletin::{Event, Kind};

/// The events of one kind, and the page that is being said.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    events: Vec<Event>,
    page: usize,
}

impl Choices {
    /// What a bulletin of this kind may be about. An unplanned one must say what people perceive, so that its events
    /// are those that can be perceived.
    pub(super) fn of(kind: Kind) -> Self {
        let first = likely(kind);
        let is_possible = |event: &Event| kind != Kind::Unplanned || event.is_perceptible();
        let others = Event::ALL.iter().filter(|event| !first.contains(event));
        Self {
            events: first
                .iter()
                .chain(others)
                .copied()
                .filter(is_possible)
                .collect(),
            page: 0,
        }
    }

    /// The events of this page, each with its key.
    pub(super) fn page(&self) -> impl Iterator<Item = (u8, Event)> {
        let events = self.events.iter().copied();
        (1..).zip(events.skip(self.page * PAGE).take(PAGE))
    }

    /// The event of a key of this page.
    pub(super) fn find(&self, key: char) -> Option<Event> {
        let wanted = u8::try_from(key.to_digit(10)?).ok()?;
        let mut page = self.page();
        page.find(|(key, _)| *key == wanted).map(|(_, event)| event)
    }

    /// Whether there are other pages.
    pub(super) fn has_more(&self) -> bool {
        self.events.len() > PAGE
    }

    /// Goes on to the next page; after the last one comes the first.
    pub(super) fn turn_page(&mut self) {
        self.page = (self.page + 1) % self.events.len().div_ceil(PAGE);
    }
}

fn likely(kind: Kind) -> [Event; PAGE] {
    match kind {
        Kind::Unplanned => [
            Event::Flaring,
            Event::Smoke,
            Event::Odour,
            Event::Noise,
            Event::Glow,
            Event::Fire,
            Event::Leak,
            Event::Siren,
        ],
        Kind::Planned => [
            Event::Maintenance,
            Event::Shutdown,
            Event::Startup,
            Event::Flaring,
            Event::Noise,
            Event::SteamRelease,
            Event::Odour,
            Event::Siren,
        ],
        Kind::Drill | Kind::Test => [
            Event::Drill,
            Event::Test,
            Event::Siren,
            Event::Noise,
            Event::Smoke,
            Event::Flaring,
            Event::Fire,
            Event::Other,
        ],
    }
}

/// Key 9 leads on, key 0 back.
const PAGE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_a_kind_has_a_key_on_one_page() {
        for &kind in Kind::ALL {
            let mut choices = Choices::of(kind);
            let mut found = vec![];
            for _ in 0..choices.events.len().div_ceil(PAGE) {
                for (key, event) in choices.page() {
                    assert_eq!(choices.find(char::from(b'0' + key)), Some(event));
                    found.push(event);
                }
                choices.turn_page();
            }
            let wanted = Event::ALL
                .iter()
                .filter(|it| kind != Kind::Unplanned || it.is_perceptible());
            assert!(wanted.clone().all(|event| found.contains(event)));
            assert_eq!(found.len(), wanted.count(), "{kind:?}: none twice");
            assert_eq!(choices.page, 0, "after the last page comes the first");
            assert_eq!(choices.find('9'), None);
        }
    }
}
