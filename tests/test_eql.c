// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of EQL: what queries parse to, what is refused and with which words, that no input does
// harm.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "random_log.h"
#include "rules/eql_check.h"
#include "rules/eql_functions.h"
#include "rules/eql_parser.h"
#include "rules/source_error.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REAL_RULES "../shared/rules"

// ---- a tree as text

static void print_node(struct buffer *out, const struct eql_node *node);

static void print_text(struct buffer *out, struct text text) {
    if (text.data[text.size] != '\0') {
        die("a text without a NUL after it");
    }
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if ((unsigned char)c >= ' ') {
            buffer_add_byte(out, c);
        } else {
            buffer_printf(out, "<%02x>", (unsigned)c);
        }
    }
}

static void print_leaf(struct buffer *out, const struct eql_node *node) {
    switch (node->kind) {
    case EQL_NULL:
        buffer_add_text(out, "null");
        break;
    case EQL_BOOLEAN:
        buffer_add_text(out, node->boolean ? "true" : "false");
        break;
    case EQL_INTEGER:
        buffer_printf(out, "%lld", (long long)node->integer);
        break;
    case EQL_FLOAT:
        buffer_printf(out, "%.17gf", node->number);
        break;
    case EQL_STRING:
        buffer_add_text(out, "'");
        print_text(out, node->text);
        buffer_add_text(out, "'");
        break;
    default:
        buffer_add_text(out, node->is_optional ? "?" : "");
        print_text(out, node->text);
    }
}

static const char *operator_of(const struct eql_node *node) {
    static const char *const names[] = {
        [EQL_NEGATE] = "neg",    [EQL_ADD] = "+",        [EQL_SUBTRACT] = "-",
        [EQL_MULTIPLY] = "*",    [EQL_DIVIDE] = "/",     [EQL_MODULO] = "%",
        [EQL_NOT] = "not",       [EQL_AND] = "and",      [EQL_OR] = "or",
        [EQL_EQUAL] = "==",      [EQL_NOT_EQUAL] = "!=", [EQL_LESS] = "<",
        [EQL_LESS_EQUAL] = "<=", [EQL_GREATER] = ">",    [EQL_GREATER_EQUAL] = ">=",
        [EQL_IN] = "in",         [EQL_MATCH] = ":",      [EQL_LIKE] = "like",
        [EQL_REGEX] = "regex",
    };
    return node->kind == EQL_CALL ? eql_function_info(node->function)->name : names[node->kind];
}

static void print_node(struct buffer *out, const struct eql_node *node) {
    if (node->kind <= EQL_FIELD) {
        print_leaf(out, node);
        return;
    }
    buffer_printf(out, "(%s%s", operator_of(node), node->folds ? "~" : "");
    for (size_t i = 0; i < node->count; i++) {
        buffer_add_byte(out, ' ');
        print_node(out, node->operands[i]);
    }
    buffer_add_byte(out, ')');
}

static void print_keys(struct buffer *out, struct eql_node *const *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(out, i == 0 ? " by " : ",");
        print_node(out, keys[i]);
    }
}

static void print_stage(struct buffer *out, const struct eql_stage *stage) {
    buffer_add_text(out, stage->is_missing ? "![" : "[");
    if (stage->is_any) {
        buffer_add_text(out, "any");
    } else {
        buffer_add_byte(out, '\'');
        print_text(out, stage->category);
        buffer_add_byte(out, '\'');
    }
    buffer_add_byte(out, ' ');
    print_node(out, stage->condition);
    buffer_add_byte(out, ']');
    print_keys(out, stage->by, stage->by_count);
    if (stage->runs != 1) {
        buffer_printf(out, " runs=%u", (unsigned)stage->runs);
    }
}

static void print_query(struct buffer *out, const struct eql_query *query) {
    if (query->is_sequence) {
        buffer_add_text(out, "sequence");
        print_keys(out, query->by, query->by_count);
        if (query->maxspan != EQL_NO_MAXSPAN) {
            buffer_printf(out, " maxspan=%lld", (long long)query->maxspan);
        }
        buffer_add_byte(out, ' ');
    }
    for (size_t i = 0; i < query->stage_count; i++) {
        buffer_add_text(out, i > 0 ? " " : "");
        print_stage(out, &query->stages[i]);
    }
    if (query->until != NULL) {
        buffer_add_text(out, " until ");
        print_stage(out, query->until);
    }
}

// ---- what is found out about a query

static void add_error(struct buffer *out, const char *text, size_t size,
                      const struct eql_error *error) {
    const struct source_text source = {.path = "", .text = text, .size = size, .start = {1, 1}};
    struct source_error told;
    ck_assert(source_error_set(&told, &source, error->place.offset, error->text));
    // One assertion, for each costs a write.
    ck_assert(told.place.line == error->place.line && told.place.column == error->place.column);
    source_error_add(out, &told);
    source_error_free(&told);
}

// Its tree, or "LINE:COLUMN: what is wrong" and, where wanted, the line and the caret.
static char *judge(const char *text, size_t size, bool with_source) {
    struct eql_error error;
    struct buffer out = {0};
    struct eql_query *query = eql_parse(text, size, &error);
    if (query != NULL && eql_check(query, &error)) {
        print_query(&out, query);
    } else {
        add_error(&out, text, size, &error);
    }
    eql_query_free(query);
    buffer_add_byte(&out, '\0');
    ck_assert(!out.failed && (error.text[0] != '\0') == (out.data[0] == ':'));
    if (out.data[0] == ':') {
        memmove(out.data, out.data + 1, out.size - 1);
        if (!with_source) {
            out.data[strcspn(out.data, "\n")] = '\0';
        }
    }
    return out.data;
}

