#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes big EVTX logs out of the chunks of others, for measurements.

make_big_log.py mix SIZE OUT LOG...     a log like a busy machine's, of SIZE MiB
make_big_log.py small COUNT OUT LOG...  COUNT logs of one chunk each, in the directory OUT
make_big_log.py stages SIZE OUT LOG...  all chunks in turn, as if the same went on and on

Only whole chunks with right checksums that are at least half full are taken; sparse ones have more
zeros than text and would flatter a reader. `mix` and `small` copy chunks, `mix` with new numbers in
their headers, and choose them so that of all records 4.6 % hold wmiprvse.exe and 0.02 % do so and have Event ID 1, which is
what a real log had. `stages` gives every copy of a chunk new record numbers and later times, so
that no event is a repetition of another.
"""

import os
import re
import struct
import sys
import zlib
from datetime import datetime, timedelta

MIB = 1 << 20
HEADER_SIZE = 4096
CHUNK_SIZE = 65536
RECORDS_AT = 512
FILETIME_SECOND = 10_000_000

PROVIDER_HOST = "wmiprvse.exe".encode("utf-16-le")
SHARE_PROVIDER_HOST = 0.046
SHARE_WITH_ID_1 = 0.0002

UTC_TIME = re.compile(
    rb"(?:[0-9]\0){4}-\0(?:[0-9]\0){2}-\0(?:[0-9]\0){2} \0"
    rb"(?:[0-9]\0){2}:\0(?:[0-9]\0){2}:\0(?:[0-9]\0){2}\.\0(?:[0-9]\0){3}"
)


class Count:
    """Records, those that hold wmiprvse.exe, and those of them with Event ID 1."""

    def __init__(self, records=0, hosts=0, starts=0):
        self.records, self.hosts, self.starts = records, hosts, starts

    def add(self, other):
        self.records += other.records
        self.hosts += other.hosts
        self.starts += other.starts

    def __str__(self):
        part = 100 / max(self.records, 1)
        return (
            f"{self.records:,} records, {self.hosts * part:.2f} % hold wmiprvse.exe, "
            f"{self.starts * part:.3f} % do and have Event ID 1"
        )


# Reading chunks


def u16(data, at):
    return struct.unpack_from("<H", data, at)[0]


def u32(data, at):
    return struct.unpack_from("<I", data, at)[0]


def u64(data, at):
    return struct.unpack_from("<Q", data, at)[0]


def record_bounds(chunk):
    """(begin, end) of each record up to the free space."""
    at, end = RECORDS_AT, u32(chunk, 48)
    while at + 28 <= end and chunk[at : at + 4] == b"**\0\0":
        size = u32(chunk, at + 4)
        if size < 28 or at + size > end:
            return
        yield at, at + size
        at += size


def template_values(chunk, record):
    """(offset, size, type) of the values of the record's outermost template instance."""
    at = record + 24
    if chunk[at : at + 5] != b"\x0f\x01\x01\x00\x0c":
        return []
    definition = u32(chunk, at + 10)
    at += 14
    if definition == at:
        at += 24 + u32(chunk, definition + 20)
    count = u32(chunk, at)
    at += 4
    offset = at + 4 * count
    values = []
    for i in range(count):
        size, kind = u16(chunk, at + 4 * i), chunk[at + 4 * i + 2]
        values.append((offset, size, kind))
        offset += size
    return values


def event_id(chunk, record):
    values = template_values(chunk, record)
    if len(values) > 3 and values[3][1:] == (2, 6):
        return u16(chunk, values[3][0])
    return None


def is_sound(chunk):
    end = u32(chunk, 48)
    return (
        chunk[:8] == b"ElfChnk\0"
        and RECORDS_AT + CHUNK_SIZE // 2 <= end <= CHUNK_SIZE
        and zlib.crc32(chunk[RECORDS_AT:end]) == u32(chunk, 52)
        and zlib.crc32(chunk[:120] + chunk[128:RECORDS_AT]) == u32(chunk, 124)
    )


