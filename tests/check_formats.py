#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the formats of evtxseq back with other programs' readers and compares what they say.

For the logs of each directory: Python's csv module reads CSV and Timesketch's CSV, Python's json
module and jq read JSON. All must tell the same findings with the same values. Each JSON object must
be valid under the schema, and the schema and the manual must have the same fields.
"""
import argparse
import csv
import io
import json
import os
import shutil
import subprocess
import sys

import jsonschema

TIMESKETCH_COLUMNS = ["message", "datetime", "timestamp_desc"]

# Where in the JSON the value of each CSV column stands.
PATHS = {
    "id": ["event.id", "evtxseq.id"],
    "rule": ["rule.id"],
    "severity": ["evtxseq.severity"],
    "risk_score": ["event.risk_score", "event.severity"],
    "basis": ["evtxseq.basis"],
    "host": ["host.name"],
    "load_time": ["evtxseq.times.load"],
    "start_time": ["evtxseq.times.start"],
    "span_ms": ["evtxseq.span_ms"],
    "script_image": ["evtxseq.script.executable", "evtxseq.event_data.load.Image"],
    "script_pid": ["evtxseq.event_data.load.ProcessId"],
    "script_guid": ["evtxseq.script.entity_id", "evtxseq.event_data.load.ProcessGuid"],
    "script_command_line": ["evtxseq.script.command_line"],
    "script_user": ["evtxseq.script.account"],
    "library": ["dll.path", "file.path", "evtxseq.event_data.load.ImageLoaded"],
    "library_hashes": ["evtxseq.event_data.load.Hashes"],
    "parent_image": ["process.parent.executable", "evtxseq.event_data.start.ParentImage"],
    "parent_pid": ["evtxseq.event_data.start.ParentProcessId"],
    "parent_guid": ["process.parent.entity_id", "evtxseq.event_data.start.ParentProcessGuid"],
    "process_image": ["evtxseq.event_data.start.Image"],
    "process_pid": ["evtxseq.event_data.start.ProcessId"],
    "process_guid": ["evtxseq.event_data.start.ProcessGuid"],
    "process_command_line": ["process.command_line", "evtxseq.event_data.start.CommandLine"],
    "process_user": ["evtxseq.event_data.start.User"],
    "original_file_name": ["process.pe.original_file_name"],
    "integrity_level": ["evtxseq.event_data.start.IntegrityLevel"],
    "process_hashes": ["evtxseq.event_data.start.Hashes"],
    "current_directory": ["process.working_directory"],
    "load_record": ["evtxseq.records.load"],
    "start_record": ["evtxseq.records.start"],
    "load_file": ["evtxseq.files.load"],
    "start_file": ["evtxseq.files.start"],
    "recovered": ["evtxseq.recovered"],
    "techniques": ["evtxseq.techniques"],
}

COVERAGE_PATHS = {
    "file": "log.file.path",
    "host": "host.name",
    "first_written": "event.start",
    "last_written": "event.end",
}


class Wrong(Exception):
    """What the check found wrong."""


def expect(condition, *what):
    if not condition:
        raise Wrong(": ".join(str(part) for part in what))


def run(command, directory, *arguments):
    """What the command writes, and that it is UTF-8."""
    result = subprocess.run([command, "--quiet", "--rules=all", "--jobs=1", *arguments],
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


def check_json(lines, rows, validator):
    findings = [json.loads(line) for line in lines]
    expect(len(findings) == len(rows), "findings", len(findings), len(rows))
    for finding, row in zip(findings, rows):
        for error in validator.iter_errors(finding):
            raise Wrong(f"schema: {error.json_path}: {error.message}")
        expect(set(row) == set(PATHS), "columns", sorted(set(row) ^ set(PATHS)))
        for column, paths in PATHS.items():
            for path in paths:
                value = look_up(finding, path)
                expect(value == row[column], path, repr(value), column, repr(row[column]))
    return findings


def check_timesketch(text, rows):
    table = read_csv(text)
    expect(text.split("\n")[0].split(",") == TIMESKETCH_COLUMNS + list(PATHS), "header", text)
    expected = []
    for row in rows:
        for stage, what in (("load", "Image Loaded"), ("start", "Process Created")):
            if row[stage + "_time"]:
                expected.append({**row, "datetime": row[stage + "_time"], "timestamp_desc": what})
    expect(len(table) == len(expected), "rows for Timesketch", len(table), len(expected))
    for got, want in zip(table, expected):
        message = got.pop("message")
        expect(message and message.isprintable(), "message", repr(message))
        expect(got == want, "row for Timesketch", got, want)


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
    return rows


def check_odd_name(command, directory, validator):
    """A name that is not UTF-8, the same in all formats."""
    name = os.path.join(os.fsencode(directory), b"odd\xff\xc3\xa9\xe2\x82.evtx")
    shutil.copy(os.path.join(directory, "live.evtx"), name)
    rows = check_directory(command, directory, validator, os.path.basename(name))
    os.unlink(name)
    expect(len(rows) > 0, "no finding in", name)
    for row in rows:
        for column in ("load_file", "start_file"):
            expect(row[column] in ("", "odd\\xFFé\\xE2\\x82.evtx"), column, repr(row[column]))


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
    parser.add_argument("directories", nargs="+")
    arguments = parser.parse_args()
    failures = []
    validator = read_schema(arguments.man, "evtxseq.schema.json", ".Sh JSONL\n", failures)
    coverage = read_schema(
        arguments.man, "evtxseq-coverage.schema.json", ".Ss Fields\n", failures)
    count = 0
    rows = 0
    for directory in map(os.path.normpath, arguments.directories):
        try:
            count += len(check_directory(arguments.evtxseq, directory, validator, "."))
            rows += check_coverage(arguments.evtxseq, directory, coverage, ".")
            if os.path.basename(directory) == "text":
                check_odd_name(arguments.evtxseq, directory, validator)
        except (Wrong, csv.Error, ValueError) as error:
            failures.append(f"{os.path.basename(directory)}: {type(error).__name__}: {error}")
    for failure in failures:
        print(failure[:1000])
    print(f"{count} findings in {len(arguments.directories)} directories")
    return 1 if failures or count == 0 or rows == 0 else 0


sys.exit(main())
