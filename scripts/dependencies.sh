#!/usr/bin/env bash
# Holds every crate of the program against deny.toml: its licence, where it comes from, whether it is there twice, and what RustSec
# has to say against it. RustSec's advisories are a git repository: where that cannot be reached, the last line says that nobody has
# looked at them, and nothing fails for it.
set -euo pipefail
cd "$(dirname "$0")/.."

deny() { target/tools/cargo-deny/bin/cargo-deny --locked "$@"; }

deny check --hide-inclusion-graph bans licenses sources
if why=$(GIT_TERMINAL_PROMPT=0 timeout 60 target/tools/cargo-deny/bin/cargo-deny fetch db 2>&1); then
    deny check --hide-inclusion-graph advisories
else
    echo "$why"
    echo "ADVISORIES NOT CHECKED: RustSec's repository was not reached. Run scripts/dependencies.sh where it is before anything is released."
fi
