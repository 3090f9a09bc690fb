// SPDX-License-Identifier: GPL-3.0-or-later
#include "random_condition.h"

#include <stdlib.h>
#include <string.h>

#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ONE_OF(list) one_of(random, (list), COUNT(list))

// The first more often than the last, so that words meet.
static const char *one_of(struct random *random, const char *const *list, size_t count) {
    return list[random_below(random, 1 + random_below(random, count))];
}

// Lists of words that queries and events share.

static const char *const words[] = {
    "a",       "b",        "ab",  "aB",      "AB",  "abab",   "cmd.exe", "CMD.EXE",
    "svc.exe", "-",        "--x", "/c",      "x y", "\u00e9", "\u00c9t", "\U0001f600",
    "a*b",     "a?b",      "12",  "0x1f",    "-7",  " 5 ",    "1.5",     "system32",
    "a\nb",    "10.0.0.1", "A.b", "k\u212a", "aaa", "[a]",    "~(a)",    "null",
};

static const char *const paths[] = {
    "C:\\Windows\\cmd.exe", "C:\\WINDOWS\\CMD.EXE", "C:\\a\\b\\svc.exe",  "C:\\a.b\\ab", "ab",
    "D:\\\u00e9\\aB.TXT",   "C:\\a\\a\\a",          "\\\\srv\\ab\\x.exe",
};

static const char *const addresses[] = {
    "10.0.0.1", "10.0.0.9",        "10.1.2.3", "192.168.0.1",
    "::1",      "0:0:0:0:0:0:0:1", "fe80::1",  "fe80:0:0:0:0:0:0:2",
};

static const char *const networks[] = {
    "10.0.0.1", "10.0.0.0/8", "10.0.0.0/24", "192.168.0.1/32", "0.0.0.0/0",
    "::1",      "fe80::/10",  "::/0",        "10.0.0.9",       "fe80::2",
};

static const char *const numbers[] = {"0", "1", "2", "3", "4", "12", "443", "-1", "-2"};

static const char *const floats[] = {"1.5", "2.0", "0.5", "-0.5"};

// Fields, by what they are.

static const char *const text_fields[] = {
    "process.pe.original_file_name",
    "file.pe.original_file_name",
    "process.name",
    "process.name",
    "process.name.caseless",
    "process.executable",
    "process.command_line",
    "process.args",
    "process.args",
    "process.parent.name",
    "process.parent.args",
    "user.name",
    "user.domain",
    "file.name",
    "file.path",
    "file.extension",
    "registry.path",
    "registry.value",
    "registry.data.strings",
    "dns.question.name",
    "event.action",
    "event.type",
    "event.category",
    "event.code",
    "winlog.event_data.Custom",
    "winlog.event_data.Custom",
    "winlog.event_data.User",
    "winlog.event_data.OriginalFileName",
    "process.pe.original_file_name",
    "file.pe.original_file_name",
    "?process.name",
    "`process.name`",
    "?user.name",
    "process.Ext.token",
    "?process.parent.thread.name",
    "dll.name",
};

static const char *const number_fields[] = {
    "process.pid",      "process.args_count", "process.parent.args_count",
    "destination.port", "?destination.port",  "source.port",
};

static const char *const boolean_fields[] = {"sysmon.file.archived", "?sysmon.file.archived",
                                             "dll.code_signature.trusted"};

static const char *const address_fields[] = {"source.ip", "destination.ip", "dns.resolved_ip"};

// Texts

// As EQL writes it, plainly or raw.
static char *quoted(struct random *random, const char *text) {
    bool may_be_raw = strpbrk(text, "\n\"") == NULL;
    if (may_be_raw && random_chance(random, 20)) {
        return xformat("\"\"\"%s\"\"\"", text);
    }
    char *result = xstrdup("\"");
    for (; *text != '\0'; text++) {
        const char *mark = *text == '\\' || *text == '"' ? "\\" : "";
        xreplace(&result,
                 *text == '\n' ? xformat("%s\\n", result) : xformat("%s%s%c", result, mark, *text));
    }
    xreplace(&result, xformat("%s\"", result));
    return result;
}

