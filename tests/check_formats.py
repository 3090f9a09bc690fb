#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the formats of evtxseq back with other programs' readers and compares what they say.

For the logs of each directory: Python's csv module reads CSV and Timesketch's CSV, Python's json
module and jq read JSON, tests/html_page.py the HTML report. All must tell the same findings with the
same values, and so must text. Each JSON object must
be valid under the schema, and the schema and the manual must have the same fields.
"""
import argparse
import collections
import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema

import html_page
from html_page import Wrong, expect, visible

# The command under test, and rules for it to use besides the built-in ones.
Command = collections.namedtuple("Command", "path rules")

TIMESKETCH_COLUMNS = ["message", "datetime", "timestamp_desc"]

# Where in the JSON the value of each CSV column stands. EVENT stands for an event's document.
PATHS = {
    "id": ["evtxseq.id"],
    "rule_id": ["rule.id"],
    "rule": ["rule.name"],
    "severity": ["rule.severity"],
    "risk_score": ["rule.risk_score"],
    "basis": ["evtxseq.basis"],
    "host": ["host.name"],
    "last_time": ["@timestamp"],
    "span_ms": ["evtxseq.span_ms"],
    "tactics": ["threat.tactic.id"],
}

# Of the last event, whose fields are those of the object as well.
EVENT_PATHS = {
    "event_id": ["event.code", "winlog.event_id"],
    "action": ["event.action"],
    "original_file_name": ["winlog.event_data.OriginalFileName"],
    "integrity_level": ["winlog.event_data.IntegrityLevel"],
    "logon_id": ["winlog.event_data.LogonId"],
    "current_directory": ["winlog.event_data.CurrentDirectory", "process.working_directory"],
    "sysmon_rule": ["winlog.event_data.RuleName"],
    "process_guid": ["process.entity_id"],
}

# Values that come from the process's creation where the event has none.
CREATION_PATHS = {
    "command_line": ("process.command_line", "command_line"),
    "parent": ("process.parent.executable", "parent.executable"),
    "parent_guid": ("process.parent.entity_id", "parent.entity_id"),
    "parent_command_line": ("process.parent.command_line", "parent.command_line"),
}

# Columns of Timesketch's table that are not those of the last event, and their names there.
EVENT_COLUMNS = ["event_id", "action", "user", "process", "pid", "process_guid", "command_line",
                 "parent", "parent_pid", "parent_guid", "parent_command_line", "target",
                 "original_file_name", "integrity_level", "logon_id", "hashes",
                 "current_directory", "sysmon_rule"]
FINDING_COLUMNS = ["id", "rule_id", "rule", "severity", "risk_score", "basis", "host", "span_ms",
                   "events", "tactics", "techniques"]

COVERAGE_PATHS = {
    "file": "log.file.path",
    "host": "host.name",
    "first_written": "event.start",
    "last_written": "event.end",
}


def run(command, directory, *arguments):
    """What the command writes, by the case's own rules if it has any, and that it is UTF-8."""
    own = sorted(name for name in os.listdir(directory) if name.endswith(".eql"))
    rules = "--rules=" + ",".join(["all", *own, *command.rules])
    result = subprocess.run([command.path, "--quiet", rules, "--jobs=1", *arguments],
                            cwd=directory, capture_output=True, check=False)
    expect(result.returncode in (0, 1, 2), "exit status", result.returncode, result.stderr)
    return result.stdout.decode("utf-8")


def read_csv(text):
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    for row in rows:
        expect(None not in row and None not in row.values(), "cells missing or too many", row)
    return rows


def look_up(finding, path):
    """The value as a CSV cell would have it."""
    value = finding
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list):
        return ";".join(str(item) for item in value)
    return "" if value is None else str(value)


def guarded(value):
    return "'" + value if value[:1] in tuple("=+-@\t\r") and value != "-" else value


def check_guard(raw, plain):
    """The guard against formulas is all that tells one from the other."""
    for raw_row, row in zip(raw, plain):
        for column, value in raw_row.items():
            expect(row[column] == guarded(value), "guard", column, value, row[column])


def chain_of(finding, number):
    """What led to the event of this number; an empty object where that was not looked for."""
    for chain in finding["evtxseq"].get("context", {}).get("chains", []):
        if number in chain["events"]:
            return chain
    return {}


