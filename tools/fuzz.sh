#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fuzz.sh BUILD SECONDS JOBS TARGET...: runs each fuzz target for so many seconds, JOBS of them at a
# time. Its corpus grows in BUILD/corpus, failing inputs go to BUILD/crashes, logs to BUILD/fuzz-logs.
# What fails in libevtx or libxml2 is counted and passed over; what fails in our own code is a
# failure.
set -euo pipefail

build=$1
seconds=$2
jobs=$3
shift 3

seeds_of() {
    case $1 in
    layout | repair | decode) echo chunk ;;
    scan | carve) echo log ;;
    event) echo xml ;;
    options) echo arguments ;;
    toml) echo rules ;;
    *) echo "$1" ;;
    esac
}

# Whether the log's first stack comes to a library before it comes to a source file of ours.
is_fault_of_library() {
    awk '/^ *#[0-9]+ 0x/ {
        if (/lib(evtx|bfio|xml2)\.so/) { found = 1; exit }
        if (/\/(lib|cmd|tests|fuzz)\/[a-z\/_]*\.[ch]:/) exit
    } END { exit !found }' "$1"
}

# Large allocations fail, as they do in a worker. A hang is ten seconds on one input.
fuzz() {
    local target=$1 time=$2
    ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=256 \
        "$build/fuzz-$target" -max_total_time="$time" -rss_limit_mb=2048 -timeout=10 \
        -use_value_profile=1 -reload=0 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$target-" \
        "$build/corpus/$target" "$build/seeds.d/$(seeds_of "$target")"
}

run() {
    local target=$1 end=$((SECONDS + seconds)) inputs=0 faults=0 count log
    log=$build/fuzz-logs/$target
    mkdir -p "$build/corpus/$target" "$build/crashes" "$build/fuzz-logs"
    while [ "$SECONDS" -lt "$end" ]; do
        if fuzz "$target" $((end - SECONDS)) >"$log" 2>&1; then
            :
        elif is_fault_of_library "$log"; then
            faults=$((faults + 1))
            cp "$log" "$log.fault-$faults"
        else
            tail -n 60 "$log"
            echo "fuzz $target: FAILED, see $log and $build/crashes"
            return 1
        fi
        count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        inputs=$((inputs + ${count:-0}))
    done
    echo "fuzz $target: $inputs inputs, $faults faults in libraries"
}

export build seconds
export -f run fuzz seeds_of is_fault_of_library
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' bash -c 'set -eu; run "$1"' fuzz '{}'
