#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what views say of live records with what evtx_dump makes of them, value by value.

Exits with 1 where they differ, and 77 where evtx_dump is not installed. GUIDs may differ in case and
braces, hexadecimal numbers in leading zeros: evtx_dump writes them in its own way. It also ends text
at a NUL, which a view does not.
"""

import argparse
import json
import shutil
import subprocess
import sys


def text_of(value):
    if isinstance(value, dict):
        value = value.get("#text")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def read_views(dump_views, log):
    views = {}
    output = subprocess.run([dump_views, log], capture_output=True, check=True).stdout
    for line in output.splitlines():
        view = json.loads(line)
        if "system" in view:
            views.setdefault(view["system"].get("EventRecordID"), view)
    return views


def read_dump(log):
    command = ["evtx_dump", "-o", "jsonl", "-t", "1", log]
    for line in subprocess.run(command, capture_output=True).stdout.splitlines():
        try:
            yield json.loads(line)["Event"]
        except (ValueError, KeyError):
            pass  # of what it says of a record that it cannot read


def pairs_of(view, event):
    """Yields name, the view's text and evtx_dump's of each value that both have."""
    system = event.get("System", {})
    for name in ("EventID", "Computer", "Channel"):
        yield name, view["system"].get(name, ""), text_of(system.get(name))
    provider = (system.get("Provider") or {}).get("#attributes", {})
    for name in ("Name", "Guid"):
        yield name, view["system"].get("Provider." + name, ""), provider.get(name, "")
    data = event.get("EventData")
    if "data" in view and isinstance(data, dict):
        for name, value in data.items():
            if name not in ("#attributes", "Data", "Binary"):
                yield name, view["data"].get(name), text_of(value)


def is_same(view, other):
    if view is None:
        return False
    if view == other or view.strip("{}").upper() == other.strip("{}").upper():
        return True
    if view.startswith("0x") and other.startswith("0x"):
        return int(view, 16) == int(other, 16)
    return view.split("\ufffd")[0] == other


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dump-views", default="build/dump-views")
    parser.add_argument("logs", nargs="+")
    options = parser.parse_args()
    if shutil.which("evtx_dump") is None:
        print("compare_decoders: skipped: evtx_dump is not installed")
        return 77
    values = records = different = 0
    for log in options.logs:
        views = read_views(options.dump_views, log)
        for event in read_dump(log):
            view = views.get(text_of(event.get("System", {}).get("EventRecordID")))
            if view is None:
                continue
            records += 1
            for name, ours, theirs in pairs_of(view, event):
                values += 1
                if not is_same(ours, theirs):
                    different += 1
                    print(f"{log}: offset {view['offset']}: {name}: {ours!r}, not {theirs!r}")
    print(f"compare_decoders: {values} values of {records} records, {different} different")
    return 1 if different > 0 or values == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
