//! When the entries of a bulletin came where: on the page, on the line, to the first caller.

use bulletin::BulletinId;
use jiff::Timestamp;

use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::{Result, Store, instant};

impl Store {
    /// Keeps when entries came on the page or on the line; of each the first instant that is told.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn insert_milestones(&self, reached: &[(BulletinId, Milestone)]) -> Result<()> {
        let mut transaction = self.begin().await?;
        for (bulletin, Milestone { entry, place, at }) in reached {
            insert(&mut transaction, bulletin, *entry, place.as_str(), *at).await?;
        }
        transaction.commit().await.doing("save milestones")
    }

    /// What is known of a bulletin's way, in the order in which it happened; the place of the first caller has the
    /// entry 0.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn milestones(&self, bulletin: &BulletinId) -> Result<Vec<Milestone>> {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT entry, what, at FROM milestones WHERE bulletin = $1 ORDER BY at, entry, what",
        )
        .bind(bulletin.as_str())
        .fetch_all(self.readers())
        .await
        .doing("read milestones")?;
        rows.into_iter()
            .map(|(entry, what, at)| {
                Ok(Milestone {
                    entry: u32::try_from(entry)
                        .map_err(|_| unreadable(TABLE, "an entry", &entry.to_string()))?,
                    place: MilestonePlace::parse(&what)
                        .ok_or_else(|| unreadable(TABLE, "a place", &what))?,
                    at: instant::parse(TABLE, &at)?,
                })
            })
            .collect()
    }
}

/// One step on the way of a bulletin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// The number of the entry.
    pub entry: u32,
    /// Where it came.
    pub place: MilestonePlace,
    /// When.
    pub at: Timestamp,
}

/// Where an entry of a bulletin comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MilestonePlace {
    /// Readers see it.
    Page,
    /// Callers hear it when its turn comes: it has a voice.
    Line,
    /// A caller has heard the bulletin, whichever entry it was.
    Heard,
}

impl MilestonePlace {
    /// The word that rows and programs hold.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Line => "line",
            Self::Heard => HEARD,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Page, Self::Line, Self::Heard]
            .into_iter()
            .find(|place| place.as_str() == word)
    }
}

/// Keeps the earlier of an instant and the one that is there.
pub(crate) async fn insert(
    connection: &mut Connection,
    bulletin: &BulletinId,
    entry: u32,
    what: &str,
    at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO milestones (bulletin, entry, what, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (bulletin, entry, what) DO UPDATE SET at = excluded.at WHERE excluded.at < milestones.at",
    )
    .bind(bulletin.as_str())
    .bind(i64::from(entry))
    .bind(what)
    .bind(instant::encode(at))
    .execute(connection)
    .await
    .doing("save a milestone")?;
    Ok(())
}

pub(crate) const HEARD: &str = "heard";
const TABLE: &str = "milestones";