def check_files(paths, row):
    """The files of a row are those of its events, and others in which these were seen, too."""
    for path in paths:
        expect(f";{path};" in f";{row['files']};", "files", path, row)


def check_events(finding, row):
    events = finding["evtxseq"]["events"]
    expect(len(events) == int(row["events"]), "events", len(events), row["events"])
    last = dict(finding, event=dict(finding["event"], kind="event"))
    last.pop("threat", None)
    same = {key: value for key, value in events[-1].items() if key not in ("rule", "evtxseq")}
    expect({**last, "rule": 0, "evtxseq": 0} == {**same, "rule": 0, "evtxseq": 0}, "last event",
           finding)
    expect(";".join(event["winlog"]["record_id"] for event in events) == row["records"], "records")
    check_files([event["log"]["file"]["path"] for event in events], row)
    recovered = [event["evtxseq"]["recovered"] for event in events]
    expect(finding["evtxseq"]["recovered"] == any(recovered) == (row["recovered"] == "yes"),
           "recovered", recovered)
    for event in events:
        expect(look_up(event, "rule.name") == look_up(event, "winlog.event_data.RuleName"),
               "Sysmon's rule", event)
    if len(events) > 1:
        expect(events[0]["@timestamp"] == row["first_time"], "first time", events[0], row)
        expect(events[0]["event"]["code"] == row["first_event_id"], "first event", row)
        expect(events[0]["event"]["action"] == row["first_action"], "first action", row)


def check_context(finding, row):
    events = finding["evtxseq"]["events"]
    if "context" in finding["evtxseq"]:
        numbers = [number for chain in finding["evtxseq"]["context"]["chains"]
                   for number in chain["events"]]
        expect(sorted(numbers) == list(range(len(events))), "events of chains", numbers)
    for prefix, number in (("", len(events) - 1), ("first_", 0)):
        chain = chain_of(finding, number)
        creation = {**chain.get("process", {}), "parent": (chain.get("ancestors") or [{}])[0]}
        for column, (path, in_creation) in CREATION_PATHS.items():
            if prefix + column in row and (prefix == "" or len(events) > 1):
                # The ancestors have what a parent's own creation says of it, CSV what its child's
                # does: other letter case, or, where logs lie, another command line.
                own = look_up(events[number], path)
                if not own and "start" in creation["parent"] and column == "parent_command_line":
                    continue
                value = own or look_up(creation, in_creation)
                expect(value.lower() == row[prefix + column].lower() or column != "command_line" and
                       chain.get("end") in ("loop", "limit", "no-guid"), prefix + column, value, row)


def check_json(lines, rows, validator):
    findings = [json.loads(line) for line in lines]
    expect(len(findings) == len(rows), "findings", len(findings), len(rows))
    for finding, row in zip(findings, rows):
        for error in validator.iter_errors(finding):
            raise Wrong(f"schema: {error.json_path}: {error.message}")
        for column, paths in {**PATHS, **EVENT_PATHS}.items():
            for path in paths:
                value = look_up(finding, path)
                expect(value == row[column], path, repr(value), column, repr(row[column]))
        check_events(finding, row)
        check_context(finding, row)
    return findings


def check_timesketch(text, rows):
    """As many rows a finding as it has events; the last has what the finding's row has of it."""
    table = read_csv(text)
    expect(text.split(",")[:3] == TIMESKETCH_COLUMNS, "header", text)
    at = 0
    for row in rows:
        count = int(row["events"])
        events = table[at:at + count]
        at += count
        expect([event["event"] for event in events] == [str(i + 1) for i in range(count)],
               "numbers of events", events)
        expect(";".join(event["record"] for event in events) == row["records"], "records", events)
        check_files([event["file"] for event in events], row)
        expect(any(event["recovered"] == "yes" for event in events) == (row["recovered"] == "yes"),
               "recovered", events)
        expect(events[-1]["datetime"] == row["last_time"], "time", events)
        expect(count == 1 or events[0]["datetime"] == row["first_time"], "first time", events)
        for column in EVENT_COLUMNS:
            expect(events[-1][column] == row[column], column, events[-1], row)
            first = {"process_guid": "first_guid"}.get(column, "first_" + column)
            if first in row and first != "first_time":
                expect(row[first] == (events[0][column] if count > 1 else ""), first, events, row)
        for event in events:
            expect(event["message"].startswith(row["rule"] + ": "), "message", event)
            expect(visible(event["message"]) == event["message"], "message", repr(event))
            for column in FINDING_COLUMNS:
                expect(event[column] == row[column], column, event, row)
    expect(at == len(table), "rows for Timesketch", len(table), at)


