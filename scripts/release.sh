#!/usr/bin/env bash
# Builds a release that anybody can build again, octet for octet, from the same commit with the same tools. Only what is committed is in it.
#   scripts/release.sh [FOLDER]                     builds it and leaves it in FOLDER [target/dist]
#   scripts/release.sh check [FOLDER]               the same, twice, in two places with different names, and compares
#   scripts/release.sh pack PROGRAM SOURCES FOLDER  what is done with a program that is built, with SOURCE_DATE_EPOCH as its hour
# Needs what `make run` needs. docs/decisions/0049-what-the-program-is-made-of.md says what makes it the same each time.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cyclonedx=0.5.9

# What differs from one machine, hour and person to the next.
export LC_ALL=C TZ=UTC CARGO_INCREMENTAL=0
unset RUSTFLAGS CFLAGS CXXFLAGS LDFLAGS
umask 022

version_of() { sed -n 's/^version = "\(.*\)"$/\1/p' "$1/Cargo.toml" | head -n 1; }
machine() { rustc -vV | sed -n 's/^host: //p'; }

# Builds the program in its sources; nothing in it names the place where they are.
build() {
    local sources=$1 home=${CARGO_HOME:-$HOME/.cargo} toolchain
    toolchain=$(rustc --print sysroot)
    # Cargo separates its flags by an octet that no path has.
    CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s\x1f' "$home=/cargo" "$toolchain=/rust")--remap-path-prefix=$sources=/allo \
        CFLAGS="-ffile-prefix-map=$home=/cargo -ffile-prefix-map=$sources=/allo" \
        CARGO_TARGET_DIR=$sources/target CARGO_PROFILE_RELEASE_STRIP=debuginfo \
        cargo build --manifest-path "$sources/Cargo.toml" --release --locked --bin allo
}

# What the program is made of, for whoever looks for a crate in it.
list_parts() {
    local sources=$1 file=$2
    if ! cargo cyclonedx --version 2>/dev/null | grep -q "$cyclonedx"; then
        echo "needs cargo-cyclonedx $cyclonedx: lists what the program is made of"
        cargo install --quiet --locked "cargo-cyclonedx@$cyclonedx"
    fi
    cargo cyclonedx --quiet --manifest-path "$sources/Cargo.toml" --format json --spec-version 1.5 --target "$(machine)" \
        --override-filename parts
    sed "s#$sources#/allo#g" "$sources/parts.json" >"$file"
}

# Puts the program with unit, profiles and guides into an archive, and the sums of everything in the folder beside it.
pack() {
    local program=$1 sources=$2 folder=$3 name tree
    name=allo-$(version_of "$sources")-$(machine)
    tree=$(mktemp -d)
    mkdir -p "$folder" "$tree/$name"
    (cd "$sources" && tar --create CHANGELOG.md LICENSE README.md deploy docs sip-config) | tar --extract --directory "$tree/$name"
    install -m 755 "$program" "$tree/$name/allo"
    tar --create --directory "$tree" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
        --mode='u=rwX,go=rX' "$name" | gzip --no-name --best >"$folder/$name.tar.gz"
    rm -rf "$tree"
    (cd "$folder" && sha256sum -- [!S]* >SHA256SUMS)
}

# Everything, from the last commit into a folder; the sources go to a place of this name and away again.
release() {
    local folder=$1 place=$2
    rm -rf "$folder" "$place"
    mkdir -p "$folder" "$place"
    git -C "$root" archive HEAD | tar --extract --directory "$place"
    build "$place"
    {
        echo "commit $(git -C "$root" rev-parse HEAD)"
        rustc -vV
        cc --version | head -n 1
        ld --version | head -n 1
    } >"$folder/BUILT-WITH"
    list_parts "$place" "$folder/allo-$(version_of "$place").cdx.json"
    pack "$place/target/release/allo" "$place" "$folder"
    rm -rf "$place"
}

# Says which files of two releases differ, and keeps the second one for whoever looks for the reason.
tell_apart() {
    local first=$1 second=$2 kept=$3
    rm -rf "$kept"
    mv "$second" "$kept"
    echo "built twice, and NOT the same octets; both are kept, in $first and $kept:" >&2
    for folder in "$first" "$kept"; do
        mkdir "$folder/unpacked"
        tar --extract --file "$folder"/allo-*.tar.gz --directory "$folder/unpacked"
    done
    diff --recursive --brief "$first" "$kept" >&2 || true
}

case ${1:-} in
pack)
    pack "$2" "$3" "$4"
    ;;
*)
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    if [ "${1:-}" = check ]; then
        folder=$(realpath -m "${2:-$root/target/dist}")
        release "$folder" "$work/one"
        release "$work/again" "$work/another/place"
        if ! (cd "$work/again" && sha256sum --check --quiet "$folder/SHA256SUMS"); then
            tell_apart "$folder" "$work/again" "$folder-again"
            exit 1
        fi
        echo "built twice, the same octets:"
    else
        folder=$(realpath -m "${1:-$root/target/dist}")
        release "$folder" "$work/one"
    fi
    cat "$folder/SHA256SUMS"
    ;;
esac