struct example {
    const char *query;
    const char *expected;
};

static void expect(const struct example *examples, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *found = judge(examples[i].query, strlen(examples[i].query), false);
        ck_assert_msg(strcmp(found, examples[i].expected) == 0, "%s\n  expected %s\n  found    %s",
                      examples[i].query, examples[i].expected, found);
        free(found);
    }
}

// The same for conditions: "any where " goes in front, and columns count from the condition's
// start.
static void expect_conditions(const struct example *examples, size_t count) {
    static const char before[] = "any where\n";
    for (size_t i = 0; i < count; i++) {
        char *query = xformat("%s%s", before, examples[i].query);
        char *found = judge(query, strlen(query), false);
        char *expected = strncmp(examples[i].expected, "error ", 6) == 0
                             ? xformat("2:%s", examples[i].expected + 6)
                             : xformat("[any %s]", examples[i].expected);
        ck_assert_msg(strcmp(found, expected) == 0, "%s\n  expected %s\n  found    %s",
                      examples[i].query, expected, found);
        free(query);
        free(found);
        free(expected);
    }
}

// ---- trees

START_TEST(values) {
    static const struct example examples[] = {
        {"a == null", "(== a null)"},
        {"a != true or a == false", "(or (!= a true) (== a false))"},
        {"a == 0", "(== a 0)"},
        {"a == 007", "(== a 7)"},
        {"a == 9223372036854775807", "(== a 9223372036854775807)"},
        {"a == -9223372036854775808", "(== a -9223372036854775808)"},
        {"a == -0", "(== a 0)"},
        {"a == +5", "(== a 5)"},
        {"a == 2.5", "(== a 2.5f)"},
        {"a == 2.", "(== a 2f)"},
        {"a == .5", "(== a 0.5f)"},
        {"a == 1e3", "(== a 1000f)"},
        {"a == 1.5E+2", "(== a 150f)"},
        {"a == -25e-1", "(== a -2.5f)"},
        {"a == 1e-400", "(== a 0f)"},
        {"a == \"\"", "(== a '')"},
        {"a == \"b c\"", "(== a 'b c')"},
        {"a == \"\\b\\t\\n\\f\\r\\\"\\'\\\\\"", "(== a '<08><09><0a><0c><0d>\"'\\')"},
        {"a == \"\\u{41}\\u{e9}\\u{20AC}\\u{0001f600}\"", "(== a 'A\u00e9\u20ac\U0001f600')"},
        {"a == \"x\\u{00}y\"", "(== a 'x<00>y')"},
        {"a == \"\\u{200f}\"", "(== a '\u200f')"},
        {"a == \"\u00e9\u20ac\"", "(== a '\u00e9\u20ac')"},
        {"a == \"// no comment /* here */\"", "(== a '// no comment /* here */')"},
        {"a == \"\"\"b\"\"\"", "(== a 'b')"},
        {"a == \"\"\"\"\"\"", "(== a '')"},
        {"a == \"\"\"C:\\b\\\"\"\"", "(== a 'C:\\b\\')"},
        {"a == \"\"\"say \"b\" to\"\"\"", "(== a 'say \"b\" to')"},
        {"a == \"\"\"b\"\"\"\"", "(== a 'b\"')"},
        {"a == \"\"\"b\"\"\"\"\"", "(== a 'b\"\"')"},
        {"a == \"\"\"b\\\"\"\"\"", "(== a 'b\\\"')"},
        {"a == \"\"\"\\n\\u{41}\"\"\"", "(== a '\\n\\u{41}')"},
    };
    expect_conditions(examples, COUNT(examples));
}
END_TEST

START_TEST(fields) {
    static const struct example examples[] = {
        {"a", "a"},
        {"?a", "?a"},
        {"? a.b", "?a.b"},
        {"process.Ext.x_1 == 1", "(== process.Ext.x_1 1)"},
        {"@timestamp == _id", "error 15: expected a value without fields: a field is not compared "
                              "with a field"},
        {"@timestamp == \"1\"", "(== @timestamp '1')"},
        {"a . b == 1", "(== a.b 1)"},
        {"`my-field` == 1", "(== my-field 1)"},
        {"?`my field`.`6x`.y == 1", "(== ?my field.6x.y 1)"},
        {"a.`where` == 1", "(== a.where 1)"},
        {"`b``c` == 1", "(== b`c 1)"},
        {"`a.b` == 1", "(== a.b 1)"},
        {"`\u00fc` == 1", "(== \u00fc 1)"},
    };
    expect_conditions(examples, COUNT(examples));
}
END_TEST

