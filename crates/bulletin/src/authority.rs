//! Whom a site's words concern in their office: those who answer the residents' calls and send help.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// A kind of authority; each territory has a list of contacts of each.
    pub enum Authority {
        /// The fire and rescue service (SDIS), whose control room (CODIS) answers 18 and 112.
        FireService = "fire_service", "service d’incendie et de secours", "fire service";
        /// The State in the department.
        Prefecture = "prefecture", "préfecture", "prefecture";
        /// The town halls of the communes around the sites.
        TownHall = "town_hall", "mairie", "town hall";
        /// DREAL, ARS, Atmo and others.
        Other = "other", "autre service", "other body";
    }
}
