//! Moves every row between a file and a database of PostgreSQL: into the server for a service that has outgrown one
//! machine; `postgres/copies.rs` goes the other way.
//!
//! Tables, their order and their columns are those that the server tells, so that a new migration needs no word here.

use std::collections::{HashMap, HashSet};

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::database::{Connection, Statement};
use crate::error::{Doing, unreadable};
use crate::{Error, Result, Store};

impl Store {
    /// Copies every row of a file into this database of PostgreSQL, which has none yet, all of them or none; answers
    /// each table with the number of its rows, which were counted in both. Nobody can write to the file meanwhile; what is
    /// written to it afterwards stays there alone.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] where there are rows already; [`Error::NotMoved`] where the counts differ.
    pub async fn move_from(&self, file: &Self) -> Result<Vec<(String, u64)>> {
        let mut reading = file.begin().await?;
        let mut writing = self.begin().await?;
        let tables = tables(&mut writing).await?;
        refuse_rows(&mut writing, &tables).await?;
        let mut moved = vec![];
        for table in tables {
            copy(&mut reading, &mut writing, &table).await?;
            let (wanted, found) = (
                count(&mut reading, &table.name).await?,
                count(&mut writing, &table.name).await?,
            );
            if wanted != found {
                return Err(Error::NotMoved {
                    table: table.name,
                    wanted,
                    found,
                });
            }
            moved.push((table.name, found));
        }
        writing.commit().await.doing("move rows")?;
        Ok(moved)
    }

    /// Looks whether this database of PostgreSQL has rows, so that nothing is prepared in vain.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] names a table that has some.
    pub async fn refuse_rows(&self) -> Result<()> {
        let mut reading = self.begin_reading().await?;
        let tables = tables(&mut reading).await?;
        refuse_rows(&mut reading, &tables).await
    }
}

/// A table with its columns.
pub(crate) struct Table {
    pub(crate) name: String,
    columns: Vec<(String, Kind)>,
    /// Whether the database numbers its rows.
    pub(crate) is_numbered: bool,
}

impl Table {
    /// What to select of a row, so that both databases give it alike.
    pub(crate) fn selection(&self) -> String {
        let columns = self.columns.iter().map(|(column, kind)| match kind {
            Kind::Flag => format!("CAST({column} AS INTEGER)"),
            _ => column.clone(),
        });
        columns.collect::<Vec<_>>().join(", ")
    }

    /// The statement that writes a row which begins with that selection.
    pub(crate) fn insert(&self, row: &AnyRow) -> sqlx::Result<Statement> {
        let columns: Vec<_> = self.columns.iter().map(|(column, _)| &**column).collect();
        let mut insert = Statement::new(&format!(
            "INSERT INTO {} ({}) VALUES (",
            self.name,
            columns.join(", ")
        ));
        for (place, (_, kind)) in self.columns.iter().enumerate() {
            if place > 0 {
                insert.push(", ");
            }
            match kind {
                Kind::Flag => {
                    let flag: Option<i64> = row.try_get(place)?;
                    insert.push_bind(flag.map(|flag| flag != 0))
                }
                Kind::Number => insert.push_bind(row.try_get::<Option<i64>, _>(place)?),
                Kind::Text => {
                    let text: Option<String> = row.try_get(place)?;
                    // The one sign that PostgreSQL does not take.
                    insert.push_bind(text.map(|text| text.replace('\0', "\u{fffd}")))
                }
                Kind::Octets => insert.push_bind(row.try_get::<Option<Vec<u8>>, _>(place)?),
            };
        }
        insert.push(")");
        Ok(insert)
    }
}

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    Flag,
    Number,
    Text,
    Octets,
}

