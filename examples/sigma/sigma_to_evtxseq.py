#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts Sigma's rules for Sysmon to rules that evtxseq runs, by pySigma.

The rules come out as in Kibana's export: one JSON object a line. What cannot be converted is named on
standard error with the reason. Exit status: 0, 1 if no rule was converted, 2 for wrong usage.
"""

import argparse
import collections
import json
import re
import sys
import uuid
from pathlib import Path

import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleLocation, SigmaTransformationError
from sigma.processing.pipeline import ProcessingPipeline

from eql import EqlBackend

PIPELINE = Path(__file__).with_name("sysmon.yml")

# Severity and risk score, as Elastic's rules have them.
LEVELS = {
    "informational": ("low", 1),
    "low": ("low", 21),
    "medium": ("medium", 47),
    "high": ("high", 73),
    "critical": ("critical", 99),
}

# "defense-evasion" was the name until ATT&CK 19.
TACTICS = {
    "reconnaissance": ("TA0043", "Reconnaissance"),
    "resource-development": ("TA0042", "Resource Development"),
    "initial-access": ("TA0001", "Initial Access"),
    "execution": ("TA0002", "Execution"),
    "persistence": ("TA0003", "Persistence"),
    "privilege-escalation": ("TA0004", "Privilege Escalation"),
    "stealth": ("TA0005", "Stealth"),
    "defense-evasion": ("TA0005", "Defense Evasion"),
    "defense-impairment": ("TA0112", "Defense Impairment"),
    "credential-access": ("TA0006", "Credential Access"),
    "discovery": ("TA0007", "Discovery"),
    "lateral-movement": ("TA0008", "Lateral Movement"),
    "collection": ("TA0009", "Collection"),
    "command-and-control": ("TA0011", "Command and Control"),
    "exfiltration": ("TA0010", "Exfiltration"),
    "impact": ("TA0040", "Impact"),
}


class Refused(Exception):
    pass


class OtherSource(Refused):
    """A rule for something else than Sysmon."""


def techniques_of(tags):
    """Kibana's list of techniques, each with its sub-techniques."""
    tree = {}
    for tag in tags:
        found = re.fullmatch(r"(T\d{4})(\.\d{3})?", tag.name.upper())
        if tag.namespace == "attack" and found:
            below = tree.setdefault(found[1], [])
            if found[2] and found[0] not in below:
                below.append(found[0])
    url = "https://attack.mitre.org/techniques/"
    return [
        {
            "id": technique,
            "reference": f"{url}{technique}/",
            "subtechnique": [
                {"id": id, "reference": f"{url}{id.replace('.', '/')}/"} for id in below
            ],
        }
        for technique, below in tree.items()
    ]


def threat_of(tags):
    """Kibana's "threat". Sigma does not say which technique serves which tactic: where there are
    several tactics, the techniques stand apart from them."""
    framework = {"framework": "MITRE ATT&CK"}
    names = [tag.name.lower().replace("_", "-") for tag in tags if tag.namespace == "attack"]
    tactics = [
        {"id": id, "name": name, "reference": f"https://attack.mitre.org/tactics/{id}/"}
        for id, name in (TACTICS[name] for name in dict.fromkeys(names) if name in TACTICS)
    ]
    techniques = techniques_of(tags)
    if len(tactics) == 1:
        return [framework | {"tactic": tactics[0], "technique": techniques}]
    threat = [framework | {"tactic": tactic, "technique": []} for tactic in tactics]
    return threat + ([framework | {"technique": techniques}] if techniques else [])


def rule_object(rule, query):
    severity, risk_score = LEVELS[rule.level.name.lower() if rule.level else "low"]
    given = {
        "description": (rule.description or "").strip(),
        "license": rule.license,
        "setup": (rule.logsource.definition or "").strip(),
        "author": [name.strip() for name in (rule.author or "").split(",") if name.strip()],
        "references": [str(text) for text in rule.references],
        "false_positives": [str(text) for text in rule.falsepositives],
        "threat": threat_of(rule.tags),
    }
    return {
        "rule_id": id_of(rule),
        "name": rule.title,
        "type": "eql",
        "language": "eql",
        # Other logs have events with Sysmon's IDs; here is nothing else.
        "index": ["logs-windows.sysmon_operational-*"],
        "query": query,
        "severity": severity,
        "risk_score": risk_score,
        "tags": ["Sigma"] + [str(tag) for tag in rule.tags],
    } | {key: value for key, value in given.items() if value}


def id_of(rule):
    """The rule's own ID, else one that stays the same as long as the title does."""
    return str(rule.id or uuid.uuid5(uuid.NAMESPACE_URL, f"sigma:{rule.title}"))


