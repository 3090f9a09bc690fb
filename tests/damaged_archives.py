#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damages archives, and a forensic image, at random, scans each, and counts what became of the members
that are intact.

    tests/damaged_archives.py --evtxseq=build/evtxseq --make-logs=build/make-logs [--count=10000]

Each archive holds three logs, each with a finding of its own. No run may crash or hang, and in the
formats that keep members apart (zip, tar, cpio) a member of which no byte was changed must be found
as before. Where the list at a zip archive's end is damaged, what is in front of it still counts.
"""

import argparse
import collections
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile

CASE = """\
log a.evtx
load  10:00:00 host=HOST-A
start 10:00:01 host=HOST-A
log b.evtx
load  11:00:00 host=HOST-B
start 11:00:01 host=HOST-B
log c.evtx
load  12:00:00 host=HOST-C
start 12:00:01 host=HOST-C
"""
LOGS = ["a.evtx", "b.evtx", "c.evtx"]
HOSTS = {"a.evtx": "HOST-A", "b.evtx": "HOST-B", "c.evtx": "HOST-C"}
TIME_MAX = 60
SECTOR = 512


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--evtxseq", default="build/evtxseq")
    parser.add_argument("--make-logs", default="build/make-logs")
    parser.add_argument("--logs", help="a directory that has the logs, instead of making them")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="a directory for the archives that fail")
    return parser.parse_args()


def run(arguments, directory):
    subprocess.run(
        arguments, cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def write_logs(directory, chosen):
    logs = os.path.join(directory, "damaged")
    if chosen.logs:
        shutil.copytree(chosen.logs, logs)
    else:
        case = os.path.join(directory, "damaged.case")
        with open(case, "w", encoding="ascii") as file:
            file.write(CASE)
        subprocess.run([os.path.abspath(chosen.make_logs), directory, case], check=True)
    return logs


def write_archives(logs):
    """The archives by name."""
    commands = {
        "deflated.zip": ["zip", "-q", "deflated.zip"] + LOGS,
        "stored.zip": ["zip", "-q", "-0", "stored.zip"] + LOGS,
        "logs.tar": ["tar", "-cf", "logs.tar"] + LOGS,
        "logs.cpio": ["sh", "-c", "printf '%s\\n' \"$@\" | cpio -o -H newc --quiet >logs.cpio", "cpio"] + LOGS,
        "logs.7z": ["7z", "a", "-bd", "logs.7z"] + LOGS,
        "logs.tar.gz": ["tar", "-czf", "logs.tar.gz"] + LOGS,
        "logs.tar.xz": ["tar", "-cJf", "logs.tar.xz"] + LOGS,
        "logs.tar.zst": ["sh", "-c", "tar -cf - \"$@\" | zstd -q >logs.tar.zst", "tar"] + LOGS,
        "logs.iso": ["genisoimage", "-quiet", "-R", "-o", "logs.iso"] + LOGS,
        # Of a disk with the logs; ewfacquire wants a path with a directory.
        "logs.E01": ["sh", "-c", "cat \"$@\" >disk && ewfacquire -q -u -l /dev/null -c fast -b 16 -t logs ./disk",
                     "ewfacquire"] + LOGS,
        "nested.zip": ["zip", "-q", "-0", "nested.zip", "deflated.zip", "logs.tar"],
    }
    for command in commands.values():
        run(command, logs)
    return list(commands)


def zip_spans(path):
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        for info in archive.infolist():
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            start = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            yield info.filename, (info.header_offset, info.header_offset + 30 + start + info.compress_size)


def content_spans(path, logs, before, unit):
    """Where the logs stand as they are, each with its header right in front of it."""
    with open(path, "rb") as file:
        data = file.read()
    for name in LOGS:
        with open(os.path.join(logs, name), "rb") as file:
            log = file.read()
        at = data.index(log)
        yield name, (at - before, at + (len(log) + unit - 1) // unit * unit)


def spans_of(name, path, logs):
    """The bytes that a member needs to be intact; none for formats in which it needs all."""
    if name in ("deflated.zip", "stored.zip"):
        return dict(zip_spans(path))
    if name == "logs.tar":
        return dict(content_spans(path, logs, SECTOR, SECTOR))
    if name == "logs.cpio":
        # A header of 110 bytes, the name with its NUL, filled up to a multiple of four.
        return dict(content_spans(path, logs, 120, 4))
    return {}


def damage(data, chance):
    """The damaged bytes, and the places that are changed."""
    data = bytearray(data)
    kind = chance.choice(["bytes", "bytes", "stretch", "cut", "zeros", "moved"])
    changed = []
    if kind == "cut":
        size = chance.randrange(len(data))
        changed.append((size, len(data)))
        del data[size:]
    elif kind == "bytes":
        for _ in range(chance.choice([1, 1, 2, 8, 64])):
            at = chance.randrange(len(data))
            data[at] ^= chance.randrange(1, 256)
            changed.append((at, at + 1))
    else:
        at = chance.randrange(len(data))
        end = min(len(data), at + chance.choice([4, 64, 512, 4096]))
        if kind == "zeros":
            data[at:end] = bytes(end - at)
        elif kind == "stretch":
            data[at:end] = chance.randbytes(end - at)
        else:
            other = chance.randrange(len(data) - (end - at) + 1)
            data[at:end] = data[other : other + end - at]
        changed.append((at, end))
    return bytes(data), changed


def intact(spans, changed):
    return [
        name
        for name, (start, end) in spans.items()
        if all(to <= start or at >= end for at, to in changed)
    ]


def scan(evtxseq, path):
    """The exit status and the hosts of the findings."""
    result = subprocess.run(
        [evtxseq, "-v", "-j", "2", "-f", "csv", "--no-context"]
        + (["--carve"] if path.endswith(".E01") else [])
        + [path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=TIME_MAX,
        check=False,
    )
    rows = result.stdout.decode().splitlines()[1:]
    hosts = {host for host in HOSTS.values() if any(f",{host}," in row for row in rows)}
    return result.returncode, hosts, result.stderr.decode(errors="replace")


def main():
    chosen = options()
    evtxseq = os.path.abspath(chosen.evtxseq)
    chance = random.Random(chosen.seed)
    counts = collections.Counter()
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        logs = write_logs(directory, chosen)
        names = write_archives(logs)
        spans = {}
        for name in names:
            path = os.path.join(logs, name)
            status, hosts, _ = scan(evtxseq, path)
            if status != 1 or len(hosts) != 3:
                sys.exit(f"{name}: status {status}, hosts {sorted(hosts)} before any damage")
            spans[name] = spans_of(name, path, logs)
        for number in range(chosen.count):
            name = names[number % len(names)]
            with open(os.path.join(logs, name), "rb") as file:
                data, changed = damage(file.read(), chance)
            path = os.path.join(directory, f"{number}-{name}")
            with open(path, "wb") as file:
                file.write(data)
            expected = intact(spans[name], changed)
            try:
                status, hosts, errors = scan(evtxseq, path)
            except subprocess.TimeoutExpired:
                status, hosts, errors = "none: it hangs", set(), ""
            lost = [member for member in expected if HOSTS[member] not in hosts]
            counts[name, "damaged"] += 1
            counts[name, "intact members"] += len(expected)
            counts[name, "findings"] += len(hosts)
            counts[name, "died"] += "process died" in errors or "forbidden" in errors
            silent = len(hosts) < 3 and "problems: " not in errors
            if lost or status not in (0, 1, 2, 3) or silent:
                failures += 1
                what = f"{lost} lost" if lost else "nothing is said" if silent else ""
                print(f"{number}-{name}: status {status} {what} {changed[:3]} {errors.strip()[-300:]}")
                if chosen.keep:
                    os.makedirs(chosen.keep, exist_ok=True)
                    os.replace(path, os.path.join(chosen.keep, os.path.basename(path)))
                    continue
            os.unlink(path)
        for name in names:
            print(f"{name:14}" + "".join(f" {counts[name, what]:6} {what}" for what in
                  ("damaged", "intact members", "findings", "died")))
    print(f"damaged_archives: {chosen.count} archives, {failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
