//! Reads `tests/fixtures`; their README says how they are spelt.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The datagram of `folder/name`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.txt"));
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    to_datagram(&String::from_utf8(text).expect("fixtures are ASCII"))
}

/// Every fixture with its name, in order; read once.
pub(crate) fn all_fixtures() -> &'static [(String, Vec<u8>)] {
    static ALL: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let names = ["torture", "nasty"].into_iter().flat_map(names_in);
        names.map(|name| (name.clone(), fixture(&name))).collect()
    })
}

fn names_in(kind: &str) -> Vec<String> {
    let entries = fs::read_dir(folder().join(kind)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            format!("{kind}/{stem}")
        })
        .collect();
    names.sort();
    names
}

/// Undoes the conveniences of a fixture.
fn to_datagram(text: &str) -> Vec<u8> {
    let text = text.replace('\n', "\r\n");
    let start = text.len() - text.trim_start_matches("\r\n").len();
    let body = text[start..]
        .find("\r\n\r\n")
        .map(|at| &text[start + at + 4..]);
    let body = body.unwrap_or_default();
    let end = body.find("{end}").unwrap_or(body.len());
    let length = unescape(&body[..end]).len();
    unescape(
        &text
            .replace("{length}", &length.to_string())
            .replace("{end}", ""),
    )
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = rest.strip_prefix(b"\\x").and_then(|hex| hex.get(..2));
        let escaped =
            hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escaped {
            Some(octet) => {
                octets.push(octet);
                rest = &rest[4..];
            }
            None => {
                octets.push(*first);
                rest = after;
            }
        }
    }
    octets
}

/// The scenarios of the whole program read them too, from two folders higher.
fn folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = package.join("tests/fixtures");
    if ours.join("torture").is_dir() {
        return ours;
    }
    package.join("crates/sip/tests/fixtures")
}