// A word or a path, whole or cut, in some case; sometimes nothing.
static char *random_text(struct random *random) {
    char *text = xstrdup(random_chance(random, 70) ? ONE_OF(words) : ONE_OF(paths));
    size_t size = strlen(text);
    if (random_chance(random, 15)) {
        xreplace(&text, xstrdup(""));
    } else if (random_chance(random, 20) && (unsigned char)text[size / 2] < 0x80) {
        text[size / 2] = '\0';
    } else if (random_chance(random, 15)) {
        for (char *c = text; *c != '\0'; c++) {
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
        }
    }
    return text;
}

static char *random_string(struct random *random) {
    char *text = random_text(random);
    char *result = quoted(random, text);
    free(text);
    return result;
}

static char *random_pattern(struct random *random) {
    static const char *const forms[] = {"%s",  "%s*", "*%s", "*%s*", "?%s",
                                        "%s?", "*",   "?*",  "%s*%s"};
    const char *form = ONE_OF(forms);
    char *first = random_text(random);
    char *second = random_text(random);
    char *text = xstrdup("");
    for (const char *at = form; *at != '\0'; at++) {
        bool is_text = *at == '%';
        const char *more = !is_text ? (char[]){*at, '\0'} : at == form ? first : second;
        xreplace(&text, xformat("%s%s", text, more));
        at += is_text ? 1 : 0;
    }
    char *result = quoted(random, text);
    free(first);
    free(second);
    free(text);
    return result;
}

static char *random_regex(struct random *random) {
    static const char *const expressions[] = {
        ".*",        "a.*",
        ".*b",       "[a-c]+",
        "[^a]*",     "(a|b)+",
        "cmd\\.exe", "C:\\\\.*\\\\.{2,7}",
        "a\\*b",     "~(ab)",
        "a@",        ".*a.*&~(.*b)",
        "\\w+",      "\\d{2}",
        "<10-20>",   "\"a*b\"",
        "[A-Z].*",   "(ab){1,2}",
        "a?b?",      "#|a",
        ".",         "[\u00e9-\u00ff].*",
        "-?\\d",     "\\S*",
        ".*\\W.*",
    };
    return quoted(random, ONE_OF(expressions));
}

// Expressions. `fields` says whether fields may be in them, `depth` how far calls may go on.

static char *random_number(struct random *random, bool fields, int depth);
static char *random_boolean_call(struct random *random, bool fields, int depth);
static char *random_any(struct random *random, bool fields, int depth);

static char *random_text_value(struct random *random, bool fields, int depth);

// A text, a number and maybe another one for a function, as `(TEXT, NUMBER...`.
static char *random_places(struct random *random, char *text, bool fields, int depth) {
    char *from = random_number(random, fields, depth - 1);
    char *to = random_number(random, fields, depth - 1);
    char *result = random_chance(random, 50) ? xformat("(%s, %s)", text, from)
                                             : xformat("(%s, %s, %s)", text, from, to);
    free(text);
    free(from);
    free(to);
    return result;
}

static char *random_substring(struct random *random, bool fields, int depth) {
    char *result = random_places(random, random_text_value(random, fields, depth - 1), fields, 1);
    xreplace(&result, xformat("substring%s", result));
    return result;
}

static char *random_between(struct random *random, bool fields, int depth) {
    static const char *const ends[] = {"", ", true", ", false"};
    static const char *const names[] = {"between", "between~", "BETWEEN"};
    char *text = random_text_value(random, fields, depth - 1);
    char *left = random_string(random);
    char *right = random_string(random);
    char *result = xformat("%s(%s, %s, %s%s)", ONE_OF(names), text, left, right, ONE_OF(ends));
    free(text);
    free(left);
    free(right);
    return result;
}

static char *random_concat(struct random *random, bool fields, int depth) {
    char *result = random_any(random, fields, depth - 1);
    for (size_t i = random_below(random, 3); i > 0; i--) {
        char *more = random_any(random, fields, depth - 1);
        xreplace(&result, xformat("%s, %s", result, more));
        free(more);
    }
    xreplace(&result, xformat("concat(%s)", result));
    return result;
}

static char *random_text_value(struct random *random, bool fields, int depth) {
    if (depth <= 0 || random_chance(random, 50)) {
        return fields && random_chance(random, 85) ? xstrdup(ONE_OF(text_fields))
                                                   : random_string(random);
    }
    switch (random_below(random, 4)) {
    case 0:
        return random_substring(random, fields, depth);
    case 1:
        return random_between(random, fields, depth);
    case 2:
        return random_concat(random, fields, depth);
    default: {
        char *result = random_any(random, fields, depth - 1);
        xreplace(&result, xformat("string(%s)", result));
        return result;
    }
    }
}

