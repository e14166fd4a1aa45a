//! stub
use crate::{Lexicon, NormaliseError, Spoken};
use bulletin::{Bulletin, Site, Territory};
/// b
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulletinScript {
    /// a
    pub today: Spoken,
    /// b
    pub dated: Spoken,
    /// c
    pub body: Spoken,
}
/// t
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerritoryScript {
    /// g
    pub greeting: Spoken,
    /// m
    pub menu: Spoken,
}
/// # Errors
/// e
pub fn bulletin(
    _b: &Bulletin,
    _site: &Site,
    _territory: &Territory,
    _lexicon: &Lexicon,
) -> Result<BulletinScript, NormaliseError> {
    Err(NormaliseError::Nothing)
}
/// # Errors
/// e
pub fn territory(_t: &Territory, _lexicon: &Lexicon) -> Result<TerritoryScript, NormaliseError> {
    Err(NormaliseError::Nothing)
}
