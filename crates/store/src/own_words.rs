//! What territories say in place of sentences of the house.

use std::collections::HashMap;

use bulletin::{Language, OwnSentence, OwnWords, RecordingKey, TerritorySlug};
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_act};
use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::territories::territory_slug;
use crate::{Error, NewJob, Recording, Result, Store, jobs, recordings};

impl Store {
    /// The words of each territory that has any.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn own_words(&self) -> Result<HashMap<TerritorySlug, Vec<OwnWords>>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT territory, sentence, language, text, recording FROM own_words
             ORDER BY territory, sentence, language",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the words of territories")?;
        let mut words: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            match read(row) {
                Ok((territory, own)) => words.entry(territory).or_default().push(own),
                // A later version of the program may know more sentences.
                Err(error) => tracing::error!(%error, "a territory's own words are left out"),
            }
        }
        Ok(words)
    }

    /// Writes words in the place of `before`, or takes them away where there is no `after`, with the recording, the act
    /// and the jobs: all of it or nothing.
    ///
    /// - `recording`: the sound that `after` names, if it is new.
    ///
    /// # Errors
    /// [`Error::Conflict`] when `before` is not what is kept; [`Error::MissingReference`] when the territory does not
    /// exist, or a recording that `after` names.
    pub async fn replace_own_words(
        &self,
        territory: &TerritorySlug,
        before: Option<&OwnWords>,
        after: Option<&OwnWords>,
        recording: Option<&Recording>,
        jobs: &[NewJob],
        by: By<'_>,
    ) -> Result<()> {
        let Some(named) = after.or(before) else {
            return Ok(());
        };
        if before == after {
            return Ok(());
        }
        let (sentence, language) = (named.sentence.as_str(), named.language.as_str());
        let mut transaction = self.begin().await?;
        let kept = find(&mut transaction, territory, named).await?;
        if kept.as_ref() != before {
            return Err(Error::Conflict);
        }
        if let Some(recording) = recording {
            recordings::insert(&mut transaction, recording).await?;
        }
        sqlx::query(
            "DELETE FROM own_words WHERE territory = $1 AND sentence = $2 AND language = $3",
        )
        .bind(territory.as_str())
        .bind(sentence)
        .bind(language)
        .execute(&mut *transaction)
        .await
        .doing("change the words of a territory")?;
        if let Some(after) = after {
            insert(&mut transaction, territory, after).await?;
        }
        let act = Act {
            before: before.map(|words| told(words).to_string()),
            after: after.map(|words| told(words).to_string()),
            ..Act::new(
                by,
                "words.changed",
                format!("{sentence}/{territory}/{language}"),
            )
        };
        insert_act(&mut transaction, &act.within(territory)).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction
            .commit()
            .await
            .doing("change the words of a territory")
    }
}

/// Words as their act tells them.
fn told(words: &OwnWords) -> Value {
    json!({
        "sentence": words.sentence.as_str(),
        "language": words.language.as_str(),
        "text": words.text,
        "recording": words.recording.as_ref().map(RecordingKey::as_str),
    })
}

async fn find(
    connection: &mut Connection,
    territory: &TerritorySlug,
    named: &OwnWords,
) -> Result<Option<OwnWords>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT territory, sentence, language, text, recording FROM own_words
         WHERE territory = $1 AND sentence = $2 AND language = $3",
    )
    .bind(territory.as_str())
    .bind(named.sentence.as_str())
    .bind(named.language.as_str())
    .fetch_optional(connection)
    .await
    .doing("read the words of a territory")?;
    Ok(row.map(read).transpose()?.map(|(_, words)| words))
}

async fn insert(
    connection: &mut Connection,
    territory: &TerritorySlug,
    words: &OwnWords,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO own_words (territory, sentence, language, text, recording)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(territory.as_str())
    .bind(words.sentence.as_str())
    .bind(words.language.as_str())
    .bind(&words.text)
    .bind(words.recording.as_ref().map(RecordingKey::as_str))
    .execute(connection)
    .await
    .doing("change the words of a territory")?;
    Ok(())
}

type Row = (String, String, String, String, Option<String>);

fn read(
    (territory, sentence, language, text, recording): Row,
) -> Result<(TerritorySlug, OwnWords)> {
    let words = OwnWords {
        sentence: OwnSentence::parse(&sentence)
            .ok_or_else(|| unreadable(TABLE, "a sentence", &sentence))?,
        language: Language::parse(&language)
            .ok_or_else(|| unreadable(TABLE, "a language", &language))?,
        text,
        recording: recording
            .map(|key| {
                RecordingKey::parse(&key).map_err(|_| unreadable(TABLE, "a recording", &key))
            })
            .transpose()?,
    };
    Ok((territory_slug(TABLE, &territory)?, words))
}

const TABLE: &str = "own_words";
