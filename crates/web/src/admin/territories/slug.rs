//! Short names for addresses, made of names.

/// A slug made of a name, with `between` in the place of everything that is neither a letter nor a digit; it may still
/// be refused, being too short or taken.
pub(super) fn of(name: &str, between: char) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => slug.push_str(letters),
            None if c.is_ascii_lowercase() || c.is_ascii_digit() => slug.push(c),
            None if slug.is_empty() || slug.ends_with(between) => {}
            None => slug.push(between),
        }
    }
    slug.truncate(LONGEST);
    slug.trim_end_matches(between).to_owned()
}

fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'â' | 'ä' | 'á' => "a",
        'ç' => "c",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'î' | 'ï' | 'í' => "i",
        'ñ' => "n",
        'ô' | 'ö' | 'ó' => "o",
        'ù' | 'û' | 'ü' | 'ú' => "u",
        'œ' => "oe",
        'æ' => "ae",
        _ => return None,
    })
}

const LONGEST: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs_that_their_types_take() {
        let site = of("  Société d’Œuvres & Engrais (Île-de-France) n° 2 ", '-');
        assert_eq!(site, "societe-d-oeuvres-engrais-ile-de-france");
        assert!(bulletin::SiteSlug::parse(&site).is_ok());
        assert_eq!(of("Rouen Métropole", '_'), "rouen_metropole");
        assert_eq!(of("東京", '-'), "");
    }
}