static char *random_index_of(struct random *random, bool fields, int depth) {
    char *text = random_text_value(random, fields, depth - 1);
    char *part = random_string(random);
    xreplace(&text, xformat("%s, %s", text, part));
    free(part);
    if (random_chance(random, 30)) {
        xreplace(&text, xformat("%s, %s", text, ONE_OF(numbers)));
    }
    xreplace(&text, xformat("indexOf%s(%s)", random_chance(random, 40) ? "~" : "", text));
    return text;
}

static char *random_arithmetic(struct random *random, bool fields, int depth) {
    static const char *const signs[] = {"+", "-", "*", "/", "%"};
    static const char *const names[] = {"add", "subtract", "multiply", "divide", "modulo"};
    char *a = random_number(random, fields, depth - 1);
    char *b = random_number(random, fields, depth - 1);
    char *result = random_chance(random, 50) ? xformat("(%s %s %s)", a, ONE_OF(signs), b)
                                             : xformat("%s(%s, %s)", ONE_OF(names), a, b);
    free(a);
    free(b);
    return result;
}

static char *random_call_for_number(struct random *random, bool fields, int depth) {
    static const char *const bases[] = {"", "", ", 10", ", 16", ", 8", ", null"};
    char *text = NULL;
    switch (random_below(random, 5)) {
    case 0:
    case 1:
        text = random_text_value(random, fields, depth - 1);
        xreplace(&text, xformat("length(%s)", text));
        return text;
    case 2:
        text = random_text_value(random, fields, depth - 1);
        xreplace(&text, xformat("number(%s%s)", text, ONE_OF(bases)));
        return text;
    case 3:
        return random_index_of(random, fields, depth);
    default:
        return random_arithmetic(random, fields, depth);
    }
}

static char *random_number(struct random *random, bool fields, int depth) {
    if (depth > 0 && random_chance(random, 50)) {
        return random_call_for_number(random, fields, depth);
    }
    if (fields && random_chance(random, 70)) {
        return xstrdup(ONE_OF(number_fields));
    }
    return xstrdup(random_chance(random, 85) ? ONE_OF(numbers) : ONE_OF(floats));
}

static char *random_any(struct random *random, bool fields, int depth) {
    switch (random_below(random, 8)) {
    case 0:
    case 1:
        return random_number(random, fields, depth);
    case 2:
        return xstrdup(fields ? ONE_OF(boolean_fields) : "true");
    case 3:
        return fields ? xstrdup(ONE_OF(address_fields)) : random_string(random);
    default:
        return random_text_value(random, fields, depth);
    }
}

// Conditions

static char *random_list(struct random *random, char *(*make)(struct random *)) {
    char *list = make(random);
    size_t more = random_below(random, 3);
    for (size_t i = 0; i < more; i++) {
        char *other = make(random);
        xreplace(&list, xformat("%s, %s", list, other));
        free(other);
    }
    return list;
}

static char *random_literal_number(struct random *random) {
    return xstrdup(random_chance(random, 85) ? ONE_OF(numbers) : ONE_OF(floats));
}

static char *random_network(struct random *random) {
    return xformat("\"%s\"", ONE_OF(networks));
}

// `SUBJECT OPERATOR (LIST)`, or without parentheses where one value may stand alone.
static char *join_lookup(struct random *random, char *subject, const char *sign, char *list,
                         bool may_stand_alone) {
    bool is_alone = may_stand_alone && strstr(list, "\", \"") == NULL &&
                    strstr(list, "\"\"\"") == NULL && random_chance(random, 60);
    char *result = is_alone ? xformat("%s %s %s", subject, sign, list)
                            : xformat("%s %s (%s)", subject, sign, list);
    free(subject);
    free(list);
    return result;
}

static char *random_lookup(struct random *random) {
    static const char *const patterns[] = {":", "like", "like~"};
    static const char *const lists[] = {"in", "in~", "not in", "not in~"};
    char *subject = random_text_value(random, true, random_chance(random, 75) ? 0 : 2);
    switch (random_below(random, 4)) {
    case 0:
    case 1:
        return join_lookup(random, subject, ONE_OF(patterns), random_list(random, random_pattern),
                           true);
    case 2:
        return join_lookup(random, subject, ONE_OF(lists), random_list(random, random_string),
                           false);
    default:
        return join_lookup(random, subject, random_chance(random, 50) ? "regex" : "regex~",
                           random_list(random, random_regex), true);
    }
}

