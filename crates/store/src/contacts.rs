//! The authorities on the lists of a territory: added, changed and removed with their act.

use bulletin::{
    Authority, Contact, ContactId, ContactList, EmailAddress, Kind, Language, Patience, Reach,
    TerritorySlug, WebhookAddress,
};
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_act};
use crate::database::{Connection, Statement};
use crate::error::{Doing, unreadable};
use crate::rows::words;
use crate::territories::territory_slug;
use crate::{Error, Result, Store, instant};

impl Store {
    /// The contacts of a territory by kind and name, without those that were removed.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn contacts(&self, territory: &TerritorySlug) -> Result<Vec<Contact>> {
        let mut reading = self.begin_reading().await?;
        contacts_of(&mut reading, territory).await
    }

    /// One contact and the key that signs what its programs are sent; one that was removed too.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn find_contact(&self, id: &ContactId) -> Result<Option<KeptContact>> {
        let mut query = select();
        query.push("WHERE id = ").push_bind(id.as_str());
        let mut reading = self.begin_reading().await?;
        let found = read(&mut reading, query).await?.pop();
        Ok(found)
    }

    /// Writes a new contact with its key, and the act of that.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its id is taken; [`Error::MissingReference`] when its territory does not exist.
    pub async fn add_contact(
        &self,
        contact: &Contact,
        webhook_key: &[u8],
        by: By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO contacts (id, territory, authority, name, communes, language, telephone,
                                   email, webhook, second_email, second_webhook, webhook_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(contact.id.as_str())
        .bind(contact.territory.as_str())
        .bind(contact.authority.as_str())
        .bind(&contact.name)
        .bind(contact.communes.join("\n"))
        .bind(contact.language.as_str())
        .bind(&contact.telephone)
        .bind(email(&contact.first))
        .bind(webhook(&contact.first))
        .bind(email(&contact.second))
        .bind(webhook(&contact.second))
        .bind(webhook_key)
        .execute(&mut *transaction)
        .await
        .doing("add a contact")?;
        let act = act_of(by, "contact.added", contact).after(&told(contact));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("add a contact")
    }

    /// Writes a contact in place of `before`; its territory stays.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the contact is not as `before` says, or removed.
    pub async fn replace_contact(
        &self,
        before: &Contact,
        after: &Contact,
        by: By<'_>,
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        check_unchanged(&mut transaction, before).await?;
        sqlx::query(
            "UPDATE contacts SET authority = $2, name = $3, communes = $4, language = $5, telephone = $6,
                                 email = $7, webhook = $8, second_email = $9, second_webhook = $10
             WHERE id = $1",
        )
        .bind(before.id.as_str())
        .bind(after.authority.as_str())
        .bind(&after.name)
        .bind(after.communes.join("\n"))
        .bind(after.language.as_str())
        .bind(&after.telephone)
        .bind(email(&after.first))
        .bind(webhook(&after.first))
        .bind(email(&after.second))
        .bind(webhook(&after.second))
        .execute(&mut *transaction)
        .await
        .doing("change a contact")?;
        let act = act_of(by, "contact.changed", before)
            .before(&told(before))
            .after(&told(after));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("change a contact")
    }

    /// Gives a contact another key, and writes the act of that without it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn change_webhook_key(
        &self,
        contact: &Contact,
        webhook_key: &[u8],
        by: By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let changed = sqlx::query(
            "UPDATE contacts SET webhook_key = $2 WHERE id = $1 AND removed_at IS NULL",
        )
        .bind(contact.id.as_str())
        .bind(webhook_key)
        .execute(&mut *transaction)
        .await
        .doing("change the key of a contact")?;
        if changed.rows_affected() == 0 {
            return Err(unknown());
        }
        insert_act(&mut transaction, &act_of(by, "contact.key-drawn", contact)).await?;
        transaction
            .commit()
            .await
            .doing("change the key of a contact")
    }

    /// Takes a contact off its list; what is still on its way to it is not sent.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn remove_contact(&self, contact: &Contact, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let at = instant::encode(by.at);
        let changed =
            sqlx::query("UPDATE contacts SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL")
                .bind(contact.id.as_str())
                .bind(&at)
                .execute(&mut *transaction)
                .await
                .doing("remove a contact")?;
        if changed.rows_affected() == 0 {
            return Err(unknown());
        }
        for statement in [
            "UPDATE dispatches SET state = 'cancelled', done_at = $2, leased_until = NULL
             WHERE contact = $1 AND state = 'queued'",
            "UPDATE acknowledgements SET due_at = NULL
             WHERE contact = $1 AND acknowledged_at IS NULL AND asked_at <= $2",
        ] {
            sqlx::query(statement)
                .bind(contact.id.as_str())
                .bind(&at)
                .execute(&mut *transaction)
                .await
                .doing("remove a contact")?;
        }
        let act = act_of(by, "contact.removed", contact).before(&told(contact));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("remove a contact")
    }

    /// How the contacts of each kind are told in a territory, in the order of [`Authority::ALL`].
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn contact_lists(&self, territory: &TerritorySlug) -> Result<Vec<ContactList>> {
        let mut reading = self.begin_reading().await?;
        lists_of(&mut reading, territory).await
    }

    /// Writes how the contacts of one kind are told, in place of `before`, and the act of that.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is something else meanwhile; [`Error::MissingReference`] when the territory does not
    /// exist.
    pub async fn replace_contact_list(
        &self,
        territory: &TerritorySlug,
        before: &ContactList,
        after: &ContactList,
        by: By<'_>,
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        if !lists_of(&mut transaction, territory)
            .await?
            .contains(before)
        {
            return Err(Error::Conflict);
        }
        sqlx::query(
            "INSERT INTO contact_lists (territory, authority, kinds, patience_minutes) VALUES ($1, $2, $3, $4)
             ON CONFLICT (territory, authority) DO UPDATE
             SET kinds = excluded.kinds, patience_minutes = excluded.patience_minutes",
        )
        .bind(territory.as_str())
        .bind(after.authority.as_str())
        .bind(words(after.kinds.iter().map(|kind| kind.as_str())))
        .bind(i64::from(after.patience.minutes()))
        .execute(&mut *transaction)
        .await
        .doing("change a list of contacts")?;
        let object = format!("contacts/{territory}/{}", after.authority.as_str());
        let act = Act::new(by, "contacts.changed", object)
            .within(territory)
            .before(&told_of(before))
            .after(&told_of(after));
        insert_act(&mut transaction, &act).await?;
        transaction
            .commit()
            .await
            .doing("change a list of contacts")
    }
}

