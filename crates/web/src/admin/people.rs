//! People come in by an invitation, get another password by a link, and leave.

use jiff::{SignedDuration, Timestamp};
use store::{By, Keys, NewLink, Person, Purpose, Role, Store};

use super::secret;

/// Writes a new person and makes the link by which they choose their password and second factor.
///
/// # Errors
/// [`NotDone::Address`]; [`store::Error::Conflict`] when the address is taken.
pub async fn invite(store: &Store, person: &Person, by: By<'_>) -> Result<Link, NotDone> {
    if !is_address(&person.email) {
        return Err(NotDone::Address);
    }
    store.insert_user(person, &Keys::default(), by).await?;
    link(store, &person.email, Purpose::Invitation, by).await
}

/// Makes the link by which a person chooses another password; what they had opens the desk until then. For one who has
/// not answered the invitation this is another invitation.
///
/// - `second_factor_too`: also forgets their authenticator and recovery codes, for one who has lost both.
///
/// # Errors
/// [`NotDone::Unknown`].
pub async fn reset(
    store: &Store,
    email: &str,
    second_factor_too: bool,
    by: By<'_>,
) -> Result<Link, NotDone> {
    let user = store.find_user(email).await?.ok_or(NotDone::Unknown)?;
    if second_factor_too {
        store.remove_second_factor(email, by).await?;
        store.end_logins(email, None, by).await?;
    }
    let purpose = match user.keys.password_hash {
        Some(_) => Purpose::Reset,
        None => Purpose::Invitation,
    };
    link(store, email, purpose, by).await
}

/// Takes a person's rights away, at once and in every browser; what they wrote keeps their name.
///
/// # Errors
/// [`NotDone::Unknown`]; [`NotDone::LastAdministrator`].
pub async fn remove(store: &Store, email: &str, by: By<'_>) -> Result<(), NotDone> {
    let users = store.users().await?;
    let email = email.to_lowercase();
    let user = users.iter().find(|user| user.person.email == email);
    let user = user.ok_or(NotDone::Unknown)?;
    let others = users.iter().filter(|other| other.person.email != email);
    let is_needed = user.person.role == Role::Administrator
        && !others
            .into_iter()
            .any(|other| other.person.role == Role::Administrator);
    if is_needed {
        return Err(NotDone::LastAdministrator);
    }
    store.remove_user(&email, by).await?;
    Ok(())
}

/// A link that opens one page once.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Path of the page; whoever has it can use it.
    pub path: String,
    /// The first instant at which it opens nothing.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link(hidden, until {})", self.expires_at)
    }
}

/// Why nothing was done about a person.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// What was given is no address of a mailbox.
    #[error("this is no e-mail address; write one such as anne@example.org")]
    Address,
    /// There is nobody of this address.
    #[error("there is nobody with this address; `allo user list` shows who there is")]
    Unknown,
    /// Without them nobody could administer.
    #[error("this is the only administrator; add another one first")]
    LastAdministrator,
    /// The rows.
    #[error(transparent)]
    Store(#[from] store::Error),
}

async fn link(store: &Store, email: &str, purpose: Purpose, by: By<'_>) -> Result<Link, NotDone> {
    let lasts = match purpose {
        Purpose::Invitation => INVITATION,
        Purpose::Reset => RESET,
    };
    let expires_at = by.at.saturating_add(lasts).unwrap_or(Timestamp::MAX);
    let secret = secret::letters::<40>();
    let new = NewLink {
        hash: secret::hash(&secret),
        email: email.to_owned(),
        purpose,
        expires_at,
    };
    store.insert_link(&new, by).await?;
    Ok(Link {
        path: format!("/admin/link/{secret}"),
        expires_at,
    })
}

/// What could be an address: whether it is one, only a mail would tell.
fn is_address(email: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|one| {
                !one.is_whitespace() && !one.is_control() && !"<>()[],;:\\\"@".contains(one)
            })
    };
    let parts = email.split_once('@');
    email.len() <= 254 && parts.is_some_and(|(local, domain)| plain(local) && plain(domain))
}

/// Long enough for a holiday, short enough for a mailbox that somebody else reads later.
const INVITATION: SignedDuration = SignedDuration::from_hours(7 * 24);
const RESET: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts_without_spaces_or_signs() {
        for good in ["anne@example.org", "a+b.c@x", "été@exemple.fr"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "anne", "@x", "a@", "a b@x", "a@b@c", "<a@b>", "a@b\n"] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
