#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# archive_seeds.sh DIRECTORY LOG: makes small archives of a log, of each kind.
set -eu
directory=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# So much of it that the inputs stay short.
head -c 6000 "$2" >"$work/a.evtx"
cd "$work"
echo words >note
zip -q "$directory/deflated.zip" a.evtx note
zip -q -0 "$directory/stored.zip" a.evtx note
zip -q -P secret "$directory/encrypted.zip" a.evtx
zip -q - - <a.evtx >"$directory/streamed.zip"
7z a -bd "$directory/lzma.7z" a.evtx note >/dev/null
7z a -bd -mx0 "$directory/stored.7z" a.evtx note >/dev/null
tar -cf "$directory/gnu.tar" a.evtx note
tar -cf "$directory/pax.tar" --format=pax a.evtx
printf 'a.evtx\nnote\n' | cpio -o -H newc --quiet >"$directory/new.cpio"
gzip <a.evtx >"$directory/log.gz"
xz <a.evtx >"$directory/log.xz"
bzip2 <a.evtx >"$directory/log.bz2"
zstd -q <a.evtx >"$directory/log.zst"
lz4 -q <a.evtx >"$directory/log.lz4"
tar -czf "$directory/log.tgz" a.evtx note
zip -q -0 "$directory/nested.zip" "$directory/lzma.7z" "$directory/log.gz"
