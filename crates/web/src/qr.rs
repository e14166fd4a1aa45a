//! A QR code as the path of an inline SVG: no style, no script, sharp at every size.

use fast_qr::QRBuilder;

/// The dark squares of a code, to be drawn in a square of `side`.
pub(crate) struct Qr {
    /// Squares from edge to edge, with the quiet zone of four on each side.
    pub(crate) side: usize,
    /// The `d` of one path.
    pub(crate) path: String,
}

impl Qr {
    /// Draws a text; `None` for one that is too long for any code.
    pub(crate) fn draw(text: &str) -> Option<Self> {
        let code = QRBuilder::new(text).build().ok()?;
        let mut path = String::new();
        for row in 0..code.size {
            for column in 0..code.size {
                if code[row][column].value() {
                    path.push_str(&format!("M{} {}h1v1h-1z", column + QUIET, row + QUIET));
                }
            }
        }
        Some(Self {
            side: code.size + 2 * QUIET,
            path,
        })
    }
}

/// ISO/IEC 18004 § 5.3.8.
const QUIET: usize = 4;
