//! Where a site stands on the map.

use std::fmt;

use crate::Refusal;

/// A place on earth (WGS 84), to about a metre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coordinates {
    latitude: i32,
    longitude: i32,
}

impl Coordinates {
    /// Reads latitude and longitude in degrees as maps on the web give them: `49.4431, 1.0993`; a comma in the numbers
    /// needs a blank or a semicolon between them, as in `49,4431 1,0993`.
    ///
    /// # Errors
    /// [`Refusal::Coordinates`] for anything else, and beyond 90 and 180 degrees.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let two = parts(text.trim()).ok_or(Refusal::Coordinates)?;
        let [latitude, longitude] = two.map(|part| hundred_thousandths(&part));
        let degrees = latitude.zip(longitude).ok_or(Refusal::Coordinates)?;
        Self::from_hundred_thousandths(degrees.0, degrees.1)
    }

    /// The place at so many hundred thousandths of a degree north and east.
    ///
    /// # Errors
    /// [`Refusal::Coordinates`] beyond 90 and 180 degrees.
    pub fn from_hundred_thousandths(latitude: i32, longitude: i32) -> Result<Self, Refusal> {
        let is_on_earth = (-90 * PARTS..=90 * PARTS).contains(&latitude)
            && (-180 * PARTS..=180 * PARTS).contains(&longitude);
        if is_on_earth {
            Ok(Self {
                latitude,
                longitude,
            })
        } else {
            Err(Refusal::Coordinates)
        }
    }

    /// Hundred thousandths of a degree, north first, then east.
    pub fn hundred_thousandths(self) -> (i32, i32) {
        (self.latitude, self.longitude)
    }

    /// Degrees north and degrees east.
    pub fn degrees(self) -> (f64, f64) {
        let degrees = |parts| f64::from(parts) / f64::from(PARTS);
        (degrees(self.latitude), degrees(self.longitude))
    }
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (latitude, longitude) = self.degrees();
        write!(f, "{latitude:.5}, {longitude:.5}")
    }
}

/// In a degree.
const PARTS: i32 = 100_000;

/// The two numbers of a text, with a stop as their decimal sign.
fn parts(text: &str) -> Option<[String; 2]> {
    // With a stop in it the comma can only stand between the numbers.
    let between: &[char] = if text.contains('.') {
        &[',', ';', ' ', '\t']
    } else {
        &[';', ' ', '\t']
    };
    let mut numbers = text.split(between).filter(|part| !part.is_empty());
    let two = [numbers.next()?, numbers.next()?];
    if numbers.next().is_some() {
        return None;
    }
    Some(two.map(|number| number.trim_end_matches(',').replace(',', ".")))
}

/// Reads a number of degrees without going through a fraction of two: `1.0993` is exactly 109 930.
fn hundred_thousandths(number: &str) -> Option<i32> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || !(1..=3).contains(&whole.len()) {
        return None;
    }
    let fraction: String = fraction
        .chars()
        .chain("00000".chars())
        .take(DECIMALS)
        .collect();
    let (whole, fraction): (i32, i32) = (whole.parse().ok()?, fraction.parse().ok()?);
    Some(sign * (whole * PARTS + fraction))
}

/// Of [`PARTS`].
const DECIMALS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn coordinates_are_read_as_maps_give_them_and_as_people_type_them() {
        for (text, read) in [
            ("49.4431, 1.0993", (4_944_310, 109_930)),
            (" 49.44312789,1.09931234 ", (4_944_312, 109_931)),
            ("49,4431 1,0993", (4_944_310, 109_930)),
            ("49,4431; 1,0993", (4_944_310, 109_930)),
            ("-20.9 55.5", (-2_090_000, 5_550_000)),
            ("-0.5, -0.00001", (-50_000, -1)),
            ("90 -180", (9_000_000, -18_000_000)),
        ] {
            let coordinates = Coordinates::parse(text).map(Coordinates::hundred_thousandths);
            assert_eq!(coordinates, Ok(read), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_on_earth_is_refused() {
        for text in [
            "",
            "49.4431",
            "49,4431,1,0993",
            "49,4431",
            "91, 0",
            "0, 180.00001",
            "N49 E1",
            "49.4.4, 1",
            "1e1, 2",
            "1, 2, 3",
            "--1, 2",
            "9999999999999, 1",
        ] {
            assert_eq!(
                Coordinates::parse(text),
                Err(Refusal::Coordinates),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(latitude in -9_000_000..=9_000_000, longitude in -18_000_000..=18_000_000) {
            let place = Coordinates::from_hundred_thousandths(latitude, longitude).unwrap();
            prop_assert_eq!(Coordinates::parse(&place.to_string()), Ok(place));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = Coordinates::parse(&text);
        }
    }
}
