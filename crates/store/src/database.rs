//! What the common SQL is written against: one kind of connection for both databases, and what they differ in by name.
//!
//! Statements are the same for both: parameters are `$1`, `$2` …; whole numbers are read as 64 bits; truth values are
//! read as [`Flag`] from `CAST(… AS INTEGER)`, because SQLite has none of its own. What cannot be said in one way is in
//! `sqlite.rs` and `postgres.rs`.

use std::fmt::Write;

use sqlx::any::{AnyArguments, AnyRow, AnyTypeInfo, AnyValueRef};
use sqlx::error::BoxDynError;
use sqlx::query::{Query, QueryAs};
use sqlx::{Any, Arguments, AssertSqlSafe, Decode, Encode, FromRow, Type};

pub(crate) type Connection = sqlx::AnyConnection;
pub(crate) type Pool = sqlx::AnyPool;
pub(crate) type Transaction = sqlx::Transaction<'static, Any>;

/// A constraint that refused a row, as far as callers act on it.
pub(crate) enum Violation {
    /// The primary key of `idempotency`.
    OnceKey,
    /// Any other primary key or unique index.
    Unique,
    /// A foreign key.
    Reference,
    /// PostgreSQL has no U+0000 in texts.
    Character,
}

/// The SQLSTATE of a text that PostgreSQL cannot hold.
const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";

/// Says which constraint refused a row. PostgreSQL names it; SQLite gives no name, only "UNIQUE constraint failed:
/// table.column".
pub(crate) fn violation(error: &sqlx::Error) -> Option<Violation> {
    let error = error.as_database_error()?;
    if error.is_foreign_key_violation() {
        Some(Violation::Reference)
    } else if error.code().as_deref() == Some(CHARACTER_NOT_IN_REPERTOIRE) {
        Some(Violation::Character)
    } else if !error.is_unique_violation() {
        None
    } else if error.constraint() == Some("idempotency_pkey")
        || error.message().contains("idempotency.")
    {
        Some(Violation::OnceKey)
    } else {
        Some(Violation::Unique)
    }
}

/// A statement that is put together piece by piece.
pub(crate) struct Statement {
    sql: String,
    values: AnyArguments,
}

impl Statement {
    pub(crate) fn new(beginning: &str) -> Self {
        Self {
            sql: beginning.to_owned(),
            values: AnyArguments::default(),
        }
    }

    pub(crate) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Pushes a parameter.
    pub(crate) fn push_bind<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        self.values
            .add(value)
            .expect("texts, octets and numbers are only copied");
        write!(self.sql, "${}", self.values.len()).expect("a String takes everything");
        self
    }

    /// Pushes parameters with a comma between two.
    pub(crate) fn push_list<'t, T: Encode<'t, Any> + Type<Any>>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.sql.push_str(", ");
            }
            self.push_bind(value);
        }
        self
    }

    pub(crate) fn build(self) -> Query<'static, Any, AnyArguments> {
        sqlx::query_with(AssertSqlSafe(self.sql), self.values)
    }

    pub(crate) fn build_query_as<T>(self) -> QueryAs<'static, Any, T, AnyArguments>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        sqlx::query_as_with(AssertSqlSafe(self.sql), self.values)
    }
}

/// A truth value of a row.
pub(crate) struct Flag(pub(crate) bool);

impl Type<Any> for Flag {
    fn type_info() -> AnyTypeInfo {
        <i64 as Type<Any>>::type_info()
    }

    fn compatible(info: &AnyTypeInfo) -> bool {
        <i64 as Type<Any>>::compatible(info)
    }
}

impl<'r> Decode<'r, Any> for Flag {
    fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<i64 as Decode<'r, Any>>::decode(value)? != 0))
    }
}
