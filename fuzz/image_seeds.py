#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""image_seeds.py DIRECTORY LOG: makes small forensic images of a log; the same bytes every time, as
ewfacquire, which writes down the time, does not."""

import pathlib
import struct
import sys
import zlib

SECTOR = 512
CHUNK = 8192


def summed(data):
    return data + struct.pack("<I", zlib.adler32(data))


def section(kind, at, content, is_end=False):
    size = 76 + len(content)
    after = at if is_end else at + size
    return summed(struct.pack("<16sQQ40x", kind, after, size)) + content


def volume(sectors, is_smart):
    chunks = -(-sectors * SECTOR // CHUNK)
    start = struct.pack("<IIII", 1, chunks, CHUNK // SECTOR, SECTOR)
    if is_smart:
        return summed((start + struct.pack("<I", sectors) + bytes(20)).ljust(90, b"\0"))
    return summed((start + struct.pack("<Q", sectors)).ljust(1048, b"\0"))


def image(disk, number, is_smart, is_compressed):
    out = b"EVF\t\r\n\xff\0\1" + struct.pack("<HH", number, 0)
    kind = b"volume" if number == 1 else b"data"
    out += section(kind, len(out), volume(len(disk) // SECTOR, is_smart))
    start = len(out)
    data, entries = b"", []
    for at in range(0, len(disk), CHUNK):
        chunk = disk[at : at + CHUNK]
        entries.append(start + 76 + len(data) | (1 << 31 if is_compressed else 0))
        data += zlib.compress(chunk) if is_compressed else summed(chunk)
    out += section(b"sectors", start, data)
    table = summed(struct.pack("<I16x", len(entries)))
    table += summed(struct.pack(f"<{len(entries)}I", *entries))
    for kind in (b"table", b"table2"):
        out += section(kind, len(out), table)
    return out + section(b"done", len(out), b"", is_end=True)


directory, log = map(pathlib.Path, sys.argv[1:])
disk = log.read_bytes()[:20480]
for number, is_smart in ((1, False), (2, False), (1, True)):
    for is_compressed in (False, True):
        name = f"{number}-{'smart' if is_smart else 'encase'}-{'packed' if is_compressed else 'plain'}"
        directory.joinpath(name).write_bytes(image(disk, number, is_smart, is_compressed))
