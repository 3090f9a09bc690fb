// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of a run, compiled: what is asked of every event.
#ifndef EVTXSEQ_RULE_H
#define EVTXSEQ_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/condition.h"
#include "rules/eql_ast.h"
#include "rules/fields.h"
#include "rules/rule_files.h"
#include "rules/stage_index.h"

struct rule {
    const struct rule_text *text;
    struct eql_query *query;
    size_t first_stage; // its number in the set; the others follow
    size_t stage_count; // as the query has them; `until` is the last, if there is one
    bool can_match;     // there are events that can meet each stage that a finding needs
};

// A stage of one of the rules.
struct rule_stage {
    size_t rule;       // its number in the set
    size_t condition;  // its number among the conditions
    uint32_t events;   // IDs of events that can meet it, as far as the ID alone tells
    bool is_reported;  // an event of it can be in a finding: not so `until` and missing events
    size_t host_place; // of host.id among its join values; SIZE_MAX for none
    size_t library;    // the number of the one whose loads it asks for; SIZE_MAX for none
};

// A library that stages for image loads ask for: see rules/library.h.
struct rule_library {
    const char *name;
    size_t condition; // what the stage asks of the library alone
};

// Libraries are bits. Stages that ask for more of them than these count as if they asked for none.
enum { RULE_LIBRARIES_MAX = 64 };

// Stages that an event may meet, of rules that can match.
struct rule_candidates {
    size_t *stages; // their numbers, rising
    size_t count;
    struct stage_index *index; // over them
};

struct rule_set {
    struct rule_files files; // what the texts are in
    struct rule *list;
    size_t count;
    struct rule_stage *stages;
    size_t stage_count;
    struct rule_library libraries[RULE_LIBRARIES_MAX];
    size_t library_count;
    struct conditions *conditions;
    struct recurring *recurring; // the values of events that were judged
    // Stages that events of an ID can meet, by event_place().
    struct rule_candidates by_event[EVENT_PLACES];
    struct stage_index *library_index; // over the libraries
};

// Compiles the rules of the files, which it takes over in any case. A query that is wrong is an
// error of the files and its rule is left out. NULL when memory ran out.
struct rule_set *rule_set_new(struct rule_files *files);
void rule_set_free(struct rule_set *set);

// The same of a list of built-in rules: see rule_files_add(). NULL, too, when one of them is none.
struct rule_set *rule_set_builtin(const char *list);

// The finest name of an ATT&CK entry.
const char *rule_attack_id(const struct rule_attack *attack);

// The rule of this ID, or NULL.
const struct rule *rule_set_find(const struct rule_set *set, const char *id);

// What an event is to a stage. Without padding, as it is sent from process to process.
struct rule_hit {
    uint32_t stage;
    uint16_t by_name; // 1: only if the file's own name stands in for OriginalFileName
    uint16_t kind;    // as which the event counted
    uint64_t key;     // of its join values, but for host.id: see rule_key_add()
};

struct rule_hits {
    struct rule_hit *list; // owned
    size_t count, capacity;
    // Rules, by their numbers, of which the event may meet more stages: to judge them takes more
    // than is done for one event.
    size_t *undecided; // owned
    size_t undecided_count, undecided_capacity;
    bool failed; // memory ran out
};

void rule_hits_free(struct rule_hits *hits);

// Says what the reader's subject is to the stages, instead of what the hits said before.
void rule_set_judge(const struct rule_set *set, struct field_reader *reader,
                    struct rule_hits *hits);

// The libraries that the reader's subject, an image load, is one of.
uint64_t rule_set_judge_libraries(const struct rule_set *set, struct field_reader *reader);

// Whether there is a stage of a rule that can match which events of this ID can meet.
bool rule_set_asks(const struct rule_set *set, unsigned event_id);

// Whether a record that cannot be decoded may meet a stage that is reported. Its event ID is 0 when
// it is not known. *found is then a text of the rule that stands in it, or empty.
bool rule_set_may_meet(const struct rule_set *set, unsigned event_id, const struct raw *raw,
                       size_t count, struct text *found);

// Keys: equal for equal join values, and for others hardly ever. Whoever wants two keys to be equal
// would have it easier by writing equal values.
//
// host.id is not in it: the process that knows all hosts adds it. The key with the value at this
// place of the join values.
uint64_t rule_key_add(uint64_t key, size_t place, const char *value, size_t size);

#endif
