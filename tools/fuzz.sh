#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fuzz.sh BUILD SECONDS JOBS TARGET...: runs each fuzz target for so many seconds, JOBS of them at a
# time. Its corpus grows in BUILD/corpus, failing inputs go to BUILD/crashes, logs to BUILD/fuzz-logs.
set -euo pipefail

build=$1
seconds=$2
jobs=$3
shift 3

seeds_of() {
    case $1 in
    layout | mend | decode) echo chunk ;;
    scan | carve) echo log ;;
    event) echo xml ;;
    options) echo arguments ;;
    *) echo "$1" ;;
    esac
}

run() {
    local target=$1
    local log=$build/fuzz-logs/$target
    local corpus=$build/corpus/$target
    mkdir -p "$corpus" "$build/crashes" "$build/fuzz-logs"
    local status=0
    # Longer inputs than the seeds have little to add; a hang is ten seconds on one.
    "$build/fuzz-$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
        -use_value_profile=1 -reload=0 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$target-" "$corpus" "$build/seeds.d/$(seeds_of "$target")" \
        >"$log" 2>&1 || status=$?
    local count
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$status" -ne 0 ]; then
        echo "fuzz $target: FAILED, see $log"
        tail -n 60 "$log"
        return 1
    fi
    echo "fuzz $target: $seconds s, ${count:-0} inputs, nothing found"
}

export build seconds
export -f run seeds_of
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' bash -c 'run "$1"' fuzz '{}'