/// All tables of a server, each behind those that its rows name.
pub(crate) async fn tables(server: &mut Connection) -> Result<Vec<Table>> {
    let columns: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_identity::text
         FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'
         ORDER BY table_name, ordinal_position",
    )
    .fetch_all(&mut *server)
    .await
    .doing("read the tables")?;
    let named: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace",
    )
    .fetch_all(server)
    .await
    .doing("read the tables")?;
    let mut waiting: Vec<Table> = vec![];
    for (table, column, kind, is_identity) in columns {
        if waiting.last().is_none_or(|last| last.name != table) {
            waiting.push(Table {
                name: table,
                columns: vec![],
                is_numbered: false,
            });
        }
        if let Some(last) = waiting.last_mut() {
            last.columns.push((column, Kind::parse(&kind)?));
            last.is_numbered |= is_identity == "YES";
        }
    }
    let mut needs: HashMap<String, HashSet<String>> = HashMap::new();
    for (table, other) in named {
        needs.entry(table).or_default().insert(other);
    }
    let (mut placed, mut ordered) = (HashSet::new(), vec![]);
    while !waiting.is_empty() {
        let is_ready = |table: &Table| {
            let needs = needs.get(&table.name);
            needs.is_none_or(|needs| needs.is_subset(&placed))
        };
        let (ready, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(unreadable("pg_constraint", "an order", "a circle"));
        }
        placed.extend(ready.iter().map(|table| table.name.clone()));
        ordered.extend(ready);
        waiting = others;
    }
    Ok(ordered)
}

impl Kind {
    fn parse(word: &str) -> Result<Self> {
        match word {
            "boolean" => Ok(Self::Flag),
            "bigint" => Ok(Self::Number),
            "text" => Ok(Self::Text),
            "bytea" => Ok(Self::Octets),
            _ => Err(unreadable("information_schema.columns", "a kind", word)),
        }
    }
}

async fn copy(file: &mut Connection, server: &mut Connection, table: &Table) -> Result<()> {
    let name = &table.name;
    let read = format!(
        "SELECT {}, rowid FROM {name} WHERE rowid > $1 ORDER BY rowid LIMIT {ROWS_AT_ONCE}",
        table.selection()
    );
    let mut behind = i64::MIN;
    loop {
        let rows = sqlx::query(AssertSqlSafe(read.clone()))
            .bind(behind)
            .fetch_all(&mut *file)
            .await
            .doing("read rows to be moved")?;
        let Some(last) = rows.last() else { break };
        let numbers = table.columns.len();
        behind = last.try_get(numbers).doing("read rows to be moved")?;
        for row in &rows {
            let insert = table.insert(row).doing("read rows to be moved")?;
            insert
                .build()
                .execute(&mut *server)
                .await
                .doing("move rows")?;
        }
    }
    if table.is_numbered {
        continue_numbers(file, server, name).await?;
    }
    Ok(())
}

/// New rows get numbers behind all that were ever given.
async fn continue_numbers(
    file: &mut Connection,
    server: &mut Connection,
    table: &str,
) -> Result<()> {
    let given = format!(
        "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = $1), (SELECT MAX(id) FROM {table}))"
    );
    let given: Option<i64> = sqlx::query_scalar(AssertSqlSafe(given))
        .bind(table)
        .fetch_one(file)
        .await
        .doing("read the numbers of rows")?;
    if let Some(given) = given.filter(|given| *given > 0) {
        sqlx::query("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)")
            .bind(table)
            .bind(given)
            .execute(server)
            .await
            .doing("continue the numbers of rows")?;
    }
    Ok(())
}

async fn refuse_rows(connection: &mut Connection, tables: &[Table]) -> Result<()> {
    for table in tables {
        if count(connection, &table.name).await? > 0 {
            let table = table.name.clone();
            return Err(Error::NotEmpty { table });
        }
    }
    Ok(())
}

pub(crate) async fn count(connection: &mut Connection, table: &str) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
        .fetch_one(connection)
        .await
        .doing("count rows")?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A few of the longest sounds.
pub(crate) const ROWS_AT_ONCE: u32 = 20;
