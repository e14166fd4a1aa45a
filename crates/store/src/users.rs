//! People who sign in to the desk: who they are, where they may act, and what they prove it with.

use std::collections::BTreeSet;

use bulletin::{Language, SiteSlug, TerritorySlug};

use serde_json::{Value, json};

use crate::acts::{Act, By, insert_act};
use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::sites::{site_slug, territory_of};
use crate::territories::territory_slug;
use crate::{Error, Result, Role, Store};

impl Store {
    /// Writes a new person, and the act of that; the address is kept in small letters.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the address is taken; [`Error::MissingReference`] when a site or a territory does not
    /// exist.
    pub async fn insert_user(&self, person: &Person, keys: &Keys, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO users (email, name, role, language, password_hash, totp_secret, totp_step)
             VALUES ($1, $2, $3, $4, $5, $6, 0)",
        )
        .bind(person.email.to_lowercase())
        .bind(&person.name)
        .bind(person.role.as_str())
        .bind(person.language.as_str())
        .bind(&keys.password_hash)
        .bind(&keys.totp_secret)
        .execute(&mut *transaction)
        .await
        .doing("save a user")?;
        write_places(&mut transaction, person).await?;
        let act = act(&mut transaction, by, "user.added", person).await?;
        insert_act(&mut transaction, &act.after(&told(person))).await?;
        transaction.commit().await.doing("save a user")
    }

    /// Writes what a person is called, may do and where, in place of what was written before, and the act of that.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person; [`Error::MissingReference`] when a site or a territory does
    /// not exist.
    pub async fn change_user(&self, person: &Person, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = find(&mut transaction, &person.email.to_lowercase()).await?;
        let before = before.ok_or_else(unknown)?.person;
        sqlx::query("UPDATE users SET name = $2, role = $3, language = $4 WHERE email = $1")
            .bind(person.email.to_lowercase())
            .bind(&person.name)
            .bind(person.role.as_str())
            .bind(person.language.as_str())
            .execute(&mut *transaction)
            .await
            .doing("change a user")?;
        for statement in [
            "DELETE FROM user_sites WHERE email = $1",
            "DELETE FROM user_territories WHERE email = $1",
        ] {
            sqlx::query(statement)
                .bind(person.email.to_lowercase())
                .execute(&mut *transaction)
                .await
                .doing("change a user")?;
        }
        write_places(&mut transaction, person).await?;
        let act = act(&mut transaction, by, "user.changed", person).await?;
        let act = act.before(&told(&before)).after(&told(person));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("change a user")
    }

    /// Deletes a person with their logins, links and codes; what they wrote keeps their name. Answers whether there
    /// was one.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn remove_user(&self, email: &str, by: By<'_>) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let Some(user) = find(&mut transaction, &email.to_lowercase()).await? else {
            return Ok(false);
        };
        let act = act(&mut transaction, by, "user.removed", &user.person).await?;
        insert_act(&mut transaction, &act.before(&told(&user.person))).await?;
        sqlx::query("DELETE FROM users WHERE email = $1")
            .bind(&user.person.email)
            .execute(&mut *transaction)
            .await
            .doing("remove a user")?;
        transaction.commit().await.doing("remove a user")?;
        Ok(true)
    }

    /// The person with this address, whatever its letters' case.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn find_user(&self, email: &str) -> Result<Option<User>> {
        let mut reading = self.begin_reading().await?;
        find(&mut reading, &email.to_lowercase()).await
    }

    /// Everybody, by address.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn users(&self) -> Result<Vec<User>> {
        let mut reading = self.begin_reading().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT email, name, role, language, password_hash, totp_secret FROM users ORDER BY email",
        )
        .fetch_all(&mut *reading)
        .await
        .doing("read the users")?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            users.push(row.read(&mut reading).await?);
        }
        Ok(users)
    }
}

/// Somebody at the desk: who they are, what they may do, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Address, also the name at sign-in.
    pub email: String,
    /// What colleagues call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language of their pages.
    pub language: Language,
    /// The sites they post for.
    pub sites: BTreeSet<SiteSlug>,
    /// The territories they look after, or read; an administrator needs none.
    pub territories: BTreeSet<TerritorySlug>,
}

/// What a person proves to be themselves with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// The hash of the password with its parameters (PHC string), never the password; none before it was chosen.
    pub password_hash: Option<String>,
    /// The secret shared with their authenticator (RFC 6238), 20 octets; none before its first right code.
    pub totp_secret: Option<Vec<u8>>,
}

