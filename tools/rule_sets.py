# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of so many rules: those of a directory, and where these are too few, written ones.

The written ones are on one event each and ask for texts that hardly occur, as most rules do on most
logs; each has as many texts as a rule of SigmaHQ's has on average.
"""

import os
import random
import shutil

TEXTS_EACH = 9
# Category, the field with a name in it, the field with texts in it.
SUBJECTS = [("process", "process.name", "process.command_line")] * 11
SUBJECTS += [("process", "process.parent.name", "process.args")] * 3
SUBJECTS += [("registry", "process.name", "registry.path")] * 3
SUBJECTS += [("file", "process.name", "file.path")] * 3
SUBJECTS += [("library", "process.name", "dll.path")] * 2
SUBJECTS += [("any", "winlog.event_data.TargetImage", "winlog.event_data.CallTrace")]
SUBJECTS += [("network", "process.name", "destination.domain")]
SYLLABLES = "ba de fi go ku la me ni po ru sa te vi wo xu za cri sto pre xe".split()


def find_rules(directory):
    """The rule files below a directory, always in the same order."""
    found = []
    for folder, folders, names in os.walk(directory):
        folders.sort()
        found += [os.path.join(folder, n) for n in sorted(names) if n.endswith((".toml", ".eql"))]
    return found


def word(chance):
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.randrange(2, 5)))


def written_rule(number):
    chance = random.Random(number)
    category, name, text = chance.choice(SUBJECTS)
    names = ", ".join(f'"{word(chance)}.exe"' for _ in range(TEXTS_EACH // 3))
    texts = ", ".join(f'"*{word(chance)}*"' for _ in range(TEXTS_EACH - TEXTS_EACH // 3))
    return f"// id: written-{number}\n{category} where {name} : ({names}) and {text} : ({texts})\n"


def write_set(directory, count, found):
    """A directory with `count` rules: evenly out of those found, or all and written ones."""
    os.makedirs(directory)
    taken = found if count >= len(found) else [found[i * len(found) // count] for i in range(count)]
    for number, path in enumerate(taken):
        shutil.copy(path, os.path.join(directory, f"{number:05}-{os.path.basename(path)}"))
    for number in range(len(taken), count):
        path = os.path.join(directory, f"written-{number:05}.eql")
        with open(path, "w", encoding="utf-8") as rule:
            rule.write(written_rule(number))
    return directory
