//! Whom a bulletin concerns.

use jiff::tz::TimeZone;

use crate::{DialledNumber, TerritorySlug};

/// The towns around a group of sites, with their own page and their own telephone numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory {
    /// Name in addresses and rows.
    pub slug: TerritorySlug,
    /// Name on the page, such as "Rouen Métropole".
    pub name: String,
    /// Name as the voice should read it.
    pub spoken_name: String,
    /// Wall clock of its residents: lifetimes in days, printed and spoken hours.
    pub zone: TimeZone,
    /// Numbers that lead to its programme, the printed one first; delivery numbers of a carrier may follow.
    pub numbers: Vec<DialledNumber>,
}
