//! `allo site pin`: how a site is known on the telephone.

use bulletin::SiteSlug;
use store::{Store, TelephoneKey};

use crate::commands::by_command;
use crate::secrets;

type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Gives a site a code and a PIN, those given or new ones; answers both.
///
/// # Errors
/// Digits that cannot be typed or are too few, a code that another site has, or the store.
pub(super) async fn set(
    store: &Store,
    site: SiteSlug,
    code: Option<String>,
    pin: Option<String>,
) -> Result<(String, String), Refusal> {
    if let Some(code) = code.as_deref().filter(|code| !is_typed(code, 3)) {
        return Err(format!("the code {code:?} cannot be used; write 3 to 8 digits").into());
    }
    if pin.as_deref().is_some_and(|pin| !is_typed(pin, 4)) {
        return Err("the PIN on standard input cannot be used; write 4 to 8 digits".into());
    }
    let pin = pin.map_or_else(secrets::pin, Ok)?;
    let pin_hash = secrets::hash_password(&pin)?;
    let wanted = match code {
        Some(code) => Some(code),
        None => store.telephone_code(&site).await?,
    };
    for _ in 0..MOST_DRAWS {
        let code = wanted.clone().map_or_else(secrets::site_code, Ok)?;
        let key = TelephoneKey {
            site: site.clone(),
            code: code.clone(),
            pin_hash: pin_hash.clone(),
        };
        match store.set_telephone_key(&key, by_command()).await {
            Ok(()) => return Ok((code, pin)),
            Err(store::Error::Conflict) if wanted.is_none() => {}
            Err(store::Error::Conflict) => {
                return Err(format!("another site has the code {code}; write another").into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err("no code of four digits is free; write one with --code".into())
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
        let (code, first) = set(&store, site(0), code, None).await.unwrap();
        let (again, second) = set(&store, site(0), None, None).await.unwrap();
        assert_eq!((code.as_str(), again.as_str()), ("4711", "4711"));
        let key = store.find_telephone_key("4711").await.unwrap().unwrap();
        assert!(secrets::verify_password(&second, &key.pin_hash));
        assert!(first == second || !secrets::verify_password(&first, &key.pin_hash));

        let taken = set(&store, site(1), Some(code), None).await.unwrap_err();
        assert!(taken.to_string().contains("4711"), "{taken}");
    }

    #[tokio::test]
    async fn what_no_keypad_can_say_is_refused_and_a_pin_is_never_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let site = SiteSlug::parse("raffinerie").unwrap();
        for code in ["12", "123456789", "12a4", "١٢٣٤"] {
            let refused = set(&store, site.clone(), Some(code.into()), None).await;
            assert!(refused.unwrap_err().to_string().contains("3 to 8"));
        }
        let refused = set(&store, site, None, Some("99x9".into())).await;
        assert!(!refused.unwrap_err().to_string().contains("99x9"));
    }
}