/// Somebody who signs in to the desk, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who they are.
    pub person: Person,
    /// What they prove it with.
    pub keys: Keys,
}

/// Reads one person; the address is in small letters.
pub(crate) async fn find(connection: &mut Connection, email: &str) -> Result<Option<User>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT email, name, role, language, password_hash, totp_secret FROM users WHERE email = $1",
    )
    .bind(email)
    .fetch_optional(&mut *connection)
    .await
    .doing("read a user")?;
    match row {
        Some(row) => Ok(Some(row.read(connection).await?)),
        None => Ok(None),
    }
}

/// What was done to a person; it concerns their site and territory when they have one of each.
pub(crate) async fn act(
    connection: &mut Connection,
    by: By<'_>,
    what: &str,
    person: &Person,
) -> Result<Act> {
    let mut territories = person.territories.clone();
    for site in &person.sites {
        territories.extend(territory_of(&mut *connection, site).await?);
    }
    let only = |count: usize| count == 1;
    Ok(Act {
        territory: territories
            .iter()
            .next()
            .filter(|_| only(territories.len()))
            .cloned(),
        site: person
            .sites
            .iter()
            .next()
            .filter(|_| only(person.sites.len()))
            .cloned(),
        ..Act::new(by, what, format!("user/{}", person.email.to_lowercase()))
    })
}

/// Writes what was done to the person of an address; nothing where there is none.
pub(crate) async fn insert_act_of(
    connection: &mut Connection,
    by: By<'_>,
    what: &str,
    email: &str,
    after: Option<&Value>,
) -> Result<()> {
    let Some(user) = find(connection, &email.to_lowercase()).await? else {
        return Ok(());
    };
    let act = act(connection, by, what, &user.person).await?;
    let act = match after {
        Some(after) => act.after(after),
        None => act,
    };
    insert_act(connection, &act).await
}

/// A person as an act tells of them.
fn told(person: &Person) -> Value {
    json!({
        "name": person.name,
        "role": person.role.as_str(),
        "sites": person.sites.iter().map(SiteSlug::as_str).collect::<Vec<_>>(),
        "territories": person.territories.iter().map(TerritorySlug::as_str).collect::<Vec<_>>(),
    })
}

pub(crate) fn unknown() -> Error {
    Error::NotFound {
        what: "this user".into(),
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    email: String,
    name: String,
    role: String,
    language: String,
    password_hash: Option<String>,
    totp_secret: Option<Vec<u8>>,
}

impl Row {
    async fn read(self, connection: &mut Connection) -> Result<User> {
        let sites: Vec<String> = sqlx::query_scalar("SELECT site FROM user_sites WHERE email = $1")
            .bind(&self.email)
            .fetch_all(&mut *connection)
            .await
            .doing("read the sites of a user")?;
        let territories: Vec<String> =
            sqlx::query_scalar("SELECT territory FROM user_territories WHERE email = $1")
                .bind(&self.email)
                .fetch_all(&mut *connection)
                .await
                .doing("read the territories of a user")?;
        let role = Role::parse(&self.role);
        let language = Language::parse(&self.language);
        Ok(User {
            person: Person {
                role: role.ok_or_else(|| unreadable("users", "a role", &self.role))?,
                language: language
                    .ok_or_else(|| unreadable("users", "a language", &self.language))?,
                email: self.email,
                name: self.name,
                sites: sites
                    .iter()
                    .map(|slug| site_slug("user_sites", slug))
                    .collect::<Result<_>>()?,
                territories: territories
                    .iter()
                    .map(|slug| territory_slug("user_territories", slug))
                    .collect::<Result<_>>()?,
            },
            keys: Keys {
                password_hash: self.password_hash,
                totp_secret: self.totp_secret,
            },
        })
    }
}

async fn write_places(connection: &mut Connection, person: &Person) -> Result<()> {
    for site in &person.sites {
        sqlx::query("INSERT INTO user_sites (email, site) VALUES ($1, $2)")
            .bind(person.email.to_lowercase())
            .bind(site.as_str())
            .execute(&mut *connection)
            .await
            .doing("save the sites of a user")?;
    }
    for territory in &person.territories {
        sqlx::query("INSERT INTO user_territories (email, territory) VALUES ($1, $2)")
            .bind(person.email.to_lowercase())
            .bind(territory.as_str())
            .execute(&mut *connection)
            .await
            .doing("save the territories of a user")?;
    }
    Ok(())
}
