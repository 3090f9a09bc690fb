#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sigma's rules become rules that the command runs: check_sigma.sh WORK EVTXSEQ MAKE_LOGS, from the top
# of the tree. Installs pySigma in WORK/venv, which the next run uses again, converts the rules of
# testdata/sigma, and runs them. Exit status 77: it cannot run here.
set -eu
work=$1
evtxseq=$2
make_logs=$3
python=${PYTHON:-/usr/bin/python3}
requirements=examples/sigma/requirements.txt
data=testdata/sigma

fail() {
    echo "check_sigma: $*" >&2
    exit 1
}

skip() {
    echo "check_sigma: skipped: $*" >&2
    exit 77
}

install_pysigma() {
    rm -rf "$work/venv"
    "$python" -m venv "$work/venv" >"$work/log" 2>&1 ||
        skip "no virtual environment for Python, which Debian has in python3-venv; $work/log says why"
    "$work/venv/bin/python" -m pip --quiet --disable-pip-version-check install -r "$requirements" \
        >"$work/log" 2>&1 ||
        skip "pip cannot install pySigma, perhaps there is no network; $work/log says why"
    cp "$requirements" "$work/venv/installed.txt"
}

convert() {
    "$work/venv/bin/python" -B examples/sigma/sigma_to_evtxseq.py -o "$work/rules.ndjson" "$@" \
        2>"$work/said.txt"
}

# "TIME RULE" of each finding.
list_findings() {
    "$python" -c '
import json, sys
for line in sys.stdin:
    finding = json.loads(line)
    print(finding["@timestamp"][11:19], finding["rule"]["name"])' | LC_ALL=C sort
}

mkdir -p "$work"
cmp -s "$requirements" "$work/venv/installed.txt" || install_pysigma

status=0
convert "$data/refused/sources.yml" || status=$?
[ "$status" -eq 1 ] || fail "status $status where no rule can be converted"
[ ! -s "$work/rules.ndjson" ] || fail "rules for other log sources are converted"

convert "$data/rules" "$data/refused" || fail "nothing can be converted: $(cat "$work/said.txt")"
diff -u "$data/rules.ndjson" "$work/rules.ndjson" || fail "rules are converted otherwise"
diff -u "$data/refused.txt" "$work/said.txt" || fail "other rules are refused, or for other reasons"

"$make_logs" "$work/logs" "$data/events.case"
status=0
"$evtxseq" -q -f jsonl -o "$work/findings.jsonl" -r "$work/rules.ndjson" \
    "$work/logs/events/Sysmon.evtx" || status=$?
[ "$status" -eq 1 ] || fail "status $status of the scan"
list_findings <"$work/findings.jsonl" | diff -u "$data/findings.txt" - ||
    fail "the rules find something else"
echo "check_sigma: the rules are converted well, and find what they should"
