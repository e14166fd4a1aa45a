//! The sites of a territory as a plan without streets: numbers where they stand. The list beside it says the same.

use bulletin::Coordinates;

/// A plan, in units of its drawing: [`WIDTH`] wide, x to the right and y downwards.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) height: f64,
    pub(crate) points: Vec<Point>,
    /// What a length on it is in the territory; none where all stand at one place.
    pub(crate) scale: Option<Scale>,
}

/// A site on the plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// Its number in the list.
    pub(crate) number: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Something goes on there: it is drawn as a square.
    pub(crate) is_busy: bool,
}

/// A bar and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) length: f64,
    pub(crate) words: String,
}

impl Map {
    /// Draws the sites that have a place; none of them, no map.
    ///
    /// - `sites`: number in the list, place, whether something goes on there.
    pub(crate) fn draw(sites: &[(usize, Coordinates, bool)]) -> Option<Self> {
        let (_, first, _) = sites.first()?;
        let middle = first.degrees().0.to_radians().cos();
        // A degree of longitude is shorter than one of latitude, the more so the farther north; over a territory the
        // same everywhere.
        let kilometres: Vec<_> = sites
            .iter()
            .map(|(_, place, _)| {
                let (north, east) = place.degrees();
                (east * KILOMETRES * middle, -north * KILOMETRES)
            })
            .collect();
        let (left, right) = bounds(kilometres.iter().map(|at| at.0));
        let (top, bottom) = bounds(kilometres.iter().map(|at| at.1));
        let (across, down) = (right - left, bottom - top);
        let is_one_place = across.max(down) < 0.3;
        let unit = if is_one_place {
            0.0
        } else {
            ((WIDTH - 2.0 * EDGE) / across.max(0.01)).min((TALLEST - 2.0 * EDGE) / down.max(0.01))
        };
        let height = (down * unit + 2.0 * EDGE).max(LOWEST);
        let aside = (WIDTH - across * unit) / 2.0;
        let above = (height - down * unit) / 2.0;
        let points = sites.iter().zip(&kilometres);
        let points = points.map(|(&(number, _, is_busy), (x, y))| Point {
            number,
            x: (x - left) * unit + aside,
            y: (y - top) * unit + above,
            is_busy,
        });
        let mut points: Vec<_> = points.collect();
        spread(&mut points, height);
        Some(Self {
            height,
            points,
            scale: (!is_one_place).then(|| Scale::of(unit)),
        })
    }

    /// For the drawing, which needs no fractions.
    pub(crate) fn width(&self) -> String {
        whole(WIDTH)
    }

    /// The height with the scale below it.
    pub(crate) fn whole_height(&self) -> String {
        whole(self.height + FOOT)
    }

    /// Where the scale begins.
    pub(crate) fn foot(&self) -> String {
        whole(self.height + FOOT - 10.0)
    }
}

impl Point {
    pub(crate) fn across(&self) -> String {
        whole(self.x)
    }

    pub(crate) fn down(&self) -> String {
        whole(self.y)
    }

    /// Of its square.
    pub(crate) fn left(&self) -> String {
        whole(self.x - RADIUS)
    }

    pub(crate) fn top(&self) -> String {
        whole(self.y - RADIUS)
    }
}

impl Scale {
    /// The longest round length that takes no more than a third of the width.
    ///
    /// - `unit`: how long a kilometre is drawn.
    fn of(unit: f64) -> Self {
        let fits = |metres: &&u32| f64::from(**metres) / 1000.0 * unit <= WIDTH / 3.0;
        let metres = LENGTHS.iter().rev().find(fits).unwrap_or(&LENGTHS[0]);
        let words = match metres {
            ..1000 => format!("{metres}\u{a0}m"),
            _ => format!("{}\u{a0}km", metres / 1000),
        };
        Self {
            length: f64::from(*metres) / 1000.0 * unit,
            words,
        }
    }

    pub(crate) fn drawn(&self) -> String {
        whole(self.length)
    }
}

fn whole(length: f64) -> String {
    format!("{length:.0}")
}

