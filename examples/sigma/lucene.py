# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions as Sigma has them, in the syntax of Lucene.

Sigma's are found anywhere in a value, and what they may use is what PCRE, Python and others have in
common. Lucene's must fit the whole value, and have neither anchors nor groups with a question mark nor
lazy repeats. In Lucene a full stop fits a line feed too.
"""

import re

try:  # Python's own parser has no public name; it moved in 3.11.
    from re import _constants as sre
    from re import _parser as parser
except ImportError:
    import sre_constants as sre
    import sre_parse as parser

SPECIAL = set('.?+*|{}[]()"\\#@&<>~')
SPECIAL_IN_CLASS = set('[]\\^-')

CATEGORIES = {
    sre.CATEGORY_DIGIT: "0-9",
    sre.CATEGORY_WORD: "A-Za-z0-9_",
    sre.CATEGORY_SPACE: " \t\n\r\f\v",
}

NEGATED = {
    sre.CATEGORY_NOT_DIGIT: sre.CATEGORY_DIGIT,
    sre.CATEGORY_NOT_WORD: sre.CATEGORY_WORD,
    sre.CATEGORY_NOT_SPACE: sre.CATEGORY_SPACE,
}

STARTS = (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)
ENDS = (sre.AT_END, sre.AT_END_STRING)


class NoSuchRegex(Exception):
    """Says what Lucene lacks."""


def escape(text, special=SPECIAL):
    return "".join("\\" + c if c in special else c for c in text)


def escape_in_class(code):
    return escape(chr(code), SPECIAL_IN_CLASS)


def translate(pattern, flags):
    """The pattern for Lucene, and whether it ignores case."""
    tree = parser.parse(pattern, flags)
    flags = tree.state.flags
    return search(tree, flags), bool(flags & re.IGNORECASE)


def search(tree, flags):
    """A whole pattern, or an alternative of one; all that may have anchors."""
    items = list(tree)
    if len(items) == 1 and items[0][0] is sre.BRANCH:
        return "|".join(search(branch, flags) for branch in items[0][1][1])
    if len(items) == 1 and items[0][0] is sre.SUBPATTERN and not any(items[0][1][1:3]):
        return search(items[0][1][3], flags)
    before, after = ".*", ".*"
    if items and items[0][0] is sre.AT and items[0][1] in STARTS:
        before = anchor(items.pop(0), flags)
    if items and items[-1][0] is sre.AT and items[-1][1] in ENDS:
        after = anchor(items.pop(), flags)
    return before + sequence(items, flags) + after


def anchor(item, flags):
    if flags & re.MULTILINE and item[1] in (sre.AT_BEGINNING, sre.AT_END):
        raise NoSuchRegex("an anchor for each line (modifier m)")
    return ""


def sequence(items, flags):
    return "".join(one(operator, value, flags) for operator, value in items)


def one(operator, value, flags):
    match operator:
        case sre.LITERAL:
            return escape(chr(value))
        case sre.NOT_LITERAL:
            return f"[^{escape_in_class(value)}]"
        case sre.ANY:
            return "." if flags & re.DOTALL else "[^\n]"
        case sre.IN:
            return character_class(value, flags)
        case sre.BRANCH:
            return "(" + "|".join(sequence(b, flags) or "()" for b in value[1]) + ")"
        case sre.SUBPATTERN:
            return group(value, flags)
        case sre.MAX_REPEAT | sre.MIN_REPEAT:  # lazy or not, the same values fit
            return repeat(value, flags)
        case sre.AT:
            names = {sre.AT_BOUNDARY: "\\b", sre.AT_NON_BOUNDARY: "\\B"}
            raise NoSuchRegex(names.get(value, "an anchor in its middle"))
        case sre.ASSERT | sre.ASSERT_NOT:
            raise NoSuchRegex("a look-ahead" if value[0] > 0 else "a look-behind")
        case sre.GROUPREF | sre.GROUPREF_EXISTS:
            raise NoSuchRegex("a back-reference")
        case _:
            raise NoSuchRegex("a possessive repeat or an atomic group")


def group(value, flags):
    _, on, off, items = value
    if on or off:
        raise NoSuchRegex("flags for a part of it")
    text = sequence(items, flags)
    is_branch = len(items) == 1 and items[0][0] is sre.BRANCH
    return text if is_branch else f"({text})"


def repeat(value, flags):
    least, most, items = value
    text = sequence(items, flags)
    # What is repeated is one item, but an item may need parentheses of its own.
    if len(items) != 1 or items[0][0] in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        text = f"({text})"
    if most is sre.MAXREPEAT or most == sre.MAXREPEAT:
        return text + {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    if (least, most) == (0, 1):
        return text + "?"
    return text + (f"{{{least}}}" if least == most else f"{{{least},{most}}}")


def character_class(items, flags):
    items = list(items)
    is_negated = items[0][0] is sre.NEGATE
    if is_negated:
        del items[0]
    # [\S] is [^\s], but there is no way to write [\Sa].
    if len(items) == 1 and items[0][0] is sre.CATEGORY and items[0][1] in NEGATED:
        is_negated = not is_negated
        items = [(sre.CATEGORY, NEGATED[items[0][1]])]
    text = "".join(class_item(*item, flags) for item in items)
    return ("[^" if is_negated else "[") + text + "]"


def letters_in(first, last):
    """The letters of a range, in the other case: until version 10 Lucene ignores case, but not here."""
    found = []
    for a, z, other in ((ord("a"), ord("z"), -32), (ord("A"), ord("Z"), 32)):
        least, most = max(first, a), min(last, z)
        if least <= most:
            found.append((least + other, most + other))
    return found


def class_item(operator, value, flags):
    match operator:
        case sre.LITERAL:
            return escape_in_class(value)
        case sre.RANGE:
            ranges = [value] + (letters_in(*value) if flags & re.IGNORECASE else [])
            return "".join(f"{escape_in_class(a)}-{escape_in_class(b)}" for a, b in ranges)
        case sre.CATEGORY if value in CATEGORIES:
            return CATEGORIES[value]
        case _:
            raise NoSuchRegex("\\D, \\S or \\W beside others between [ and ]")
