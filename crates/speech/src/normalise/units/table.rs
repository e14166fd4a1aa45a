//! The units, and how two of them combine.

/// A unit's name for one and for several.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unit {
    pub(super) singular: String,
    pub(super) plural: String,
    pub(super) feminine: bool,
}

/// Reads a symbol: a plain unit, or two with a stroke between (`mg/m3`).
///
/// Capitals count (`mW` is not `MW`); where only small letters exist, capitals are forgiven.
pub(super) fn unit(symbol: &str) -> Option<Unit> {
    if let Some(plain) = plain(symbol) {
        return Some(plain);
    }
    let (upper, lower) = symbol.rsplit_once('/')?;
    let upper = unit(upper)?;
    if lower == "an" {
        return Some(Unit {
            singular: format!("{} par an", upper.singular),
            plural: format!("{} par an", upper.plural),
            feminine: upper.feminine,
        });
    }
    let lower = plain(lower)?;
    Some(Unit {
        singular: format!("{} par {}", upper.singular, lower.singular),
        plural: format!("{} par {}", upper.plural, lower.singular),
        feminine: upper.feminine,
    })
}

fn plain(symbol: &str) -> Option<Unit> {
    let found = |wanted: &str| {
        UNITS
            .iter()
            .find(|(symbols, ..)| symbols.split(' ').any(|s| s == wanted))
    };
    let (_, singular, plural) = found(symbol).or_else(|| {
        let small = symbol.to_lowercase();
        (symbol.len() > 1 && FORGIVEN.contains(&small.as_str()))
            .then(|| found(&small))
            .flatten()
    })?;
    Some(Unit {
        singular: (*singular).to_owned(),
        plural: match *plural {
            "" => format!("{singular}s"),
            plural => plural.to_owned(),
        },
        feminine: [
            "tonne",
            "heure",
            "minute",
            "seconde",
            "kilotonne",
            "mégatonne",
            "partie",
        ]
        .iter()
        .any(|noun| singular.split(' ').next() == Some(noun)),
    })
}

/// Symbols that have the same meaning in capitals.
const FORGIVEN: [&str; 10] = [
    "km", "kg", "km/h", "min", "cm", "mm", "bar", "ha", "ppm", "m3",
];

/// Symbols, name, plural (empty: with an s).
const UNITS: [(&str, &str, &str); 71] = [
    (
        "km/h kmh km/heure",
        "kilomètre à l'heure",
        "kilomètres à l'heure",
    ),
    ("m", "mètre", ""),
    ("km", "kilomètre", ""),
    ("hm", "hectomètre", ""),
    ("dm", "décimètre", ""),
    ("cm", "centimètre", ""),
    ("mm", "millimètre", ""),
    ("μm µm", "micromètre", ""),
    ("nm", "nanomètre", ""),
    ("m2", "mètre carré", "mètres carrés"),
    ("km2", "kilomètre carré", "kilomètres carrés"),
    ("cm2", "centimètre carré", "centimètres carrés"),
    ("mm2", "millimètre carré", "millimètres carrés"),
    ("m3", "mètre cube", "mètres cubes"),
    ("Nm3", "normal mètre cube", "normaux mètres cubes"),
    ("km3", "kilomètre cube", "kilomètres cubes"),
    ("cm3", "centimètre cube", "centimètres cubes"),
    ("dm3", "décimètre cube", "décimètres cubes"),
    ("ha", "hectare", ""),
    ("l L", "litre", ""),
    ("hl hL", "hectolitre", ""),
    ("dl dL", "décilitre", ""),
    ("cl cL", "centilitre", ""),
    ("ml mL", "millilitre", ""),
    ("g", "gramme", ""),
    ("kg", "kilogramme", ""),
    ("mg", "milligramme", ""),
    ("μg µg ug", "microgramme", ""),
    ("ng", "nanogramme", ""),
    ("t", "tonne", ""),
    ("kt", "kilotonne", ""),
    ("Mt", "mégatonne", ""),
    ("h", "heure", ""),
    ("min mn", "minute", ""),
    ("s sec", "seconde", ""),
    ("ms", "milliseconde", ""),
    ("j", "jour", ""),
    ("bar bars barg", "bar", ""),
    ("mbar", "millibar", ""),
    ("Pa", "pascal", ""),
    ("hPa", "hectopascal", ""),
    ("kPa", "kilopascal", ""),
    ("MPa", "mégapascal", ""),
    ("°C °c", "degré", ""),
    ("°F", "degré Fahrenheit", "degrés Fahrenheit"),
    ("°", "degré", ""),
    ("%", "pour cent", "pour cent"),
    ("‰", "pour mille", "pour mille"),
    ("ppm ppmv", "partie par million", "parties par million"),
    ("ppb", "partie par milliard", "parties par milliard"),
    ("dB dB(A) dBA db(A) db", "décibel", ""),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "mégahertz", "mégahertz"),
    ("V", "volt", ""),
    ("kV", "kilovolt", ""),
    ("kVA", "kilovoltampère", ""),
    ("kW", "kilowatt", ""),
    ("MW", "mégawatt", ""),
    ("GW", "gigawatt", ""),
    ("kWh", "kilowattheure", ""),
    ("MWh", "mégawattheure", ""),
    ("GWh", "gigawattheure", ""),
    ("kJ", "kilojoule", ""),
    ("MJ", "mégajoule", ""),
    ("Bq", "becquerel", ""),
    ("μSv µSv", "microsievert", ""),
    ("mSv", "millisievert", ""),
    ("€ EUR", "euro", ""),
    ("k€", "millier d'euros", "mille euros"),
    ("M€", "million d'euros", "millions d'euros"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_combine() {
        let flow = unit("Nm3/h").unwrap();
        assert_eq!(flow.plural, "normaux mètres cubes par heure");
        assert!(unit("t/an").unwrap().feminine);
        assert_eq!(
            unit("μg/m3/h").unwrap().plural,
            "microgrammes par mètre cube par heure"
        );
        assert_eq!(unit("μSv/h").unwrap().singular, "microsievert par heure");
    }

    #[test]
    fn capitals_count_where_they_mean_something() {
        assert_eq!(unit("KM/H").unwrap().plural, "kilomètres à l'heure");
        assert_eq!(unit("M"), None);
        assert_eq!(unit("MG"), None);
    }
}