def check_brief(text, rows):
    """A line a finding, in the same order."""
    lines = text.splitlines()
    expect(len(lines) == len(rows), "lines of brief", len(lines), len(rows))
    for line, row in zip(lines, rows):
        start = f"{row['last_time']} {row['host'] or '?'} {row['severity']} {row['rule']}: "
        expect(line.startswith(visible(start)), "start of line", line, start)
        about = row["target"] or row["command_line"]
        expect(line.endswith(visible(about)), "end of line", line, about)


def check_text(text, rows):
    """A block a finding, with all its events; then the overview, if there are many."""
    ids = re.findall(r"^  finding     ([0-9a-f]{16}),", text, re.MULTILINE)
    expect(ids == [row["id"] for row in rows], "findings in text", ids)
    blocks = re.split(r"^  finding     ", text, flags=re.MULTILINE)[1:]
    for block, row in zip(blocks, rows):
        expect(block.count("\n* ") == int(row["events"]), "events in text", block)
        for record in row["records"].split(";"):
            expect(f", record {record}" in block, "record in text", record, block)
    many = re.findall(r"^(\d+) findings: ", text, re.MULTILINE)
    expect(many == ([str(len(rows))] if len(rows) > 10 else []), "overview", many)


def check_page_row(row, cells):
    """A row of the page's table; the last cell may be cut."""
    expect(cells[:4] == [row["last_time"], row["severity"], visible(row["host"]) or "?",
                         visible(row["rule"])], "cells", cells, row)
    name = row["process"].rsplit("\\", 1)[-1] or row["process"] or "?"
    expect(cells[4] == visible(name), "process", cells[4], row["process"])
    about = visible(row["target"] or row["command_line"])
    expect(cells[5] == about or cells[5].endswith("…") and about.startswith(cells[5][:-1]),
           "about", cells[5], about)


def check_page_finding(article, finding, row):
    for value in (row["rule"], row["host"] or "?", row["rule_id"], row["last_time"], row["basis"],
                  f"risk score {row['risk_score']}", *row["techniques"].split(";")):
        expect(visible(value) in article.text, "in full", value, article.text)
    events = finding["evtxseq"]["events"]
    for event in events:
        path = event["log"]["file"]["path"]
        expect(visible(path) in article.text, "log", path, article.text)
    for mark in ("recovered", "damaged"):
        expect(not finding["evtxseq"].get(mark) or f"({mark})" in article.text, mark, article.text)
    expect(len(article.events) == len(events), "events", len(article.events), len(events))
    for text, event in zip(article.events, events):
        expect(f"record {event['winlog']['record_id']}" in article.text, "record", article.text)
        lines = text.splitlines()
        for name, value in event["winlog"]["event_data"].items():
            expect(f"{visible(name)}: {visible(value)}" in lines, "value", name, value, text)


def check_page(text, rows, findings):
    page = html_page.read(text)
    ids = [row["id"] for row in rows]
    anchors = [article.id for article in page.articles]
    expect([anchor.split("-")[0] for anchor in anchors] == ids, "findings in full", anchors)
    expect([row["id"] for row in page.rows] == anchors, "rows of the table", page.rows)
    count = f"{len(rows)} finding{'s' if len(rows) != 1 else ''} on "
    expect(page.headline.startswith(count if rows else "Nothing found"), "headline", page.headline)
    for row, article, finding, cells in zip(rows, page.articles, findings, page.rows):
        check_page_row(row, cells["cells"])
        check_page_finding(article, finding, row)


def check_jq(text, findings):
    result = subprocess.run(["jq", "-c", "."], input=text.encode(), capture_output=True, check=False)
    expect(result.returncode == 0, "jq", result.stderr)
    expect([json.loads(line) for line in result.stdout.splitlines()] == findings, "jq", text)


