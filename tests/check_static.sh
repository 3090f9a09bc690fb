#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The statically linked command needs nothing beside it: check_static.sh STATIC DYNAMIC. Copies it with
# one log into an empty directory and runs it there by chroot, which takes root.
set -eu
static=$1
dynamic=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "check_static: $*" >&2
    exit 1
}

if readelf --wide --dynamic "$static" | grep NEEDED || readelf --wide --segments "$static" | grep INTERP; then
    fail "$static is not statically linked"
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "check_static: not root, so not run in an empty directory by chroot"
    exit 0
fi

mkdir "$work/root"
cp "$static" "$work/root/evtxseq"
cp testdata/sample.evtx "$work/root"
cp testdata/sample.evtx "$work"
for options in "-f text" "-f brief" "-f csv" "-f jsonl" "-f timesketch" "-r all -j 3"; do
    status=0
    # shellcheck disable=SC2086 # one word an option is meant
    chroot "$work/root" /evtxseq -v $options sample.evtx >"$work/out" 2>"$work/errors" || status=$?
    [ "$status" -eq 1 ] || fail "$options: exit status $status: $(cat "$work/errors")"
    # The summary and nothing else: of a missing sandbox it would tell.
    if grep -vE '^evtxseq: [1-3] findings? \([1-3] medium\) in 1 log, 68\.0 KiB, 45 records, [0-9.]+ s$' "$work/errors"; then
        fail "$options: it says more than the summary"
    fi
    # shellcheck disable=SC2086
    (cd "$work" && "$dynamic" -q $options sample.evtx >expected) || true
    cmp "$work/expected" "$work/out" || fail "$options: $dynamic prints something else"
done
# Names in other bytes than ASCII are whole without a locale.
mkdir "$work/names"
cp testdata/sample.evtx "$work/names/ünï.evtx"
(cd "$work/names" && 7z a -bd "$work/root/names.7z" ünï.evtx >"$work/log") || fail "7z: $(cat "$work/log")"
chroot "$work/root" /evtxseq -q -f csv names.7z >"$work/out" || true
grep -q ',names\.7z!/ünï\.evtx,' "$work/out" || fail "the name in an archive is not whole: $(cat "$work/out")"
rm "$work/root/names.7z"
[ "$(ls "$work/root")" = "$(printf 'evtxseq\nsample.evtx')" ] || fail "something was left behind"
echo "check_static: the finding is found in an empty directory"
