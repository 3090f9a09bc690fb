#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what evtxseq, evtxexport and evtx_dump still see of damaged logs.

make-damaged writes the logs, the same ones every time, before and after the damage, and lists the
stage events in them that survive it: records whose bytes, template definitions and names are all
intact. The table says how many of these each program shows, recovered ones included (evtxexport is
run with -m all), and how many it shows of the undamaged logs, some of whose layouts are unusual.

evtxseq prints pairs, so it gets a second log with a partner for each event: one that survives is in
a finding even where the other of its pair does not. evtx_dump is left out where it is not installed.
"""

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys

TIME_LIMIT = 60
PARTNER_ID = 1000000  # record IDs from here on are partners
EVENT_ID = re.compile(rb"<EventID[^>]*>(\d+)</EventID>")
RECORD_ID = re.compile(rb"<EventRecordID>(\d+)</EventRecordID>")
HOST = re.compile(rb"<Computer>HOST\d\d</Computer>")


class Count:
    """Totals over some logs."""

    def __init__(self):
        self.seen = 0
        self.complete = 0  # logs with every event seen
        self.died = 0


class Tool:
    def __init__(self, name, command, read):
        self.name = name
        self.command = command
        self.read = read
        self.whole = Count()
        self.damaged = Count()

    def run(self, base, number, events, count):
        try:
            done = subprocess.run(self.command(base, number), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  timeout=TIME_LIMIT, check=False)
            output, status = done.stdout, done.returncode
        except subprocess.TimeoutExpired as error:
            output, status = error.stdout or b"", -1
        seen = len(events & self.read(output))
        count.seen += seen
        count.complete += seen == len(events)
        count.died += status < 0


def read_findings(output):
    records = set()
    for row in csv.DictReader(output.decode("utf-8", "replace").splitlines()):
        records |= set(map(int, row["records"].split(";")))
    return {record for record in records if record < PARTNER_ID}


def read_xml(output):
    """Record IDs of the events with ID 1 and 7 on the hosts that have stage events."""
    records = set()
    for event in output.split(b"<Event ")[1:]:
        event_id, record_id = EVENT_ID.search(event), RECORD_ID.search(event)
        if event_id and record_id and event_id[1] in (b"1", b"7") and HOST.search(event):
            records.add(int(record_id[1]))
    return records


def make_tools(evtxseq):
    def run_evtxseq(base, number):
        partners = os.path.join(os.path.dirname(base), f"{number}-partners.evtx")
        return [evtxseq, "-f", "csv", "--csv-raw", "-q", base + ".evtx", partners]

    tools = [Tool("evtxseq", run_evtxseq, read_findings)]
    if shutil.which("evtxexport"):
        tools.append(Tool("evtxexport", lambda base, _: ["evtxexport", "-f", "xml", "-m", "all",
                                                         base + ".evtx"], read_xml))
    if shutil.which("evtx_dump"):
        tools.append(Tool("evtx_dump", lambda base, _: ["evtx_dump", base + ".evtx"], read_xml))
    return tools


def read_list(path):
    with open(path, encoding="ascii") as file:
        return {int(line) for line in file}


def share(part, whole):
    return f"{part} ({100 * part / max(whole, 1):.1f} %)"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evtxseq", default="build/evtxseq")
    parser.add_argument("--make-damaged", default="build/make-damaged")
    parser.add_argument("--work", default="build/damaged", help="directory for the logs")
    parser.add_argument("--logs", type=int, default=200, help="how many")
    options = parser.parse_args()
    subprocess.run([options.make_damaged, options.work, str(options.logs)], check=True)
    tools = make_tools(options.evtxseq)
    events = survivors = 0
    for number in range(options.logs):
        base = os.path.join(options.work, str(number))
        whole = read_list(base + "-whole.txt")
        surviving = read_list(base + ".txt")
        events += len(whole)
        survivors += len(surviving)
        for tool in tools:
            tool.run(base + "-whole", number, whole, tool.whole)
            tool.run(base, number, surviving, tool.damaged)
    print(f"{options.logs} logs: {events} stage events undamaged, of which {survivors} survive the "
          "damage")
    print(f"{'':12} {'undamaged':>16} {'surviving':>16} {'logs with all':>14} {'crashed or hung':>16}")
    for tool in tools:
        print(f"{tool.name:12} {share(tool.whole.seen, events):>16} "
              f"{share(tool.damaged.seen, survivors):>16} {tool.damaged.complete:14} "
              f"{tool.whole.died + tool.damaged.died:16}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
