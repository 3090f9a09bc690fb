#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# On a machine that lacks the packages for a build, what is said is how to install them.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "check_setup: $*" >&2
    exit 1
}

# A machine with apt-get, but with no package of ours, no root and no sudo.
mkdir "$work/bin"
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/dpkg-query"
printf '#!/bin/sh\necho "apt-get was run" >&2\nexit 1\n' >"$work/bin/apt-get"
chmod +x "$work/bin/"*
line="apt-get update && apt-get install --no-install-recommends gcc libc6-dev make pkg-config "
for arguments in build "--print build"; do
    status=0
    # shellcheck disable=SC2086 # two words are meant
    PATH=$work/bin tools/setup.sh $arguments >"$work/out" 2>&1 || status=$?
    [ "$status" -ne 0 ] || fail "setup.sh $arguments succeeds"
    grep -q "^$line" "$work/out" || fail "setup.sh $arguments says: $(cat "$work/out")"
    ! grep -q "was run" "$work/out" || fail "setup.sh $arguments runs apt-get"
done

# make by itself says so too, before it compiles.
status=0
make --no-print-directory BUILD="$work/build" CC=no-such-compiler PATH="$work/bin:$PATH" >"$work/out" 2>&1 ||
    status=$?
[ "$status" -ne 0 ] || fail "make succeeds without a compiler"
grep -q "^$line" "$work/out" || fail "make says: $(cat "$work/out")"
echo "check_setup: a machine without the packages is told what to install"
