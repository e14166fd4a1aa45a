//! Work still to do: a queue of rows, written in the transaction of their cause.
//!
//! A job is pending until claimed, running until completed, and gone when done. A worker that dies leaves its lease
//! to run out, or to be released by the next start of its node; the job can then be claimed again, so that every job must
//! be safe to run twice. Whoever comes back after that writes nothing: the job is another's, and [`Job::attempts`] tells
//! the two apart.

use std::time::Duration;

use jiff::Timestamp;

use crate::database::{Connection, Statement};
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{Result, Store, instant};

impl Store {
    /// Writes jobs whose cause is no row. One whose `unique` is already pending is left out; one that is only
    /// running does not count, because it may have read its cause before it changed.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn insert_jobs(&self, jobs: &[NewJob]) -> Result<()> {
        let mut transaction = self.begin().await?;
        insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("save jobs")
    }

    /// Takes the job of these kinds that has been due for longest, for the length of `lease`. One whose `unique` another
    /// worker has in hand waits for that one's end: it would do the same work beside it.
    ///
    /// - `holder`: the node that takes it; see [`Store::release_jobs`].
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn claim_job(
        &self,
        kinds: &[&str],
        holder: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Job>> {
        if kinds.is_empty() {
            return Ok(None);
        }
        let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        let query = claim(kinds, holder, now, until);
        let mut transaction = self.begin().await?;
        let row: Option<Row> = query
            .build_query_as()
            .fetch_optional(&mut *transaction)
            .await
            .doing("claim a job")?;
        transaction.commit().await.doing("claim a job")?;
        row.map(job).transpose()
    }

    /// Ends the leases of the jobs of these kinds that a node had in hand when it died; answers how many they were. For the
    /// start of that node, before it claims any.
    ///
    /// - `most`: a job that was claimed more often than this waits for its lease all the same: if it is the one at which the
    ///   program dies, the program lives in between.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn release_jobs(
        &self,
        kinds: &[&str],
        holder: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<u64> {
        let mut query = Statement::new("UPDATE jobs SET leased_until = ");
        query.push_bind(instant::encode(now));
        query.push(" WHERE state = 'running' AND holder = ");
        query.push_bind(holder.to_owned());
        query.push(" AND attempts <= ");
        query.push_bind(i64::from(most));
        query.push(" AND kind IN (");
        query.push_list(kinds.iter().copied());
        query.push(")");
        let mut transaction = self.begin().await?;
        let done = query.build().execute(&mut *transaction).await;
        let done = done.doing("release jobs")?;
        transaction.commit().await.doing("release jobs")?;
        Ok(done.rows_affected())
    }

    /// Forgets a job that is done, as long as it is the one that was claimed.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn complete_job(&self, claimed: &Job) -> Result<()> {
        sqlx::query("DELETE FROM jobs WHERE id = $1 AND attempts = $2 AND state = 'running'")
            .bind(claimed.id)
            .bind(i64::from(claimed.attempts))
            .write_to(self)
            .await
            .doing("complete a job")?;
        Ok(())
    }

    /// Puts a claimed job back until `at`, with the reason. When the same work has been asked for again meanwhile,
    /// the newer job does it and this one goes.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn retry_job(&self, claimed: &Job, at: Timestamp, why: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "DELETE FROM jobs WHERE id = $1 AND attempts = $2 AND state = 'running' AND EXISTS
             (SELECT 1 FROM jobs AS newer WHERE newer.unique_key = jobs.unique_key AND newer.state = 'pending')",
        )
        .bind(claimed.id)
        .bind(i64::from(claimed.attempts))
        .execute(&mut *transaction)
        .await
        .doing("put a job back")?;
        sqlx::query(
            "UPDATE jobs SET state = 'pending', leased_until = NULL, run_at = $3, why = $4
             WHERE id = $1 AND attempts = $2 AND state = 'running'",
        )
        .bind(claimed.id)
        .bind(i64::from(claimed.attempts))
        .bind(instant::encode(at))
        .bind(why)
        .execute(&mut *transaction)
        .await
        .doing("put a job back")?;
        transaction.commit().await.doing("put a job back")
    }

    /// Gives a claimed job up; it is kept with the reason, never claimed again, and shown by [`Store::dead_jobs`].
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn kill_job(&self, claimed: &Job, why: &str) -> Result<()> {
        sqlx::query(
            "UPDATE jobs SET state = 'dead', leased_until = NULL, why = $3
             WHERE id = $1 AND attempts = $2 AND state = 'running'",
        )
        .bind(claimed.id)
        .bind(i64::from(claimed.attempts))
        .bind(why)
        .write_to(self)
        .await
        .doing("give a job up")?;
        Ok(())
    }

    /// Everything still to do, running jobs included, in the order it is due.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn pending_jobs(&self) -> Result<Vec<Job>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, kind, payload, attempts, run_at, why FROM jobs
             WHERE state IN ('pending', 'running') ORDER BY run_at, id",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the jobs")?;
        rows.into_iter().map(job).collect()
    }

    /// How much is to do of each kind that has a row.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn job_queues(&self, now: Timestamp) -> Result<Vec<JobQueue>> {
        let rows: Vec<(String, i64, Option<String>, i64, i64)> = sqlx::query_as(
            "SELECT kind, COUNT(CASE WHEN state <> 'dead' AND run_at <= $1 THEN 1 END),
                    MIN(CASE WHEN state <> 'dead' AND run_at <= $1 THEN run_at END),
                    COUNT(CASE WHEN state <> 'dead' AND why IS NOT NULL THEN 1 END),
                    COUNT(CASE WHEN state = 'dead' THEN 1 END)
             FROM jobs GROUP BY kind ORDER BY kind",
        )
        .bind(instant::encode(now))
        .fetch_all(self.readers())
        .await
        .doing("count the jobs")?;
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        let queue = |(kind, due, oldest, failing, dead): (String, _, Option<String>, _, _)| {
            let oldest = oldest.map(|at| instant::parse("jobs", &at)).transpose()?;
            Ok(JobQueue {
                kind,
                due: count(due),
                oldest,
                failing: count(failing),
                dead: count(dead),
            })
        };
        rows.into_iter().map(queue).collect()
    }

    /// Every job that was given up, oldest first, with its reason.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn dead_jobs(&self) -> Result<Vec<Job>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, kind, payload, attempts, run_at, why FROM jobs WHERE state = 'dead' ORDER BY id",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the dead jobs")?;
        rows.into_iter().map(job).collect()
    }
}