START_TEST(operators) {
    static const struct example examples[] = {
        {"a and b or c and d", "(or (and a b) (and c d))"},
        {"a and b and c", "(and a b c)"},
        {"a and (b and c)", "(and a (and b c))"},
        {"(a or b) or c", "(or (or a b) c)"},
        {"not a and b", "(and (not a) b)"},
        {"not not (a)", "(not (not a))"},
        {"not a == 1", "(not (== a 1))"},
        {"not (a or b)", "(not (or a b))"},
        {"a < 1 and a <= 1 and a > 1 and a >= 1", "(and (< a 1) (<= a 1) (> a 1) (>= a 1))"},
        {"\"x\" == a", "(== 'x' a)"},
        {"1 == 1", "(== 1 1)"},
        {"a + 2 * b - 3 == 1", "(== (- (+ a (* 2 b)) 3) 1)"},
        {"(a + 2) * b == 1", "(== (* (+ a 2) b) 1)"},
        {"a / 2 % 3 == 1", "(== (% (/ a 2) 3) 1)"},
        {"a -1 == 1", "(== (- a 1) 1)"},
        {"a - -1 == 1", "(== (- a -1) 1)"},
        {"-a * b == 1", "(== (* (neg a) b) 1)"},
        {"--a == +b + 1",
         "error 11: expected a value without fields: a field is not compared with a "
         "field"},
        {"- -1 == a", "(== (neg -1) a)"},
        {"a in (1)", "(in a 1)"},
        {"a in (1, -2, null, 1 + 2)", "(in a 1 -2 null (+ 1 2))"},
        {"a in~ (\"b\", \"c\")", "(in~ a 'b' 'c')"},
        {"a not in (\"b\")", "(not (in a 'b'))"},
        {"a not in~ (\"b\")", "(not (in~ a 'b'))"},
        {"not a not in (\"b\")", "(not (not (in a 'b')))"},
        {"a : \"b*\"", "(: a 'b*')"},
        {"a:\"b\"and c:(\"d\",\"e?\")", "(and (: a 'b') (: c 'd' 'e?'))"},
        {"a like \"b\" and a like~ (\"b\", \"c\")", "(and (like a 'b') (like~ a 'b' 'c'))"},
        {"a regex \"b.\" or a regex~ (\"b\")", "(or (regex a 'b.') (regex~ a 'b'))"},
        {"substring(a, 1) : \"b\"", "(: (substring a 1) 'b')"},
        {"a + length(b) >= 1", "(>= (+ a (length b)) 1)"},
        {"true", "true"},
        {"null or false", "(or null false)"},
    };
    expect_conditions(examples, COUNT(examples));
}
END_TEST

START_TEST(functions) {
    static const struct example examples[] = {
        {"add(1, 2) == 3", "(== (add 1 2) 3)"},
        {"between(a, \"b\", \"c\") == \"d\"", "(== (between a 'b' 'c') 'd')"},
        {"between~(a, \"b\", \"c\", true) == \"d\"", "(== (between~ a 'b' 'c' true) 'd')"},
        {"cidrMatch(source.ip, \"10.0.0.0/8\", \"::1/128\")",
         "(cidrMatch source.ip '10.0.0.0/8' '::1/128')"},
        {"CIDRMATCH(winlog.event_data.X, \"10.0.0.0/8\")",
         "(cidrMatch winlog.event_data.X '10.0.0.0/8')"},
        {"concat(a, 1, true, null) == \"d\"", "(== (concat a 1 true null) 'd')"},
        {"divide(a, 2) == modulo(4, 3)", "(== (divide a 2) (modulo 4 3))"},
        {"endswith(a, \"b\") == true", "(== (endsWith a 'b') true)"},
        {"not EndsWith~(a, b)", "(not (endsWith~ a b))"},
        {"indexOf(a, \"b\") > 0 and indexOf~(a, \"b\", 2) > 0",
         "(and (> (indexOf a 'b') 0) (> (indexOf~ a 'b' 2) 0))"},
        {"multiply(length(a), 2) < 5", "(< (multiply (length a) 2) 5)"},
        {"number(a) > 1 and number(a, 16) > 1", "(and (> (number a) 1) (> (number a 16) 1))"},
        {"startsWith ( a, \"b\" ) and stringContains~(a, \"b\")",
         "(and (startsWith a 'b') (stringContains~ a 'b'))"},
        {"string(process.pid) : \"4*\"", "(: (string process.pid) '4*')"},
        {"substring(a, -4, -1) == \"b\"", "(== (substring a -4 -1) 'b')"},
        {"subtract(a, -1) == 1", "(== (subtract a -1) 1)"},
        {"string == \"function names are fields too\"",
         "(== string 'function names are fields too')"},
    };
    expect_conditions(examples, COUNT(examples));
}
END_TEST

START_TEST(queries) {
    static const struct example examples[] = {
        {"process where true", "['process' true]"},
        {"any where true", "[any true]"},
        {"\"any\" where true", "['any' true]"},
        {"\"my-category\" where true", "['my-category' true]"},
        {"\"\"\"6\\n\"\"\" where true", "['6\\n' true]"},
        {"/* a */ any // b\n\twhere /* ** / \"*/ true // c", "[any true]"},
        {" \r\n any where true \r\n", "[any true]"},
        {"sequence [any where a] [file where b]", "sequence [any a] ['file' b]"},
        {"sequence by a, ?b.c with maxspan=5s [any where true] [any where true]",
         "sequence by a,?b.c maxspan=5000 [any true] [any true]"},
        {"sequence with maxspan = 500 ms [any where true] [any where true]",
         "sequence maxspan=500 [any true] [any true]"},
        {"sequence with maxspan=1m [any where true] [any where true]",
         "sequence maxspan=60000 [any true] [any true]"},
        {"sequence with maxspan=2h [any where true] [any where true]",
         "sequence maxspan=7200000 [any true] [any true]"},
        {"sequence with maxspan=1d [any where true] [any where true]",
         "sequence maxspan=86400000 [any true] [any true]"},
        {"sequence [any where true] by a,b with runs=3 [any where true] by ?c, `d`",
         "sequence [any true] by a,b runs=3 [any true] by ?c,d"},
        {"sequence [any where true] with runs=100", "sequence [any true] runs=100"},
        {"sequence by a with maxspan=1s ![any where a] [any where b] ![any where c]",
         "sequence by a maxspan=1000 ![any a] [any b] ![any c]"},
        {"sequence by a [any where a] by b [any where b] by c until [any where d] by e",
         "sequence by a [any a] by b [any b] by c until [any d] by e"},
    };
    expect(examples, COUNT(examples));
}
END_TEST

// ---- errors