/// A contact as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptContact {
    /// Who it is.
    pub contact: Contact,
    /// What signs what its programs are sent, 24 octets; a secret.
    pub webhook_key: Vec<u8>,
    /// Whether it was taken off its list.
    pub is_removed: bool,
}

impl std::fmt::Debug for KeptContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeptContact({:?}, key hidden)", self.contact)
    }
}

/// The contacts of a territory that are on its lists.
pub(crate) async fn contacts_of(
    connection: &mut Connection,
    territory: &TerritorySlug,
) -> Result<Vec<Contact>> {
    let mut query = select();
    query
        .push("WHERE removed_at IS NULL AND territory = ")
        .push_bind(territory.as_str())
        .push(" ORDER BY authority, name, id");
    let kept = read(connection, query).await?;
    Ok(kept.into_iter().map(|kept| kept.contact).collect())
}

/// The lists of a territory, those that nobody has changed too.
pub(crate) async fn lists_of(
    connection: &mut Connection,
    territory: &TerritorySlug,
) -> Result<Vec<ContactList>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT authority, kinds, patience_minutes FROM contact_lists WHERE territory = $1",
    )
    .bind(territory.as_str())
    .fetch_all(connection)
    .await
    .doing("read the lists of contacts")?;
    let mut lists: Vec<_> = Authority::ALL
        .iter()
        .map(|it| ContactList::new(*it))
        .collect();
    for (authority, kinds, minutes) in rows {
        let authority = read_authority(LISTS, &authority)?;
        let patience = u8::try_from(minutes).ok().and_then(Patience::from_minutes);
        let kinds = kinds.split_whitespace().map(|word| {
            Kind::parse(word).ok_or_else(|| unreadable(LISTS, "a kind of bulletin", word))
        });
        let read = ContactList {
            authority,
            kinds: kinds.collect::<Result<_>>()?,
            patience: patience
                .ok_or_else(|| unreadable(LISTS, "1 to 240 minutes", &minutes.to_string()))?,
        };
        lists.retain(|list| list.authority != authority);
        lists.push(read);
    }
    lists.sort_by_key(|list| list.authority);
    Ok(lists)
}