def reason_of(error):
    return " ".join(str(error.args[0] if error.args else error).split())


def drop_parts_of_correlations(collection):
    """Says of rules that serve a correlation only that they give no rule of their own."""
    for rule in collection.rules:
        if isinstance(rule, SigmaCorrelationRule):
            try:
                rule.resolve_rule_references(collection)
            except SigmaError:
                pass  # what it refers to is not there
    is_output = {id(rule) for rule in collection.get_output_rules()}
    for rule in collection.rules:
        if id(rule) not in is_output:
            rule.errors.append(SigmaError("it serves the correlation of other rules only"))


def convert(rule, backend):
    """The object of a rule, or Refused."""
    if isinstance(rule, SigmaCorrelationRule):
        raise Refused("it correlates rules; write that as an EQL sequence")
    if rule.errors:
        raise Refused(reason_of(rule.errors[0]))
    if rule.status and rule.status.name in ("DEPRECATED", "UNSUPPORTED"):
        raise Refused(f"its status is {rule.status.name.lower()}")
    try:
        queries = backend.convert_rule(rule)
    except SigmaTransformationError as error:
        raise OtherSource(reason_of(error)) from error
    # The last three are what pySigma raises for some rules that are no good.
    except (SigmaError, NotImplementedError, TypeError, ValueError) as error:
        raise Refused(reason_of(error)) from error
    if len(queries) > 1:
        queries = [" or ".join(f"({query})" for query in queries)]
    return rule_object(rule, f"any where {queries[0]}")


def files_of(paths):
    for path in paths:
        if path.is_dir():
            files = (file for file in path.rglob("*.y*ml") if file.is_file())
            yield from sorted(file for file in files if file.suffix in (".yml", ".yaml"))
        else:
            yield path


class Conversion:
    """Reads and converts; keeps the objects, and says what comes to nothing."""

    def __init__(self):
        self.backend = EqlBackend(ProcessingPipeline.from_yaml(PIPELINE.read_text("utf-8")))
        self.objects = {}  # by ID
        self.places = {}
        self.counts = collections.Counter()

    def refuse(self, kind, path, title, reason):
        self.counts[kind] += 1
        print(f"{path}: {title + ': ' if title else ''}{reason}", file=sys.stderr)

    def read(self, path):
        try:
            with path.open(encoding="utf-8") as file:
                return SigmaCollection.from_yaml(
                    file,
                    collect_errors=True,
                    source=SigmaRuleLocation(path),
                    collect_filters=True,
                    resolve_references=False,
                )
        # pySigma takes for granted that a rule is a mapping, and so on.
        except (OSError, UnicodeError, yaml.YAMLError, SigmaError, AttributeError, TypeError) as error:
            self.refuse("unreadable", path, "", f"no Sigma rule: {' '.join(str(error).split())}")
            return SigmaCollection([])

    def add(self, rule):
        path = rule.source.path
        try:
            found = convert(rule, self.backend)
            other = self.places.get(found["rule_id"])
            if other:
                raise Refused(f"its ID is that of a rule of {other}")
            self.objects[found["rule_id"]] = found
            self.places[found["rule_id"]] = path
        except OtherSource as reason:
            self.refuse("other", path, rule.title, f"{reason} ({source_of(rule)})")
        except Refused as reason:
            self.refuse("refused", path, rule.title, reason)

    def add_all(self, paths):
        collections_read = [self.read(path) for path in files_of(paths)]
        collection = SigmaCollection.merge(collections_read, resolve_references=False)
        drop_parts_of_correlations(collection)
        for rule in collection.rules:
            self.add(rule)


def source_of(rule):
    source = rule.logsource
    parts = {"product": source.product, "category": source.category, "service": source.service}
    return ", ".join(f"{key} {value}" for key, value in parts.items() if value)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("-o", "--output", metavar="FILE", help="write there, not to standard output")
    options.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="Sigma rule or directory")
    arguments = options.parse_args()
    conversion = Conversion()
    conversion.add_all(arguments.paths)
    lines = "".join(json.dumps(found) + "\n" for found in conversion.objects.values())
    if arguments.output:
        Path(arguments.output).write_text(lines, "utf-8")
    else:
        sys.stdout.write(lines)
    counts = conversion.counts
    print(
        f"converted {len(conversion.objects)} rules; could not convert {counts['refused']},"
        f" could not read {counts['unreadable']} files,"
        f" left out {counts['other']} rules of log sources other than Sysmon",
        file=sys.stderr,
    )
    return 0 if conversion.objects else 1


if __name__ == "__main__":
    sys.exit(main())