def check_coverage(command, directory, validator, *paths):
    """CSV and JSON of --coverage tell the same. Returns how many rows there were."""
    rows = read_csv(run(command, directory, "--coverage", "--format=csv", "--csv-raw", *paths))
    check_guard(rows, read_csv(run(command, directory, "--coverage", "--format=csv", *paths)))
    text = run(command, directory, "--coverage", "--format=jsonl", *paths)
    objects = [json.loads(line) for line in text.splitlines()]
    expect(len(objects) == len(rows), "rows", len(objects), len(rows))
    for got, row in zip(objects, rows):
        for error in validator.iter_errors(got):
            raise Wrong(f"schema: {error.json_path}: {error.message}")
        for column, value in row.items():
            path = COVERAGE_PATHS.get(column, f"evtxseq.coverage.{column}")
            want = {"yes": "True", "no": "False"}[value] if column == "sysmon" else value
            expect(look_up(got, path) == want, path, look_up(got, path), column, want)
    check_jq(text, objects)
    return len(rows)


def check_directory(command, directory, validator, *paths):
    """Returns how many findings there were."""
    raw = run(command, directory, "--format=csv", "--csv-raw", *paths)
    rows = read_csv(raw)
    check_guard(rows, read_csv(run(command, directory, "--format=csv", *paths)))
    timesketch = run(command, directory, "--format=timesketch", "--csv-raw", *paths)
    check_timesketch(timesketch, rows)
    check_guard(read_csv(timesketch),
                read_csv(run(command, directory, "--format=timesketch", *paths)))
    text = run(command, directory, "--format=jsonl", *paths)
    expect(text.isascii() and (text == "" or text.endswith("\n")), "lines", repr(text))
    lines = text.splitlines()
    findings = check_json(lines, rows, validator)
    check_jq(text, findings)
    check_brief(run(command, directory, "--format=brief", *paths), rows)
    check_text(run(command, directory, "--format=text", *paths), rows)
    page = run(command, directory, "--format=html", *paths)
    check_page(page, rows, findings)
    expect(run(command, directory, "--format=html", "--jobs=3", *paths) == page, "three workers")
    return rows


def check_account(command, directory, validator, rows, *paths):
    """The account of a run has the schema's form, and tells of the same findings and logs."""
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "account.json")
        text = run(command, directory, "--format=csv", "--csv-raw", f"--report={path}", *paths)
        with open(path, encoding="ascii") as file:
            account = json.load(file)
    expect(read_csv(text) == rows, "findings with an account")
    for error in validator.iter_errors(account):
        raise Wrong(f"schema of the report: {error.json_path}: {error.message}")
    expect(account["totals"]["findings"] == len(rows), "findings in the account", account["totals"])
    by_rule = collections.Counter(row["rule_id"] for row in rows)
    expect({rule["id"]: rule["findings"] for rule in account["rules"] if rule["findings"]} ==
           dict(by_rule), "findings by rule", by_rule, account["rules"])
    expect(sum(host["findings"] for host in account["hosts"]) == len(rows), "findings by host",
           account["hosts"])
    logs = [entry for entry in account["inputs"] if entry["kind"] == "log"]
    expect(len(logs) == account["totals"]["logs"], "logs", logs, account["totals"])
    for key in ("records", "recovered"):
        expect(sum(host[key] for host in account["hosts"]) == account["totals"][key], key,
               account["hosts"], account["totals"])
    for entry in account["inputs"]:
        if "size" in entry and os.path.isfile(os.path.join(directory, entry["path"])):
            with open(os.path.join(directory, entry["path"]), "rb") as file:
                own = file.read()
            expect(len(own) == entry["size"], "size", entry)
            expect(hashlib.sha256(own).hexdigest() == entry["sha256"], "hash", entry)
    serious = any(problem["serious"] for entry in account["inputs"] for problem in entry["problems"])
    code = account["status"]["code"]
    expect(code == 1 if rows else code == 2 if serious or not logs or account["rules_wrong"]
           else code in (0, 3), "status", account["status"])


def check_odd_name(command, directory, validator):
    """A name that is not UTF-8, the same in all formats."""
    name = os.path.join(os.fsencode(directory), b"odd\xff\xc3\xa9\xe2\x82.evtx")
    shutil.copy(os.path.join(directory, "live.evtx"), name)
    rows = check_directory(command, directory, validator, os.path.basename(name))
    os.unlink(name)
    expect(len(rows) > 0, "no finding in", name)
    for row in rows:
        expect(row["files"] == "odd\\xFFé\\xE2\\x82.evtx", "files", repr(row["files"]))


