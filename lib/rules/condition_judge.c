// SPDX-License-Identifier: GPL-3.0-or-later
// The conditions of all stages of a run: judging them.
#include "rules/condition.h"
#include "rules/condition_tree.h"
#include "rules/gram.h"

// What is known of an event.
struct known {
    struct conditions *conditions;
    struct eql_run *run;          // the event's values; or NULL
    unsigned event;               // event_place() of its ID; 0: not known
    unsigned kind;                // without a run
    const struct haystack *bytes; // without a run: those that its values are in; or NULL
    struct text *found;           // with bytes: the longest text that stands in them
};

// Judges it, or says what came of it when the same values came the last time.
static unsigned judge_or_recall(struct conditions *conditions, struct predicate_entry *entry,
                                struct eql_run *run) {
    const struct predicate *predicate = &entry->predicate;
    uint64_t values = predicate->is_script ? 0 : fields_number(run->reader, predicate->field);
    uint32_t number = (uint32_t)(entry - conditions->predicates);
    uint64_t hash = (values * UINT64_C(0x100000001b3) + number) * UINT64_C(0x9e3779b97f4a7c15);
    struct outcome_memo *memo = &conditions->memo[hash >> (64 - OUTCOME_MEMO_BITS)];
    if (values != 0 && memo->values == values && memo->predicate == number) {
        return memo->outcomes;
    }
    arena_clear(run->arena);
    unsigned outcomes = predicate_judge(predicate, run);
    bool is_certain = !run->failed && !run->reader->subject->failed;
    if (values != 0 && is_certain) {
        *memo = (struct outcome_memo){values, number, (uint8_t)outcomes};
    }
    return outcomes;
}

static unsigned judge_predicate(const struct known *known, struct predicate_entry *entry) {
    struct eql_run *run = known->run;
    struct result *result = &entry->result;
    const struct field_reader *reader = run->reader;
    bool is_other = reader->name_stands_in && entry->reads_name;
    if ((entry->known[run->kind] >> known->event & 1) != 0) {
        return predicate_entry_outcomes(entry, known->event, run->kind);
    }
    if (!is_other && result->turn == reader->turn &&
        (result->kind == run->kind || !entry->predicate.is_script)) {
        return result->outcomes;
    }
    unsigned outcomes = judge_or_recall(known->conditions, entry, run);
    if (!is_other) {
        *result = (struct result){reader->turn, (uint8_t)run->kind, (uint8_t)outcomes};
    }
    return outcomes;
}

static unsigned outcomes_in(const struct known *known, const struct predicate_entry *entry);

static unsigned outcomes_of_predicate(const struct known *known, size_t number) {
    struct predicate_entry *entry = &known->conditions->predicates[number];
    if (known->run != NULL) {
        return judge_predicate(known, entry);
    }
    if (known->event != 0) {
        return predicate_entry_outcomes(entry, known->event, known->kind);
    }
    return outcomes_in(known, entry);
}

static unsigned outcomes_of(const struct known *known, const struct condition *condition);

// Of `and` and `or`. An operand that decides ends the search.
static unsigned outcomes_of_logic(const struct known *known, const struct condition *condition) {
    bool is_and = condition->logic == LOGIC_AND;
    unsigned decisive = is_and ? OUTCOME_FALSE : OUTCOME_TRUE;
    unsigned result = decisive ^ (OUTCOME_TRUE | OUTCOME_FALSE);
    bool may_be = true; // what it is if no operand decides
    bool may_decide = false;
    for (size_t i = 0; may_be && i < condition->count; i++) {
        unsigned outcomes = outcomes_of(known, condition->operands[i]);
        if ((outcomes & OUTCOME_NULL) != 0) {
            outcomes = (outcomes & OUTCOME_TRUE) | OUTCOME_FALSE;
        }
        may_decide = may_decide || (outcomes & decisive) != 0;
        may_be = (outcomes & ~decisive) != 0;
    }
    return (may_be ? result : 0) | (may_decide ? decisive : 0);
}

static unsigned outcomes_of(const struct known *known, const struct condition *condition) {
    unsigned outcomes = 0;
    switch (condition->logic) {
    case LOGIC_CONSTANT:
        return condition->outcome;
    case LOGIC_PREDICATE:
        return outcomes_of_predicate(known, condition->predicate);
    case LOGIC_NOT:
        outcomes = outcomes_of(known, condition->operands[0]);
        return (outcomes & OUTCOME_NULL) | ((outcomes & OUTCOME_TRUE) != 0 ? OUTCOME_FALSE : 0) |
               ((outcomes & OUTCOME_FALSE) != 0 ? OUTCOME_TRUE : 0);
    default:
        return outcomes_of_logic(known, condition);
    }
}

