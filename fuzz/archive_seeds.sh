#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# archive_seeds.sh DIRECTORY LOG: makes small archives of a log, of each kind; the same bytes every time.
set -eu
directory=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC
# So much of it that the inputs stay short.
head -c 6000 "$2" >"$work/a.evtx"
cd "$work"
echo words >note
touch -d @1000000000 a.evtx note
tar="tar --owner=0 --group=0 --numeric-owner --mode=644"
zip -q -X "$directory/deflated.zip" a.evtx note
zip -q -X -0 "$directory/stored.zip" a.evtx note
zip -q -X -fd "$directory/streamed.zip" a.evtx
# Its first member says that it is encrypted.
cp "$directory/deflated.zip" "$directory/encrypted.zip"
printf '\001' | dd of="$directory/encrypted.zip" bs=1 seek=6 conv=notrunc status=none
7z a -bd "$directory/lzma.7z" a.evtx note >/dev/null
7z a -bd -mx0 "$directory/stored.7z" a.evtx note >/dev/null
$tar -cf "$directory/gnu.tar" a.evtx note
$tar -cf "$directory/pax.tar" --format=pax --pax-option=delete=atime,delete=ctime a.evtx
printf 'a.evtx\nnote\n' | cpio -o -H newc --quiet --reproducible -R 0:0 >"$directory/new.cpio"
gzip <a.evtx >"$directory/log.gz"
xz <a.evtx >"$directory/log.xz"
bzip2 <a.evtx >"$directory/log.bz2"
zstd -q <a.evtx >"$directory/log.zst"
lz4 -q <a.evtx >"$directory/log.lz4"
$tar -cf - a.evtx note | gzip >"$directory/log.tgz"
cp "$directory/lzma.7z" "$directory/log.gz" .
touch -d @1000000000 lzma.7z log.gz
zip -q -X -0 "$directory/nested.zip" lzma.7z log.gz
