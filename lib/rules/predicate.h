// SPDX-License-Identifier: GPL-3.0-or-later
// One thing that a condition asks of the values of a field or an expression.
#ifndef EVTXSEQ_PREDICATE_H
#define EVTXSEQ_PREDICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "rules/condition.h"
#include "rules/eql_error.h"
#include "rules/eql_regex.h"
#include "rules/eql_value.h"

enum predicate_test {
    TEST_EXISTS, // there is a value
    TEST_IS,     // a value is as one of the constants says
    TEST_LESS,   // a value is less than the constant
    TEST_LESS_EQUAL,
    TEST_GREATER,
    TEST_GREATER_EQUAL,
    TEST_STARTS,   // a value starts with one of the constants
    TEST_CONTAINS, // a value contains one of the constants
};

enum constant_kind {
    CONSTANT_VALUE,   // equal to it
    CONSTANT_PATTERN, // fits the wildcards in its text
    CONSTANT_REGEX,
    CONSTANT_NETWORK, // an address that is in it
};

struct constant {
    enum constant_kind kind;
    // Of all kinds: as it is written, computed if it is an expression; in small letters where case
    // does not count, but for regular expressions.
    struct eql_value value;
    union {
        struct eql_regex *regex; // owned
        struct network network;
    };
};

struct predicate {
    bool is_script;              // else a field
    struct field field;          // of which the values are asked
    const struct eql_node *node; // the expression of a script; NULL for a field that none wrote
    enum predicate_test test;
    bool folds; // ASCII case does not count
    struct constant *constants;
    size_t constant_count;
};

// Makes the predicate of a comparison, lookup, field or call that stands as a condition. `!=` gives
// that of `==`. False when something is wrong with a value or memory ran out. What it is made of
// lives in the arena, but for regular expressions.
bool predicate_make(struct predicate *predicate, const struct eql_node *node, struct arena *arena,
                    struct eql_error *error);

// One on a field that is equal to a text.
bool predicate_make_equal(struct predicate *predicate, struct field field, struct text text,
                          struct arena *arena);

// Gives back the regular expressions.
void predicate_clear(struct predicate *predicate);

bool predicate_is_same(const struct predicate *a, const struct predicate *b);

// A number that is equal for the same.
uint64_t predicate_hash(const struct predicate *predicate);

// What comes of it for the run's event; whatever may, where memory ran out or it takes more steps
// than one predicate may. What the run has taken is counted from 0.
unsigned predicate_judge(const struct predicate *predicate, struct eql_run *run);

// What may come of it for an event of which ID and kind are known and nothing else. The arena is
// for what is made on the way.
unsigned predicate_outcomes(const struct predicate *predicate, unsigned event_id, unsigned kind,
                            struct arena *arena);

// The opposite test of TEST_LESS and the like, which `not` makes of them on a field.
enum predicate_test predicate_opposite(enum predicate_test test);

// What a value of the field must be, whatever its case.
struct sought {
    struct text text;
    enum {
        SOUGHT_WHOLE,   // the text
        SOUGHT_PART,    // a text with it in it
        SOUGHT_PATTERN, // a text that fits its wildcards
    } as;
};

// What a value of the field is where the predicate is true because of one of its constants: that of
// this number, below constant_count. False when that is not a text.
bool predicate_seeks(const struct predicate *predicate, size_t number, struct sought *sought);

// A text that stands in every record for which the predicate is true, whatever its case; false
// when there is none. Of several constants one such text each: `number` is below constant_count.
bool predicate_needs_text(const struct predicate *predicate, size_t number, struct text *text);

#endif