START_TEST(lexical_errors) {
    static const struct example examples[] = {
        {"a == 'b'", "error 6: expected double quotes around a string, not single ones"},
        {"a == ?\"b\"", "error 6: expected \"\"\"...\"\"\" for a raw string, not ?\"...\""},
        {"a == ?'b'", "error 6: expected \"\"\"...\"\"\" for a raw string, not ?\"...\""},
        {"a == \"b", "error 6: expected a double quote at the end of this string, on its line"},
        {"a == \"b\n\"", "error 6: expected a double quote at the end of this string, on its line"},
        {"a == \"b\\\"", "error 6: expected a double quote at the end of this string, on its line"},
        {"a == \"\"\"b\n\"\"\"",
         "error 6: expected three double quotes at the end of this string, on its line"},
        {"a == \"\"\"b\"\"",
         "error 6: expected three double quotes at the end of this string, on its line"},
        {"a == \"b\\q\"",
         "error 8: expected one of \\b \\t \\n \\f \\r \\\" \\' \\\\ \\u{...}; write \\\\ for a "
         "backslash, or \"\"\"...\"\"\" for a text without escapes"},
        {"a == \"\\u{4}\"", "error 7: expected \\u{...} with two to eight hexadecimal digits"},
        {"a == \"\\u{000000041}\"",
         "error 7: expected \\u{...} with two to eight hexadecimal digits"},
        {"a == \"\\u{4x}\"", "error 7: expected \\u{...} with two to eight hexadecimal digits"},
        {"a == \"\\u{d800}\"",
         "error 7: expected the number of a character: up to 10FFFF, but not D800 to DFFF"},
        {"a == \"\\u{ffffffff}\"",
         "error 7: expected the number of a character: up to 10FFFF, but not D800 to DFFF"},
        {"a == 9223372036854775808", "error 6: expected a whole number that fits into 64 bits"},
        {"a == -9223372036854775809", "error 7: expected a whole number that fits into 64 bits"},
        {"a == 99999999999999999999", "error 6: expected a whole number that fits into 64 bits"},
        {"a == 1e400", "error 6: expected a number that fits into 64 bits"},
        {"a == $", "error 6: expected a name, a value or an operator, found $"},
        {"a == \x07", "error 6: expected a name, a value or an operator, found \\x07"},
        {"a !: \"b\"", "error 3: expected a name, a value or an operator, found !"},
        {"a == \"\xff\"", "error 7: expected UTF-8 text, found a byte that is none"},
        {"a // \xff", "error 6: expected UTF-8 text, found a byte that is none"},
        {"`a", "error 1: expected a backtick at the end of this name"},
        {"`` == 1", "error 1: expected a name between these backticks"},
        {"a /* b", "error 3: expected `*/` at the end of this comment"},
        {"\"\u00e9\U0001f600\" == 'b'",
         "error 9: expected double quotes around a string, not single ones"},
    };
    expect_conditions(examples, COUNT(examples));
}
END_TEST

START_TEST(syntax_errors) {
    static const struct example examples[] = {
        {"", "1:1: expected an event category or any, found the end of the query"},
        {"process", "1:8: expected where after the event category, found the end of the query"},
        {"process WHERE true",
         "1:9: expected where after the event category, found WHERE: keywords "
         "are written in small letters"},
        {"where true", "1:1: expected an event category or any, found where"},
        {"`process` where true", "1:1: expected an event category or any, found `process`"},
        {"any where", "1:10: expected a field, a value or a condition, found the end of the query"},
        {"any where  // nothing\n",
         "1:10: expected a field, a value or a condition, found the end of the query"},
        {"any where a b", "1:13: expected and, or, or the end of the query, found b"},
        {"any where a AND b",
         "1:13: expected and, or, or the end of the query, found AND: keywords "
         "are written in small letters"},
        {"any where NOT a", "1:15: expected and, or, or the end of the query, found a after NOT: "
                            "keywords are written in small letters"},
        {"SEQUENCE by host.id [any where true] [any where true]",
         "1:10: expected where after the event category, found by after SEQUENCE: keywords are "
         "written in small letters"},
        {"any where a = 1",
         "1:13: expected and, or, or the end of the query, found =: write == or : to compare"},
        {"any where a | head 1", "1:13: expected and, or, or the end of the query, found a pipe: "
                                 "pipes are not supported"},
        {"any where a == ", "1:15: expected a field, a value or a condition, found the end of the "
                            "query"},
        {"any where a == b == c",
         "1:18: expected and, or, or the end of the condition: comparisons "
         "do not chain, found =="},
        {"any where a not like \"b\"", "1:17: expected in after not (any other not stands in front "
                                       "of the field), found like"},
        {"any where a in \"b\"", "1:16: expected a list in parentheses after in, found \"b\""},
        {"any where a in ()", "1:17: expected a field, a value or a condition, found )"},
        {"any where a in (1 2)", "1:19: expected a comma or a closing parenthesis, found 2"},
        {"any where (a",
         "1:13: expected an operator or a closing parenthesis, found the end of the "
         "query"},
        {"any where a[0] == 1", "1:12: expected a field as a whole: [N] after a name is not "
                                "supported"},
        {"any where a.by == 1",
         "1:13: expected a field's name, found by: put a keyword into backticks"},
        {"any where a. == 1", "1:14: expected a field's name, found =="},
        {"any where ?(a)", "1:12: expected a field's name, found ("},
        {"any where a~ == 1",
         "1:14: expected a parenthesis after the name of a function, found =="},
        {"any where child of [any where true]",
         "1:11: expected a condition, found child of, which is not supported"},
        {"any where wildcard(a, \"b\")",
         "1:11: expected the name of an EQL function, found wildcard"},
        {"any where length~(a) == 1", "1:11: expected length without ~: it does not look at case"},
        {"join [any where a] [any where b]",
         "1:1: expected an event or a sequence (sample and join "
         "are not supported), found join"},
        {"sample by a [any where a] [any where b]",
         "1:1: expected an event or a sequence (sample and join are not supported), found sample"},
        {"sequence", "1:9: expected [ and an event, found the end of the query"},
        {"sequence by a with runs=5s [any where a]",
         "1:20: expected maxspan after with, found runs"},
        {"sequence with maxspan 5s [any where a]", "1:23: expected = after maxspan, found 5"},
        {"sequence with maxspan=5 [any where a]",
         "1:23: expected a span above 0 such as 500ms, 5s, 1m, 2h or 1d, at most 36500d"},
        {"sequence with maxspan=0s [any where a]",
         "1:23: expected a span above 0 such as 500ms, 5s, 1m, 2h or 1d, at most 36500d"},
        {"sequence with maxspan=1.5s [any where a]",
         "1:23: expected a span above 0 such as 500ms, 5s, 1m, 2h or 1d, at most 36500d"},
        {"sequence with maxspan=5w [any where a]",
         "1:23: expected a span above 0 such as 500ms, 5s, 1m, 2h or 1d, at most 36500d"},
        {"sequence with maxspan=36501d [any where a]",
         "1:23: expected a span above 0 such as 500ms, 5s, 1m, 2h or 1d, at most 36500d"},
        {"sequence with maxspan=5s by a [any where a]",
         "1:26: expected [ and an event: by stands in front of with, found by"},
        {"sequence by length(a) [any where a]", "1:19: expected [ and an event, found ("},
        {"sequence by a, [any where a]", "1:16: expected a field's name, found ["},
        {"sequence [any where a", "1:22: expected and, or, or ] at the end of the event, found the "
                                  "end of the query"},
        {"sequence [any where a] [any where b] any",
         "1:38: expected [ and an event, or the end of the query, found any"},
        {"sequence [any where a] until [any where b] [any where c]",
         "1:44: expected the end of the query, found ["},
        {"sequence by a until [any where b]", "1:15: expected [ and an event, found until"},
        {"sequence [any where a] with maxspan=5s [any where b]",
         "1:29: expected runs after with, found maxspan"},
        {"sequence [any where a] with runs=0 [any where b]",
         "1:34: expected a whole number of runs from 1 to 100"},
        {"sequence [any where a] with runs=101 [any where b]",
         "1:34: expected a whole number of runs from 1 to 100"},
        {"sequence [any where a] with runs=2.0 [any where b]",
         "1:34: expected a whole number of runs from 1 to 100"},
        {"sequence [sequence [any where a] [any where b]] [any where c]",
         "1:11: expected an event category or any, found sequence"},
    };
    expect(examples, COUNT(examples));
}
END_TEST

