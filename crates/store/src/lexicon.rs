//! How names are said in each territory, as its manager decides it.

use bulletin::{Language, LexiconEntry, TerritorySlug};
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_act};
use crate::database::{Connection, Flag};
use crate::error::{Doing, unreadable};
use crate::{Error, NewJob, Result, Store, jobs};

impl Store {
    /// The entries of a territory, by what is written.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn lexicon(&self, territory: &TerritorySlug) -> Result<Vec<LexiconEntry>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT language, written, say, CAST(match_case AS INTEGER) FROM lexicon_entries
             WHERE territory = $1 ORDER BY written, language",
        )
        .bind(territory.as_str())
        .fetch_all(self.readers())
        .await
        .doing("read a lexicon")?;
        rows.into_iter().map(read).collect()
    }

    /// Writes an entry in the place of `before`, takes `before` away where there is no `after`, and writes the act of
    /// that and its jobs: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] when `before` is not what is kept, or another entry is written like `after`;
    /// [`Error::MissingReference`] when the territory does not exist.
    pub async fn replace_lexicon_entry(
        &self,
        territory: &TerritorySlug,
        before: Option<&LexiconEntry>,
        after: Option<&LexiconEntry>,
        jobs: &[NewJob],
        by: By<'_>,
    ) -> Result<()> {
        let Some(named) = after.or(before) else {
            return Ok(());
        };
        if before == after {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        if let Some(before) = before {
            delete(&mut transaction, territory, before).await?;
        }
        if let Some(after) = after {
            insert(&mut transaction, territory, after).await?;
        }
        let (language, written) = (named.language.as_str(), &named.written);
        let object = format!("lexicon/{territory}/{language}/{written}");
        let act = Act {
            before: before.map(|entry| told(entry).to_string()),
            after: after.map(|entry| told(entry).to_string()),
            ..Act::new(by, "lexicon.changed", object)
        };
        insert_act(&mut transaction, &act.within(territory)).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("change a lexicon")
    }
}

/// An entry as its act tells it.
fn told(entry: &LexiconEntry) -> Value {
    json!({
        "language": entry.language.as_str(),
        "written": entry.written,
        "say": entry.say,
        "match_case": entry.match_case,
    })
}

/// Deletes an entry that is still as somebody has seen it.
async fn delete(
    connection: &mut Connection,
    territory: &TerritorySlug,
    entry: &LexiconEntry,
) -> Result<()> {
    let deleted = sqlx::query(
        "DELETE FROM lexicon_entries
         WHERE territory = $1 AND language = $2 AND written = $3 AND say = $4 AND match_case = $5",
    )
    .bind(territory.as_str())
    .bind(entry.language.as_str())
    .bind(&entry.written)
    .bind(&entry.say)
    .bind(entry.match_case)
    .execute(connection)
    .await
    .doing("change a lexicon")?;
    if deleted.rows_affected() == 0 {
        return Err(Error::Conflict);
    }
    Ok(())
}

async fn insert(
    connection: &mut Connection,
    territory: &TerritorySlug,
    entry: &LexiconEntry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO lexicon_entries (territory, language, written, say, match_case)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(territory.as_str())
    .bind(entry.language.as_str())
    .bind(&entry.written)
    .bind(&entry.say)
    .bind(entry.match_case)
    .execute(connection)
    .await
    .doing("change a lexicon")?;
    Ok(())
}

type Row = (String, String, String, Flag);

fn read((language, written, say, match_case): Row) -> Result<LexiconEntry> {
    Ok(LexiconEntry {
        language: Language::parse(&language)
            .ok_or_else(|| unreadable("lexicon_entries", "a language", &language))?,
        written,
        say,
        match_case: match_case.0,
    })
}