def count_chunk(chunk):
    count = Count()
    for begin, end in record_bounds(chunk):
        has_host = PROVIDER_HOST in chunk[begin:end].lower()
        count.records += 1
        count.hosts += has_host
        count.starts += has_host and event_id(chunk, begin) == 1
    return count


def find_logs(paths):
    for path in paths:
        if os.path.isdir(path):
            for directory, subdirectories, names in os.walk(path):
                subdirectories.sort()
                yield from (os.path.join(directory, n) for n in sorted(names) if n.endswith(".evtx"))
        else:
            yield path


def read_chunks(paths):
    """The sound chunks of the logs, each once, as (chunk, Count)."""
    chunks = {}
    for path in find_logs(paths):
        with open(path, "rb") as log:
            log.seek(HEADER_SIZE)
            while len(chunk := log.read(CHUNK_SIZE)) == CHUNK_SIZE:
                if is_sound(chunk) and chunk not in chunks:
                    chunks[chunk] = count_chunk(chunk)
    return list(chunks.items())


# Writing logs


def file_header(chunks):
    """The number of chunks has 16 bits and wraps; that of the last chunk has 64."""
    header = bytearray(HEADER_SIZE)
    struct.pack_into("<8sQQQ", header, 0, b"ElfFile\0", 0, chunks - 1, 1)
    struct.pack_into("<IHHHH", header, 32, 128, 1, 3, HEADER_SIZE, chunks & 0xFFFF)
    struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
    return bytes(header)


