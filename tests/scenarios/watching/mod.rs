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
