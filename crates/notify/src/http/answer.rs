//! What came back, and what it means for another try.

use std::time::Duration;

use hyper::HeaderMap;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use crate::Failure;

/// An answer with all of its body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    pub(super) headers: HeaderMap,
    /// At most [`super::MOST_OCTETS`].
    pub body: Vec<u8>,
}

impl Answer {
    /// A status of 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's value, if it is there once and in plain characters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as what JSON describes; `None` for anything else.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The beginning of the body on one line, for a person.
    #[must_use]
    pub fn said(&self) -> String {
        one_line(&String::from_utf8_lossy(&self.body))
    }

    /// How long the other side asks us to wait: the longest of `Retry-After` and of a limit that is used up.
    ///
    /// - `Retry-After`: seconds or a date (RFC 9110 § 10.2.3).
    /// - `X-RateLimit-Reset`, `X-Rate-Limit-Reset`, `RateLimit-Reset`: seconds since 1970 (X, Bluesky), RFC 3339 (Mastodon),
    ///   or seconds from now (small numbers); read when the status is 429 or the limit's `Remaining` is 0.
    ///
    /// Dates count from the answer's own `Date`, so that two clocks need not agree; at most a day is believed.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let there = self.header("date").and_then(http_date).unwrap_or(now);
        let after = self
            .header("retry-after")
            .and_then(|value| from_now(value, there));
        let reset = [
            "x-rate-limit",
            "x-ratelimit",
            "x-sib-ratelimit",
            "ratelimit",
        ]
        .iter()
        .filter_map(|kind| {
            let used_up = self.header(&format!("{kind}-remaining")) == Some("0");
            let reset = self
                .header(&format!("{kind}-reset"))
                .filter(|_| used_up || self.status == 429)?;
            from_now(reset, there)
        });
        let longest = reset.chain(after).max()?;
        Some(longest.min(LONGEST_WAIT))
    }

    /// Why this answer is not what was hoped for, and whether another try is worth it.
    ///
    /// - `who`: the other side's name at the beginning of the sentence.
    /// - `said`: what it said itself, in which no secret may stand any more.
    ///
    /// 408, 425, 429 and all of 500 to 599 are for later; everything else is refused for good.
    #[must_use]
    pub fn failure(&self, who: &str, said: &str) -> Failure {
        let status = self.status;
        let said = match one_line(said) {
            said if said.is_empty() => said,
            said => format!(": {said}"),
        };
        match status {
            429 => Failure::Later {
                why: format!("{who} takes no more for now (429){said}"),
                after: self.wait(Timestamp::now()),
            },
            408 | 425 | 500..=599 => Failure::Later {
                why: format!("{who} is in trouble ({status}){said}"),
                after: self.wait(Timestamp::now()),
            },
            _ => Failure::Never {
                why: format!("{who} refused ({status}){said}"),
            },
        }
    }
}

/// What somebody else said, short and without line ends.
pub(crate) fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SAID_CHARACTERS)
        .collect();
    line.trim().to_owned()
}

/// The time from `there` to what a header says: a number of seconds, an instant, or a date.
fn from_now(value: &str, there: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let until = match value.parse::<i64>() {
        Ok(seconds) if seconds < 0 => return None,
        Ok(seconds) if seconds < SMALLEST_INSTANT => {
            return Some(Duration::from_secs(seconds.unsigned_abs()));
        }
        Ok(seconds) => Timestamp::from_second(seconds).ok()?,
        Err(_) => value.parse().ok().or_else(|| http_date(value))?,
    };
    let wait = until.duration_since(there).max(SignedDuration::ZERO);
    Duration::try_from(wait).ok()
}

fn http_date(value: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
}

/// Greater numbers are instants since 1970, smaller ones lengths of time: ten years.
const SMALLEST_INSTANT: i64 = 315_360_000;
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
const SAID_CHARACTERS: usize = 300;

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_networks_way_to_say_when_to_come_again_is_understood() {
        let seconds = |status, headers: &[(&str, &str)]| {
            answer(status, headers)
                .wait(now())
                .map(|wait| wait.as_secs())
        };
        assert_eq!(seconds(503, &[("retry-after", "120")]), Some(120));
        assert_eq!(
            seconds(503, &[("retry-after", "Thu, 26 Nov 2026 02:01:40 GMT")]),
            Some(100)
        );
        assert_eq!(
            seconds(429, &[("x-rate-limit-reset", "1795658460")]),
            Some(60)
        );
        assert_eq!(
            seconds(429, &[("x-ratelimit-reset", "2026-11-26T02:05:00.123Z")]),
            Some(300)
        );
        assert_eq!(seconds(429, &[("ratelimit-reset", "1795658401")]), Some(1));
        assert_eq!(seconds(429, &[("ratelimit-reset", "45")]), Some(45));
        assert_eq!(
            seconds(429, &[("retry-after", "30"), ("ratelimit-reset", "45")]),
            Some(45)
        );
    }

    #[test]
    fn a_reset_counts_only_when_the_limit_is_used_up() {
        let reset = ("x-rate-limit-reset", "1795658460");
        assert_eq!(answer(500, &[reset]).wait(now()), None);
        assert!(
            answer(500, &[reset, ("x-rate-limit-remaining", "0")])
                .wait(now())
                .is_some()
        );
        assert_eq!(
            answer(500, &[reset, ("x-rate-limit-remaining", "3")]).wait(now()),
            None
        );
    }

    #[test]
    fn the_other_sides_clock_may_be_wrong() {
        let late = answer(
            429,
            &[
                ("date", "Thu, 26 Nov 2026 05:00:00 GMT"),
                ("x-rate-limit-reset", "1795669260"),
            ],
        );
        assert_eq!(late.wait(now()), Some(Duration::from_secs(60)));
    }

    #[test]
    fn what_is_over_is_no_wait_and_a_year_is_a_day() {
        assert_eq!(
            answer(429, &[("x-rate-limit-reset", "1795650000")]).wait(now()),
            Some(Duration::ZERO)
        );
        assert_eq!(
            answer(429, &[("retry-after", "31536000")]).wait(now()),
            Some(LONGEST_WAIT)
        );
        assert_eq!(answer(429, &[("retry-after", "-5")]).wait(now()), None);
    }

    #[test]
    fn a_failure_says_whether_another_try_is_worth_it() {
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            let failure = answer(status, &[]).failure("X", "");
            assert!(matches!(failure, Failure::Later { .. }), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 410, 422] {
            let failure = answer(status, &[]).failure("X", "why");
            assert_eq!(
                failure,
                Failure::Never {
                    why: format!("X refused ({status}): why")
                }
            );
        }
    }

    proptest! {
        #[test]
        fn no_header_stops_us(value in "[ -~]{0,40}", date in "[ -~]{0,40}") {
            let answer = answer(429, &[("retry-after", &value), ("x-ratelimit-reset", &value), ("date", &date)]);
            if let Some(wait) = answer.wait(now()) {
                prop_assert!(wait <= LONGEST_WAIT);
            }
        }
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        Answer {
            status,
            headers: headers.collect(),
            body: vec![],
        }
    }

    fn now() -> Timestamp {
        "2026-11-26T02:00:00Z".parse().unwrap()
    }
}
