//! `docs/benchmarks.md`, written anew by every whole run.

use crate::{Part, process};

/// The page, with the date and the machine in words.
pub(crate) fn write(storms: &Part, strains: &Part) -> String {
    let (today, machine) = (jiff::Zoned::now().date(), process::machine());
    let (storms, strains) = (&storms.rows, &strains.rows);
    format!(
        "# Benchmarks\n\n\
         `make bench` on {today}: {machine}.\n\n\
         ## Storms\n\n\
         Each storm against the line is followed at once by the same storm against a bare sender, which answers every call and\n\
         sends it one buffer: one connected socket and one `sendmsg` per packet, and nothing else. Absolute times change with the\n\
         machine and its neighbours; the ratio is to the bare sender's storms before and after where both had as many calls, else to\n\
         the one after.\n\n\
         | calls | | bad calls | lateness p50 / p99 / p99.9 / max, ms | CPU µs per packet | ratio | octets per call | set-up p99, ms |\n\
         |---|---|---|---|---|---|---|---|\n{storms}\n\
         Lateness is against each call's own ideal clock, by the kernel's receive timestamps. A bad call has over 0.1 % bad packets:\n\
         lost, over 20 ms late, missing by the clock, or wrong in size or step. CPU and memory are those of the answering process, CPU\n\
         in the steady window. The calls are PCMA in packets of 20 ms, of callers who say nothing.\n\n\
         ## Strains\n\n\
         What else happens to a line that thousands call. A row without a goal is tried and reported as it is.\n\n\
         | strain | found | goal | met |\n\
         |---|---|---|---|\n{strains}"
    )
}