def chunks_of(mebibytes):
    return max(1, int(mebibytes * MIB) // CHUNK_SIZE)


class Mixer:
    """An endless sequence of chunks, the same for the same logs, with the shares of a real log."""

    def __init__(self, chunks):
        self.starts = [c for c in chunks if c[1].starts > 0]
        self.hosts = [c for c in chunks if c[1].starts == 0 and c[1].hosts > 0]
        self.others = [c for c in chunks if c[1].hosts == 0]
        self.turns = {}
        self.count = Count()
        if not chunks:
            raise SystemExit("make_big_log.py: the logs hold no chunk fit to be repeated")

    def choose(self):
        count = self.count
        if self.starts and count.starts < SHARE_WITH_ID_1 * count.records:
            return self.starts
        if self.hosts and count.hosts < SHARE_PROVIDER_HOST * count.records:
            return self.hosts
        return self.others or self.hosts or self.starts

    def __next__(self):
        group = self.choose()
        turn = self.turns.get(id(group), 0)
        self.turns[id(group)] = turn + 1
        chunk, count = group[turn % len(group)]
        self.count.add(count)
        return chunk


def seal_header(chunk):
    struct.pack_into("<I", chunk, 124, zlib.crc32(chunk[:120] + chunk[128:RECORDS_AT]))


def numbered_chunk(chunk, first_number, records):
    """The chunk with other numbers in its header: a number that comes twice shows another log."""
    out = bytearray(chunk)
    last = first_number + records - 1
    struct.pack_into("<QQQQ", out, 8, first_number, last, first_number, last)
    seal_header(out)
    return out


def write_mix(path, chunks, mebibytes):
    mixer = Mixer(chunks)
    number = chunks_of(mebibytes)
    with open(path, "wb", buffering=MIB) as log:
        log.write(file_header(number))
        for _ in range(number):
            before = mixer.count.records
            chunk = next(mixer)
            log.write(numbered_chunk(chunk, before + 1, mixer.count.records - before))
    return mixer.count


def write_small(directory, chunks, number):
    mixer = Mixer(chunks)
    os.makedirs(directory, exist_ok=True)
    for i in range(number):
        with open(os.path.join(directory, f"{i:05}.evtx"), "wb") as log:
            log.write(file_header(1) + next(mixer))
    return mixer.count


# One copy after another, each later


def later_time(text, seconds):
    form = "%Y-%m-%d %H:%M:%S"
    time = text.decode("utf-16-le")
    moved = datetime.strptime(time[:19], form) + timedelta(seconds=seconds)
    return (moved.strftime(form) + time[19:]).encode("utf-16-le")


def later_chunk(chunk, first_number, seconds):
    """The chunk with records numbered from first_number, all times that much later."""
    out = bytearray(chunk)
    number = first_number
    for begin, end in record_bounds(chunk):
        old_number = u64(chunk, begin + 8)
        written = u64(chunk, begin + 16) + seconds * FILETIME_SECOND
        struct.pack_into("<QQ", out, begin + 8, number, written)
        for at, size, kind in template_values(chunk, begin):
            if kind == 0x0A and u64(chunk, at) == old_number:
                struct.pack_into("<Q", out, at, number)
            elif kind == 0x11:
                struct.pack_into("<Q", out, at, u64(chunk, at) + seconds * FILETIME_SECOND)
            elif kind == 0x21:
                out[at : at + size] = UTC_TIME.sub(
                    lambda match: later_time(match.group(), seconds), chunk[at : at + size]
                )
        number += 1
    last = number - 1
    struct.pack_into("<QQQQ", out, 8, first_number, last, first_number, last)
    struct.pack_into("<I", out, 52, zlib.crc32(out[RECORDS_AT : u32(chunk, 48)]))
    seal_header(out)
    return bytes(out), number


def write_stages(path, chunks, mebibytes):
    total = Count()
    written = [u64(chunk, at + 16) for chunk, _ in chunks for at, _ in record_bounds(chunk)]
    span = (max(written) - min(written)) // FILETIME_SECOND + 60
    wanted = chunks_of(mebibytes)
    number = 1
    with open(path, "wb", buffering=MIB) as log:
        log.write(file_header(wanted))
        for i in range(wanted):
            chunk, count = chunks[i % len(chunks)]
            out, number = later_chunk(chunk, number, i // len(chunks) * span)
            log.write(out)
            total.add(count)
    return total


def number_places(chunk):
    """(offset, how many records before) of all numbers of records in the chunk."""
    places = []
    for before, (begin, _) in enumerate(record_bounds(chunk)):
        number = u64(chunk, begin + 8)
        places.append((begin + 8, before))
        values = template_values(chunk, begin)
        places += [(at, before) for at, _, kind in values if kind == 0x0A and u64(chunk, at) == number]
    return places


def write_turns(path, chunks, mebibytes, renumber=False):
    """The chunks in turn, with other numbers in their headers; or with new record numbers, so that no
    event is a repetition of another."""
    places = [number_places(chunk) if renumber else [] for chunk, _ in chunks]
    count = Count()
    number = chunks_of(mebibytes)
    with open(path, "wb", buffering=MIB) as log:
        log.write(file_header(number))
        for i in range(number):
            chunk, of_chunk = chunks[i % len(chunks)]
            out = numbered_chunk(chunk, count.records + 1, of_chunk.records)
            for at, before in places[i % len(chunks)]:
                struct.pack_into("<Q", out, at, count.records + 1 + before)
            if renumber:
                struct.pack_into("<I", out, 52, zlib.crc32(out[RECORDS_AT : u32(chunk, 48)]))
                seal_header(out)
            log.write(out)
            count.add(of_chunk)
    return count


def main():
    if len(sys.argv) < 5 or sys.argv[1] not in ("mix", "small", "stages"):
        raise SystemExit(__doc__)
    kind, amount, out = sys.argv[1:4]
    try:
        chunks = read_chunks(sys.argv[4:])
    except OSError as error:
        raise SystemExit(f"make_big_log.py: {error}") from error
    if kind == "mix":
        print(write_mix(out, chunks, float(amount)))
    elif kind == "small":
        print(write_small(out, chunks, int(amount)))
    else:
        print(write_stages(out, chunks, float(amount)))


if __name__ == "__main__":
    main()
