//! What was written at the desk and is not published: kept as it was filled in, until it is published or its week is over.

use bulletin::{RecordingKey, Site, SiteSlug};
use jiff::Timestamp;

use crate::acts::insert_act;
use crate::database::Statement;
use crate::error::{Doing, unreadable};
use crate::sites::{site_slug, territory_of};
use crate::store::WriteTo;
use crate::{Act, By, NewJob, Result, Store, instant, jobs};

impl Store {
    /// Writes a draft with the jobs it causes, in the place of an earlier version of it; and, when it is to wait for
    /// somebody or for its hour, the act of that. Answers false, and writes nothing, when its id is that of another site's
    /// draft, and when somebody else has written it since.
    ///
    /// - `seen`: when the version was written that this one is a change of; `None` to replace whichever there is.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when the site or the recording does not exist.
    pub async fn save_desk_draft(
        &self,
        draft: &DeskDraft,
        seen: Option<Timestamp>,
        jobs: &[NewJob],
        by: By<'_>,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let written = sqlx::query(
            "INSERT INTO desk_drafts (id, site, author, state, publish_at, recording, form, note, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE
             SET author = excluded.author, state = excluded.state, publish_at = excluded.publish_at,
                 recording = excluded.recording, form = excluded.form, note = excluded.note, at = excluded.at
             WHERE desk_drafts.site = excluded.site
               AND (desk_drafts.author = excluded.author OR desk_drafts.at = COALESCE($10, desk_drafts.at))",
        )
        .bind(&draft.id)
        .bind(draft.site.as_str())
        .bind(&draft.author)
        .bind(draft.state.as_str())
        .bind(draft.publish_at.map(instant::encode))
        .bind(draft.recording.as_ref().map(RecordingKey::as_str))
        .bind(&draft.form)
        .bind(&draft.note)
        .bind(instant::encode(draft.at))
        .bind(seen.map(instant::encode))
        .execute(&mut *transaction)
        .await
        .doing("save what was written")?;
        if written.rows_affected() == 0 {
            return Ok(false);
        }
        jobs::insert(&mut transaction, jobs).await?;
        let what = match draft.state {
            DraftState::Draft => None,
            DraftState::Waiting => Some("desk-draft.waiting"),
            DraftState::Scheduled => Some("desk-draft.scheduled"),
        };
        if let Some(what) = what {
            let act = Act {
                territory: territory_of(&mut transaction, &draft.site).await?,
                ..Act::new(by, what, format!("desk-draft/{}", draft.id))
            };
            let publish_at = draft.publish_at.map(|at| at.to_string());
            let after = serde_json::json!({ "author": draft.author, "publish_at": publish_at });
            insert_act(&mut transaction, &act.of_site(&draft.site).after(&after)).await?;
        }
        transaction.commit().await.doing("save what was written")?;
        Ok(true)
    }

    /// The draft of that id, of whatever site.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_desk_draft(&self, id: &str) -> Result<Option<DeskDraft>> {
        let mut query = select();
        query.push("WHERE id = ").push_bind(id);
        Ok(self.read_desk_drafts(query).await?.pop())
    }

    /// Every draft, of whatever site, the newest first, at most a thousand.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn desk_drafts(&self) -> Result<Vec<DeskDraft>> {
        let mut query = select();
        query.push("ORDER BY at DESC, id LIMIT 1000");
        self.read_desk_drafts(query).await
    }

    /// Deletes a draft; one that is gone already stays gone.
    ///
    /// - `by`: for the act, when a person deletes it; without, it has become a bulletin, which has its own.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn delete_desk_draft(&self, id: &str, by: Option<By<'_>>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let site: Option<String> =
            sqlx::query_scalar("DELETE FROM desk_drafts WHERE id = $1 RETURNING site")
                .bind(id)
                .fetch_optional(&mut *transaction)
                .await
                .doing("delete what was written")?;
        if let Some((site, by)) = site.zip(by) {
            let site = site_slug(TABLE, &site)?;
            let act = Act {
                territory: territory_of(&mut transaction, &site).await?,
                ..Act::new(by, "desk-draft.deleted", format!("desk-draft/{id}"))
            };
            insert_act(&mut transaction, &act.of_site(&site)).await?;
        }
        transaction.commit().await.doing("delete what was written")
    }

    /// Deletes what was written before an instant and waits for nobody; answers how many drafts.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_desk_drafts(&self, before: Timestamp) -> Result<u64> {
        let deleted = sqlx::query("DELETE FROM desk_drafts WHERE at < $1 AND state = 'draft'")
            .bind(instant::encode(before))
            .write_to(self)
            .await
            .doing("delete old drafts of the desk")?;
        Ok(deleted.rows_affected())
    }

    /// Whether a second person approves what this site publishes.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn asks_approval(&self, site: &SiteSlug) -> Result<bool> {
        let asked: Option<i32> = sqlx::query_scalar("SELECT 1 FROM approvals WHERE site = $1")
            .bind(site.as_str())
            .fetch_optional(self.readers())
            .await
            .doing("read whether a site asks for approval")?;
        Ok(asked.is_some())
    }

    /// Says whether a second person approves what this site publishes.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such site.
    pub async fn set_approval(&self, site: &Site, asked: bool, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let statement = if asked {
            "INSERT INTO approvals (site) VALUES ($1) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM approvals WHERE site = $1"
        };
        sqlx::query(statement)
            .bind(site.slug.as_str())
            .execute(&mut *transaction)
            .await
            .doing("save whether a site asks for approval")?;
        let act = Act::new(by, "site.approval", format!("site/{}", site.slug))
            .within(&site.territory)
            .of_site(&site.slug)
            .after(&serde_json::json!({ "asked": asked }));
        insert_act(&mut transaction, &act).await?;
        transaction
            .commit()
            .await
            .doing("save whether a site asks for approval")
    }

    async fn read_desk_drafts(&self, query: Statement) -> Result<Vec<DeskDraft>> {
        let rows: Vec<Row> = query
            .build_query_as()
            .fetch_all(self.readers())
            .await
            .doing("read what was written")?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// What was written at the desk and is not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskDraft {
    /// Its name in addresses, and that of the bulletin to come.
    pub id: String,
    /// The site it speaks for.
    pub site: SiteSlug,
    /// Who has written it, as threads name authors.
    pub author: String,
    /// What becomes of it next.
    pub state: DraftState,
    /// When it is to be published, if not at once.
    pub publish_at: Option<Timestamp>,
    /// How it is heard, if a person has recorded it.
    pub recording: Option<RecordingKey>,
    /// The fields of the form, as JSON.
    pub form: String,
    /// What its author should know of it; empty when there is nothing.
    pub note: String,
    /// When it was last written.
    pub at: Timestamp,
}