START_TEST(type_errors) {
    static const struct example examples[] = {
        {"\"a\"", "error 1: expected a condition, found a string"},
        {"5", "error 1: expected a condition, found a number"},
        {"null", "error 1: expected a condition, found null"},
        {"process.name", "error 1: expected a condition, found process.name, which is text"},
        {"not process.pid", "error 5: expected a condition, found process.pid, which is a number"},
        {"a and length(b)", "error 7: expected a condition, found length(), which gives a number"},
        {"a + 1", "error 3: expected a condition, found a number"},
        {"process.name == 5",
         "error 17: expected text to compare with process.name, found a number"},
        {"5 == process.name",
         "error 1: expected text to compare with process.name, found a number"},
        {"winlog.event_data.X > 5",
         "error 23: expected text to compare with winlog.event_data.X, found a number"},
        {"process.pid == \"4\"",
         "error 16: expected a number to compare with process.pid, found a string"},
        {"process.pid in (4, \"5\")",
         "error 20: expected a number to compare with process.pid, found a string"},
        {"length(a) == \"5\"",
         "error 14: expected a number to compare with length(), found a string"},
        {"file.code_signature.trusted == 1",
         "error 32: expected a boolean to compare with file.code_signature.trusted, found a number"},
        {"a < true", "error 3: expected == or !=: booleans have no order"},
        {"file.code_signature.trusted >= true",
         "error 29: expected == or !=: booleans have no order"},
        {"source.ip == 5",
         "error 14: expected an address to compare with source.ip, found a number"},
        {"source.ip == \"::1\" or process.name == null",
         "(or (== source.ip '::1') (== process.name "
         "null))"},
        {"process.pid : \"4\"", "error 1: expected text, found process.pid, which is a number"},
        {"source.ip : \"10.*\"", "error 1: expected text, found source.ip, which is an address"},
        // Every field of the list has its type; one that is not in it is of any.
        {"dns.resolved_ip : \"10.*\"",
         "error 1: expected text, found dns.resolved_ip, which is an address"},
        {"sysmon.file.archived and process.parent.args_count == 2",
         "(and sysmon.file.archived (== process.parent.args_count 2))"},
        {"event.code == 1", "error 15: expected text to compare with event.code, found a number"},
        {"process.name.caseless == 1",
         "error 26: expected text to compare with process.name.caseless, found a number"},
        {"process.Ext.x : \"a\" and process.Ext.x == 1 and process.Ext.x",
         "(and (: process.Ext.x 'a') (== process.Ext.x 1) process.Ext.x)"},
        {"process.name : 4", "error 16: expected a string, found a number"},
        {"a : null", "error 5: expected a string, found null"},
        {"a like b", "error 8: expected a string, found b"},
        {"a regex (\"b\", concat(\"c\"))",
         "error 15: expected a string, found concat(), which gives text"},
        {"a in~ (\"b\", 5)", "error 13: expected text, found a number"},
        {"a in (1, b)", "error 10: expected a value without fields, found b"},
        {"a == process.name", "error 6: expected a value without fields: a field is not compared "
                              "with a field"},
        {"length(a) > length(b)", "error 13: expected a value without fields: a field is not "
                                  "compared with a field"},
        {"(a == 1) == true", "error 4: expected a value, found a condition"},
        {"concat(a : \"b\") == \"c\"", "error 10: expected a value, found a condition"},
        {"(a or b) in (true)", "error 4: expected a value, found a condition"},
        {"a + (b in (1)) == 2", "error 8: expected a value, found a condition"},
        {"process.name + 1 == 2", "error 1: expected a number, found process.name, which is text"},
        {"-\"a\" == 2", "error 2: expected a number, found a string"},
        {"length() == 1", "error 1: expected 1 argument of length, found 0"},
        {"startsWith(a) or b", "error 1: expected 2 arguments of startsWith, found 1"},
        {"substring(a, 1, 2, 3) == \"b\"",
         "error 1: expected 2 or 3 arguments of substring, found 4"},
        {"cidrMatch(source.ip)", "error 1: expected 2 or more arguments of cidrMatch, found 1"},
        {"cidrMatch(source.ip, a)", "error 22: expected a value without fields, found a"},
        {"cidrMatch(process.pid, \"10.0.0.0/8\")",
         "error 11: expected an address, found process.pid, which is a number"},
        {"number(a, b) == 1", "error 11: expected a value without fields, found b"},
        {"startsWith(process.name, 5)", "error 26: expected text, found a number"},
        {"startsWith(source.ip, \"10.\")",
         "error 12: expected text, found source.ip, which is an address"},
        {"between(a, \"b\", \"c\", \"d\") == \"e\"",
         "error 22: expected a boolean, found a string"},
    };
    expect_conditions(examples, COUNT(examples));
}
END_TEST