/// Reads the contacts that a query selects.
pub(crate) async fn read(
    connection: &mut Connection,
    query: Statement,
) -> Result<Vec<KeptContact>> {
    let rows: Vec<Row> = query
        .build_query_as()
        .fetch_all(connection)
        .await
        .doing("read contacts")?;
    rows.into_iter().map(Row::read).collect()
}

/// The beginning of a query that [`read`] takes.
pub(crate) fn select() -> Statement {
    Statement::new(
        "SELECT id, territory, authority, name, communes, language, telephone,
                email, webhook, second_email, second_webhook, webhook_key, removed_at FROM contacts ",
    )
}

async fn check_unchanged(connection: &mut Connection, before: &Contact) -> Result<()> {
    let mut query = select();
    query.push("WHERE id = ").push_bind(before.id.as_str());
    let kept = read(connection, query).await?.pop();
    match kept {
        Some(kept) if kept.contact == *before && !kept.is_removed => Ok(()),
        _ => Err(Error::Conflict),
    }
}

fn act_of(by: By<'_>, what: &str, contact: &Contact) -> Act {
    Act::new(by, what, format!("contact/{}", contact.id)).within(&contact.territory)
}

/// A contact as its act tells it. Addresses are those of an office, and whoever reads the log must see where they led.
fn told(contact: &Contact) -> Value {
    json!({
        "authority": contact.authority.as_str(),
        "name": contact.name,
        "communes": contact.communes,
        "language": contact.language.as_str(),
        "telephone": contact.telephone,
        "email": email(&contact.first),
        "webhook": webhook(&contact.first),
        "second_email": email(&contact.second),
        "second_webhook": webhook(&contact.second),
    })
}

fn told_of(list: &ContactList) -> Value {
    json!({
        "kinds": list.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "patience_minutes": list.patience.minutes(),
    })
}

fn email(reach: &Reach) -> &str {
    reach.email.as_ref().map_or("", EmailAddress::as_str)
}

fn webhook(reach: &Reach) -> &str {
    reach.webhook.as_ref().map_or("", WebhookAddress::as_str)
}

fn unknown() -> Error {
    Error::NotFound {
        what: "this contact".into(),
    }
}

fn read_authority(table: &'static str, word: &str) -> Result<Authority> {
    Authority::parse(word).ok_or_else(|| unreadable(table, "a kind of authority", word))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    territory: String,
    authority: String,
    name: String,
    communes: String,
    language: String,
    telephone: String,
    email: String,
    webhook: String,
    second_email: String,
    second_webhook: String,
    webhook_key: Vec<u8>,
    removed_at: Option<String>,
}

impl Row {
    fn read(self) -> Result<KeptContact> {
        let language = Language::parse(&self.language);
        let contact = Contact {
            id: contact_id(TABLE, &self.id)?,
            territory: territory_slug(TABLE, &self.territory)?,
            authority: read_authority(TABLE, &self.authority)?,
            name: self.name,
            communes: self.communes.lines().map(str::to_owned).collect(),
            language: language.ok_or_else(|| unreadable(TABLE, "a language", &self.language))?,
            telephone: self.telephone,
            first: reach(&self.email, &self.webhook)?,
            second: reach(&self.second_email, &self.second_webhook)?,
        };
        Ok(KeptContact {
            contact,
            webhook_key: self.webhook_key,
            is_removed: self.removed_at.is_some(),
        })
    }
}

fn reach(email: &str, webhook: &str) -> Result<Reach> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let read_email = |text: String| {
        EmailAddress::parse(&text).map_err(|_| unreadable(TABLE, "an e-mail address", &text))
    };
    let read_webhook = |text: String| {
        WebhookAddress::parse(&text)
            .ok_or_else(|| unreadable(TABLE, "the address of a program", &text))
    };
    Ok(Reach {
        email: given(email).map(read_email).transpose()?,
        webhook: given(webhook).map(read_webhook).transpose()?,
    })
}

/// Reads the id of a contact from a row of `table`.
pub(crate) fn contact_id(table: &'static str, text: &str) -> Result<ContactId> {
    ContactId::parse(text).ok_or_else(|| unreadable(table, "a contact", text))
}

const TABLE: &str = "contacts";
const LISTS: &str = "contact_lists";
