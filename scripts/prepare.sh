#!/usr/bin/env bash
# Makes .venv hold what a verb needs, from the hash-pinned files; quick when it already does.
#   prepare.sh serve    the service
#   prepare.sh check    and the tools
#   prepare.sh test     and what only the system can give: Node, Chromium
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:?serve, check or test}
python=$(command -v "${PYTHON:-python3}") || python=${PYTHON:-python3}
# the build backend looks for its own program in the path
export PATH="$PWD/.venv/bin:$PATH"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1

say() { echo "prepare: $*"; }
fail() { echo "prepare: $*" >&2; exit 1; }
debian() { command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; }

need_python() {
    command -v "$python" >/dev/null ||
        fail "$python is missing; install it (Debian: apt-get install python3 python3-venv)"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is older than 3.11; name a newer one: make PYTHON=/path/to/python3.11 ..."
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make environments (Debian: apt-get install python3-venv)"
}

need_venv() {
    if [ -d .venv ] && ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        say "removing .venv, which does not work (was it moved?)"
        rm -rf .venv
    fi
    if [ ! -d .venv ]; then
        need_python
        say "creating .venv with $("$python" --version)"
        "$python" -m venv .venv
    fi
}

# install NAME FILE...: the pinned packages of the files, unless these very files were installed
install() {
    local name=$1 stamp want
    shift
    stamp=.venv/.installed-$name
    want=$(cat "$@" pyproject.toml | sha256sum)
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then return; fi
    say "installing $* (hash-checked)"
    local files=()
    for file in "$@"; do files+=(-r "$file"); done
    .venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: "${files[@]}"
    if [ "$name" != node ]; then
        .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
    fi
    echo "$want" >"$stamp"
}

need_node() {
    local major
    if command -v node >/dev/null && command -v npm >/dev/null; then
        major=$(node --version | sed -E 's/^v([0-9]+).*/\1/')
        if [ "$major" -ge 20 ]; then return; fi
        say "the system's Node is version $major; taking a newer one from PyPI"
    fi
    install node requirements-node.txt
}

need_chromium() {
    if command -v chromium >/dev/null; then return; fi
    debian || fail "chromium is missing; install it (Debian: sudo apt-get install chromium)"
    say "installing the Debian package chromium"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends chromium >/dev/null; } ||
        fail "chromium cannot be installed; do it by hand: apt-get install chromium"
}

need_venv
case $purpose in
serve)
    # an environment with the tools stays one: its pins are the same
    if [ -e .venv/.installed-check ]; then install check requirements-dev.txt
    else install serve requirements.txt requirements-build.txt; fi
    ;;
check) install check requirements-dev.txt ;;
test)
    need_chromium
    install check requirements-dev.txt
    need_node
    ;;
*) fail "unknown purpose $purpose; it is serve, check or test" ;;
esac
