# SPDX-License-Identifier: GPL-3.0-or-later
# What the checks of the recipes for many machines have in common. To be read by one of them, whose
# name is $check, with its arguments: WORK EVTXSEQ MAKE_LOGS.
#
# The recipes are run as they stand in README.md, in $work/run, where logs/ is. They find an evtxseq
# that is killed when it is to read part $work/kill, that many times as that file has lines.
work=$1
evtxseq=$(realpath "$2")
make_logs=$3
mkdir -p "$work"
work=$(realpath "$work")

fail() {
    echo "$check: $*" >&2
    exit 1
}

skip() {
    echo "$check: skipped: $*" >&2
    exit 77
}

# The recipe of README.md below the comment that begins with $1.
recipe() {
    awk -v name="    # $1" '
        index($0, name) == 1 { found = 1 }
        found && !/^    / { exit }
        found { print substr($0, 5) }' README.md
}

# Waits until the command succeeds, for half a minute at most.
wait_for() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || fail "still waiting for: $*"
        sleep 0.1
    done
}

prepare() {
    rm -rf "$work/run" "$work/bin"
    mkdir -p "$work/run" "$work/bin"
    "$make_logs" "$work/made" testdata/machines/logs.case
    mv "$work/made/logs" "$work/run/logs"
    cat >"$work/bin/evtxseq" <<END
#!/bin/sh
part=\$(sed -n 1p '$work/kill' 2>/dev/null)
case " \$* " in
*" --part=\${part:-none}/"*)
    sed -i 1d '$work/kill'
    kill -KILL \$\$
    ;;
esac
exec '$evtxseq' "\$@"
END
    chmod +x "$work/bin/evtxseq"
    status=0
    (cd "$work/run" && "$evtxseq" -q -o "$work/one.csv" logs/) 2>"$work/one.errors" || status=$?
    [ "$status" -eq 1 ] || fail "one run ends with $status: $(cat "$work/one.errors")"
}

# Runs the recipe that is in $work/recipe with the parts in $1, one a line, killed.
run_recipe() {
    find "$work/run" -mindepth 1 -maxdepth 1 ! -name logs ! -name machines -delete
    printf '%s' "$1" >"$work/kill"
    (cd "$work/run" && PATH=$work/bin:$PATH bash "$work/recipe") \
        >"$work/printed" 2>"$work/errors" || true
}

# What the recipe is for.
expect_all() {
    cmp "$work/one.csv" "$work/run/findings.csv" ||
        fail "not what one run writes; see $work/errors, $work/printed"
}

# What came of part 2 is missing, and that is said in file $1.
expect_missing() {
    grep -q 'part 2 of 8' "$1" || fail "part 2 is missing, and $1 does not say so"
    ! cmp -s "$work/one.csv" "$work/run/findings.csv" || fail "part 2 has nothing in it"
}
