//! Passwords: which may be chosen, and how they are kept (Argon2id, as a PHC string).

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::Error;

/// The Argon2id hash of a password or PIN, in PHC form; takes tens of milliseconds.
///
/// # Errors
/// The library's word.
pub fn hash_password(password: &str) -> Result<String, String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

/// Whether a password or PIN is the one of this hash; never where the hash cannot be read. Takes as long as
/// [`hash_password`].
pub fn verify_password(password: &str, hash: &str) -> bool {
    Argon2::default()
        .verify_password(password.as_bytes(), hash)
        .is_ok()
}

/// Hashes away from the threads that answer, a bounded number at once: each takes 19 MB.
#[derive(Debug)]
pub(super) struct Hasher(Semaphore);

impl Hasher {
    pub(super) fn new() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }

    /// Whether the password is that of the hash. Without a hash one of nobody's is compared, so that the time tells
    /// nothing.
    pub(super) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Error> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| OF_NOBODY.to_owned());
        let fits = self.run(move || verify_password(&password, &hash)).await?;
        Ok(fits && is_known)
    }

    /// The hash of a password.
    pub(super) async fn hash(&self, password: Password) -> Result<String, Error> {
        let hashed = self.run(move || hash_password(&password.0)).await?;
        hashed.map_err(Error::Fault)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let seat = timeout(LONGEST_WAIT, self.0.acquire()).await;
        let _seat = seat
            .map_err(|_| Error::Crowded)?
            .map_err(|_| Error::Crowded)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Fault(error.to_string()))
    }
}

/// A password that may be chosen.
pub(super) struct Password(String);

impl Password {
    /// Looks at what somebody wishes: its length counts and that it is none of those tried first, nothing else
    /// (ASVS 5.0 § 6.2).
    ///
    /// - `email`: whose; nobody's password is their name.
    pub(super) fn choose(wish: &str, email: &str) -> Result<Self, Weak> {
        let length = wish.chars().count();
        if length < SHORTEST {
            return Err(Weak::Short);
        }
        if length > LONGEST {
            return Err(Weak::Long);
        }
        if is_common(wish, email) {
            return Err(Weak::Common);
        }
        Ok(Self(wish.to_owned()))
    }
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    /// Fewer than twelve characters.
    Short,
    /// More than 128.
    Long,
    /// Little is left of it without what everybody tries.
    Common,
}

impl Weak {
    pub(crate) fn french(self) -> &'static str {
        match self {
            Self::Short => {
                "Ce mot de passe a moins de 12 caractères : allongez-le, par exemple avec une phrase."
            }
            Self::Long => "Ce mot de passe a plus de 128 caractères : raccourcissez-le.",
            Self::Common => {
                "Ce mot de passe est de ceux que l’on essaie en premier : prenez plusieurs mots sans lien entre eux."
            }
        }
    }

    pub(crate) fn english(self) -> &'static str {
        match self {
            Self::Short => {
                "This password has less than 12 characters: make it longer, for instance with a phrase."
            }
            Self::Long => "This password has more than 128 characters: shorten it.",
            Self::Common => {
                "This password is one of those that are tried first: take several words that have nothing to do with one another."
            }
        }
    }
}

/// Whether little is left of a password without the words of the list, its owner's name, and what is written more
/// than once.
fn is_common(wish: &str, email: &str) -> bool {
    let written: String = wish.chars().flat_map(char::to_lowercase).collect();
    let disguised: String = written.chars().map(plain).collect();
    let email = email.to_lowercase();
    let own = email.split(['@', '.', '-', '_', '+']);
    let listed = LIST.lines().filter(|line| !line.starts_with('#'));
    let mut words: Vec<_> = listed.chain(own).filter(|word| word.len() >= 3).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    // A digit may stand for a letter, or for itself.
    [written, disguised].into_iter().any(|mut left| {
        for word in &words {
            left = left.replace(word, " ");
        }
        letters_in(&left) < FEWEST_LETTERS
    })
}

/// How many different letters a text has.
fn letters_in(text: &str) -> usize {
    let letters = text.chars().filter(|one| one.is_alphabetic());
    letters.collect::<std::collections::BTreeSet<_>>().len()
}

/// As people disguise letters.
fn plain(letter: char) -> char {
    match letter {
        '@' | '4' | 'à' | 'â' => 'a',
        '3' | 'é' | 'è' | 'ê' => 'e',
        '1' | '!' | 'î' => 'i',
        '0' | 'ô' => 'o',
        '5' | '$' => 's',
        '7' => 't',
        'ç' => 'c',
        'ù' | 'û' => 'u',
        other => other,
    }
}

/// What is left after the words of the list must hold so many different letters.
const FEWEST_LETTERS: usize = 4;
const SHORTEST: usize = 12;
const LONGEST: usize = 128;
const LIST: &str = include_str!("common_passwords.txt");
/// A hash that no password is known for, with the parameters of all others.
const OF_NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Hashes computed at once.
const AT_ONCE: usize = 2;
/// Whoever waits longer for a turn is told so.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_an_argon2id_hash() {
        let hash = hash_password("voyelle").unwrap();

        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify_password("voyelle", &hash) && !verify_password("voyelles", &hash));
        assert!(!verify_password("", ""), "what is no hash fits nothing");
    }

    #[test]
    fn the_hash_of_nobody_is_computed_like_any_other() {
        assert!(argon2::password_hash::phc::PasswordHash::new(OF_NOBODY).is_ok());
        assert!(!verify_password("", OF_NOBODY));
    }

    #[test]
    fn a_password_of_twelve_characters_that_nobody_tries_first_may_be_chosen() {
        for good in [
            "girafe violon brouillard",
            "correct horse battery staple",
            "été à Yport, 14h",
            "7 petits chats dorment",
            "q8Zk!vX2mPd4",
            &"girafe bleue ".repeat(9),
        ] {
            assert!(choose(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_password_that_is_too_short_or_among_the_first_tried_is_refused() {
        assert_eq!(choose("girafe viol").err(), Some(Weak::Short));
        assert_eq!(choose(&"girafe ".repeat(20)).err(), Some(Weak::Long));
        for common in [
            "password1234",
            "P@ssw0rd2026!",
            "motdepasse12",
            "MotDePasse123!",
            "azertyuiop12",
            "123456789012",
            "aaaaaaaaaaaa",
            "qwertyqwerty",
            "administrateur",
            "anne.martin2026",
            "bonjour12345",
            "azerty123456",
            "raffinerie2026",
        ] {
            assert_eq!(choose(common).err(), Some(Weak::Common), "{common}");
        }
    }

    #[tokio::test]
    async fn without_a_hash_nothing_fits() {
        let hasher = Hasher::new();
        assert!(!hasher.verify(String::new(), None).await.unwrap());
        let hash = hash_password("voyelle").unwrap();
        assert!(hasher.verify("voyelle".into(), Some(hash)).await.unwrap());
    }

    fn choose(wish: &str) -> Result<Password, Weak> {
        Password::choose(wish, "anne.martin@example.org")
    }
}
