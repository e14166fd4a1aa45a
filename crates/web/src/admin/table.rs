//! A table of the desk: read on a page, or taken away as CSV.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Rows of plain text under their headings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// What it shows, for a screen reader and for print.
    pub(super) caption: String,
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    pub(super) fn new(caption: &str, heads: &[&str]) -> Self {
        Self {
            caption: caption.to_owned(),
            heads: heads.iter().map(ToString::to_string).collect(),
            rows: vec![],
        }
    }

    /// The table as CSV (RFC 4180) with a line of headings. A mark at its beginning tells spreadsheets that it is UTF-8.
    pub(super) fn csv(&self) -> String {
        let lines = std::iter::once(&self.heads).chain(&self.rows);
        let lines = lines.map(|cells| {
            let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
            cells.join(",") + "\r\n"
        });
        std::iter::once("\u{feff}".to_owned())
            .chain(lines)
            .collect()
    }

    /// The answer that saves it as a file of this name.
    pub(super) fn download(&self, name: &str) -> Response {
        attachment(self.csv(), CSV, name)
    }
}

/// An answer that a browser saves under a name of plain letters.
pub(super) fn attachment(body: String, kind: &'static str, name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (headers, body).into_response()
}

/// A cell as RFC 4180 § 2 writes it. What a spreadsheet would take for a formula gets an apostrophe: names, texts and
/// addresses are other people's to choose.
fn quoted(text: &str) -> String {
    let is_formula = text
        .trim_start_matches([' ', '"'])
        .starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = format!("{}{text}", if is_formula { "'" } else { "" });
    if text.contains(['"', ',', ';', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

const CSV: &str = "text/csv; charset=utf-8; header=present";
pub(super) const JSON: &str = "application/json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_carry_out_is_text_and_nothing_breaks_a_line() {
        let cells = [
            ("plain", "plain"),
            (
                "=HYPERLINK(\"http://x\")",
                "\"'=HYPERLINK(\"\"http://x\"\")\"",
            ),
            ("+33805691282", "'+33805691282"),
            ("-1+1", "'-1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            (" =1+1", "' =1+1"),
            ("a,b", "\"a,b\""),
            ("two\r\nlines", "\"two\r\nlines\""),
        ];
        for (text, written) in cells {
            assert_eq!(quoted(text), written);
        }
    }

    #[test]
    fn a_table_is_its_headings_and_its_rows() {
        let mut table = Table::new("Calls", &["Hour", "Calls"]);
        table.rows.push(vec!["14 h".into(), "3".into()]);
        assert_eq!(table.csv(), "\u{feff}Hour,Calls\r\n14 h,3\r\n");
    }
}