START_TEST(sequence_errors) {
    static const struct example examples[] = {
        {"sequence [any where true]", "1:10: expected a sequence of at least two events"},
        {"sequence [any where true] until [any where true]",
         "1:10: expected a sequence of at least two events"},
        {"sequence [any where null] [any where true]", "1:21: expected a condition, found null"},
        {"sequence [any where true] by a [any where true]",
         "1:32: expected 1 key after by, as in the first event, found 0"},
        {"sequence [any where true] by a [any where true] by a, b",
         "1:52: expected 1 key after by, as in the first event, found 2"},
        {"sequence [any where true] by a [any where true] by b until [any where true]",
         "1:60: expected 1 key after by, as in the first event, found 0"},
        {"sequence [any where true] by process.pid [any where true] by process.name",
         "1:62: expected a number to compare with process.pid, found process.name, which is text"},
        {"sequence [any where true] ![any where true]",
         "1:27: expected with maxspan=... after sequence, for an event is missing only within a "
         "span"},
        {"sequence with maxspan=5s ![any where true] ![any where true]",
         "1:26: expected an event that is not missing in the sequence"},
        {"sequence with maxspan=5s [any where true] ![any where true] with runs=2",
         "1:43: expected no runs for an event that must be missing"},
        {"sequence [any where true] [any where true] until ![any where true]",
         "1:50: expected [ and an event, without runs, after until"},
        {"sequence [any where true] [any where true] until [any where true] with runs=2",
         "1:50: expected [ and an event, without runs, after until"},
        {"sequence [any where true] [any where true] until [any where 5]",
         "1:61: expected a condition, found a number"},
    };
    expect(examples, COUNT(examples));
}
END_TEST

START_TEST(errors_show_the_line_and_a_caret) {
    static const struct example examples[] = {
        {"any where\n\ta == \"\u00e9\" or b = 1\nor c",
         "2:16: expected and, or, or the end of the query, found =: write == or : to compare\n"
         "   a == \"\u00e9\" or b = 1\n"
         "                 ^\n"},
        {"any where a\r\n  b\r\n", "2:3: expected and, or, or the end of the query, found b\n"
                                   "    b\n"
                                   "    ^\n"},
        {"any where a \x1b[31m", "1:13: expected a name, a value or an operator, found \\x1B\n"
                                 "  any where a \\x1B[31m\n"
                                 "              ^\n"},
        {"any where \"\u200b\" == 'a'",
         "1:18: expected double quotes around a string, not single ones\n"
         "  any where \"\\u{200B}\" == 'a'\n"
         "                          ^\n"},
        {"any where aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff == 'gggggggggggggggg'",
         "1:75: expected double quotes around a string, not single ones\n"
         "  ccddddddddddeeeeeeeeeeffffffffff == 'gggggggggggggggg'\n"
         "                                      ^\n"},
        {"any where 'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh'",
         "1:11: expected double quotes around a string, not single ones\n"
         "  any where 'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg\n"
         "            ^\n"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        char *found = judge(examples[i].query, strlen(examples[i].query), true);
        ck_assert_str_eq(found, examples[i].expected);
        free(found);
    }
}
END_TEST

START_TEST(nodes_say_where_they_are) {
    static const char text[] = "any where\n  \u00e9 == 1 or a : \"b\"";
    // The first byte of a character beyond ASCII starts no name, so that it must be quoted.
    static const char quoted[] = "any where\n  `\u00e9` == 1 or a : \"b\"";
    struct eql_error error;
    ck_assert_ptr_null(eql_parse(text, strlen(text), &error));
    ck_assert_uint_eq(error.place.line, 2);
    ck_assert_uint_eq(error.place.column, 3);
    ck_assert_uint_eq(error.place.offset, 12);
    struct eql_query *query = eql_parse(quoted, strlen(quoted), &error);
    ck_assert_ptr_nonnull(query);
    const struct eql_node * or = query->stages[0].condition;
    ck_assert_uint_eq(or->place.column, 12);
    ck_assert_uint_eq(or->place.offset, strlen("any where\n  `\u00e9` == 1 "));
    ck_assert_uint_eq(or->height, 3);
    ck_assert_uint_eq(or->operands[0]->place.column, 7);
    ck_assert_uint_eq(or->operands[0]->operands[0]->place.column, 3);
    ck_assert_uint_eq(or->operands[1]->operands[1]->place.column, 19);
    eql_query_free(query);
}
END_TEST

// ---- limits

// `before`, `count` times `part`, `after`; what is found of it must be `expected`, or a tree if
// that is NULL.
static void expect_repeated(const char *before, const char *part, size_t count, const char *after,
                            const char *expected) {
    struct buffer query = {0};
    buffer_add_text(&query, before);
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(&query, part);
    }
    buffer_add_text(&query, after);
    ck_assert(!query.failed);
    char *found = judge(query.data, query.size, false);
    ck_assert_msg(expected == NULL ? strchr("[s", found[0]) != NULL : strcmp(found, expected) == 0,
                  "%zu times %s\n  expected %s\n  found    %.200s", count, part,
                  expected == NULL ? "a tree" : expected, found);
    free(found);
    buffer_free(&query);
}

