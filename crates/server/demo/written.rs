//! What the managers of the demonstration have written for its public pages; every site and body is invented.

use bulletin::{BackgroundPage, Coordinates, Imprint, PageSlug, Site, Territory};
use store::{By, Store};

use super::DemoError;

/// Writes it, unless a set-up that was interrupted has done so.
pub(super) async fn write(
    store: &Store,
    territories: &[Territory],
    sites: &[Site],
    by: By<'_>,
) -> Result<(), DemoError> {
    let (imprints, pages) = (store.imprints().await?, store.background_pages().await?);
    for territory in territories {
        if !imprints.contains_key(&territory.slug) {
            let imprint = imprint(territory);
            let nothing = Imprint::default();
            store
                .set_imprint(&territory.slug, &nothing, &imprint, by)
                .await?;
        }
        if !pages.contains_key(&territory.slug) {
            let page = why_a_flare_burns()?;
            store
                .replace_background_page(&territory.slug, None, Some(&page), by)
                .await?;
        }
    }
    for (slug, place) in PLACES {
        if let Some(site) = sites.iter().find(|site| site.slug.as_str() == slug) {
            let place = Coordinates::parse(place)?;
            store.set_site_place(site, Some(place), by).await?;
        }
    }
    Ok(())
}

fn imprint(territory: &Territory) -> Imprint {
    Imprint {
        publisher: format!("Association Allo {} (démonstration)", territory.name),
        email: "contact@allo.example".into(),
        telephone: "02 61 91 00 15".into(),
        address: "1 quai de la Démonstration\n76000 Rouen".into(),
        data_protection: "Délégué à la protection des données, dpo@allo.example".into(),
        ..Imprint::default()
    }
}

fn why_a_flare_burns() -> Result<BackgroundPage, DemoError> {
    let slug = PageSlug::parse("pourquoi-la-torche-brule")?;
    Ok(BackgroundPage::compose(slug, FRENCH, ENGLISH)?)
}

const FRENCH: (&str, &str) = (
    "Pourquoi la torche brûle",
    "La torche est une sécurité. Quand une unité s’arrête, démarre ou se dérègle, le gaz qu’elle contient doit aller \
     quelque part : il est brûlé en haut d’une cheminée plutôt que relâché.\n\n\
     Une flamme haute se voit de loin, surtout la nuit, et peut gronder. De la vapeur y est mêlée pour que la \
     combustion soit complète ; quand la vapeur manque, la fumée est noire.\n\n\
     Une torche qui brûle dit qu’il se passe quelque chose, et non que c’est dangereux dehors. Le bulletin du site dit \
     depuis quand et pourquoi.",
);

const ENGLISH: (&str, &str) = (
    "Why the flare burns",
    "The flare is a safety device. When a unit stops, starts or goes out of order, the gas in it has to go somewhere: it \
     is burnt at the top of a stack rather than let out.\n\n\
     A high flame is seen from far away, above all at night, and may rumble. Steam is mixed in so that it burns \
     completely; when steam is short the smoke is black.\n\n\
     A flare that burns says that something happens, not that it is dangerous outside. The bulletin of the site says \
     since when and why.",
);

/// Somewhere along the river and in the port.
const PLACES: [(&str, &str); 5] = [
    ("raffinerie-du-meandre", "49.3800, 1.0280"),
    ("engrais-de-la-boucle", "49.4120, 1.0470"),
    ("huiles-du-fleuve", "49.4400, 1.0690"),
    ("raffinerie-du-cap", "49.4880, 0.2340"),
    ("engrais-de-l-estuaire", "49.4790, 0.1720"),
];