// What may come of it for the event as one of its kinds: the run's where it is true.
static unsigned outcomes_of_kinds(struct conditions *conditions, const struct condition *condition,
                                  struct eql_run *run) {
    unsigned event_id = run->reader->subject->id;
    const struct known known = {
        .conditions = conditions, .run = run, .event = event_place(event_id)};
    unsigned kinds = event_kinds(event_id);
    unsigned all = OUTCOME_FALSE;
    for (run->kind = 0; run->kind < kinds; run->kind++) {
        unsigned outcomes = outcomes_of(&known, condition);
        if (outcomes == OUTCOME_TRUE) {
            return OUTCOME_TRUE;
        }
        all |= outcomes & OUTCOME_TRUE;
    }
    return all;
}

static enum condition_verdict judge(struct conditions *conditions, struct stage_entry *stage,
                                    struct field_reader *reader) {
    struct eql_run run = {.reader = reader, .arena = &conditions->scratch};
    unsigned outcomes = outcomes_of_kinds(conditions, stage->condition, &run);
    unsigned by_name = OUTCOME_FALSE;
    if (outcomes != OUTCOME_TRUE && stage->reads_name &&
        !subject_has(reader->subject, DATA_ORIGINAL_FILE_NAME)) {
        reader->name_stands_in = true;
        by_name = outcomes_of_kinds(conditions, stage->condition, &run);
        reader->name_stands_in = false;
    }
    stage->kind = run.kind;
    return outcomes == OUTCOME_TRUE                     ? CONDITION_HOLDS
           : by_name == OUTCOME_TRUE                    ? CONDITION_HOLDS_BY_NAME
           : ((outcomes | by_name) & OUTCOME_TRUE) != 0 ? CONDITION_UNDECIDED
                                                        : CONDITION_FAILS;
}

enum condition_verdict conditions_judge(struct conditions *conditions, size_t number,
                                        struct field_reader *reader, unsigned *kind) {
    struct stage_entry *stage = &conditions->stages[number];
    if (stage->turn != reader->turn) {
        stage->turn = reader->turn;
        stage->verdict = judge(conditions, stage, reader);
    }
    *kind = stage->kind;
    return stage->verdict;
}

// What may hold

unsigned conditions_outcomes(struct conditions *conditions, size_t number, unsigned event_id,
                             unsigned kind) {
    const struct known known = {
        .conditions = conditions, .event = event_place(event_id), .kind = kind};
    return outcomes_of(&known, conditions->stages[number].condition);
}

bool conditions_may_hold(struct conditions *conditions, size_t number, unsigned event_id) {
    for (unsigned kind = 0; kind < event_kinds(event_id); kind++) {
        if ((conditions_outcomes(conditions, number, event_id, kind) & OUTCOME_TRUE) != 0) {
            return true;
        }
    }
    return false;
}

// Shorter text stands everywhere, and what is not ASCII may stand in other bytes.
static bool can_be_sought(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] >= 0x80) {
            return false;
        }
    }
    return text.size >= GRAM_SIZE;
}

static bool may_stand_in(const struct known *known, struct text text) {
    if (!can_be_sought(text)) {
        return true;
    }
    if (!haystack_has(known->bytes, text)) {
        return false;
    }
    *known->found = text.size > known->found->size ? text : *known->found;
    return true;
}

// What may come of a predicate on an event whose values are somewhere in the bytes.
static unsigned outcomes_in(const struct known *known, const struct predicate_entry *entry) {
    const struct predicate *predicate = &entry->predicate;
    struct text text;
    if (predicate->is_script) {
        return OUTCOME_TRUE | OUTCOME_FALSE | OUTCOME_NULL;
    }
    if (predicate->field.id == FIELD_UNKNOWN) {
        return predicate_entry_outcomes(entry, EVENT_PLACE_OTHER, 0);
    }
    bool may_be = predicate->constant_count == 0;
    for (size_t i = 0; !may_be && i < predicate->constant_count; i++) {
        may_be = !predicate_needs_text(predicate, i, &text) || may_stand_in(known, text);
    }
    return may_be ? OUTCOME_TRUE | OUTCOME_FALSE : OUTCOME_FALSE;
}

bool conditions_may_hold_in(struct conditions *conditions, size_t number,
                            const struct haystack *bytes, struct text *found) {
    const struct known known = {.conditions = conditions, .bytes = bytes, .found = found};
    *found = (struct text){"", 0};
    return (outcomes_of(&known, conditions->stages[number].condition) & OUTCOME_TRUE) != 0;
}