START_TEST(nesting_is_limited) {
    static const char too_deep[] = ": expected at most 128 levels of nesting";
    char *expected = xformat("1:139%s", too_deep);
    expect_repeated("any where ", "(", 127, "a",
                    "1:139: expected an operator or a closing "
                    "parenthesis, found the end of the query");
    expect_repeated("any where ", "(", 128, "a", expected);
    expect_repeated("any where ", "(", 1000000, "a", expected);
    free(expected);
    expect_repeated("any where ", "not ", 126, "a == 1", NULL);
    expect_repeated("any where ", "not ", 127, "a == 1",
                    "1:11: expected at most 128 levels of "
                    "nesting");
    expect_repeated("any where ", "not ", 200000, "a",
                    "1:519: expected at most 128 levels of "
                    "nesting");
    expect_repeated("any where ", "-", 200000, "a == 1",
                    "1:138: expected at most 128 levels of "
                    "nesting");
    expect_repeated("any where 1", "+1", 126, "== 1", NULL);
    expect_repeated("any where 1", "+1", 127, "== 1",
                    "1:266: expected at most 128 levels of "
                    "nesting");
    expect_repeated("any where 1", "+1", 20000, "== 1",
                    "1:266: expected at most 128 levels of "
                    "nesting");
    expect_repeated("any where ", "string(", 100000, "a",
                    "1:907: expected at most 128 levels of "
                    "nesting");
}
END_TEST

START_TEST(sizes_are_limited) {
    expect_repeated("any where a in (1", ",1", 32767, ")", NULL);
    expect_repeated("any where a in (1", ",1", 32768, ")",
                    "1:65553: expected at most 32768 values in a list");
    expect_repeated("any where a", " or a", 65534, "", NULL);
    expect_repeated("any where a", " or a", 65535, "",
                    "1:13: expected at most 65536 values and operators");
    expect_repeated("any where a == \"", "b", 32766, "\"", NULL);
    expect_repeated("any where a == \"", "b", 32767, "\"",
                    "1:16: expected at most 32766 bytes of text, found 32767");
    expect_repeated("any where a == \"\"\"", "b", 32767, "\"\"\"",
                    "1:16: expected at most 32766 bytes of text, found 32767");
    expect_repeated("any where a regex \"", "\u00e9", 1000, "\"", NULL);
    expect_repeated("any where a regex~ \"", "\u00e9", 1001, "\"",
                    "1:20: expected a regular expression of at most 1000 characters, found 1001");
    expect_repeated("any where true", " ", (1 << 20) - 14, "", NULL);
    expect_repeated("any where true", " ", (1 << 20) - 13, "",
                    "1:1: expected a query of at most 1048576 bytes, found 1048577");
    expect_repeated("sequence ", "[any where true]", 64, "", NULL);
    expect_repeated("sequence ", "[any where true]", 63, "until [any where true]", NULL);
    expect_repeated("sequence ", "[any where true]", 65, "",
                    "1:1034: expected at most 64 events in a sequence");
    expect_repeated("sequence ", "[any where true]", 64, "until [any where true]",
                    "1:1034: expected at most 64 events in a sequence");
    expect_repeated("sequence ", "[any where true] with runs=64 ", 16, "", NULL);
    expect_repeated("sequence ", "[any where true] with runs=64 ", 16, "[any where true]",
                    "1:490: expected at most 1024 events in a sequence, runs counted");
    expect_repeated("sequence by a", ", a", 15, " [any where true] [any where true]", NULL);
    expect_repeated("sequence by a", ", a", 16, " [any where true] [any where true]",
                    "1:61: expected at most 16 keys");
    expect_repeated("sequence by a", ", a", 15, " [any where true] by b [any where true] by b",
                    "1:80: expected at most 16 keys");
}
END_TEST

// ---- no input does harm

static const char *const seeds[] = {
    "process where process.name : (\"a*.exe\", \"b?.exe\") and not user.domain == \"NT AUTHORITY\"",
    ("sequence by host.id, ?user.id with maxspan=5s\n  [library where dll.name : \"wmiutils.dll\"]\n"
     "  ![file where file.path like~ \"\"\"C:\\Users\\*\"\"\"] by a with runs=1\n"
     "until [process where event.type == \"end\"]"),
    "any where length(process.command_line) > 5 + -2 * `x``y` // c\n and a not in (1, 2.5e3, null)",
    "\"q-c\" where startsWith~(a, \"\\u{41}\\n\\\\\") or cidrMatch(source.ip, \"10.0.0.0/8\") /* d */",
    "any where a regex \"[a-z]+\\\\.exe\" and (b or (not (c and ?d.e : \"*\")))",
    "network where substring(a, -4, 1) : \"x\" and -1 <= number(b, 16) % 3 and concat(a) != \"\"",
};

