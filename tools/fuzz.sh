#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fuzz.sh BUILD SECONDS JOBS TARGET...: runs each fuzz target for so many seconds, JOBS of them at a
# time. Its corpus grows in BUILD/corpus, failing inputs go to BUILD/crashes, logs to BUILD/fuzz-logs.
# What fails in libevtx, libewf or libxml2 is counted and passed over; what fails in our own code is a
# failure. With `same` for SECONDS the inputs are the same ones every time, made of the seeds alone:
# whether it fails depends on the tree, not on luck.
set -euo pipefail

build=$1
seconds=$2
jobs=$3
shift 3

seeds_of() {
    case $1 in
    layout | repair | decode) echo chunk ;;
    scan | carve | beside) echo log ;;
    event) echo xml ;;
    options) echo arguments ;;
    toml) echo rules ;;
    *) echo "$1" ;;
    esac
}

# Whether the log's first stack comes to a library before it comes to a source file of ours.
is_fault_of_library() {
    awk '/^ *#[0-9]+ 0x/ {
        if (/lib(evtx|bfio|xml2|archive)\.so/ || / in lib(ewf|bfio|cdata|fcache|fdata|fvalue|mfdata|una)_/) {
            found = 1
            exit
        }
        if (/\/(lib|cmd|tests|fuzz)\/[a-z\/_]*\.[ch]:/) exit
    } END { exit !found }' "$1"
}

# How many inputs are the same every time: about 20 seconds of them on one core.
inputs_of() {
    case $1 in
    layout) echo 12000 ;;
    repair) echo 3000 ;;
    decode) echo 4000 ;;
    scan) echo 900 ;;
    carve) echo 1000 ;;
    beside) echo 250 ;;
    archive) echo 4000 ;;
    image) echo 10000 ;;
    event) echo 80000 ;;
    message | events | case) echo 5000 ;;
    options) echo 300000 ;;
    eql | toml) echo 80000 ;;
    rules) echo 30000 ;;
    condition) echo 160000 ;;
    regex) echo 80000 ;;
    esac
}

# Large allocations fail, as they do in a worker. A hang is ten seconds on one input.
fuzz() {
    local target=$1
    shift
    ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=256 \
        $run_with "$build/fuzz-$target" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$target-" "$@"
}

fuzz_for_seconds() {
    local target=$1 time=$2
    fuzz "$target" -max_total_time="$time" -use_value_profile=1 -reload=0 \
        "$build/corpus/$target" "$build/seeds.d/$(seeds_of "$target")"
}

# What is compared is not looked at: libxml2's hash tables have a random order.
fuzz_the_same() {
    local target=$1 count=$2 seed=$3
    find "$build/seeds.d/$(seeds_of "$target")" -type f | LC_ALL=C sort | paste -sd, \
        >"$build/fuzz-logs/$target.seeds"
    fuzz "$target" -runs="$count" -seed="$seed" -use_value_profile=0 -use_cmp=0 \
        -seed_inputs="@$build/fuzz-logs/$target.seeds"
}

# The next part of a run, up to a failure; false where it comes to one.
fuzz_on() {
    local target=$1 end=$2 inputs=$3 faults=$4
    if [ "$seconds" = same ]; then
        fuzz_the_same "$target" $((end - inputs)) $((1 + faults))
    else
        fuzz_for_seconds "$target" $((end - SECONDS))
    fi
}

is_over() {
    local end=$1 inputs=$2
    if [ "$seconds" = same ]; then
        [ "$inputs" -ge "$end" ]
    else
        [ "$SECONDS" -ge "$end" ]
    fi
}

run() {
    local target=$1 end inputs=0 faults=0 count log
    log=$build/fuzz-logs/$target
    mkdir -p "$build/corpus/$target" "$build/crashes" "$build/fuzz-logs"
    if [ "$seconds" = same ]; then
        end=$(inputs_of "$target")
    else
        end=$((SECONDS + seconds))
    fi
    while ! is_over "$end" "$inputs"; do
        if fuzz_on "$target" "$end" "$inputs" "$faults" >"$log" 2>&1; then
            :
        elif is_fault_of_library "$log"; then
            faults=$((faults + 1))
            cp "$log" "$log.fault-$faults"
        else
            tail -n 60 "$log"
            echo "fuzz $target: FAILED, see $log and $build/crashes"
            return 1
        fi
        # The log has it twice where the run ends with a leak.
        count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
        inputs=$((inputs + ${count:-1}))
    done
    echo "fuzz $target: $inputs inputs, $faults faults in libraries"
}

# Addresses are the same too, where that is permitted.
run_with=
if [ "$seconds" = same ] && setarch --addr-no-randomize true 2>/dev/null; then
    run_with='setarch --addr-no-randomize'
fi

export build seconds run_with
export -f run fuzz fuzz_on fuzz_for_seconds fuzz_the_same is_over inputs_of seeds_of is_fault_of_library
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' bash -c 'set -eu; run "$1"' fuzz '{}'
