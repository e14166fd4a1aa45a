//! What the allocator does with memory that is free: a program of its own, for the rules are those of the whole process.

#[test]
fn what_was_large_goes_back_to_the_system_also_after_the_first_time() {
    net::give_memory_back().expect("glibc");
    let before = memory_kb();

    // glibc left alone maps the first piece for itself, and keeps the second.
    for octets in [16 << 20, 8 << 20] {
        drop(std::hint::black_box(vec![1_u8; octets]));
    }

    let kept = memory_kb().saturating_sub(before);
    assert!(kept < 1_024, "{kept} kB");
}

/// Memory of this process that no file holds (RssAnon), in kB.
fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process lives");
    let figure = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let figure = figure.and_then(|figure| figure.trim().strip_suffix(" kB"));
    figure.and_then(|kb| kb.parse().ok()).expect("a number")
}