static char *join_comparison(struct random *random, char *a, const char *sign, char *b) {
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">=", "==", "!="};
    sign = sign == NULL ? ONE_OF(signs) : sign;
    char *result = random_chance(random, 80) ? xformat("%s %s %s", a, sign, b)
                                             : xformat("%s %s %s", b, sign, a);
    free(a);
    free(b);
    return result;
}

static char *random_comparison(struct random *random) {
    int depth = random_chance(random, 60) ? 0 : 2;
    const char *equality = random_chance(random, 50) ? "==" : "!=";
    switch (random_below(random, 6)) {
    case 0:
    case 1:
        return join_comparison(random, random_text_value(random, true, depth), NULL,
                               random_text_value(random, false, random_chance(random, 85) ? 0 : 1));
    case 2:
    case 3:
        return join_comparison(random, random_number(random, true, depth), NULL,
                               random_number(random, false, random_chance(random, 85) ? 0 : 1));
    case 4:
        return join_comparison(random, random_any(random, true, depth), equality, xstrdup("null"));
    default:
        return join_comparison(random,
                               random_chance(random, 50) ? xstrdup(ONE_OF(boolean_fields))
                                                         : random_boolean_call(random, true, 1),
                               equality, xstrdup(random_chance(random, 50) ? "true" : "false"));
    }
}

static char *random_cidr_match(struct random *random) {
    char *list = random_list(random, random_network);
    char *result = xformat(
        "cidrMatch(%s, %s)",
        random_chance(random, 80) ? ONE_OF(address_fields) : "winlog.event_data.Custom", list);
    free(list);
    return result;
}

static char *random_boolean_call(struct random *random, bool fields, int depth) {
    static const char *const names[] = {"startsWith", "endsWith", "stringContains", "STARTSWITH"};
    if (fields && random_chance(random, 20)) {
        return random_cidr_match(random);
    }
    bool is_other = fields && random_chance(random, 15);
    char *text = random_text_value(random, fields && !is_other, depth);
    char *part = is_other ? xstrdup(ONE_OF(text_fields)) : random_string(random);
    char *result =
        xformat("%s%s(%s, %s)", ONE_OF(names), random_chance(random, 40) ? "~" : "", text, part);
    free(text);
    free(part);
    return result;
}

static char *random_address_test(struct random *random) {
    static const char *const signs[] = {"==", "!=", "<", ">", "<=", ">="};
    const char *field = ONE_OF(address_fields);
    if (random_chance(random, 30)) {
        return join_lookup(random, xstrdup(field), random_chance(random, 50) ? "in" : "not in",
                           random_list(random, random_network), false);
    }
    const char *sign = ONE_OF(signs);
    bool is_order = strchr("<>", *sign) != NULL;
    return xformat("%s %s \"%s\"", field, sign, is_order ? ONE_OF(addresses) : ONE_OF(networks));
}

static char *random_number_list(struct random *random) {
    return join_lookup(random, random_number(random, true, 1),
                       random_chance(random, 50) ? "in" : "not in",
                       random_list(random, random_literal_number), false);
}

static char *random_test(struct random *random) {
    static const char *const constants[] = {"true", "false", "not null", "null == null"};
    switch (random_below(random, 12)) {
    case 0:
    case 1:
    case 2:
        return random_comparison(random);
    case 3:
    case 4:
    case 5:
        return random_lookup(random);
    case 6:
    case 7:
        return random_boolean_call(random, true, random_chance(random, 60) ? 0 : 2);
    case 8:
        return random_address_test(random);
    case 9:
        return random_number_list(random);
    case 10:
        return xstrdup(ONE_OF(boolean_fields));
    default:
        return xstrdup(ONE_OF(constants));
    }
}

static char *random_condition(struct random *random, int depth) {
    char *result = NULL;
    if (depth <= 0 || random_chance(random, 30)) {
        return random_test(random);
    }
    if (random_chance(random, 40)) {
        result = random_condition(random, depth - 1);
        xreplace(&result, random_chance(random, 70) ? xformat("not (%s)", result)
                                                    : xformat("not (not (%s))", result));
        return result;
    }
    result = random_condition(random, depth - 1);
    const char *sign = random_chance(random, 50) ? "and" : "or";
    for (size_t i = 1 + random_below(random, 2); i > 0; i--) {
        char *other = random_condition(random, depth - 1);
        xreplace(&result, xformat("%s %s (%s)", result, sign, other));
        free(other);
    }
    return result;
}

