// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of kinds of events. Bit 0 stands for image loads of the second kind, the others for IDs.
#include "rules/event_set.h"

#include "rules/condition.h"
#include "rules/fields.h"

enum { BIT_LOAD = 0, BIT_IMAGE = 7, BIT_ERROR = 30, BIT_COUNT = 31, ID_ERROR = 255 };

static unsigned id_of(unsigned bit) {
    return bit == BIT_LOAD ? BIT_IMAGE : bit == BIT_ERROR ? ID_ERROR : bit;
}

static unsigned kind_of(unsigned bit) {
    return bit == BIT_LOAD ? 1 : 0;
}

static bool has(event_set set, unsigned bit) {
    return (set >> bit & 1) != 0;
}

uint32_t event_set_ids(event_set set) {
    return (set & FIELD_EVENTS_ALL) | (has(set, BIT_LOAD) ? FIELD_EVENT_BIT(BIT_IMAGE) : 0);
}

// Those of a set for which the stage may be met. Where memory runs out or a value is wrong, which
// others see, that may be all.
static event_set where(event_set set, const struct eql_stage *stage) {
    struct conditions *conditions = conditions_new();
    struct eql_error error = {0};
    size_t number = 0;
    event_set result = set;
    if (conditions != NULL && conditions_add(conditions, stage, &error, &number)) {
        for (unsigned bit = 0; bit < BIT_COUNT; bit++) {
            unsigned outcomes = conditions_outcomes(conditions, number, id_of(bit), kind_of(bit));
            result &= (outcomes & OUTCOME_TRUE) != 0 ? UINT32_MAX : ~(UINT32_C(1) << bit);
        }
    }
    conditions_free(conditions);
    return result;
}

event_set event_set_where(event_set set, const struct eql_node *condition) {
    const struct eql_stage stage = {.is_any = true, .condition = (struct eql_node *)condition};
    return where(set, &stage);
}

event_set event_set_of_category(struct text category) {
    struct eql_node yes = {.kind = EQL_BOOLEAN, .height = 1, .boolean = true};
    const struct eql_stage stage = {.category = category, .condition = &yes};
    return where(EVENT_SET_ALL, &stage);
}

event_set event_set_with(event_set set, const struct eql_node *field) {
    struct field found = fields_find(field->text);
    event_set result = 0;
    for (unsigned bit = 0; bit < BIT_COUNT; bit++) {
        struct field_constant constant = field_constant(found, id_of(bit), kind_of(bit));
        bool may_be = has(set, bit) && (!constant.known || constant.count > 0);
        result |= may_be ? UINT32_C(1) << bit : 0;
    }
    return result;
}

unsigned event_ids_take(uint32_t *ids) {
    for (unsigned bit = 1; bit < BIT_COUNT; bit++) {
        if (has(*ids, bit)) {
            *ids &= ~(UINT32_C(1) << bit);
            return id_of(bit);
        }
    }
    return 0;
}

static void add_range(struct buffer *out, unsigned first, unsigned last) {
    buffer_printf(out, "%u", id_of(first));
    if (last > first) {
        buffer_printf(out, "%s%u", last - first >= 2 ? "-" : " ", id_of(last));
    }
}

void event_ids_add(struct buffer *out, uint32_t ids) {
    bool is_first = true;
    if (ids == FIELD_EVENTS_ALL) {
        buffer_add_text(out, "any");
        return;
    }
    for (unsigned bit = 1; bit < BIT_COUNT; bit++) {
        unsigned last = bit;
        if (!has(ids, bit)) {
            continue;
        }
        while (last + 1 < BIT_ERROR && has(ids, last + 1)) {
            last++;
        }
        buffer_add_text(out, is_first ? "" : " ");
        add_range(out, bit, last);
        is_first = false;
        bit = last;
    }
}

void event_ids_add_each(struct buffer *out, uint32_t ids, const char *between) {
    const char *before = "";
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        buffer_printf(out, "%s%u", before, id);
        before = between;
    }
}