def schema_fields(node, schema, path=""):
    """The dotted names of all fields that hold a value, or texts by names of their own."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    if "properties" not in node:
        return {path}
    fields = set()
    for name, child in node["properties"].items():
        fields |= schema_fields(child, schema, f"{path}.{name}" if path else name)
    return fields


def manual_fields(path, *headings):
    """The fields that are items below these headings and before the next section."""
    fields = set()
    within = False
    with open(path, encoding="utf-8") as manual:
        for line in manual:
            if line.startswith(".Sh ") or line in headings:
                within = line in headings
            elif within and line.startswith(".It "):
                fields |= {word for word in line.split()[1:] if word not in ("Cm", ",")}
    return fields


def check_fields(path, schema):
    """The documents of events can have each field that rules can name."""
    with open(path, encoding="utf-8") as file:
        listed = set(re.findall(r'^FIELD\(\w+, "([^"]+)"', file.read(), re.MULTILINE))
    listed -= {"dns.answers.data"}  # in an array, under dns.answers
    fields = schema_fields(schema["$defs"]["document"], schema)
    fields -= {"ecs.version", "evtxseq.recovered", "evtxseq.damaged", "log.file.path", "log.offset",
               "winlog.event_data"}
    return [f"fields and schema differ: {sorted(fields ^ listed)}"] if fields != listed else []


def schema_names(schema):
    """The names of all members that an object of the schema can have."""
    if isinstance(schema, list):
        return set().union(*map(schema_names, schema))
    if not isinstance(schema, dict):
        return set()
    names = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return names.union(*map(schema_names, schema.values()))


def read_report_schema(man, failures):
    """A validator of the account's schema; the manual must name each of its members."""
    with open(os.path.join(man, "evtxseq-report.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    with open(os.path.join(man, "evtxseq-output.5"), encoding="utf-8") as file:
        section = file.read().split(".Sh REPORT\n")[1].split("\n.Sh ")[0]
    named = {word for line in section.splitlines() if re.match(r"\.(It )?Cm ", line)
             for word in line.split()[1:] if re.fullmatch("[a-z0-9_]+", word)}
    if named != schema_names(schema):
        failures.append(f"manual and the report's schema differ: {named ^ schema_names(schema)}")
    return jsonschema.Draft202012Validator(schema)


def read_schema(man, name, heading, failures):
    """A validator of the schema, which must have the fields that the manual has there."""
    with open(os.path.join(man, name), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    documented = manual_fields(os.path.join(man, "evtxseq-output.5"), heading)
    differing = documented ^ schema_fields(schema, schema)
    if differing:
        failures.append(f"manual and {name} differ: {sorted(differing)}")
    return jsonschema.Draft202012Validator(schema)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evtxseq", required=True)
    parser.add_argument("--man", required=True)
    parser.add_argument("--fields", required=True)
    parser.add_argument("--rules", action="append", default=[])
    parser.add_argument("directories", nargs="+")
    arguments = parser.parse_args()
    command = Command(arguments.evtxseq, arguments.rules)
    failures = []
    validator = read_schema(arguments.man, "evtxseq.schema.json", ".Sh JSONL\n", failures)
    coverage = read_schema(
        arguments.man, "evtxseq-coverage.schema.json", ".Ss Fields\n", failures)
    account = read_report_schema(arguments.man, failures)
    failures += check_fields(arguments.fields, validator.schema)
    count = 0
    rows = 0
    for directory in map(os.path.normpath, arguments.directories):
        try:
            found = check_directory(command, directory, validator, ".")
            check_account(command, directory, account, found, ".")
            count += len(found)
            rows += check_coverage(command, directory, coverage, ".")
            if os.path.basename(directory) == "text":
                check_odd_name(command, directory, validator)
        except (Wrong, csv.Error, ValueError) as error:
            failures.append(f"{os.path.basename(directory)}: {type(error).__name__}: {error}")
    for failure in failures:
        print(failure[:1000])
    print(f"{count} findings in {len(arguments.directories)} directories")
    return 1 if failures or count == 0 or rows == 0 else 0


sys.exit(main())
