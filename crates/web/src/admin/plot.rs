//! Bars drawn on the server: an SVG without a script or a style of its own, always beside the table it shows.

use askama::Template;

/// Bars from left to right, with marks where something was posted.
#[derive(Clone, Debug, Default)]
pub(super) struct Plot {
    /// What it shows, in one sentence: the text in place of the picture.
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    /// The bar before which something happened, and the number by which the table names it.
    pub(super) marks: Vec<(usize, usize)>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// What stands under it; nothing under most of many.
    pub(super) label: String,
    pub(super) value: u64,
}

impl Plot {
    /// The SVG, to be put into a page as it is: the template escapes every word.
    pub(super) fn svg(&self) -> String {
        let most = self.bars.iter().map(|bar| bar.value).max().unwrap_or(0);
        let top = round_up(most);
        let count = self.bars.len().max(1);
        let x = |place: usize| LEFT + WIDTH * place / count;
        let bars = self.bars.iter().enumerate().map(|(place, bar)| {
            let (from, to) = (x(place), x(place + 1));
            let gap = usize::from(to - from > 3) * ((to - from) / 8).max(1);
            let height = height_of(bar.value, top);
            DrawnBar {
                x: from + gap / 2,
                y: BOTTOM - height,
                width: (to - from).saturating_sub(gap).max(1),
                height,
                middle: usize::midpoint(from, to),
                label: bar.label.clone(),
            }
        });
        let svg = Drawing {
            title: &self.title,
            bars: bars.collect(),
            marks: self
                .marks
                .iter()
                .map(|&(place, number)| (x(place.min(count)), number))
                .collect(),
            top,
            half: (top > 1 && top.is_multiple_of(2)).then_some(top / 2),
        };
        svg.render()
            .expect("a template of plain values, written to a String, cannot fail")
    }
}

#[derive(Template)]
#[template(path = "admin/plot.html")]
struct Drawing<'a> {
    title: &'a str,
    bars: Vec<DrawnBar>,
    marks: Vec<(usize, usize)>,
    top: u64,
    half: Option<u64>,
}

struct DrawnBar {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    middle: usize,
    label: String,
}

/// The next of 1, 2, 4, 6, 10, 20, 40, 60, 100 …: the top of the scale.
fn round_up(most: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for step in [1, 2, 4, 6] {
            let top = unit.saturating_mul(step);
            if top >= most || top == u64::MAX {
                return top;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// Something that is not nothing is seen.
fn height_of(value: u64, top: u64) -> usize {
    let share = u128::from(value) * (HEIGHT as u128) / u128::from(top.max(1));
    let height = usize::try_from(share).unwrap_or(HEIGHT).min(HEIGHT);
    if value > 0 { height.max(2) } else { 0 }
}

/// The place of the bars in a picture of 640 by 240.
const LEFT: usize = 64;
const WIDTH: usize = 568;
const BOTTOM: usize = 200;
const HEIGHT: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_reaches_the_scale_and_one_caller_is_seen_beside_a_thousand() {
        let bars = [1_000, 1, 0].map(|value| Bar {
            label: String::new(),
            value,
        });
        let plot = Plot {
            title: "Calls".into(),
            bars: bars.to_vec(),
            marks: vec![(1, 7)],
        };

        let svg = plot.svg();

        assert!(svg.contains("height=\"160\""), "{svg}");
        assert!(svg.contains("height=\"2\""), "{svg}");
        assert!(svg.contains(">7</text>"), "{svg}");
        assert!(svg.contains("role=\"img\""), "{svg}");
        let tops = [0, 1, 3, 5, 7, 11, 61, 100, u64::MAX].map(round_up);
        assert_eq!(tops[..8], [1, 1, 4, 6, 10, 20, 100, 100]);
    }

    #[test]
    fn words_in_a_picture_are_words_and_it_has_no_style_or_script() {
        let plot = Plot {
            title: "<script>alert(1)</script>".into(),
            bars: vec![Bar {
                label: "\"><svg onload=x>".into(),
                value: 1,
            }],
            marks: vec![],
        };
        let svg = plot.svg();
        assert!(
            !svg.contains("<script") && !svg.contains("<svg onload"),
            "{svg}"
        );
        assert!(
            !svg.contains("style="),
            "the page allows no style of its own"
        );
    }
}