/// Moves numbers apart that would lie on each other, as little as is needed to read them.
fn spread(points: &mut [Point], height: f64) {
    for _ in 0..ROUNDS {
        for one in 0..points.len() {
            for other in one + 1..points.len() {
                let (dx, dy) = (
                    points[other].x - points[one].x,
                    points[other].y - points[one].y,
                );
                let apart = dx.hypot(dy);
                if apart >= APART {
                    continue;
                }
                // Two at the very same place go to the left and to the right of it.
                let (ux, uy) = if apart < 0.01 {
                    (1.0, 0.0)
                } else {
                    (dx / apart, dy / apart)
                };
                let push = (APART - apart) / 2.0;
                points[one].x -= ux * push;
                points[one].y -= uy * push;
                points[other].x += ux * push;
                points[other].y += uy * push;
            }
        }
        for point in points.iter_mut() {
            point.x = point.x.clamp(RADIUS + 2.0, WIDTH - RADIUS - 2.0);
            point.y = point.y.clamp(RADIUS + 2.0, height - RADIUS - 2.0);
        }
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(least, most), value| {
        (least.min(value), most.max(value))
    })
}

/// Of a degree of latitude.
const KILOMETRES: f64 = 111.2;
/// As wide as the narrowest screen has room for, so that numbers are never smaller than they are drawn.
const WIDTH: f64 = 280.0;
/// Of a long valley from north to south.
const TALLEST: f64 = 320.0;
/// Of two sites side by side.
const LOWEST: f64 = 120.0;
/// Room around the outermost sites, for their numbers and for the scale below.
const EDGE: f64 = 34.0;
/// Below the sites, for the scale.
const FOOT: f64 = 26.0;
/// Of a number's disc, as the template draws it.
const RADIUS: f64 = 12.0;
/// Between two numbers that can be read.
const APART: f64 = 2.0 * RADIUS + 3.0;
const ROUNDS: usize = 60;
/// Metres.
const LENGTHS: [u32; 9] = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn north_is_up_and_east_is_right() {
        let map = map(&["49.44, 1.00", "49.34, 1.10"]);
        let [one, other] = &map.points[..] else {
            panic!("two points");
        };
        assert!(one.x < other.x && one.y < other.y);
        // At this latitude a tenth of a degree is 11.1 km down and 7.2 km across.
        let slope = (other.y - one.y) / (other.x - one.x);
        assert!((slope - 1.537).abs() < 0.01, "{slope}");
    }

    #[test]
    fn the_bar_is_as_long_as_it_says() {
        let map = map(&["49.40, 1.00", "49.40, 1.138"]);
        // Ten kilometres apart.
        let drawn = map.points[1].x - map.points[0].x;
        let scale = map.scale.unwrap();
        assert_eq!(scale.words, "2\u{a0}km");
        assert!((scale.length / drawn - 0.2).abs() < 0.002);
    }

    #[test]
    fn sites_at_one_place_can_both_be_read() {
        let map = map(&["49.4, 1.0", "49.4, 1.0"]);
        let apart = map.points[1].x - map.points[0].x;
        assert!(apart >= APART - 0.1, "{apart}");
        assert_eq!(map.scale, None);
    }

    #[test]
    fn without_a_place_there_is_no_map() {
        assert_eq!(Map::draw(&[]), None);
    }

    proptest! {
        #[test]
        fn every_number_lies_on_the_plan(places in prop::collection::vec((-9_000_000..=9_000_000, -18_000_000..=18_000_000), 1..12)) {
            let sites: Vec<_> = places.iter().enumerate().map(|(number, &(north, east))| {
                (number + 1, Coordinates::from_hundred_thousandths(north, east).unwrap(), false)
            }).collect();
            let map = Map::draw(&sites).unwrap();
            prop_assert!(map.height.is_finite() && map.height <= TALLEST + 1.0);
            for point in &map.points {
                prop_assert!((RADIUS..=WIDTH - RADIUS).contains(&point.x), "{point:?}");
                prop_assert!((RADIUS..=map.height - RADIUS).contains(&point.y), "{point:?}");
            }
        }
    }

    fn map(places: &[&str]) -> Map {
        let sites = places.iter().enumerate();
        let sites =
            sites.map(|(number, place)| (number + 1, Coordinates::parse(place).unwrap(), false));
        Map::draw(&sites.collect::<Vec<_>>()).unwrap()
    }
}