/// What becomes of a draft next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// Its author goes on.
    Draft,
    /// A second person approves it or sends it back.
    Waiting,
    /// It is published when its hour comes.
    Scheduled,
}

impl DraftState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Scheduled => "scheduled",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        match text {
            "draft" => Ok(Self::Draft),
            "waiting" => Ok(Self::Waiting),
            "scheduled" => Ok(Self::Scheduled),
            _ => Err(unreadable(TABLE, "a state", text)),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    site: String,
    author: String,
    state: String,
    publish_at: Option<String>,
    recording: Option<String>,
    form: String,
    note: String,
    at: String,
}

impl Row {
    fn read(self) -> Result<DeskDraft> {
        let instant = |text: String| instant::parse(TABLE, &text);
        let key = |text: String| {
            RecordingKey::parse(&text).map_err(|_| unreadable(TABLE, "a recording", &text))
        };
        Ok(DeskDraft {
            site: site_slug(TABLE, &self.site)?,
            state: DraftState::parse(&self.state)?,
            publish_at: self.publish_at.map(instant).transpose()?,
            recording: self.recording.map(key).transpose()?,
            at: instant(self.at)?,
            id: self.id,
            author: self.author,
            form: self.form,
            note: self.note,
        })
    }
}

fn select() -> Statement {
    Statement::new(
        "SELECT id, site, author, state, publish_at, recording, form, note, at FROM desk_drafts ",
    )
}

const TABLE: &str = "desk_drafts";
