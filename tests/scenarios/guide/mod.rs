use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn every_test_named_in_the_guide_exists_and_every_duty_has_one() {
    let tests = tests_of_the_tree();
    assert!(tests.len() > 300, "the tree was not found: {}", tests.len());
    let (mut faults, mut not_yet) = (vec![], BTreeSet::new());
    let rows = rows();
    for row in &rows {
        for name in &row.tests {
            if !exists(name, &tests) {
                faults.push(format!("{}: there is no test {name}", row.what));
            }
        }
        let is_missing = row.says_not_yet || row.tests.is_empty();
        match row.need.as_str() {
            "must" | "should" if row.says_not_yet => {
                not_yet.insert(row.what.clone());
            }
            "must" | "should" if is_missing => {
                faults.push(format!("{}: no test is named", row.what))
            }
            "must" | "should" | "may" | "no" => {}
            other => faults.push(format!("{}: {other:?} is no need", row.what)),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(rows.len() >= 45, "a row is gone: {} are left", rows.len());
    let said: BTreeSet<_> = NOT_YET.iter().map(|&what| what.to_owned()).collect();
    assert_eq!(not_yet, said, "what is not there yet is said here too");
}

#[test]
fn every_test_and_every_row_named_among_the_faults_exists() {
    let tests = tests_of_the_tree();
    let page = std::fs::read_to_string(root().join(FAULTS)).expect("the page of faults");
    let quoted = page.split('`').skip(1).step_by(2);
    let named: Vec<_> = quoted.filter(|name| name.contains("::")).collect();
    let missing: Vec<_> = named.iter().filter(|name| !exists(name, &tests)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(named.len() > 30, "the names were not found: {named:?}");

    let sources = rust_files(&root().join("tests/faults"));
    let sources = sources
        .iter()
        .map(|file| std::fs::read_to_string(file).expect("a source file"));
    let sources: String = sources.collect();
    let lines = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let of_the_table: BTreeSet<_> = lines.filter_map(|line| line.split('`').next()).collect();
    let of_the_suite = sources.split("name: \"").skip(1);
    let of_the_suite: BTreeSet<_> = of_the_suite
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(
        of_the_table, of_the_suite,
        "each row of the suite has its line"
    );
}

#[test]
fn every_file_the_guide_points_at_exists() {
    let guide = root().join(GUIDE);
    let text = std::fs::read_to_string(&guide).expect("the guide");
    let links: Vec<_> = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.is_empty() && !link.contains("://"))
        .collect();
    assert!(links.len() > 5, "{links:?}");
    for link in links {
        let path = guide.parent().expect("a folder").join(link);
        assert!(path.exists(), "{link}");
    }
}

/// Duties of the table that nothing fulfils yet.
const NOT_YET: [&str; 0] = [];
const GUIDE: &str = "docs/guide/integrator.md";
const FAULTS: &str = "docs/reliability.md";

/// A row of the table.
struct Row {
    what: String,
    need: String,
    tests: Vec<String>,
    says_not_yet: bool,
}

/// The rows of every table whose last column is `tested by`.
fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join(GUIDE)).expect("the guide");
    let (mut rows, mut in_table) = (vec![], false);
    for line in text.lines() {
        let cells: Vec<_> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        if !line.starts_with('|') {
            in_table = false;
        } else if cells == ["what", "standard", "need", "tested by"] {
            in_table = true;
        } else if in_table && !cells[0].starts_with("---") {
            let [what, _, need, tested] = cells[..] else {
                panic!("four cells are wanted: {line}");
            };
            let names = tested.split('`').skip(1).step_by(2);
            rows.push(Row {
                what: what.to_owned(),
                need: need.to_owned(),
                tests: names.map(str::to_owned).collect(),
                says_not_yet: tested.contains("not yet"),
            });
        }
    }
    rows
}

/// Whether `place::name` is a test of a file or in a folder called `place`.
fn exists(name: &str, tests: &BTreeMap<String, Vec<PathBuf>>) -> bool {
    let Some((place, function)) = name.split_once("::") else {
        return false;
    };
    let files = tests.get(function).map_or(&[][..], Vec::as_slice);
    files.iter().any(|file| {
        file.with_extension("")
            .components()
            .any(|part| part.as_os_str() == place)
    })
}

/// Every test function, and the files it stands in.
fn tests_of_the_tree() -> BTreeMap<String, Vec<PathBuf>> {
    let mut tests: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for folder in ["crates", "tests"] {
        for file in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                let function = line.strip_prefix("async ").unwrap_or(line);
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some(rest) = function.strip_prefix("fn ") {
                    let name = rest.split(['(', '<']).next().unwrap_or_default();
                    if is_test {
                        let place = file.strip_prefix(root()).expect("a file of the tree");
                        tests.entry(name.to_owned()).or_default().push(place.into());
                    }
                    is_test = false;
                }
            }
        }
    }
    tests
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of the tree");
    let paths = entries.map(|entry| entry.expect("its entry").path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => rust_files(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => vec![],
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