/// A job to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The verb, such as `speak`.
    pub kind: String,
    /// What it needs to know, as JSON.
    pub payload: String,
    /// Not before this instant.
    pub run_at: Timestamp,
    /// At most one pending job bears this name.
    pub unique: Option<String>,
}

/// A job of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its row.
    pub id: i64,
    /// The verb.
    pub kind: String,
    /// What it needs to know, as JSON.
    pub payload: String,
    /// How often it was claimed: 1 the first time it runs. Each claim has another number, so that one whose lease has
    /// run out is known.
    pub attempts: u32,
    /// When it was or is due.
    pub run_at: Timestamp,
    /// Why it was last put back or given up.
    pub why: Option<String>,
}

/// The jobs of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobQueue {
    /// The verb.
    pub kind: String,
    /// Those that are due and not done, also while they run.
    pub due: u64,
    /// Since when the first of these is due.
    pub oldest: Option<Timestamp>,
    /// Those that were put back at least once, due or not.
    pub failing: u64,
    /// Those that were given up.
    pub dead: u64,
}

/// Writes jobs in the transaction of their cause.
pub(crate) async fn insert(connection: &mut Connection, jobs: &[NewJob]) -> Result<()> {
    for job in jobs {
        sqlx::query(
            "INSERT INTO jobs (kind, payload, state, run_at, attempts, unique_key)
             VALUES ($1, $2, 'pending', $3, 0, $4) ON CONFLICT DO NOTHING",
        )
        .bind(&job.kind)
        .bind(&job.payload)
        .bind(instant::encode(job.run_at))
        .bind(&job.unique)
        .execute(&mut *connection)
        .await
        .doing("save a job")?;
    }
    Ok(())
}

/// The statement that takes the job of these kinds that has been due for longest.
fn claim(kinds: &[&str], holder: &str, now: Timestamp, leased_until: Timestamp) -> Statement {
    let mut query = Statement::new(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_until = ",
    );
    query.push_bind(instant::encode(leased_until));
    query.push(", holder = ");
    query.push_bind(holder.to_owned());
    query.push(" WHERE id = (SELECT id FROM jobs AS one WHERE kind IN (");
    query.push_list(kinds.iter().copied());
    query.push(") AND ((state = 'pending' AND run_at <= ");
    query.push_bind(instant::encode(now));
    query.push(") OR (state = 'running' AND leased_until <= ");
    query.push_bind(instant::encode(now));
    query.push(
        ")) AND NOT EXISTS (SELECT 1 FROM jobs AS other
                            WHERE other.unique_key = one.unique_key AND other.id <> one.id
                                  AND other.state = 'running' AND other.leased_until > ",
    );
    query.push_bind(instant::encode(now));
    query.push(") ORDER BY run_at, id LIMIT 1");
    query.push(") RETURNING id, kind, payload, attempts, run_at, why");
    query
}

type Row = (i64, String, String, i64, String, Option<String>);

fn job((id, kind, payload, attempts, run_at, why): Row) -> Result<Job> {
    Ok(Job {
        id,
        kind,
        payload,
        attempts: u32::try_from(attempts)
            .map_err(|_| unreadable("jobs", "a number of attempts", &attempts.to_string()))?,
        run_at: instant::parse("jobs", &run_at)?,
        why,
    })
}
