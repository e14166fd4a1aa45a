//! How long a bulletin stays on the line.

use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};

use crate::Refusal;

/// How long a bulletin stays on the line: 9 days unless its site says otherwise.
///
/// The variants can be written out of range; [`crate::Bulletin::compose`] checks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lifetime {
    /// 1 to 30 days: until the same hour on the territory's wall clock.
    Days(u8),
    /// 1 to 720 hours of 3 600 seconds.
    Hours(u16),
}

impl Lifetime {
    /// # Errors
    /// [`Refusal::Lifetime`] outside 1..=30.
    pub fn from_days(days: u8) -> Result<Self, Refusal> {
        Self::Days(days).checked()
    }

    /// # Errors
    /// [`Refusal::Lifetime`] outside 1..=720.
    pub fn from_hours(hours: u16) -> Result<Self, Refusal> {
        Self::Hours(hours).checked()
    }

    /// The first instant at which a bulletin posted at `posted_at` is no longer heard.
    ///
    /// Days count on the wall clock of `zone`, so that "nine days" posted at 14:30 ends at 14:30 across a change
    /// of summer time. An hour that the spring night skips is taken one hour later; of an hour that the autumn
    /// night repeats, the first is taken.
    pub fn expiry(self, posted_at: Timestamp, zone: &TimeZone) -> Timestamp {
        let expiry = match self {
            Self::Days(days) => posted_at
                .to_zoned(zone.clone())
                .checked_add(Span::new().days(days))
                .map(|end| end.timestamp()),
            Self::Hours(hours) => {
                posted_at.checked_add(SignedDuration::from_hours(i64::from(hours)))
            }
        };
        // Only a post in the year 9999 leaves the calendar; it then stays for as long as there is one.
        expiry.unwrap_or(Timestamp::MAX)
    }

    /// Gives itself back when it is in range.
    ///
    /// # Errors
    /// [`Refusal::Lifetime`] otherwise.
    pub fn checked(self) -> Result<Self, Refusal> {
        match self {
            Self::Days(1..=30) | Self::Hours(1..=720) => Ok(self),
            Self::Days(_) | Self::Hours(_) => Err(Refusal::Lifetime),
        }
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self::Days(9)
    }
}
