//! What somebody wants to hear of, as a form shows it and brings it back.

use bulletin::{Site, SiteSlug};
use store::Choice;

use crate::admin::Fields;
use crate::pages::Place;

/// The boxes of a form.
#[derive(Clone, Debug)]
pub(super) struct Boxes {
    pub(super) unplanned_only: bool,
    /// Slug, name with commune, ticked.
    pub(super) sites: Vec<(String, String, bool)>,
    /// Name, ticked.
    pub(super) communes: Vec<(String, bool)>,
}

impl Boxes {
    pub(super) fn new(place: &Place, choice: &Choice) -> Self {
        let members = place.members();
        let mut communes: Vec<_> = members.iter().map(|site| site.commune.as_str()).collect();
        communes.retain(|name| !name.is_empty());
        communes.sort_unstable();
        communes.dedup();
        let named = |site: &Site| match site.commune.is_empty() {
            true => site.name.clone(),
            false => format!("{}, {}", site.name, site.commune),
        };
        Self {
            unplanned_only: choice.unplanned_only,
            sites: members
                .iter()
                .map(|site| {
                    let ticked = choice.sites.contains(&site.slug);
                    (site.slug.to_string(), named(site), ticked)
                })
                .collect(),
            communes: communes
                .into_iter()
                .map(|name| {
                    let ticked = choice.communes.iter().any(|one| one == name);
                    (name.to_owned(), ticked)
                })
                .collect(),
        }
    }
}

/// What the boxes of a form say; a site or a commune that the form does not offer counts for nothing.
pub(super) fn choice(place: &Place, fields: &Fields) -> Choice {
    let members = place.members();
    let sites = fields
        .all("site")
        .filter_map(|slug| SiteSlug::parse(slug).ok());
    let communes = fields.all("commune").map(str::to_owned);
    Choice {
        unplanned_only: fields.text("what") == UNPLANNED,
        sites: sites
            .filter(|slug| members.iter().any(|site| site.slug == *slug))
            .collect(),
        communes: communes
            .filter(|name| members.iter().any(|site| site.commune == *name))
            .collect(),
    }
}

const UNPLANNED: &str = "unplanned";
