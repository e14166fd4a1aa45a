//! Who speaks.

use crate::{SiteSlug, TerritorySlug};

/// An industrial site that posts bulletins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Name in addresses and rows.
    pub slug: SiteSlug,
    /// The territory whose residents hear it.
    pub territory: TerritorySlug,
    /// Name on the page.
    pub name: String,
    /// Name as the voice should read it.
    pub spoken_name: String,
    /// The town it stands in, so that residents know where to look.
    pub commune: String,
}
