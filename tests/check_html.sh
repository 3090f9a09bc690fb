#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The HTML report in a browser: check_html.sh WORK EVTXSEQ MAKE_LOGS, from the top of the tree. Gets
# axe-core, which looks for what shuts people out, by npm into WORK, where the next run finds it, and
# runs tests/check_html.py. Exit status 77: it cannot run here.
set -eu
work=$1
evtxseq=$2
make_logs=$3
python=${PYTHON:-/usr/bin/python3}
axe=4.14.1

skip() {
    echo "check_html: skipped: $*" >&2
    exit 77
}

command -v chromium >/dev/null || skip "there is no chromium, which Debian has in the package of that name"
command -v chromedriver >/dev/null || skip "there is no chromedriver, which Debian has in chromium-driver"
mkdir -p "$work"
if ! grep -q "\"version\": \"$axe\"" "$work/node_modules/axe-core/package.json" 2>/dev/null; then
    command -v npm >/dev/null || skip "there is no npm to get axe-core with"
    npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$work" "axe-core@$axe" \
        >"$work/log" 2>&1 ||
        skip "npm cannot install axe-core, perhaps there is no network; $work/log says why"
fi
exec "$python" -B tests/check_html.py --work="$work" --evtxseq="$evtxseq" --make-logs="$make_logs" \
    --axe="$work/node_modules/axe-core/axe.min.js"
