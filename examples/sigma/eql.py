# SPDX-License-Identifier: GPL-3.0-or-later
"""Sigma conditions as EQL, with Sigma's meaning where all fields are text.

pySigma has a backend for EQL of its own. It is for documents that it knows nothing of, so wildcard
characters that are meant literally, numbers, addresses, case and regular expressions come out of it
with another meaning, or as no EQL. Here each test is written anew; what pySigma does for every
backend is left to it: reading rules, modifiers, conditions and pipelines.
"""

import re

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.conversion.base import TextQueryBackend
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from lucene import NoSuchRegex, escape, translate

# Sysmon writes these where it has no value. For EQL there is none then.
NO_VALUE = ("", "-", "{00000000-0000-0000-0000-000000000000}")

# Fields of text that hold addresses, and the fields that hold the same as addresses.
ADDRESSES = {
    "winlog.event_data.SourceIp": "source.ip",
    "winlog.event_data.DestinationIp": "destination.ip",
}

ORDER = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
}


def refuse(reason):
    raise SigmaFeatureNotSupportedByBackendError(reason)


def plain(field):
    """The name that the Sigma rule has for a field."""
    return field.removeprefix("winlog.event_data.")


def quote(text):
    """An EQL string."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
    return '"' + "".join(
        escapes.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):04x}}}") for c in text
    ) + '"'


def has_literal_wildcard(value):
    return any(isinstance(part, str) and ("*" in part or "?" in part) for part in value.s)


def wildcard_pattern(value):
    signs = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
    return "".join(part if isinstance(part, str) else signs[part] for part in value.s)


def regex_of_string(value):
    signs = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    return "".join(escape(part) if isinstance(part, str) else signs[part] for part in value.s)


class Test:
    """A test of one field: an operator with a value that may stand in a list with others, or whole."""

    def __init__(self, field, operator=None, value=None, whole=None):
        self.field, self.operator, self.value, self.whole = field, operator, value, whole


def test_string(field, value):
    if not value.contains_special() and "".join(value.s) in NO_VALUE:
        return Test(field, whole=f"{field} == null")
    is_cased = isinstance(value, SigmaCasedString)
    # Patterns have no escapes.
    if has_literal_wildcard(value):
        return Test(field, "regex" if is_cased else "regex~", quote(regex_of_string(value)))
    if is_cased and value.contains_special():
        return Test(field, "like", quote(wildcard_pattern(value)))
    if is_cased:
        return Test(field, "in", quote("".join(value.s)))
    return Test(field, ":", quote(wildcard_pattern(value)))


def test_regex(field, value):
    names = {
        SigmaRegularExpressionFlag.IGNORECASE: re.IGNORECASE,
        SigmaRegularExpressionFlag.MULTILINE: re.MULTILINE,
        SigmaRegularExpressionFlag.DOTALL: re.DOTALL,
    }
    flags = sum(names[flag] for flag in value.flags)
    try:
        pattern, folds = translate(str(value.regexp), flags)
    except NoSuchRegex as error:
        refuse(f"its regular expression for {plain(field)} has {error}, which EQL does not have")
    return Test(field, "regex~" if folds else "regex", quote(pattern))


def test_order(field, value):
    if isinstance(value.number, SigmaTimestampPart):
        refuse(f"it tests a part of the time {plain(field)}")
    if value.op == CompareOperators.NEQ:
        return Test(field, whole=f"not {field} : {quote(str(value.number))}")
    # The first half makes this false, not null, where there is no value, so that `not` of it holds.
    return Test(
        field,
        whole=f"({field} != null and number({field}) {ORDER[value.op]} {value.number})",
    )


def test(field, value):
    """What becomes of Sigma's `field: value`."""
    if isinstance(value, SigmaString | SigmaRegularExpression) and value.contains_placeholder():
        refuse("it has a placeholder (modifier expand) that nothing is put in for")
    match value:
        case SigmaString():
            return test_string(field, value)
        case SigmaTimestampPart():
            refuse(f"it tests a part of the time {plain(field)}")
        case SigmaNumber() | SigmaBool():
            return Test(field, ":", quote(str(value).lower()))
        case SigmaNull():
            return Test(field, whole=f"{field} == null")
        case SigmaExists():
            return Test(field, whole=f"{field} {'!=' if value.exists else '=='} null")
        case SigmaRegularExpression():
            return test_regex(field, value)
        case SigmaCIDRExpression():
            return Test(ADDRESSES.get(field, field), "cidrMatch", quote(str(value.network)))
        case SigmaCompareExpression():
            return test_order(field, value)
        case SigmaFieldReference():
            both = f"{plain(field)} and {plain(value.field)}"
            refuse(f"it compares the fields {both}, which EQL cannot do")
        case _:
            refuse(f"it tests {plain(field)} in a way that is not known here")


def any_of(tests):
    """Tests of which one is enough, those of one field and operator as one with a list."""
    groups = {}
    for one in tests:
        key = (one.field, one.operator, one.whole)
        values = groups.setdefault(key, [])
        if one.value not in values:
            values.append(one.value)
    parts = []
    for (field, operator, whole), values in groups.items():
        if whole is not None:
            parts.append(whole)
        elif operator == "cidrMatch":
            parts.append(f"cidrMatch({field}, {', '.join(values)})")
        elif operator == "in" or len(values) > 1:
            parts.append(f"{field} {operator} ({', '.join(values)})")
        else:
            parts.append(f"{field} {operator} {values[0]}")
    return parts


def flatten(field, value):
    if isinstance(value, SigmaExpansion):
        return [leaf for part in value.values for leaf in flatten(field, part)]
    return [(field, value)]


def operands(cond):
    """The operands of `and` or `or`, those of an operand of the same kind in its place."""
    for arg in cond.args:
        if type(arg) is type(cond):
            yield from operands(arg)
        else:
            yield arg


class EqlBackend(TextQueryBackend):
    name = "EQL for Sysmon"
    formats = {"default": "EQL"}
    requires_pipeline = True

    group_expression = "({expr})"
    field_quote = "`"
    field_quote_pattern = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")
    field_quote_pattern_negation = True

    def convert_condition_and(self, cond, state):
        return " and ".join(self.operand(arg, state) for arg in operands(cond))

    def convert_condition_or(self, cond, state):
        return " or ".join(self.parts_of_or(cond, state))

    def parts_of_or(self, cond, state):
        tests, parts = [], []
        for arg in operands(cond):
            if isinstance(arg, ConditionFieldEqualsValueExpression):
                field = self.escape_and_quote_field(arg.field)
                tests += [test(*leaf) for leaf in flatten(field, arg.value)]
            else:
                parts.append(self.operand(arg, state))
        return any_of(tests) + parts

    def operand(self, cond, state):
        """What stands beside `and`, `or` or after `not`."""
        if isinstance(cond, ConditionOR):
            parts = self.parts_of_or(cond, state)
            return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"
        if isinstance(cond, ConditionAND):
            return self.convert_condition_group(cond, state)
        return self.convert_condition(cond, state)

    def convert_condition_not(self, cond, state):
        return "not " + self.operand(cond.args[0], state)

    def convert_condition_field_eq_val(self, cond, state):
        field = self.escape_and_quote_field(cond.field)
        parts = any_of([test(*leaf) for leaf in flatten(field, cond.value)])
        return parts[0] if len(parts) == 1 else "(" + " or ".join(parts) + ")"

    def convert_condition_val(self, cond, state):
        refuse(f"it looks for '{cond.value}' in every field, which EQL cannot do")

    def finalize_query_default(self, rule, query, index, state):
        return query