static char *mutate(struct random *random, const char *seed, size_t *size) {
    static const char *const pieces[] = {
        "(",
        ")",
        "[",
        "]",
        "![",
        "\"",
        "\"\"\"",
        "\\",
        "\\u{",
        "not ",
        "`",
        "/*",
        "//",
        "by ",
        "-",
        "until ",
        "with ",
        "?",
        "~",
        "\xff",
        "\xc3",
        "1e999",
        "99999999999999999999",
        ":",
        ",",
        "|",
        " and ",
        "in (",
        "\r\n",
        "length(",
        "where ",
        "null",
        "",
        " any ",
    };
    struct buffer out = {0};
    size_t length = strlen(seed);
    size_t changes = 1 + random_below(random, 4);
    buffer_add(&out, seed, length);
    for (size_t i = 0; i < changes && out.size > 0; i++) {
        size_t at = random_below(random, out.size);
        size_t cut = random_chance(random, 50) ? random_below(random, 8) : 0;
        cut = cut < out.size - at ? cut : out.size - at;
        const char *piece = pieces[random_below(random, COUNT(pieces))];
        char byte = (char)random_below(random, 256);
        bool is_byte = random_chance(random, 30);
        struct buffer next = {0};
        buffer_add(&next, out.data, at);
        buffer_add(&next, is_byte ? &byte : piece, is_byte ? 1 : strlen(piece));
        buffer_add(&next, out.data + at + cut, out.size - at - cut);
        buffer_free(&out);
        out = next;
    }
    ck_assert(!out.failed);
    *size = out.size;
    return out.data;
}

// Parses a copy that ends where its memory does, and looks at all that comes of it.
static bool survives(const char *text, size_t size) {
    char *copy = xmalloc(size + 1);
    memcpy(copy, text, size);
    char *exact = xrealloc(copy, size > 0 ? size : 1);
    char *found = judge(exact, size, true);
    bool is_error = found[0] >= '0' && found[0] <= '9';
    bool is_printable = true;
    for (size_t i = 0; is_error && found[i] != '\0'; i++) {
        is_printable = is_printable && ((unsigned char)found[i] >= ' ' || found[i] == '\n');
    }
    ck_assert(is_printable);
    free(found);
    free(exact);
    return is_error;
}

static size_t survive_mutations(struct random *random, const char *seed, size_t times) {
    size_t errors = 0;
    for (size_t i = 0; i < times; i++) {
        size_t size = 0;
        char *text = mutate(random, seed, &size);
        errors += survives(text, size);
        free(text);
    }
    return errors;
}

START_TEST(mutated_queries_do_no_harm) {
    struct random random = {(uint64_t)_i + 1};
    const char *seed = seeds[_i];
    size_t errors = survive_mutations(&random, seed, 4000);
    ck_assert_uint_gt(errors, 1000);
    ck_assert_uint_lt(errors, 4000);
    for (size_t size = 0; size <= strlen(seed); size++) {
        (void)survives(seed, size);
    }
}
END_TEST

// The query of a rule file, which the caller frees; NULL where there is none. Rule files are read
// properly elsewhere: Elastic's have their query in ''' or """ and use no escapes there but \\.
static char *query_of(const char *path) {
    size_t size = 0;
    char *text = read_file(path, &size);
    const char *start = strstr(text, "\nquery = '''");
    const char *end = start == NULL ? NULL : strstr(start + 12, "'''");
    bool is_eql = strstr(text, "\ntype = \"eql\"") != NULL;
    char *query = is_eql && end != NULL ? xstrndup(start + 12, (size_t)(end - start - 12)) : NULL;
    ck_assert_msg(!is_eql || query != NULL, "%s", path);
    free(text);
    return query;
}

START_TEST(real_rules_pass_and_mutated_do_no_harm) {
    DIR *directory = opendir(REAL_RULES);
    struct random random = {1};
    size_t count = 0;
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (strstr(entry->d_name, ".toml") == NULL) {
            continue;
        }
        char *path = xformat("%s/%s", REAL_RULES, entry->d_name);
        char *query = query_of(path);
        if (query != NULL) {
            char *found = judge(query, strlen(query), true);
            ck_assert_msg(found[0] == '[' || found[0] == 's', "%s:%s", path, found);
            (void)survive_mutations(&random, query, 100);
            free(found);
            count++;
        }
        free(query);
        free(path);
    }
    ck_assert(directory == NULL || count > 200);
    if (directory != NULL) {
        (void)closedir(directory);
    }
}
END_TEST

void eql_tests(TCase *tests) {
    tcase_add_test(tests, values);
    tcase_add_test(tests, fields);
    tcase_add_test(tests, operators);
    tcase_add_test(tests, functions);
    tcase_add_test(tests, queries);
    tcase_add_test(tests, lexical_errors);
    tcase_add_test(tests, syntax_errors);
    tcase_add_test(tests, type_errors);
    tcase_add_test(tests, sequence_errors);
    tcase_add_test(tests, errors_show_the_line_and_a_caret);
    tcase_add_test(tests, nodes_say_where_they_are);
    tcase_add_test(tests, nesting_is_limited);
    tcase_add_test(tests, sizes_are_limited);
    tcase_add_loop_test(tests, mutated_queries_do_no_harm, 0, (int)COUNT(seeds));
    tcase_add_test(tests, real_rules_pass_and_mutated_do_no_harm);
}
