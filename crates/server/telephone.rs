//! How a site is known on the telephone: by the same rules whether a person at a terminal asks or a manager at the desk.

use std::sync::Arc;

use bulletin::SiteSlug;
use store::{By, Store, TelephoneKey};
use web::{KeyMaker, NewKey, NoKey};

use crate::secrets;

/// What `web` asks for a new PIN.
pub(crate) fn key_maker(store: Store) -> KeyMaker {
    Arc::new(move |site, code, who, at| {
        let store = store.clone();
        Box::pin(async move {
            let by = By { who: &who, at };
            make(&store, site, code, None, by).await
        })
    })
}

/// Gives a site a code and a PIN, those given or new ones; answers both.
///
/// - `pin`: one that [`is_pin`] has seen.
///
/// # Errors
/// [`NoKey`].
pub(crate) async fn make(
    store: &Store,
    site: SiteSlug,
    code: Option<String>,
    pin: Option<String>,
    by: By<'_>,
) -> Result<NewKey, NoKey> {
    if code.as_deref().is_some_and(|code| !is_typed(code, 3)) {
        return Err(NoKey::Code);
    }
    let pin = pin
        .map_or_else(secrets::pin, Ok)
        .map_err(|error| failed(&error))?;
    let hashed = pin.clone();
    // A tenth of a second of work is none for a thread that others wait for.
    let hash = tokio::task::spawn_blocking(move || secrets::hash_password(&hashed)).await;
    let hash = hash.map_err(|error| failed(&error))?;
    let pin_hash = hash.map_err(|error| failed(&error))?;
    let wanted = match code {
        Some(code) => Some(code),
        None => store
            .telephone_code(&site)
            .await
            .map_err(|error| failed(&error))?,
    };
    for _ in 0..MOST_DRAWS {
        let drawn = wanted.clone().map_or_else(secrets::site_code, Ok);
        let code = drawn.map_err(|error| failed(&error))?;
        let key = TelephoneKey {
            site: site.clone(),
            code: code.clone(),
            pin_hash: pin_hash.clone(),
        };
        match store.set_telephone_key(&key, by).await {
            Ok(()) => return Ok(NewKey { code, pin }),
            Err(store::Error::Conflict) if wanted.is_none() => {}
            Err(store::Error::Conflict) => return Err(NoKey::Taken),
            Err(error) => return Err(failed(&error)),
        }
    }
    Err(NoKey::Failed(
        "no code of four digits is free; choose one".to_owned(),
    ))
}

/// Whether a keypad can say a PIN, and it is neither too short nor too long.
pub(crate) fn is_pin(text: &str) -> bool {
    is_typed(text, 4)
}

fn failed(why: &impl ToString) -> NoKey {
    NoKey::Failed(why.to_string())
}

/// Whether a keypad can say it, and it is neither too short nor too long.
fn is_typed(text: &str, fewest: usize) -> bool {
    (fewest..=8).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// Of 9,000 codes a territory uses some dozens.
const MOST_DRAWS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_site_keeps_its_code_gets_a_new_pin_and_no_other_site_the_same_code() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now = jiff::Timestamp::now();
        crate::demo::seed(&store, folder.path(), now).await.unwrap();
        let sites = store.sites().await.unwrap();
        let site = |number: usize| sites[number].slug.clone();

        let code = Some("4711".to_owned());
        let first = make(&store, site(0), code, None, by()).await.unwrap();
        let second = make(&store, site(0), None, None, by()).await.unwrap();
        assert_eq!(
            (first.code.as_str(), second.code.as_str()),
            ("4711", "4711")
        );
        let (code, first, second) = (first.code, first.pin, second.pin);
        let key = store.find_telephone_key("4711").await.unwrap().unwrap();
        assert!(secrets::verify_password(&second, &key.pin_hash));
        assert!(first == second || !secrets::verify_password(&first, &key.pin_hash));

        let taken = make(&store, site(1), Some(code), None, by()).await;
        assert_eq!(taken, Err(NoKey::Taken));
    }

    #[tokio::test]
    async fn what_no_keypad_can_say_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let site = SiteSlug::parse("raffinerie").unwrap();
        for code in ["12", "123456789", "12a4", "١٢٣٤"] {
            let refused = make(&store, site.clone(), Some(code.into()), None, by()).await;
            assert_eq!(refused, Err(NoKey::Code), "{code}");
        }
        assert!(is_pin("1234") && is_pin("12345678"));
        for pin in ["123", "99x9", "123456789", ""] {
            assert!(!is_pin(pin), "{pin}");
        }
    }

    fn by() -> By<'static> {
        By {
            who: "test",
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }
}
