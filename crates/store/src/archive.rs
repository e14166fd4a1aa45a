//! The past of a territory, looked through by site, by event and by day.

use bulletin::{Bulletin, BulletinId, Event, SiteSlug, TerritorySlug};
use jiff::Timestamp;

use crate::bulletins::select;
use crate::{Result, Store, instant};

impl Store {
    /// The bulletins of a territory that fit, expired and withdrawn ones included, the newest post first.
    ///
    /// - `behind`: only those that come after this bulletin in the same order, for the next page; of one that does not
    ///   exist nothing comes after.
    /// - `most`: at most so many. One that cannot be read is left out.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn search_bulletins(
        &self,
        territory: &TerritorySlug,
        wanted: &WantedBulletins,
        behind: Option<&BulletinId>,
        most: u32,
    ) -> Result<Vec<Bulletin>> {
        let mut query = select();
        query
            .push("WHERE territory = ")
            .push_bind(territory.as_str());
        if let Some(site) = &wanted.site {
            query.push(" AND site = ").push_bind(site.as_str());
        }
        if let Some(event) = wanted.event {
            // A list of words with one space between; none of them holds a sign that LIKE takes for another.
            query
                .push(" AND ' ' || events || ' ' LIKE ")
                .push_bind(format!("% {} %", event.as_str()));
        }
        for (bound, at) in [
            (" AND posted_at >= ", wanted.since),
            (" AND posted_at < ", wanted.until),
        ] {
            if let Some(at) = at {
                query.push(bound).push_bind(instant::encode(at));
            }
        }
        if let Some(id) = behind {
            // Two may be posted in one instant: the id decides between them, as in the order.
            query
                .push(" AND (posted_at < (SELECT posted_at FROM bulletins WHERE id = ")
                .push_bind(id.as_str())
                .push(") OR (posted_at = (SELECT posted_at FROM bulletins WHERE id = ")
                .push_bind(id.as_str())
                .push(") AND id > ")
                .push_bind(id.as_str())
                .push("))");
        }
        query
            .push(" ORDER BY posted_at DESC, id LIMIT ")
            .push_bind(i64::from(most));
        self.read(query).await
    }
}

/// Which bulletins are wanted; by default all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedBulletins {
    /// Only those of this site.
    pub site: Option<SiteSlug>,
    /// Only those that name this event, alone or among others.
    pub event: Option<Event>,
    /// Not posted before this instant.
    pub since: Option<Timestamp>,
    /// Posted before this instant.
    pub until: Option<Timestamp>,
}
