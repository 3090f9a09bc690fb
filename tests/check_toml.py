#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_toml.py FILE: each line a text as hex, a blank, and what our reader made of it: JSON, or
"LINE:COLUMN: what was expected". Compares with Python's reader; prints where they differ."""
import json
import re
import sys
import tomllib

# What rules/toml.h says is left out of TOML.
LEFT_OUT = re.compile(
    r"\d+:\d+: (expected a decimal number; dates|expected a number of at most 64 bits"
    r"|expected a value: text in quotes|expected the number of a character other than NUL"
    r"|expected at most \d+ )"
)
# ... of which a value is only inf or nan.
INF_OR_NAN = re.compile(r"inf|nan")


def difference(text, ours):
    try:
        theirs = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return f"Python refuses it: {error}" if ours.startswith("{") else None
    if ours.startswith("{"):
        return None if json.loads(ours) == theirs else f"Python reads {theirs}"
    if LEFT_OUT.match(ours) and ("a value" not in ours or INF_OR_NAN.search(text.decode())):
        return None
    return "Python reads it"


def main():
    failed = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            text, ours = line.rstrip("\n").split(" ", 1)
            text = bytes.fromhex(text)
            what = difference(text, ours)
            if what:
                failed += 1
                print(f"{text[:2000]}\n  {ours[:200]}\n  {what}")
    return 1 if failed else 0


sys.exit(main())
