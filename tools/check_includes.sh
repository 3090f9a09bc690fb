#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Which room of lib/ may include which, and what the command may include: its own headers and
# evtxseq.h. (faults.h is the tests' own: a build with faults in it.) check_includes.sh, from the top of the tree; prints every include against the order.
set -eu

# Rooms that one may include besides itself.
rooms_of() {
    case $1 in
    base) echo ;;
    evtx) echo base ;;
    rules) echo base evtx ;;
    match) echo base rules ;;
    scan) echo base evtx rules match ;;
    out) echo base rules match scan/coverage ;;
    esac
}

failed=0
for room in base evtx rules match scan out; do
    allowed=$(rooms_of "$room" | sed 's/ /|/g')
    if grep -nE '^#include "' lib/$room/*.[ch] |
        grep -vE "\"faults.h\"|#include \"($room/|(${allowed:-none})[/.])"; then
        echo "check_includes: lib/$room/ may include: $room $(rooms_of "$room")" >&2
        failed=1
    fi
done
exit $failed
