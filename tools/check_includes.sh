#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Which room of lib/ may include which; the files beside the rooms, which are the library's face, any.
# The command is a client of that: it includes evtxseq.h and its own headers. (faults.h is the tests'
# own: a build with faults in it.) check_includes.sh, from the top of the tree; prints every include
# against the order.
set -eu

# Rooms that one may include besides itself. What a program fills for a writer, the writer reads: that
# is in evtxseq.h.
rooms_of() {
    case $1 in
    base) echo ;;
    evtx) echo base ;;
    rules) echo base evtx ;;
    match) echo base rules ;;
    scan) echo base evtx rules match ;;
    out) echo base rules match scan/coverage scan/input_facts scan/needs scan/problem evtxseq ;;
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
own=$(cd cmd/evtxseq && printf '%s|' *.h)
if grep -nE '^#include "' cmd/evtxseq/*.[ch] | grep -vE "#include \"(${own}evtxseq.h)\""; then
    echo "check_includes: cmd/evtxseq/ may include: evtxseq.h and its own headers" >&2
    failed=1
fi
exit $failed