char *random_query(struct random *random) {
    static const char *const categories[] = {
        "any", "any", "any", "process", "\"process\"", "file", "library", "registry", "network"};
    char *condition = random_condition(random, (int)random_below(random, 4));
    char *query = xformat("%s where %s", ONE_OF(categories), condition);
    free(condition);
    return query;
}

// Events

static void add_some(struct random *random, struct plain_event *event, const char *name,
                     const char *value) {
    if (random_chance(random, 75)) {
        plain_event_add(event, name, value);
    }
}

static void add_path(struct random *random, struct plain_event *event, const char *name) {
    char *path = random_chance(random, 60) ? xstrdup(ONE_OF(paths))
                                           : xformat("C:\\%s\\%s", ONE_OF(words), ONE_OF(words));
    add_some(random, event, name, path);
    free(path);
}

static void add_line(struct random *random, struct plain_event *event, const char *name) {
    char *line = xstrdup(ONE_OF(words));
    for (size_t i = random_below(random, 4); i > 0; i--) {
        xreplace(&line, random_chance(random, 30)
                            ? xformat("%s \"%s %s\"", line, ONE_OF(words), ONE_OF(words))
                            : xformat("%s %s", line, ONE_OF(words)));
    }
    add_some(random, event, name, line);
    free(line);
}

static void add_user(struct random *random, struct plain_event *event) {
    char *user = random_chance(random, 80) ? xformat("%s\\%s", ONE_OF(words), ONE_OF(words))
                                           : xstrdup(ONE_OF(words));
    add_some(random, event, "User", user);
    free(user);
}

static void add_addresses(struct random *random, struct plain_event *event) {
    add_some(random, event, "SourceIp", ONE_OF(addresses));
    add_some(random, event, "DestinationIp", ONE_OF(addresses));
    add_some(random, event, "DestinationPort", numbers[random_below(random, 7)]);
    add_some(random, event, "SourcePort", numbers[random_below(random, 7)]);
}

static void add_results(struct random *random, struct plain_event *event) {
    char *results = xformat("%s;::ffff:%s;%s;", ONE_OF(addresses),
                            addresses[random_below(random, 4)], ONE_OF(addresses));
    add_some(random, event, "QueryName", ONE_OF(words));
    add_some(random, event, "QueryResults", results);
    free(results);
}

static void add_key(struct random *random, struct plain_event *event) {
    char *path = xformat("HKLM\\%s\\%s", ONE_OF(words), ONE_OF(words));
    add_some(random, event, "TargetObject", path);
    free(path);
    if (event->id == 13) {
        add_some(random, event, "Details",
                 random_chance(random, 40) ? "DWORD (0x0000000c)" : ONE_OF(words));
    }
}

static void add_own(struct random *random, struct plain_event *event) {
    switch (event->id) {
    case 1:
        add_line(random, event, "CommandLine");
        add_path(random, event, "ParentImage");
        add_line(random, event, "ParentCommandLine");
        add_some(random, event, "OriginalFileName", ONE_OF(words));
        break;
    case 3:
        add_addresses(random, event);
        break;
    case 7:
        add_path(random, event, "ImageLoaded");
        add_some(random, event, "OriginalFileName", ONE_OF(words));
        add_some(random, event, "Signed", random_chance(random, 50) ? "true" : "false");
        break;
    case 12:
    case 13:
        add_key(random, event);
        break;
    case 22:
        add_results(random, event);
        break;
    default:
        add_path(random, event, "TargetFilename");
        add_some(random, event, "Archived", random_chance(random, 50) ? "true" : "false");
    }
}

void random_plain_event(struct random *random, struct plain_event *event) {
    static const unsigned ids[] = {1, 1, 1, 3, 7, 7, 11, 12, 13, 22, 23};
    event->id = ids[random_below(random, COUNT(ids))];
    add_path(random, event, "Image");
    add_some(random, event, "ProcessId", numbers[random_below(random, 7)]);
    add_user(random, event);
    add_own(random, event);
    for (size_t i = random_below(random, 3); i > 0; i--) {
        plain_event_add(event, "Custom", random_chance(random, 10) ? "" : ONE_OF(words));
    }
}
