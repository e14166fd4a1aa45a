//! Everything the page of numbers shows of one territory and one day, read at once.

use bulletin::{Bulletin, Kind, Language, Noticed, Site, Territory};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use store::{CallQuarter, HeardSum, SubscriberCounts};

use crate::app::Desk;
use crate::error::Error;
use crate::words;

pub(super) struct Figures {
    pub(super) territory: Territory,
    pub(super) sites: Vec<Site>,
    pub(super) day: Date,
    /// The day in the territory's clock: its first instant, and that of the next.
    pub(super) begins: Timestamp,
    pub(super) ends: Timestamp,
    pub(super) now: Timestamp,
    /// Of the reader.
    pub(super) language: Language,
    /// Callers at this moment.
    pub(super) live: u64,
    pub(super) quarters: Vec<CallQuarter>,
    /// Calls that the line did not let in, of all territories.
    pub(super) refusals: Vec<(Timestamp, u64)>,
    pub(super) keys: Vec<(String, u64)>,
    pub(super) noticed: Vec<(Noticed, u64)>,
    pub(super) heard: Vec<HeardSum>,
    /// Calls of the days until this one.
    pub(super) days: Vec<(Date, u64)>,
    /// What was posted in the year until the end of this day, the latest first; technical tests are left out.
    pub(super) year: Vec<Bulletin>,
    /// People who are written to, as they are now.
    pub(super) subscribers: SubscriberCounts,
}

impl Figures {
    /// Reads the figures of a day; of today without one.
    ///
    /// # Errors
    /// [`Error::Value`] for a day that is none.
    pub(super) async fn read(
        desk: &Desk,
        territory: Territory,
        day: &str,
        (now, language): (Timestamp, Language),
    ) -> Result<Self, Error> {
        let (store, slug, zone) = (&desk.app.store, &territory.slug, &territory.zone);
        let refused = || Error::Value {
            field: "day",
            value: day.to_owned(),
            possible: "2026-11-25".to_owned(),
        };
        let day = match day.trim() {
            "" => now.to_zoned(zone.clone()).date(),
            text => text.parse::<Date>().map_err(|_| refused())?,
        };
        let begins_on = |day: Date| {
            let begins = day.to_zoned(zone.clone()).map_err(|_| refused())?;
            Ok::<_, Error>(begins.timestamp())
        };
        let begins = begins_on(day)?;
        let ends = begins_on(day.tomorrow().map_err(|_| refused())?)?;
        let first_day = day.checked_sub((DAYS - 1).days()).map_err(|_| refused())?;
        let long_ago = begins_on(first_day)?;
        let quarters = store.call_quarters(slug, long_ago, ends).await?;
        let year_ago = day.checked_sub(1.year()).map_err(|_| refused())?;
        let year_ago = begins_on(year_ago)?;
        let mut year = store
            .archived_bulletins(slug, MOST_BULLETINS, Some(ends))
            .await?;
        year.retain(|one| one.posted_at >= year_ago && one.kind != Kind::Test);
        let crowds = (desk.app.crowds)();
        let live = crowds.iter().find(|(territory, _)| territory == slug);
        Ok(Self {
            subscribers: store.subscriber_counts(slug).await?,
            sites: store.sites().await?,
            language,
            live: live.map_or(0, |(_, live)| *live),
            refusals: store.refusals(begins, ends).await?,
            keys: store.keys_pressed(slug, begins, ends).await?,
            noticed: store.callers_noticed(slug, begins, ends).await?,
            heard: store.bulletins_heard(slug, begins, ends).await?,
            days: by_day(&quarters, first_day, &territory),
            quarters: quarters
                .into_iter()
                .filter(|it| it.begins_at >= begins)
                .collect(),
            territory,
            day,
            begins,
            ends,
            now,
            year,
        })
    }

    /// Calls of the day.
    pub(super) fn calls(&self) -> u64 {
        self.quarters.iter().map(|it| it.calls).sum()
    }

    /// What was posted on the day, the first one first.
    pub(super) fn posted(&self) -> Vec<&Bulletin> {
        let that_day = self
            .year
            .iter()
            .filter(|one| one.posted_at >= self.begins && one.posted_at < self.ends);
        let mut posted: Vec<_> = that_day.collect();
        posted.reverse();
        posted
    }

    /// The name of a site; of one that has left, its short name.
    pub(super) fn site(&self, bulletin: &Bulletin) -> String {
        let site = self.sites.iter().find(|site| site.slug == bulletin.site);
        site.map_or_else(|| bulletin.site.to_string(), |site| site.name.clone())
    }

    /// The quarters of an hour of the day: 92 or 100 on the nights when the clock changes.
    pub(super) fn slots(&self) -> Vec<Timestamp> {
        let next = |at: &Timestamp| at.checked_add(SignedDuration::from_mins(15)).ok();
        std::iter::successors(Some(self.begins), next)
            .take_while(|at| *at < self.ends)
            .collect()
    }

    /// The day before, unless it is of more than a year ago: whoever follows every link comes to an end.
    pub(super) fn day_before(&self) -> Option<Date> {
        let age = self.now.duration_since(self.begins);
        (age < A_YEAR).then(|| self.day.yesterday().ok())?
    }

    /// The day after, unless it is still to come.
    pub(super) fn next_day(&self) -> Option<Date> {
        (self.ends <= self.now).then(|| self.day.tomorrow().ok())?
    }

    /// `mercredi 25 novembre`.
    pub(super) fn day_in_words(&self) -> String {
        words::date(self.language, self.begins, &self.territory.zone, self.now)
    }
}

const A_YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);

fn by_day(quarters: &[CallQuarter], first: Date, territory: &Territory) -> Vec<(Date, u64)> {
    let day_of = |it: &CallQuarter| it.begins_at.to_zoned(territory.zone.clone()).date();
    first
        .series(1.day())
        .take(usize::try_from(DAYS).unwrap_or(0))
        .map(|day| {
            let calls = quarters.iter().filter(|it| day_of(it) == day);
            (day, calls.map(|it| it.calls).sum())
        })
        .collect()
}

/// A month of days.
const DAYS: i32 = 31;
/// Far above what the sites of a territory post in a year.
const MOST_BULLETINS: u32 = 5_000;
