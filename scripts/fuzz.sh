#!/usr/bin/env bash
# Runs every fuzz target for a while from the corpus in fuzz/corpus, which it does not change; what it finds on the way stays in
# target/fuzz. Ends at the first crash, input above a second, or allocation above 64 MB, and says where the input is.
#   scripts/fuzz.sh [TARGET...]     FUZZ_SECONDS=60 for each
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "needs cargo-fuzz: builds the targets with libFuzzer and runs them"
    cargo install --locked cargo-fuzz
fi

# libFuzzer and the address sanitizer, which also counts allocations, want flags that stable Rust keeps behind this switch.
export RUSTC_BOOTSTRAP=1
# Writing down where a panic came from would take longer than an input may.
export RUST_BACKTRACE=0
export CARGO_TARGET_DIR=$PWD/target/fuzz/build
seconds=${FUZZ_SECONDS:-60}
if [ $# -eq 0 ]; then
    mapfile -t targets < <(cargo fuzz list)
    set -- "${targets[@]}"
fi

for target in "$@"; do
    found=target/fuzz/found/$target
    mkdir -p "$found" "fuzz/corpus/$target" "target/fuzz/artifacts/$target"
    options=(-max_total_time="$seconds" -timeout=1 -malloc_limit_mb=64 -rss_limit_mb=1024 -max_len=65535 -len_control=20
        -artifact_prefix="target/fuzz/artifacts/$target/" -print_final_stats=1 -verbosity=0)
    [ -f "fuzz/dictionaries/$target" ] && options+=(-dict="fuzz/dictionaries/$target")
    echo "fuzzing $target for $seconds s"
    cargo fuzz run "$target" "$found" "fuzz/corpus/$target" -- "${options[@]}"
done
