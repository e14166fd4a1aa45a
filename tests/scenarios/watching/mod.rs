use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use crate::support::House;

#[test]
fn metrics_count_the_calls_and_readyz_names_every_concern() {
    let house = House::open();
    house.dial("0805691282", "", Duration::from_secs(1));

    let metrics = house.fetch(&house.metrics_url());
    let ready = house.read_json("/readyz").to_string();
    let (alive, _) = house.read("/healthz");

    assert!(
        metrics.contains("\nallo_calls_answered_total 1\n"),
        "{metrics}"
    );
    assert!(metrics.contains("\nallo_line_alive 1\n"), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
    for concern in ["line", "real_time", "database", "voice"] {
        assert!(ready.contains(concern), "{ready}");
    }
    assert!(alive.is_success());
}

#[test]
fn every_figure_says_what_it_is_names_its_unit_and_stands_in_the_guide() {
    let house = House::open();
    house.dial("0805691282", "", Duration::from_secs(1));
    house.wait_for_figure("allo_call_setup_seconds_count 1");

    let metrics = house.fetch(&house.metrics_url());

    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/trunks.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let [kinds, helps, units] = ["TYPE", "HELP", "UNIT"].map(|word| told(&metrics, word));
    assert!(kinds.len() > 30, "{kinds:?}");
    for (&name, &kind) in &kinds {
        assert!(
            helps.get(name).is_some_and(|help| help.len() > 10),
            "{name}"
        );
        for unit in ["seconds", "ratio"] {
            let ends = name.ends_with(&format!("_{unit}"));
            assert_eq!(ends, units.get(name) == Some(&unit), "{name}: {unit}");
        }
        let shown = match kind {
            "counter" => format!("{name}_total"),
            _ => name.to_owned(),
        };
        let marks = ["`", "{"].map(|end| format!("`{shown}{end}"));
        assert!(marks.iter().any(|mark| guide.contains(mark)), "{shown}");
    }
    let names: BTreeSet<_> = kinds.into_keys().collect();
    let wanted = [
        "calls",
        "call_setup_seconds",
        "late_slots",
        "skipped_slots",
        "call_loss_ratio",
        "bulletins",
        "jobs_waiting",
        "jobs_oldest_seconds",
        "database_up",
        "programme_age_seconds",
    ];
    for name in wanted {
        assert!(
            names.contains(&*format!("allo_{name}")),
            "{name}: {names:?}"
        );
    }
    let standing = "\nallo_bulletins{territory=\"rouen_metropole\",state=\"cancelled\"} ";
    assert!(metrics.contains(standing), "{metrics}");
}

/// What the lines of one kind tell of each figure.
fn told<'a>(metrics: &'a str, word: &str) -> BTreeMap<&'a str, &'a str> {
    let begin = format!("# {word} ");
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(&begin));
    lines.filter_map(|line| line.split_once(' ')).collect()
}
