//! Which keys are pressed, and when.

use std::{str::FromStr, time::Duration};

use media::Key;

use crate::CallError;

/// Keys to press during one call.
///
/// Items stand between commas, in the order in which they are pressed:
///
/// - `#`: a key (`0` to `9`, `*`, `#`, `A` to `D`), 2 s after the item before it began, the first
///   one 2 s after the answer;
/// - `@12.5:#`: the same key 12.5 s after the answer;
/// - `1234`, `@3:1234`: several keys, pressed one after the other as fast as a finger does (250 ms).
///
/// `2,#,*` presses 2 after two seconds of listening, `#` after four, `*` after six.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyScript {
    presses: Vec<(Duration, Key)>,
}

impl KeyScript {
    /// The keys with their moments after the answer, in order of time.
    pub fn presses(&self) -> impl Iterator<Item = (Duration, Key)> {
        self.presses.iter().copied()
    }
}

impl FromStr for KeyScript {
    type Err = CallError;

    /// Reads a script; an empty one presses nothing.
    ///
    /// # Errors
    /// [`CallError::Keys`] with the item that is not understood.
    fn from_str(text: &str) -> Result<Self, CallError> {
        let mut presses = vec![];
        let mut before = Duration::ZERO;
        let items = text.split(',').map(str::trim);
        for item in items.filter(|_| !text.trim().is_empty()) {
            let (at, keys) = read_item(item, before).map_err(|why| CallError::Keys {
                item: item.to_owned(),
                why,
            })?;
            before = at;
            let moments = (0..).map(|count| at + BETWEEN_KEYS * count);
            presses.extend(moments.zip(keys));
        }
        presses.sort_by_key(|(at, _)| *at);
        Ok(Self { presses })
    }
}

fn read_item(item: &str, before: Duration) -> Result<(Duration, Vec<Key>), &'static str> {
    let (at, keys) = match item.strip_prefix('@') {
        None => (before + LISTENING, item),
        Some(rest) => {
            let (seconds, keys) = rest.split_once(':').ok_or("there is no : after @SECONDS")?;
            let seconds: f64 = seconds
                .trim()
                .parse()
                .map_err(|_| "the seconds are no number")?;
            let at = Duration::try_from_secs_f64(seconds)
                .ok()
                .filter(|at| *at <= LATEST);
            (
                at.ok_or("the seconds are not between 0 and 86400")?,
                keys.trim(),
            )
        }
    };
    let keys: Option<Vec<_>> = keys.chars().map(Key::from_char).collect();
    match keys.as_deref() {
        None => Err("a telephone has the keys 0 to 9, *, #, A to D"),
        Some([]) => Err("there is no key in it"),
        Some(keys) if keys.len() > MOST_KEYS => Err("more than 64 keys in a row"),
        Some(keys) => Ok((at, keys.to_vec())),
    }
}

/// Time a resident listens before the next key.
const LISTENING: Duration = Duration::from_secs(2);
/// From one key of a number to the next.
const BETWEEN_KEYS: Duration = Duration::from_millis(250);
/// A day: later than any call.
const LATEST: Duration = Duration::from_secs(86_400);
const MOST_KEYS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_every_two_seconds_unless_a_moment_is_given() {
        assert_eq!(moments("2,#,*"), [('2', 2_000), ('#', 4_000), ('*', 6_000)]);
        assert_eq!(moments("@5.0:#"), [('#', 5_000)]);
        assert_eq!(moments(" @ 0.25 : 8 , a"), [('8', 250), ('A', 2_250)]);
        assert_eq!(moments(""), []);
    }

    #[test]
    fn a_number_is_pressed_as_fast_as_a_finger_does() {
        assert_eq!(
            moments("@3:12,0"),
            [('1', 3_000), ('2', 3_250), ('0', 5_000)]
        );
    }

    #[test]
    fn keys_given_out_of_order_are_pressed_in_order() {
        assert_eq!(moments("@9:1,@3:2"), [('2', 3_000), ('1', 9_000)]);
    }

    #[test]
    fn what_is_no_key_is_named() {
        for item in ["x", "@5#", "@:#", "@-1:#", "@1e9:#", "@nan:#", "@5:", "é"] {
            let refusal = item.parse::<KeyScript>().unwrap_err().to_string();
            assert!(refusal.contains(&format!("`{item}`")), "{refusal}");
        }
        assert!("1,,2".parse::<KeyScript>().is_err());
        assert!("1".repeat(65).parse::<KeyScript>().is_err());
    }

    fn moments(script: &str) -> Vec<(char, u128)> {
        let script: KeyScript = script.parse().unwrap();
        let presses = script.presses();
        presses
            .map(|(at, key)| (key.as_char(), at.as_millis()))
            .collect()
    }
}
